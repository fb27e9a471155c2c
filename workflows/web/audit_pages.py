"""What auditors ask of the record: exceptions of a period, samples that can be drawn again, reviews of a trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound, Refused
from gates.items import PersonView
from gates.service.compliance.exceptions import KINDS
from gates.service.compliance.sampling import STRATA, SampleOrder
from workflows.lists import of_drawn, of_exceptions, of_reviews
from workflows.web.access import access_post
from workflows.web.desk_pages import actor, begin, day_end, day_of, form_of, noted, taken
from workflows.web.render import page

DAYS = 90
"""What is looked at when no day is given."""


def routes() -> list[Route]:
    """Two pages, and the review of an item."""
    return [
        Route("/desk/exceptions", exceptions, methods=["GET"]),
        Route("/desk/sample", sample, methods=["GET", "POST"]),
        Route("/desk/samples/{number}", drawn, methods=["GET"]),
        Route("/desk/items/{key}/review", review, methods=["GET", "POST"]),
    ]


async def exceptions(request: Request) -> Response:
    """What was late, delegated, overridden, refused, taken back or changed in flight."""
    register, person = await begin(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ("since", "until", "kind")}
    faults: dict[str, str] = {}
    since, until = _period(asked, person, register.now(), faults)
    report: Any = None
    if not faults:
        kinds = (asked["kind"],) if asked["kind"] else ()
        try:
            report = await run_in_threadpool(register.exceptions, since, until, kinds)
        except BadInput as error:
            faults = error.faults
    if report is not None and form_of(request):
        return await taken(request, person, of_exceptions(report), asked)
    shown = {**asked, "since": asked["since"] or since.astimezone(ZoneInfo(person.zone)).date().isoformat()}
    answer = page(
        request,
        "desk/exceptions.html",
        422 if faults else 200,
        asked=shown,
        faults=faults,
        report=report,
        kinds=KINDS,
    )
    if report is None:
        return answer
    question = {"list": "exceptions", **{name: value for name, value in shown.items() if value}}
    return noted(answer, request, person, question, len(report.rows))


async def sample(request: Request) -> Response:
    """Draw a sample, on the record, or show those drawn so far."""
    register, person = await begin(request)
    form = {"size": "25", **dict.fromkeys(("seed", "since", "until", "process", "site", "stratify"), "")}
    faults: dict[str, str] = {}
    said = ""
    if request.method == "POST":
        sent = {name: str(value).strip() for name, value in (await request.form()).items()}
        access_post(request, "sample", sent.get("forgery", ""))
        form |= {name: sent.get(name, "") for name in form}
        order = _order(form, person, faults)
        if not faults:
            by = actor(request, person)
            try:
                found = await run_in_threadpool(register.sample, order, by)
                return RedirectResponse(f"/desk/samples/{found.seq}", 303)
            except BadInput as error:
                faults = error.faults
            except (NotFound, Refused) as error:
                said = str(error)
    return page(
        request,
        "desk/sample.html",
        422 if faults or said else 200,
        form=form,
        faults=faults,
        said=said,
        past=(await run_in_threadpool(register.samples))[::-1],
        names={one.id: one.name for one in await run_in_threadpool(lambda: register.people(active_only=False))},
        processes=await run_in_threadpool(register.processes),
        sites=await run_in_threadpool(register.sites),
        strata=STRATA,
    )


async def drawn(request: Request) -> Response:
    """One sample, as it was drawn."""
    register, person = await begin(request)
    number = request.path_params["number"]
    past = {str(one.seq): one for one in await run_in_threadpool(register.samples)}
    if number not in past:
        raise NotFound(f"There is no sample {number[:20]}. /desk/sample lists those that were drawn.")
    if form_of(request):
        return await taken(request, person, of_drawn(past[number]), {"sample": number})
    return page(request, "desk/drawn.html", sample=past[number])


async def review(request: Request) -> Response:
    """Say on the record what a review of an item's trail found."""
    register, person = await begin(request)
    key = request.path_params["key"]
    view = await run_in_threadpool(register.item, key, person.id)
    said, finding, purpose = "", "", f"review {key}"
    if request.method == "POST":
        form = {name: str(value) for name, value in (await request.form()).items()}
        access_post(request, purpose, form.get("forgery", ""))
        finding = form.get("finding", "")
        try:
            await run_in_threadpool(register.review_trail, key, actor(request, person), finding)
            return RedirectResponse(f"/desk/items/{key}/review", 303)
        except BadInput as error:
            said = " ".join(error.faults.values())
        except Refused as error:
            said = str(error)
    reviews = await run_in_threadpool(register.trail_reviews, key)
    if form_of(request):
        return await taken(request, person, of_reviews(key, reviews), {"item": key})
    return page(
        request,
        "desk/review.html",
        422 if said else 200,
        v=view,
        reviews=reviews[::-1],
        said=said,
        finding=finding,
        purpose=purpose,
    )


def _period(
    asked: dict[str, str], person: PersonView, now: datetime, faults: dict[str, str]
) -> tuple[datetime, datetime | None]:
    """Whole days in the reader's zone; the last ninety where none is given."""
    since = day_of(asked["since"], "since", person, faults)
    until = day_end(asked["until"], "until", person, faults)
    first = since or (now.astimezone(ZoneInfo(person.zone)) - timedelta(days=DAYS)).replace(
        hour=0, minute=0, second=0, microsecond=0
    ).astimezone(UTC)
    return first, until


def _order(form: dict[str, str], person: PersonView, faults: dict[str, str]) -> SampleOrder:
    """Raises nothing: faults are collected by field."""
    size = form["size"]
    if not (size.isascii() and size.isdigit() and len(size) < 7):
        faults["size"] = f"{size[:20]!r} is no number of items; write 25."
    return SampleOrder(
        size=int(size) if "size" not in faults else 0,
        seed=form["seed"],
        since=day_of(form["since"], "since", person, faults),
        until=day_end(form["until"], "until", person, faults),
        process=form["process"] or None,
        site=form["site"] or None,
        stratify=form["stratify"] or None,
    )
