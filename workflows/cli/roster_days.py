"""`tollgate roster away | back | absences | gaps | deactivate | reactivate`: the roster from day to day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, table, talk
from workflows.cli.wired import operator, register, services

if TYPE_CHECKING:
    from datetime import datetime

    from gates.service import Register
    from gates.service.absences import AbsenceSet
    from gates.service.covering import AbsenceView

Person = Annotated[str, typer.Argument(help="The person's id.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the record.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="Sits for this role only; may be repeated.")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="At this site only; may be repeated.")]
Processes = Annotated[list[str] | None, typer.Option("--process", help="In this process only; may be repeated.")]


def deactivate(person: Person, why: Why = "", as_json: AsJson = False) -> None:
    """Take somebody off the roster: links, sessions and open asks end at once, and rounds are judged again."""
    with register() as book:
        done = book.deactivate(person, operator(), why)
        where = f" Asked no more in {', '.join(done.items)}." if done.items else ""
        emit(done, f"{person} is not active any more; links and sessions have ended.{where}", as_json)


def reactivate(person: Person, why: Why = "", as_json: AsJson = False) -> None:
    """Put somebody back on the roster; open rounds that asked them ask afresh."""
    with register() as book:
        done = book.reactivate(person, operator(), why)
        where = f" Asked afresh in {', '.join(done.items)}." if done.items else ""
        emit(done, f"{person} is active again.{where}", as_json)


def away(
    person: Person,
    since: Annotated[str, typer.Option("--from", help="2026-08-21, or 2026-08-21T18:00 on the person's clock.")],
    until: Annotated[str, typer.Option("--until", help="The last day, or a moment.")],
    stand_in: Annotated[str | None, typer.Option("--stand-in", help="Who sits meanwhile; left out: nobody.")] = None,
    role: Roles = None,
    site: Sites = None,
    process: Processes = None,
    chain: Annotated[bool, typer.Option("--chain", help="May sit for who sits for somebody else.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that somebody is away, and who sits for them; says where that may not be."""
    from gates.service.absences import Absence

    with register() as book:
        zone = book.person(person).zone
        wish = Absence(
            person,
            _moment(since, zone, ends=False),
            _moment(until, zone, ends=True),
            stand_in,
            _scope(role),
            _scope(site),
            _scope(process),
            chain,
            source="office",
        )
        done = book.set_absence(wish, operator())
        _warn([done])
        emit(done, f"{person} is away, on the record: {done.absence}.", as_json)


def back(
    person: Person,
    absence: Annotated[str, typer.Option("--absence", help="Which; left out: all that have begun.")] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """End an absence now: what went over to the stand-in comes back."""
    with register() as book:
        book.person(person)
        mine = [one for one in book.absences(person) if one.id is not None]
        ending = [one.id for one in mine if one.id is not None and (one.is_now if not absence else one.id == absence)]
        if not ending:
            _not_away(person, absence, mine)
        for one in ending:
            book.end_absence(one, operator(), why)
        was_away = any(one.is_now for one in mine if one.id in ending)
        said = f"{person} is back" if was_away else f"{person} will not be away"
        emit({"person": person, "ended": ending}, f"{said}, on the record.", as_json)


def _not_away(person: str, absence: str, mine: list[AbsenceView]) -> NoReturn:
    """Say which absences there are to be ended."""
    if not mine:
        fail(
            f"{person} is not away, and will not be: there is no absence to end. What the roster file says ends there."
        )
    known = ", ".join(f"{one.id} (from {_local(one.since, one.zone)})" for one in mine)
    head = f"{person} has no absence {absence}" if absence else f"{person} is not away now"
    fail(f"{head}. To end one, name it: --absence ID. There is: {known}.")


def absences(
    person: Annotated[str | None, typer.Option("--person", help="Of this person alone.")] = None,
    ical: Annotated[str | None, typer.Option("--ical", help="Take them from a calendar: a file, or https://….")] = None,
    stand_in: Annotated[str | None, typer.Option("--stand-in", help="With --ical: who sits meanwhile.")] = None,
    as_json: AsJson = False,
) -> None:
    """List absences, or take a person's from a calendar: new ones begin, those that are gone end."""
    if ical is None:
        with register(create=False) as book:
            _list(book, person, as_json=as_json)
        return
    if person is None:
        fail("Whose calendar is it? --person PERSON.", MISUSE)
    from workflows.absence_feeds import follow

    with services() as built:
        made, ended = follow(built, person, ical, stand_in, operator())
        _warn(list(made))
        said = f"{len(made)} set, {len(ended)} ended; the others stand."
        emit({"person": person, "set": made, "ended": [one.id for one in ended]}, said, as_json)


def _list(book: Register, person: str | None, *, as_json: bool) -> None:
    if person is not None:
        book.person(person)
    found = book.absences(person)
    rows = [
        (
            one.name,
            _local(one.since, one.zone),
            _local(one.until, one.zone),
            one.stand_in_name or "nobody",
            one.scope or "everything",
            one.id or "in the roster file",
        )
        for one in found
    ]
    head = ("who", "from", "until before", "sits meanwhile", "for", "absence")
    emit(found, table(head, rows) if rows else "Nobody is away, and nobody will be.", as_json)


def gaps(
    days: Annotated[int, typer.Option("--days", min=1, max=730, help="How far ahead to look.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List who will be away with nobody in their place, and what that holds up. Exit code 1 when there is somebody."""
    with register(create=False) as book:
        found = book.gaps(days)
        rows = [
            (
                one.name,
                _local(one.since, one.zone),
                _local(one.until, one.zone),
                one.why,
                ", ".join(one.sites) or "everywhere",
                ", ".join(one.policies),
            )
            for one in found
        ]
        head = ("who", "from", "until before", "why", "sites", "policies")
        emit(
            found, table(head, rows) if rows else f"Somebody sits for everybody away in the next {days} days.", as_json
        )
        if found:
            raise typer.Exit(1)


def _warn(done: list[AbsenceSet]) -> None:
    for one in done:
        for warning in one.warnings:
            talk(f"Warning: {warning}")


def _moment(text: str, zone: str, *, ends: bool) -> datetime:
    """A day or a moment on the person's clock; a day that ends something is included."""
    from datetime import UTC, date, datetime
    from zoneinfo import ZoneInfo

    from gates.roster import day_end, day_start

    try:
        if len(text) == 10:
            date.fromisoformat(text)
            found = day_end(text, zone) if ends else day_start(text, zone)
            assert found is not None
            return found
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no day such as 2026-08-21, and no moment such as 2026-08-21T18:00.", MISUSE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _local(moment: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _scope(words: list[str] | None) -> frozenset[str] | None:
    return frozenset(words) if words else None
