"""The compliance desk: search the record, look at an item as it was, take lists along. For holders of a desk role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.errors import BadInput
from gates.items import Actor, PersonView
from gates.service import Register
from gates.service.searching.find import KINDS, Answer, Question
from policies.rolewords import role_words
from workflows.lists import FORMS, Sheet, of_entries, of_person, part_of, write
from workflows.web.access import access_person, is_looked_at, origin_of, pages_of
from workflows.web.render import page

ASKED = ("words", "why", "who", "kind", "process", "item", "position", "level", "since", "until")


def routes() -> list[Route]:
    """The desk."""
    return [
        Route("/desk", search, methods=["GET"]),
        Route("/desk/people/{person}", somebody, methods=["GET"]),
        Route("/desk/entries/{chain}/{number}", entry, methods=["GET"]),
        Route("/desk/items/{key}", as_of, methods=["GET"]),
    ]


async def begin(request: Request) -> tuple[Register, PersonView]:
    """The register, for somebody who may use the desk. Raises NeedsSignIn, HTTPException 403."""
    person = request.state.person = await access_person(request)
    pages = pages_of(request)
    register, roles = pages.services.register, pages.services.settings.desk_role_names
    if not await run_in_threadpool(register.holds_any, person.id, roles):
        words = " or ".join(sorted(role_words(role) for role in roles))
        raise HTTPException(403, f"The desk is for people with the role {words}. Ask the PMO for it, or for the list.")
    return register, person


async def search(request: Request) -> Response:
    """The question and its answer; as a list when the address asks for it."""
    register, person = await begin(request)
    asked = _asked(request)
    faults: dict[str, str] = {}
    question = _question(asked, request, person, faults)
    answer = await _answer(register, question, faults)
    if answer is not None and form_of(request):
        return await taken(request, person, of_entries(answer.found), question.asked())
    found = page(
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
        query=_query(asked),
    )
    return _noted(found, request, person, question, answer)


async def somebody(request: Request) -> Response:
    """What one person did, and what was done about them."""
    register, person = await begin(request)
    who = await run_in_threadpool(register.person, request.path_params["person"])
    asked = _asked(request)
    faults: dict[str, str] = {}
    question = replace(_question(asked, request, person, faults), who=who.id)
    answer = await _answer(register, question, faults)
    if answer is not None and form_of(request):
        return await taken(request, person, of_person(answer.found, who.id), question.asked())
    found = page(
        request,
        "desk/person.html",
        422 if faults else 200,
        who=who,
        asked=asked,
        faults=faults,
        answer=answer,
        kinds=list(KINDS),
        narrowed=any(asked.values()),
        part_of=part_of,
        query=_query(asked),
    )
    return _noted(found, request, person, question, answer)


async def entry(request: Request) -> Response:
    """One entry of any chain: its sentence, and the very bytes that were hashed."""
    register, person = await begin(request)
    chain, number = request.path_params["chain"], request.path_params["number"]
    seq = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    found, body = await run_in_threadpool(register.entry, chain, seq)
    shown = page(request, "desk/entry.html", e=found, body=body)
    return noted(shown, request, person, {"entry": f"{chain} {seq}"}, 1)


async def as_of(request: Request) -> Response:
    """One item as it was at a moment, from its entries alone; today's where none is given."""
    register, person = await begin(request)
    key, given = request.path_params["key"], request.query_params.get("at", "")
    faults: dict[str, str] = {}
    moment = _moment(given, person, faults) or pages_of(request).services.clock.now()
    was = await run_in_threadpool(register.as_of, key, moment)
    shown = page(request, "desk/as_of.html", 422 if faults else 200, was=was, given=given, faults=faults)
    return noted(shown, request, person, was.question, was.entries)


async def taken(request: Request, person: PersonView, sheet: Sheet, asked: Mapping[str, str]) -> Response:
    """A list to take along, in the form the address asks for; that it left is entered."""
    form = form_of(request)
    data = await run_in_threadpool(write, sheet, form)
    if request.method == "GET":
        told = {"asked": {name: value for name, value in asked.items() if value}, "entries": len(sheet.rows)}
        await run_in_threadpool(
            pages_of(request).services.register.note_export, actor(request, person), sheet.name, told
        )
    headers = {"content-disposition": f'attachment; filename="{sheet.name}.{form}"', "cache-control": "no-store"}
    return Response(data, media_type=FORMS[form], headers=headers)


def form_of(request: Request) -> str:
    """The form a list is asked for in; '' for the page."""
    form = request.query_params.get("as", "")
    return form if form in FORMS else ""


def actor(request: Request, person: PersonView) -> Actor:
    """Who acts at the desk."""
    return Actor(person.id, "web", origin_of(request))


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip() for name in ASKED}


def _query(asked: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _question(asked: Mapping[str, str], request: Request, person: PersonView, faults: dict[str, str]) -> Question:
    number = request.query_params.get("page", "1")
    return Question(
        words=asked["words"],
        why=asked["why"],
        who=asked["who"] or None,
        kind=asked["kind"] or None,
        process=asked["process"] or None,
        item=_key(asked["item"]),
        position=asked["position"] or None,
        level=asked["level"] or None,
        since=day_of(asked["since"], "since", person, faults),
        until=day_end(asked["until"], "until", person, faults),
        page=int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
        is_whole=bool(form_of(request)),
    )


def _key(item: str) -> str | None:
    """Keys are in capitals, the chains of the house (`@access`) are not."""
    return (item if item.startswith("@") else item.upper()) or None


async def _answer(register: Register, question: Question, faults: dict[str, str]) -> Answer | None:
    """None where there are faults already, or where the question has some, which join them."""
    if not faults:
        try:
            return await run_in_threadpool(register.search, question)
        except BadInput as error:
            faults |= error.faults
    return None


def _noted(
    response: Response, request: Request, person: PersonView, question: Question, answer: Answer | None
) -> Response:
    """The page, after which what was asked is entered: once for a question, and not for its further pages."""
    asked = question.asked()
    if answer is None or not asked or question.page > 1:
        return response
    return noted(response, request, person, asked, answer.total)


def noted(response: Response, request: Request, person: PersonView, asked: Mapping[str, str], found: int) -> Response:
    """The page, after which what was asked is entered, unless nobody looks."""
    if is_looked_at(request):
        note = pages_of(request).services.register.note_search
        response.background = BackgroundTask(note, actor(request, person), asked, found)
    return response


def day_of(text: str, name: str, person: PersonView, faults: dict[str, str]) -> datetime | None:
    """The first moment of a day in the reader's zone."""
    return _midnight(text, 0, name, person, faults)


def day_end(text: str, name: str, person: PersonView, faults: dict[str, str]) -> datetime | None:
    """The first moment after a day in the reader's zone; on a day on which the clocks change, too."""
    return _midnight(text, 1, name, person, faults)


def _midnight(text: str, days: int, name: str, person: PersonView, faults: dict[str, str]) -> datetime | None:
    """The first moment of the day that comes `days` later, counted by the calendar and not in hours."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=ZoneInfo(person.zone))
        return (day + timedelta(days=days)).astimezone(UTC)
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
