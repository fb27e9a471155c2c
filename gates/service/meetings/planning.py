"""The meetings to come: put into the calendar for a horizon ahead, and kept there as process, calendars and roster are.

What a person moved, added or cancelled stays as they left it. Safe to run twice, and by several workers. Each series is
a commit of its own: nobody who signs waits for all of them, and what is wrong with one holds up none of the others.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.calendars import UTC_SITE, Site, calendar_of
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind, stamp
from gates.meetings import Meeting, Occurrence, occurrences, times_of
from gates.roster import RosterBook
from gates.service import rulebook
from gates.service.desk import MEETINGS, Desk
from gates.service.meetings.chain import begin, enter, load, locked
from gates.service.meetings.inviting import invite, tell, wanted
from gates.store import Unit
from gates.store.meeting_tables import meetings as m
from policies.durations import parse_duration
from policies.errors import POISON
from policies.model import Meeting as Words
from policies.phrases import phrase

log = logging.getLogger(__name__)

HORIZON = timedelta(days=35)
"""How far ahead meetings stand in the register."""


@dataclass(frozen=True, slots=True)
class Series:
    """One meeting of one process, as its newest text says it; `words` None: it is held no more."""

    process: str
    digest: str
    name: str
    words: Words | None


def series(desk: Desk, connection: Connection) -> list[Series]:
    """Every meeting that comes again, and those that did until a process changed."""
    found = []
    for line in rulebook.current_processes(connection):
        known = desk.bound(connection, line.digest).loaded.process.meetings
        found += [Series(line.name, line.digest, name, words) for name, words in known.items()]
    named = {(one.process, one.name) for one in found}
    planned = select(m.c.process, m.c.name).where(m.c.state == "planned").distinct()
    gone = [row for row in connection.execute(planned) if (row.process, row.name) not in named]
    return found + [Series(row.process, "", row.name, None) for row in gone]


def site_of(book: RosterBook, words: Words, process: str, at: datetime) -> Site:
    """The site whose clock and days off count: the one that is named, else that of whoever leads it."""
    if words.at is not None:
        return book.sites.get(words.at, UTC_SITE)
    chair, _ = wanted(book, words, process, at)
    if chair is None:
        return UTC_SITE
    site = book.work_site(chair, [words.chair.role or ""], None, at)
    if site in book.sites:
        return book.sites[str(site)]
    return Site("", book.people[chair].zone)


def keep(desk: Desk) -> list[str]:
    """Bring the calendar up to date. Returns what was done, a sentence each."""
    with desk.store.reading() as connection:
        known = series(desk, connection)
    said: list[str] = []
    for one in known:
        try:
            said += _keep_one(desk, one)
        except POISON:
            log.exception("%s of %s: its meetings could not be planned", one.name, one.process)
    return said


def _keep_one(desk: Desk, one: Series) -> list[str]:
    """Looks first, so that a calendar that is up to date takes no write lock."""
    with desk.store.reading() as connection:
        if not _owed(desk, connection, one, desk.clock.now()):
            return []
    return desk.work(partial(_keep_locked, desk, process=one.process, name=one.name))


def _keep_locked(desk: Desk, unit: Unit, *, process: str, name: str) -> list[str]:
    unit.lock(MEETINGS)
    return [
        said
        for one in series(desk, unit.connection)
        if (one.process, one.name) == (process, name)
        for step in _owed(desk, unit.connection, one, unit.now)
        for said in _take(desk, unit, one, step)
    ]


@dataclass(frozen=True, slots=True)
class _Step:
    """Something to be done: plan an occurrence, move or drop a meeting, or ask its people."""

    occurrence: Occurrence | None = None
    meeting: str | None = None
    why: str = ""


def _owed(desk: Desk, connection: Connection, one: Series, now: datetime) -> list[_Step]:
    until = now + HORIZON
    query = select(m).where(m.c.process == one.process, m.c.name == one.name, m.c.starts_at > now)
    rows = connection.execute(query.order_by(m.c.starts_at)).all()
    planned = [row for row in rows if row.state == "planned"]
    if one.words is None:
        return [_Step(meeting=row.key, why="Its process holds this meeting no more.") for row in planned]
    book = desk.book(connection)
    if wanted(book, one.words, one.process, now)[0] is None:
        return []  # nobody to lead it: it is planned once somebody holds the role
    site = site_of(book, one.words, one.process, now)
    found = {str(each.planned_on): each for each in occurrences(one.words, site, now, until)}
    seen = select(m.c.planned_on).where(m.c.process == one.process, m.c.name == one.name)
    known = set(connection.execute(seen).scalars())
    steps = [_Step(occurrence=each) for day, each in found.items() if day not in known and each.starts_at is not None]
    for row in planned:
        steps += _changed(row, found, until)
    return steps + _to_invite(book, connection, one, planned, now)


def _changed(row: Row[Any], found: dict[str, Occurrence], until: datetime) -> list[_Step]:
    """What the words, or the calendar, put elsewhere by now; what a person put somewhere stays there."""
    if row.by_hand or row.starts_at >= until:
        return []
    now_at = found.get(row.planned_on)
    if now_at is None:
        return [_Step(meeting=row.key, why="Its process holds it on other days now.")]
    if now_at.starts_at is None:
        return [_Step(meeting=row.key, why=f"{now_at.why}.")]
    if (now_at.starts_at, now_at.ends_at) != (row.starts_at, row.ends_at):
        return [_Step(now_at, row.key, now_at.why or "Its process or the calendar puts it there now")]
    return []


def _to_invite(
    book: RosterBook, connection: Connection, one: Series, planned: list[Row[Any]], now: datetime
) -> list[_Step]:
    assert one.words is not None
    found = []
    for row in planned:
        ahead = parse_duration(one.words.invite_ahead).before(row.starts_at, calendar_of(UTC_SITE, row.starts_at.year))
        if ahead <= now:
            meeting = load(connection, row.key)
            chair, people = wanted(book, one.words, one.process, row.starts_at)
            if chair != meeting.chair or sorted(people) != list(meeting.invited):
                found.append(_Step(meeting=row.key))
    return found


def _take(desk: Desk, unit: Unit, one: Series, step: _Step) -> list[str]:
    if step.meeting is None:
        assert one.words is not None
        assert step.occurrence is not None
        made = schedule(desk, unit, one, step.occurrence, ENGINE)
        invite_in_time(desk, unit, made, one.words)
        return [f"{made.key} is planned."]
    meeting = locked(unit, step.meeting)
    if step.occurrence is not None and step.occurrence.starts_at is not None:
        assert one.words is not None
        move(desk, unit, meeting, one.words, step.occurrence.starts_at, ENGINE, step.why)
        return [f"{meeting.key} was moved."]
    if step.why:
        cancel(unit, meeting, ENGINE, step.why)
        return [f"{meeting.key} was cancelled."]
    assert one.words is not None
    return [f"{meeting.key}: those invited changed."] if invite(desk, unit, meeting, one.words) else []


def invite_in_time(desk: Desk, unit: Unit, meeting: Meeting, words: Words) -> None:
    """Invite its people, where it is near enough for that."""
    ahead = parse_duration(words.invite_ahead).before(meeting.starts_at, calendar_of(UTC_SITE, meeting.starts_at.year))
    if ahead <= unit.now:
        invite(desk, unit, meeting, words)


def schedule(
    desk: Desk, unit: Unit, one: Series, found: Occurrence, by: Actor, *, by_hand: bool = False, reason: str = ""
) -> Meeting:
    """Put one meeting into the register, for a day of its recurrence, or by hand."""
    assert one.words is not None
    assert found.starts_at is not None
    book = desk.book(unit.connection)
    site = site_of(book, one.words, one.process, unit.now)
    ends, cut_off = times_of(one.words, site, found.starts_at)
    key = _fresh_key(unit, one.name, found.planned_on.isoformat())
    data = {
        "meeting": key,
        "process": one.process,
        "process_digest": one.digest,
        "name": one.name,
        "title": one.words.title,
        "description": one.words.description or "",
        "place": one.words.place or "",
        "planned_on": None if by_hand else found.planned_on.isoformat(),
        "site": site.name or None,
        "zone": site.zone,
        "calendar": book.calendar,
        "starts_at": stamp(found.starts_at),
        "ends_at": stamp(ends),
        "cut_off_at": stamp(cut_off) if cut_off is not None else None,
        "why": found.why,
        "reason": reason,
    }
    return begin(unit, key, by, data)


def _fresh_key(unit: Unit, name: str, day: str) -> str:
    """`cab-2026-12-01`, and with a number after it where that is taken."""
    base = f"{name}-{day}"
    known = set(unit.connection.execute(select(m.c.key).where(m.c.key.startswith(base, autoescape=True))).scalars())
    return base if base not in known else next(f"{base}-{n}" for n in range(2, 999) if f"{base}-{n}" not in known)


def move(desk: Desk, unit: Unit, meeting: Meeting, words: Words, starts_at: datetime, by: Actor, reason: str) -> None:
    """Hold it at another time; everybody invited hears of it. What was ready in time so far stays on the agenda where
    it is held earlier."""
    site = site_of(desk.book(unit.connection), words, meeting.process, unit.now)
    ends, cut_off = times_of(words, site, starts_at)
    if cut_off is not None and meeting.cut_off_at is not None:
        cut_off = max(cut_off, min(meeting.cut_off_at, unit.now))
    data = {
        "starts_at": stamp(starts_at),
        "ends_at": stamp(ends),
        "cut_off_at": stamp(cut_off) if cut_off is not None else None,
        "was": stamp(meeting.starts_at),
        "site": site.name or None,
        "zone": site.zone,
        "by": by.person,
        "reason": reason,
        "sequence": meeting.sequence + 1,
    }
    enter(unit, meeting, Kind.MEETING_MOVED, by, data)
    invite_in_time(desk, unit, meeting, words)
    still = [person for person, one in meeting.people.items() if one.invited]
    sentence = phrase("It is held at another time: %(why)s.", why=reason.rstrip("."))
    tell(unit, meeting, still, "REQUEST", sentence, phrase("You are invited to this meeting."))


def cancel(unit: Unit, meeting: Meeting, by: Actor, reason: str) -> None:
    """It is not held; everybody invited hears of it."""
    data = {"by": by.person, "reason": reason, "sequence": meeting.sequence + 1}
    enter(unit, meeting, Kind.MEETING_CANCELLED, by, data)
    sentence = phrase("It is cancelled: %(why)s.", why=reason.rstrip("."))
    tell(unit, meeting, meeting.invited, "CANCEL", sentence, phrase("You were invited to this meeting."))


def next_of(connection: Connection, process: str, name: str, now: datetime) -> str | None:
    """The key of the next meeting of a series that is not over."""
    first = select(m.c.key).where(m.c.process == process, m.c.name == name, m.c.ends_at > now)
    found: str | None = connection.execute(
        first.where(m.c.state.in_(("planned", "open"))).order_by(m.c.starts_at).limit(1)
    ).scalar()
    return found
