"""Absences set one by one: by the person, the office or a calendar; who sits meanwhile, and where nobody can.

Setting and ending one judges the rounds it concerns again in the same commit, which sets the clock to the minute at
which asks go over to the stand-in and come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, delete, insert, update

from gates.errors import BadInput, NotFound
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.roster import BookAbsence, RosterBook
from gates.roster.state import absence_as_data, absence_row
from gates.service.desk import ROSTER, Bound, Desk, item_row
from gates.service.gather import open_round_of, round_facts
from gates.service.handing import open_asks
from gates.service.joining import known_person
from gates.service.leaving import concerned, judge_again
from gates.store import Unit
from gates.store import tables as t
from policies.evaluate import decide
from policies.facts import Facts
from policies.phrases import title_of
from policies.verdict import Verdict

MOST_AHEAD_DAYS = 730
"""An absence that ends later is a mistake in the year, or a role to be given to somebody else."""


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence to be set. None for a scope means all of it."""

    person: str
    since: datetime
    until: datetime
    stand_in: str | None = None
    roles: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    chain: bool = False
    source: str = "person"
    occurrence: str | None = None


@dataclass(frozen=True, slots=True)
class AbsenceSet:
    """What was set. `warnings` say where the stand-in may not sit and which signature waits, one sentence each."""

    absence: str
    warnings: tuple[str, ...] = ()


def set_absence(desk: Desk, unit: Unit, wish: Absence, by: Actor) -> AbsenceSet:
    """Put an absence on the roster. Raises NotFound (person), BadInput (every fault)."""
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    _check(book, wish, unit.now)
    one = BookAbsence(
        wish.person,
        wish.since,
        wish.until,
        wish.stand_in,
        roles=wish.roles,
        sites=wish.sites,
        processes=wish.processes,
        chain=wish.chain,
        id=token_hex(16),
        source=wish.source,
        occurrence=wish.occurrence,
    )
    unit.enter(ROSTER, Kind.ABSENCE_SET, by, absence_as_data(one))
    unit.connection.execute(insert(t.absences).values(**absence_row(one)))
    before = _open_rounds(unit, one.person)
    desk.read_anew(unit.connection)
    warnings = (*_away_too(book, one), *_in_rounds(desk, unit, one, before))
    judge_again(desk, unit, concerned(unit, _both(one)))
    return AbsenceSet(str(one.id), warnings)


def end_absence(desk: Desk, unit: Unit, absence: str, by: Actor, why: str = "") -> BookAbsence:
    """End an absence now, or drop one that has not begun. Returns it as it was. Raises NotFound."""
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    one = next((known for known in book.absences if known.id == absence and known.until > unit.now), None)
    if one is None:
        raise NotFound(f"There is no absence {absence} that could end. `tollgate roster absences` shows what there is.")
    begun = one.since < unit.now
    until = stamp(unit.now) if begun else None
    unit.enter(ROSTER, Kind.ABSENCE_ENDED, by, {"absence": absence, "person": one.person, "until": until, "why": why})
    mine = t.absences.c.absence == absence
    if begun:
        unit.connection.execute(update(t.absences).where(mine).values(until=unit.now))
    else:
        unit.connection.execute(delete(t.absences).where(mine))
    touched = concerned(unit, _both(one))
    desk.read_anew(unit.connection)
    judge_again(desk, unit, touched)
    return one


def follow_feed(
    desk: Desk, unit: Unit, person: str, found: Sequence[Absence], by: Actor
) -> tuple[tuple[AbsenceSet, ...], tuple[BookAbsence, ...]]:
    """Make the absences out of a calendar those of `found`: an appointment that is new begins one, one that moved or
    is gone ends it. What is over stays. Returns what was set and what ended. Raises NotFound, BadInput."""
    unit.lock(ROSTER)
    known_person(desk.book(unit.connection), person)
    wanted = {(one.occurrence, one.since, one.until, one.stand_in): one for one in found if one.until > unit.now}
    over: list[str] = []
    for one in _of_feed(desk.book(unit.connection), person, unit.now):
        place = next((p for p in wanted if p[0] == one.occurrence and _is_same_spell(p, one, unit.now)), None)
        if place is not None:
            del wanted[place]
        else:
            over.append(str(one.id))
    # Set first, then ended: whoever goes on sitting does not lose the ask and get it again.
    made = tuple(set_absence(desk, unit, one, by) for one in wanted.values())
    return made, tuple(end_absence(desk, unit, one, by, "not in the calendar any more") for one in over)


def _is_same_spell(place: tuple[Any, ...], one: BookAbsence, now: datetime) -> bool:
    """Whether an appointment is an absence that stands; of one that has begun only its end can still move."""
    _, since, until, stand_in = place
    begun = since <= now and one.since <= now
    return until == one.until and stand_in == one.stand_in and (begun or since == one.since)


def _of_feed(book: RosterBook, person: str, now: datetime) -> list[BookAbsence]:
    return [one for one in book.absences if one.person == person and one.source == "calendar" and one.until > now]


