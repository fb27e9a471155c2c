"""The compliance desk: search the record, look at an item as it was, take lists along. For holders of a desk role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.errors import BadInput
from gates.items import Actor, PersonView
from gates.service import Register
from gates.service.searching.find import KINDS, Answer, Question
from gates.service.searching.sentences import FoundEntry
from workflows.tables import write_csv, write_xlsx
from workflows.web.access import access_person, origin_of, pages_of
from workflows.web.render import page

HEAD = (
    "at (UTC)", "item", "title", "process", "entry", "kind", "who", "what", "capacity", "for", "level", "why", "digest",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ASKED = ("words", "why", "who", "kind", "process", "item", "position", "level", "since", "until")


def routes() -> list[Route]:
    """The desk."""
    return [
        Route("/desk", search, methods=["GET"]),
        Route("/desk/items/{key}", as_of, methods=["GET"]),
    ]


async def begin(request: Request) -> tuple[Register, PersonView]:
    """The register, for somebody who may use the desk. Raises NeedsSignIn, HTTPException 403."""
    person = request.state.person = await access_person(request)
    pages = pages_of(request)
    register, roles = pages.services.register, pages.services.settings.desk_role_names
    if not await run_in_threadpool(register.holds_any, person.id, roles):
        words = " or ".join(sorted(role.replace("-", " ") for role in roles))
        raise HTTPException(403, f"The desk is for people with the role {words}. Ask the PMO for it, or for the list.")
    return register, person


async def search(request: Request) -> Response:
    """The question and its answer; as CSV or XLSX when the address asks for it."""
    register, person = await begin(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ASKED}
    form = request.query_params.get("as", "")
    faults: dict[str, str] = {}
    answer: Answer | None = None
    question = _question(asked, request.query_params.get("page", "1"), person, faults, whole=form in ("csv", "xlsx"))
    if not faults:
        try:
            answer = await run_in_threadpool(register.search, question)
        except BadInput as error:
            faults = error.faults
    if answer is not None and form in ("csv", "xlsx"):
        told = {"asked": {name: value for name, value in asked.items() if value}, "entries": len(answer.found)}
        by = Actor(person.id, "web", origin_of(request))
        await run_in_threadpool(register.note_export, by, "record", told)
        return sheet(form, "record", HEAD, [row_of(one) for one in answer.found])
    return page(
        request,
        "desk/search.html",
        422 if faults else 200,
        asked=asked,
        faults=faults,
        answer=answer,
        narrowed=any(value for name, value in asked.items() if name != "words"),
        kinds=list(KINDS),
        people=await run_in_threadpool(lambda: register.people(active_only=False)),
        processes=await run_in_threadpool(register.processes),
        query=urlencode({name: value for name, value in asked.items() if value}),
    )


async def as_of(request: Request) -> Response:
    """One item as it was at a moment, from its entries alone; today's where none is given."""
    register, person = await begin(request)
    key, given = request.path_params["key"], request.query_params.get("at", "")
    faults: dict[str, str] = {}
    moment = _moment(given, person, faults) or pages_of(request).services.clock.now()
    was = await run_in_threadpool(register.as_of, key, moment)
    return page(request, "desk/as_of.html", 422 if faults else 200, was=was, given=given, faults=faults)


def sheet(form: str, name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response:
    """A list to take along, as `csv` or `xlsx`."""
    data = write_csv(head, rows) if form == "csv" else write_xlsx(name.capitalize(), head, rows)
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    headers = {"content-disposition": f'attachment; filename="{name}.{form}"', "cache-control": "no-store"}
    return Response(data, media_type=kind, headers=headers)


def row_of(one: FoundEntry) -> tuple[Any, ...]:
    """One entry as the columns of `HEAD`."""
    return (
        one.at, one.item, one.title, one.process, one.seq, one.kind, one.who, one.sentence, one.capacity,
        one.on_behalf_of, one.level, one.why, one.digest,
    )  # fmt: skip


def _question(
    asked: dict[str, str], number: str, person: PersonView, faults: dict[str, str], *, whole: bool
) -> Question:
    until = day_of(asked["until"], "until", person, faults)
    return Question(
        words=asked["words"],
        why=asked["why"],
        who=asked["who"] or None,
        kind=asked["kind"] or None,
        process=asked["process"] or None,
        item=asked["item"].upper() or None,
        position=asked["position"] or None,
        level=asked["level"] or None,
        since=day_of(asked["since"], "since", person, faults),
        until=until + timedelta(days=1) if until else None,
        page=int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
        is_whole=whole,
    )


def day_of(text: str, name: str, person: PersonView, faults: dict[str, str]) -> datetime | None:
    """The first moment of a day in the reader's zone."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=ZoneInfo(person.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        faults[name] = f"{text[:20]!r} is no day; write 2026-08-17."
        return None


def _moment(text: str, person: PersonView, faults: dict[str, str]) -> datetime | None:
    """A moment as the browser sends it, in the reader's zone where none is given."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(person.zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        faults["at"] = f"{text[:30]!r} is no moment; write 2026-08-17T10:00."
        return None
