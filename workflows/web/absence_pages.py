"""Absences: one's own, and for the office everybody's, with those for whom nobody will sit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound
from gates.items import Actor, PersonView
from gates.service.absences import Absence, AbsenceSet
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page

PURPOSE = "absences"
BOXES = ("person", "since", "until", "stand_in", "role", "site", "process")


def routes() -> list[Route]:
    """What somebody away, and the office, need."""
    return [
        Route("/absences", absences, methods=["GET"]),
        Route("/absences/set", set_absence, methods=["POST"]),
        Route("/absences/end", end_absence, methods=["POST"]),
    ]


async def absences(request: Request) -> Response:
    """My absences; for the office everybody's, and the gaps."""
    request.state.person = person = await access_person(request)
    return await _shown(request, person, said="It is on the record." if "done" in request.query_params else "")


async def set_absence(request: Request) -> Response:
    """Say that I am away; the office for anybody."""
    request.state.person = person = await access_person(request)
    form = await _form(request)
    who = form.get("person") or person.id
    await _access(request, person, who)
    kept = {name: form.get(name, "").strip() for name in BOXES}
    try:
        wish = await _wish(request, who, kept, source="person" if who == person.id else "office")
        by = Actor(person.id, "web", origin_of(request))
        done = await run_in_threadpool(pages_of(request).services.register.set_absence, wish, by)
    except (BadInput, NotFound) as error:
        faults = error.faults if isinstance(error, BadInput) else {"person": str(error)}
        return await _shown(request, person, 422, faults=faults, kept=kept)
    return await _shown(request, person, done=done)


async def end_absence(request: Request) -> Response:
    """Be back: what went over to the stand-in comes back at once."""
    request.state.person = person = await access_person(request)
    form = await _form(request)
    register = pages_of(request).services.register
    mine = await run_in_threadpool(register.absences)
    found = next((one for one in mine if one.id is not None and one.id == form.get("absence")), None)
    if found is None or found.id is None:
        raise NotFound("That absence is over, or was never there.")
    await _access(request, person, found.person)
    await run_in_threadpool(register.end_absence, found.id, Actor(person.id, "web", origin_of(request)))
    return RedirectResponse("/absences?done", 303)


async def _form(request: Request) -> dict[str, str]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, PURPOSE, form.get("forgery", ""))
    return form


async def _is_office(request: Request, person: PersonView) -> bool:
    services = pages_of(request).services
    return await run_in_threadpool(services.register.holds_any, person.id, services.settings.roster_role_names)


async def _access(request: Request, person: PersonView, who: str) -> None:
    """One's own absences; those of others for the office alone. Raises HTTPException 403."""
    if who != person.id and not await _is_office(request, person):
        raise HTTPException(403, "Absences of others are kept by the office. Ask the project management office.")


async def _wish(request: Request, who: str, kept: Mapping[str, str], source: str) -> Absence:
    zone = (await run_in_threadpool(pages_of(request).services.register.person, who)).zone
    faults: dict[str, str] = {}
    moments = {name: _moment(kept[name], zone) for name in ("since", "until")}
    for name, moment in moments.items():
        if moment is None:
            faults[name] = f"{kept[name][:40]!r} is no day and time." if kept[name] else "Say when."
    since, until = moments["since"], moments["until"]
    if since is None or until is None:
        raise BadInput(faults)
    roles, sites, processes = (_words(kept[name]) for name in ("role", "site", "process"))
    return Absence(who, since, until, kept["stand_in"] or None, roles, sites, processes, source=source)


def _moment(text: str, zone: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _words(text: str) -> frozenset[str] | None:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    return words or None


async def _shown(
    request: Request,
    person: PersonView,
    status: int = 200,
    *,
    said: str = "",
    done: AbsenceSet | None = None,
    faults: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> Response:
    register = pages_of(request).services.register
    is_office = await _is_office(request, person)
    return page(
        request,
        "absences.html",
        status,
        is_office=is_office,
        absences=await run_in_threadpool(register.absences, None if is_office else person.id),
        gaps=await run_in_threadpool(register.gaps) if is_office else [],
        people=await run_in_threadpool(register.people),
        said=said,
        done=done,
        faults=dict(faults or {}),
        kept=dict(kept or {**dict.fromkeys(BOXES, ""), "person": person.id}),
    )