def _both(one: BookAbsence) -> set[str]:
    return {person for person in (one.person, one.stand_in) if person is not None}


def _check(book: RosterBook, wish: Absence, now: datetime) -> None:
    person = known_person(book, wish.person)
    faults: dict[str, str] = {}
    if not person.active:
        faults["person"] = f"{person.name} is not active; there is nobody to be away."
    if wish.until <= wish.since:
        faults["until"] = "The end is not after the beginning."
    elif wish.until <= now:
        faults["until"] = "That is over already; an absence is set before it ends."
    elif (wish.until - now).days > MOST_AHEAD_DAYS:
        faults["until"] = f"That is more than {MOST_AHEAD_DAYS} days ahead. Give the role to somebody else meanwhile."
    if wish.stand_in is not None:
        sits = book.people.get(wish.stand_in)
        if sits is None or not sits.active:
            active = ", ".join(sorted(name for name, one in book.people.items() if one.active)[:20])
            faults["stand_in"] = f"{wish.stand_in!r} is nobody active on the roster. There is {active}."
        elif wish.stand_in == wish.person:
            faults["stand_in"] = f"{person.name} cannot sit for themselves."
    held = {one.role for one in book.holdings}
    for name, asked, known in (
        ("roles", wish.roles, held),
        ("sites", wish.sites, set(book.sites)),
    ):
        unknown = sorted((asked or frozenset()) - known)
        if unknown:
            faults[name] = f"There is no {name[:-1]} {unknown[0]!r}; there is {', '.join(sorted(known)) or 'none'}."
    if faults:
        raise BadInput(faults)


def _away_too(book: RosterBook, one: BookAbsence) -> Iterable[str]:
    """Where the stand-in is away as well: nobody sits in a chain unless the second absence says so."""
    for other in book.absences:
        if other.person != one.stand_in or other.until <= one.since or other.since >= one.until or other.chain:
            continue
        name, absent = book.people[other.person].name, book.people[one.person].name
        zone = ZoneInfo(book.people[other.person].zone)
        since, until = (moment.astimezone(zone) for moment in (other.since, other.until))
        days = f"from {since:%Y-%m-%d} until {until:%Y-%m-%d}"
        yield f"{name} is away too, {days}: nobody sits for {absent} then."


def _open_rounds(unit: Unit, person: str) -> list[tuple[Row[Any], Row[Any]]]:
    """The open rounds that ask `person`, each with its item."""
    keys = dict.fromkeys(ask.item for ask in open_asks(unit.connection, {person}))
    found = []
    for key in keys:
        row, round_row = item_row(unit.connection, key), open_round_of(unit.connection, key)
        if round_row is not None:
            found.append((row, round_row))
    return found


def _in_rounds(desk: Desk, unit: Unit, one: BookAbsence, rounds: Sequence[tuple[Row[Any], Row[Any]]]) -> Iterable[str]:
    """What the absence does to the rounds that are open: which word of theirs waits for them meanwhile, and where the
    stand-in may not sit because the policy keeps them apart from the item, with the reason."""
    if one.stand_in is None:
        return
    for row, round_row in rounds:
        bound = desk.bound(unit.connection, row.process_digest)
        facts = round_facts(desk, unit.connection, row, bound, round_row, max(unit.now, one.since))
        facts = replace(facts, now=max(unit.now, one.since))
        verdict = decide(bound.policy(round_row.policy), facts)
        if (verdict.sits_for or {}).get(one.stand_in) == one.person:
            yield from _falls(bound, row.key, one, facts, verdict)
            continue
        reason = _why_kept_out(facts, one.stand_in, verdict.eligible or {})
        if reason:
            sits, absent = facts.roster.name(one.stand_in), facts.roster.name(one.person)
            yield f"{sits} may not sit for {absent} in {row.key}: {reason}."


def _falls(bound: Bound, key: str, one: BookAbsence, facts: Facts, verdict: Verdict) -> Iterable[str]:
    """That what they said before they left does not count while somebody sits for them."""
    positions = bound.loaded.process.policies[verdict.policy].positions
    for aside in verdict.set_aside:
        said = aside.decision
        if said.person == one.person and not said.withdrawn and aside.reason.startswith("absent, replaced by"):
            word = positions.get(said.position)
            title = (word.title if word else None) or title_of(said.position)
            sits, absent = facts.roster.name(str(one.stand_in)), facts.roster.name(one.person)
            yield f"“{title}” of {absent} on {key} does not count meanwhile: {sits} is asked anew in their place."


def _why_kept_out(facts: Facts, person: str, eligible: Iterable[str]) -> str:
    item, name = facts.item, facts.roster.name(person)
    if person in item.editors:
        return f"{name} edited it"
    if person == item.author:
        return f"{name} wrote it"
    if person in eligible:
        return f"{name} has a seat there already"
    return "the policy keeps them apart from it"
