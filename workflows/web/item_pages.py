"""Items: the list, one item, and the forms that make, edit and act on them. For signed-in people."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from markupsafe import Markup
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, Refused, StaleRevision
from gates.items import Actor, ItemView, PersonView
from gates.service import Register
from policies.diagram import diagram_svg
from policies.explain import rule_in_words
from policies.facts import Roster
from workflows.web.access import access_person, access_post, is_looked_at, origin_of, pages_of
from workflows.web.forms import (
    anchors,
    boxes,
    costing,
    new_criteria,
    sent_criteria,
    sent_fields,
    typed_criteria,
    values_of,
)
from workflows.web.render import page

PAGE = 100
"""Rows of a list; the policy is asked for each row in a round, so the page bounds what a list costs."""


def routes() -> list[Route]:
    """Items and processes."""
    return [
        Route("/inbox", inbox, methods=["GET"]),
        Route("/items", items, methods=["GET"]),
        Route("/items/new/{process}", new, methods=["GET", "POST"]),
        Route("/items/{key}", item, methods=["GET"]),
        Route("/items/{key}/edit", edit, methods=["GET", "POST"]),
        Route("/items/{key}/acts/{act}", act, methods=["GET", "POST"]),
        Route("/processes", processes, methods=["GET"]),
        Route("/processes/{name}", process, methods=["GET"]),
    ]


async def _begin(request: Request) -> tuple[Register, PersonView]:
    person = await access_person(request)
    request.state.person = person
    return pages_of(request).services.register, person


async def _form(request: Request, purpose: str) -> dict[str, str]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, purpose, form.get("forgery", ""))
    return form


def _actor(request: Request, person: PersonView) -> Actor:
    return Actor(person.id, "web", origin_of(request))


async def inbox(request: Request) -> Response:
    """What waits for the signed-in person, the soonest due first."""
    register, person = await _begin(request)
    asks = await run_in_threadpool(register.inbox, person.id)
    mine = await run_in_threadpool(register.condition_inbox, person.id)
    return page(request, "inbox.html", asks=asks, conditions=mine)


async def items(request: Request) -> Response:
    """A list of items, narrowed by what the address asks for."""
    register, _ = await _begin(request)
    process, site = (request.query_params.get(name) or None for name in ("process", "site"))
    open_only = request.query_params.get("open", "yes") == "yes"
    lines = await run_in_threadpool(
        lambda: register.items(process=process, site=site, open_only=open_only, limit=PAGE + 1)
    )
    return page(
        request,
        "items.html",
        lines=lines[:PAGE],
        is_cut=len(lines) > PAGE,
        processes=await run_in_threadpool(register.processes),
        sites=await run_in_threadpool(register.sites),
        wanted={"process": process, "site": site},
        open_only=open_only,
    )


async def item(request: Request) -> Response:
    """One item: where it is, what it waits for, what was said, and its record."""
    register, person = await _begin(request)
    view = await run_in_threadpool(register.item, request.path_params["key"], person.id)
    loaded = await run_in_threadpool(register.process_by_digest, view.process_digest)
    clocks = await run_in_threadpool(register.clocks, view.line.key, person.id)
    meeting = await run_in_threadpool(register.meeting_for, view.line.key)
    parent = await run_in_threadpool(register.item, view.about[0]) if view.about is not None else None
    mine = [ask for ask in await run_in_threadpool(register.inbox, person.id) if ask.item.key == view.line.key]
    answer = page(
        request,
        "item.html",
        v=view,
        meeting=meeting,
        diagram=Markup(diagram_svg(loaded.process, view.line.state, view.visited)),  # noqa: S704  (escapes its text)
        states=[(name, state.title or name) for name, state in loaded.process.states.items()],
        mine=mine[0] if mine else None,
        clocks=clocks,
        parent=parent,
        offers=await run_in_threadpool(register.round_offers, view.line.key, person.id),
        reviews=await run_in_threadpool(register.trail_reviews, view.line.key),
        conditions=await run_in_threadpool(lambda: register.conditions(item=view.line.key, person=person.id)),
        met=sum(1 for line in view.criteria if line.met),
    )
    if is_looked_at(request):
        # After the answer has gone out, so that nobody waits for it.
        answer.background = BackgroundTask(register.note_view, view.line.key, _actor(request, person))
    return answer


async def new(request: Request) -> Response:
    """Make an item of a process."""
    register, person = await _begin(request)
    loaded = await run_in_threadpool(register.process, request.path_params["process"])
    purpose = f"new {loaded.process.process}"
    criteria = new_criteria(loaded.process)
    form: Mapping[str, str] = {}
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        form = await _form(request, purpose)
        try:
            key = await run_in_threadpool(
                lambda: register.create_item(
                    loaded.process.process,
                    form.get("title", ""),
                    _actor(request, person),
                    fields=sent_fields(loaded.process, form),
                    criteria=sent_criteria(criteria, form),
                    site=form.get("site") or None,
                    depends_on=[k.strip() for k in form.get("depends_on", "").split(",") if k.strip()],
                    idempotency_key=f"{person.id}:{form.get('once', '')}"[:120],
                )
            )
        except BadInput as error:
            faults = error.faults
        except Refused as error:
            faults = {"": str(error)}
        else:
            return _to_item(key)
    values = {name: form.get(f"field.{name}", "") for name in loaded.process.fields}
    return page(
        request,
        "item_form.html",
        422 if faults else 200,
        heading=f"New: {loaded.process.title}",
        action=f"/items/new/{loaded.process.process}",
        purpose=purpose,
        boxes=boxes(loaded.process, values),
        criteria=typed_criteria(criteria, form),
        anchors=anchors(loaded.process, faults),
        kept={
            "title": form.get("title", ""),
            "site": form.get("site", ""),
            "depends_on": form.get("depends_on", ""),
        },
        sites=await run_in_threadpool(register.sites),
        site_needed=await run_in_threadpool(register.needs_site, loaded),
        is_new=True,
        costs=frozenset(),
        faults=faults,
        once=form.get("once") or token_urlsafe(16),
        shown="",
        reason="",
        stale=False,
    )


async def edit(request: Request) -> Response:
    """Edit an item: a new revision, with the reason."""
    register, person = await _begin(request)
    key = request.path_params["key"]
    view = await run_in_threadpool(register.item, key, person.id)
    loaded = await run_in_threadpool(register.process_by_digest, view.process_digest)
    form: Mapping[str, str] = {}
    faults: Mapping[str, str] = {}
    stale = False
    if request.method == "GET" and not view.may_edit:
        return page(request, "problem.html", 409, title="Not yours to edit", said=view.edit_refusal, item=view.line)
    if request.method == "POST":
        form = await _form(request, f"edit {key}")
        try:
            await run_in_threadpool(
                lambda: register.edit_item(
                    key,
                    _actor(request, person),
                    title=form.get("title"),
                    site=form.get("site"),
                    fields=sent_fields(loaded.process, form),
                    criteria=sent_criteria(view.criteria, form),
                    reason=form.get("reason", ""),
                    shown_digest=form.get("shown") or None,
                )
            )
        except BadInput as error:
            faults = error.faults
        except Refused as error:
            faults = {"": str(error)}
        except StaleRevision:
            stale = True
        else:
            return _to_item(key)
    return page(
        request,
        "item_form.html",
        409 if stale else 422 if faults else 200,
        heading=f"Edit {key}",
        action=f"/items/{key}/edit",
        purpose=f"edit {key}",
        boxes=boxes(loaded.process, _filled(view, form, loaded.process.fields)),
        criteria=typed_criteria(view.criteria, form),
        anchors=anchors(loaded.process, faults),
        costs=costing(loaded.process, view),
        kept={
            "title": form.get("title", view.line.title),
            "site": form.get("site", view.line.site or ""),
            "depends_on": "",
        },
        sites=sorted({*await run_in_threadpool(register.sites), *([view.line.site] if view.line.site else [])}),
        site_needed=await run_in_threadpool(register.needs_site, loaded),
        is_new=False,
        faults=faults,
        once="",
        shown=view.revision_digest,
        reason=form.get("reason", ""),
        stale=stale,
    )


def _filled(view: ItemView, form: Mapping[str, str], names: Mapping[str, Any]) -> dict[str, str]:
    """What the boxes hold: as typed, else as it stands."""
    return {**values_of(view.fields), **{n: form[f"field.{n}"] for n in names if f"field.{n}" in form}}


async def act(request: Request) -> Response:
    """Confirm an act, then do it."""
    register, person = await _begin(request)
    key, name = request.path_params["key"], request.path_params["act"]
    view = await run_in_threadpool(register.item, key, person.id)
    offer = next((one for one in view.acts if one.name == name), None)
    said = "" if offer is not None else "This act is not open to you here."
    reason = ""
    if request.method == "POST":
        form = await _form(request, f"act {key} {name}")
        reason = form.get("reason", "")
        try:
            await run_in_threadpool(register.act, key, name, _actor(request, person), reason)
        except Refused as error:
            said = str(error)
        else:
            return _to_item(key)
    if offer is None:
        return page(request, "problem.html", 409, title="Not open", said=said, item=view.line)
    return page(
        request,
        "act.html",
        409 if said else 200,
        v=view,
        offer=offer,
        said=said,
        reason=reason,
        leads_to=await _title_of(request, view, offer.to),
        purpose=f"act {key} {name}",
    )


async def _title_of(request: Request, view: ItemView, state: str | None) -> str:
    """What a state is called; '' for none, and for the one an item came from."""
    if state is None or state == "previous":
        return ""
    register = pages_of(request).services.register
    states = (await run_in_threadpool(register.process_by_digest, view.process_digest)).process.states
    return states[state].title or state.replace("-", " ").capitalize()


def _to_item(key: str) -> Response:
    return RedirectResponse(f"/items/{key}", 303)


async def processes(request: Request) -> Response:
    """The processes in force."""
    register, _ = await _begin(request)
    return page(request, "processes.html", lines=await run_in_threadpool(register.processes))


async def process(request: Request) -> Response:
    """One process: what it is, who signs, and its diagram."""
    register, _ = await _begin(request)
    loaded = await run_in_threadpool(register.process, request.path_params["name"])
    roster = await run_in_threadpool(register.titles)
    return page(
        request,
        "process.html",
        p=loaded.process,
        digest=loaded.digest,
        diagram=Markup(diagram_svg(loaded.process)),  # noqa: S704  (escapes its text)
        policies=[
            (
                policy.policy.title or name,
                policy.policy.question or "",
                rule_in_words(policy, Roster({}, (), roster)),
            )
            for name, policy in loaded.policies.items()
        ],
    )
