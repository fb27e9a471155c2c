"""Time under control: the page on which more time is asked for and answered, and the one that raises an escalation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, Refused
from gates.items import Actor
from gates.service import Register
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.forms import anchors, boxes, sent_fields
from workflows.web.render import page


def routes() -> list[Route]:
    """Two pages an item."""
    return [
        Route("/items/{key}/due", due, methods=["GET", "POST"]),
        Route("/items/{key}/escalate", escalate, methods=["GET", "POST"]),
    ]


async def _form(request: Request, purpose: str) -> dict[str, str]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, purpose, form.get("forgery", ""))
    return form


async def due(request: Request) -> Response:
    """When the item is due, was due first and why, with what the reader may do about it; on POST, do it."""
    person = await access_person(request)
    request.state.person = person
    register, key = pages_of(request).services.register, request.path_params["key"]
    purpose, form = f"due {key}", {}
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        form = await _form(request, purpose)
        try:
            await run_in_threadpool(_do, register, key, form, Actor(person.id, "web", origin_of(request)))
        except BadInput as error:
            faults = error.faults
        except Refused as error:
            faults = {"": str(error)}
        else:
            return RedirectResponse(f"/items/{key}", 303)
    clocks = await run_in_threadpool(register.clocks, key, person.id)
    view = await run_in_threadpool(register.item, key)
    return page(
        request, "due.html", 422 if faults else 200, v=view, c=clocks, purpose=purpose, faults=faults, form=form
    )


def _do(register: Register, key: str, form: Mapping[str, str], by: Actor) -> None:
    """Raises BadInput, NotFound, Refused."""
    act, reason = form.get("act", ""), form.get("reason", "")
    if act == "ask":
        register.ask_for_time(key, by, _day(form.get("until", "")), reason)
    elif act == "grant":
        register.grant_time(key, by)
    elif act == "refuse":
        register.refuse_time(key, by, reason)
    else:
        raise BadInput({"act": "Choose one of: ask, grant, refuse."})


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise BadInput({"until": f"{typed[:40]!r} is no day such as 2026-12-01."}) from None


async def escalate(request: Request) -> Response:
    """Raise an escalation about the item, in the process that its own names."""
    person = await access_person(request)
    request.state.person = person
    register, key = pages_of(request).services.register, request.path_params["key"]
    view = await run_in_threadpool(register.item, key)
    named = (await run_in_threadpool(register.clocks, key)).escalates_in
    if not named or view.line.ended:
        said = "It has ended." if view.line.ended else "Its process names none for it, and there is not exactly one."
        return page(request, "problem.html", 409, title="Not to be escalated", said=said, item=view.line)
    process = (await run_in_threadpool(register.process, named)).process
    purpose, form = f"escalate {key}", {}
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        form = await _form(request, purpose)
        by, fields = Actor(person.id, "web", origin_of(request)), sent_fields(process, form)
        try:
            made = await run_in_threadpool(
                lambda: register.raise_escalation(key, None, by, title=form.get("title", ""), fields=fields)
            )
        except BadInput as error:
            faults = error.faults
        except Refused as error:
            faults = {"": str(error)}
        else:
            return RedirectResponse(f"/items/{made}", 303)
    return page(
        request,
        "escalate.html",
        422 if faults else 200,
        v=view,
        process=process,
        boxes=boxes(process, {name: form.get(f"field.{name}", "") for name in process.fields}),
        anchors=anchors(process, faults),
        title=form.get("title", ""),
        purpose=purpose,
        faults=faults,
    )
