"""Clocks of a state: reminders, ladder steps and the inactivity timer, as rows that fire once.

A timer row belongs to one stay in one state. Leaving the state cancels what has not fired.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from gates.calendars import UTC_SITE, calendar_of
from gates.dues import due_of
from gates.items import ENGINE
from gates.ledger.entries import Kind, stamp
from gates.service.desk import Bound, Desk
from gates.service.gather import item_facts
from gates.store import Unit
from gates.store import tables as t
from policies.durations import before, parse_duration, share_of
from policies.model import Due, LadderStep, State
from policies.shifts import WorkCalendar

LAST_SECOND = time(23, 59, 59)
EXPIRES = "expires"
REVIEW = "review"
ALARM = "verdict"
"""The name of the timer at which the clock alone changes a verdict."""


def calendar_for(desk: Desk, unit: Unit, row: Row[Any]) -> WorkCalendar:
    """The work calendar of the item's site; UTC without holidays when it has none."""
    site = desk.book(unit.connection).sites.get(row.site or "", UTC_SITE)
    return calendar_of(site, unit.now.year)


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of `day` in `zone`, in UTC: what is due on a day may still be done on it."""
    return datetime.combine(day, LAST_SECOND, ZoneInfo(zone)).astimezone(UTC)


def schedule_state(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> None:
    """Set the clocks that start on entering the state. A round's own clocks start when it opens."""
    state = bound.loaded.process.states[row.state]
    calendar = calendar_for(desk, unit, row)
    if state.inactive is not None:
        _set(unit, row, "inactive", parse_duration(state.inactive.after).after(unit.now, calendar))
    _expiry(unit, row, state, calendar)
    if state.round is None:
        version = desk.book(unit.connection).calendar
        for place, step in enumerate(state.ladder):
            for name, when in _steps(place, step, unit.now, [calendar]):
                _set(unit, row, name, when, version=version)
        due = due_now(unit.connection, row, bound)
        if due is not None:
            set_due(unit, row, due, parse_duration(due.within).after(unit.now, calendar), calendar, version)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody whose turn it is in a round: the site whose calendar they work by, whether it takes them, and by when
    (None until it is counted)."""

    person: str
    site: str | None
    needed: bool
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When a round is due, and each of those asked."""

    due_at: datetime | None
    turns: tuple[Turn, ...]


def schedule_round(
    desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_id: str, turns: Sequence[Turn]
) -> Scheduled:
    """Set the clocks of a round that opens now, each counted in the calendar of those who must act.

    A person is due by their own calendar; the round, and each step of its ladder, when the last of those needed is.
    """
    state = bound.loaded.process.states[row.state]
    calendars = _calendars(desk, unit, row, turns)
    needed = [calendars[one.site] for one in turns if one.needed] or [calendars[row.site]]
    version = desk.book(unit.connection).calendar
    for place, step in enumerate(state.ladder):
        for name, when in _steps(place, step, unit.now, needed):
            _set(unit, row, name, when, round_id, version=version)
    here = due_now(unit.connection, row, bound)
    if here is None:
        deadline = bound.loaded.process.policies[str(state.round)].deadline
        due = None if deadline is None else parse_duration(deadline.in_).after(unit.now, calendars[row.site])
        return Scheduled(due, tuple(turns))
    within = parse_duration(here.within)
    timed = tuple(replace(one, due_at=within.after(unit.now, calendars[one.site])) for one in turns)
    for one in timed:
        remind_person(desk, unit, row, bound, round_id, one)
    return Scheduled(_latest(here.within, unit.now, needed), timed)


def remind_person(
    desk: Desk,
    unit: Unit,
    row: Row[Any],
    bound: Bound,
    round_id: str,
    turn: Turn,
    asked_at: datetime | None = None,
) -> None:
    """Set the reminders of one person in a round: at shares of their own time since `asked_at` (None: now), or so
    long before it is over."""
    due = due_now(unit.connection, row, bound)
    if due is None or turn.due_at is None or not turn.needed:
        return
    book = desk.book(unit.connection)
    calendar = calendar_of(book.sites.get(turn.site or "", UTC_SITE), unit.now.year)
    for place, reminder in enumerate(due.remind):
        is_share = reminder.endswith("%")
        start = asked_at or unit.now
        when = share_of(start, turn.due_at, reminder) if is_share else before(turn.due_at, reminder, calendar)
        if when > unit.now:
            _set(unit, row, f"remind:{place}", when, round_id, person=turn.person, version=book.calendar)


def enter_schedule(unit: Unit, row: Row[Any], round_id: str, scheduled: Scheduled, **why: Any) -> None:
    """Put new due times of an open round into its rows and on the record."""
    unit.connection.execute(update(t.rounds).where(t.rounds.c.id == round_id).values(due_at=scheduled.due_at))
    for one in scheduled.turns:
        mine = t.asks.c.round == round_id, t.asks.c.person == one.person
        unit.connection.execute(update(t.asks).where(*mine).values(due_at=one.due_at))
    asks = [{"person": one.person, "due_at": stamp(one.due_at) if one.due_at else None} for one in scheduled.turns]
    due = stamp(scheduled.due_at) if scheduled.due_at else None
    unit.enter(row.key, Kind.ROUND_RESCHEDULED, ENGINE, {"round": round_id, "due_at": due, "asks": asks, **why})


def _calendars(desk: Desk, unit: Unit, row: Row[Any], turns: Sequence[Turn]) -> dict[str | None, WorkCalendar]:
    sites = desk.book(unit.connection).sites
    names = {row.site, *(one.site for one in turns)}
    return {name: calendar_of(sites.get(name or "", UTC_SITE), unit.now.year) for name in names}


def _latest(text: str, start: datetime, calendars: Sequence[WorkCalendar]) -> datetime:
    duration = parse_duration(text)
    return max(duration.after(start, one) for one in calendars)


def touch(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> None:
    """Start the inactivity timer anew: something happened to the item."""
    state = bound.loaded.process.states[row.state]
    if state.inactive is None:
        return
    unit.connection.execute(
        update(t.timers)
        .where(t.timers.c.item == row.key, t.timers.c.name == "inactive", *_pending())
        .values(cancelled_at=unit.now)
    )
    due = parse_duration(state.inactive.after).after(unit.now, calendar_for(desk, unit, row))
    _set(unit, row, "inactive", due)


def set_alarm(unit: Unit, row: Row[Any], round_id: str, moment: datetime | None) -> None:
    """Look at the round again at `moment`, when the clock alone changes its verdict; None: not at all."""
    mine = (t.timers.c.round == round_id, t.timers.c.name == ALARM, *_pending())
    pending = unit.connection.execute(select(t.timers.c.due_at).where(*mine)).scalar()
    if pending == moment:
        return
    unit.connection.execute(update(t.timers).where(*mine).values(cancelled_at=unit.now))
    if moment is not None:
        _set(unit, row, ALARM, moment, round_id)


def cancel_timers(unit: Unit, key: str, *, round_id: str | None = None) -> None:
    """Cancel what has not fired: all of the item's, or one round's."""
    # The clock of a review runs on when the item moves on.
    mine = t.timers.c.item == key, t.timers.c.name.not_like(f"{REVIEW}:%")
    statement = update(t.timers).where(*mine, *_pending())
    if round_id is not None:
        statement = statement.where(t.timers.c.round == round_id)
    unit.connection.execute(statement.values(cancelled_at=unit.now))


def _expiry(unit: Unit, row: Row[Any], state: State, calendar: WorkCalendar) -> None:
    """When what is in force here stops being so. Without a day in its field it never begins to be."""
    if state.expires is None:
        return
    ends = unit.now
    if state.expires.after is not None:
        ends = parse_duration(state.expires.after).after(unit.now, calendar)
    elif state.expires.on is not None:
        query = select(t.revisions.c.content).where(t.revisions.c.item == row.key, t.revisions.c.number == row.revision)
        day = json.loads(unit.connection.execute(query).scalar_one())["fields"].get(state.expires.on)
        ends = end_of_day(date.fromisoformat(day), calendar.zone) if day else unit.now
    for place, reminder in enumerate(state.expires.remind):
        when = share_of(unit.now, ends, reminder) if reminder.endswith("%") else before(ends, reminder, calendar)
        if when > unit.now:
            _set(unit, row, f"{EXPIRES}-remind:{place}", when)
    _set(unit, row, EXPIRES, ends)


def _pending() -> tuple[Any, Any]:
    return t.timers.c.fired_at.is_(None), t.timers.c.cancelled_at.is_(None)


def timer_due(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the present stay is due, by its own timer; None where it has none, as in a round."""
    query = select(t.timers.c.due_at).where(
        t.timers.c.item == row.key,
        t.timers.c.state == row.state,
        t.timers.c.name == "due",
        t.timers.c.due_at >= row.entered_at,
        t.timers.c.cancelled_at.is_(None),
    )
    found: datetime | None = connection.execute(query.order_by(t.timers.c.id.desc()).limit(1)).scalar()
    return found


def due_now(connection: Connection, row: Row[Any], bound: Bound) -> Due | None:
    """The due time of the state that applies to the item as it is."""
    if not bound.loaded.process.states[row.state].dues:
        return None
    return due_of(bound.loaded, str(row.state), item_facts(connection, row, bound.loaded.process))


def set_due(unit: Unit, row: Row[Any], due: Due, at: datetime, calendar: WorkCalendar, version: int | None) -> None:
    """Set the due time of a stay without a round, and its reminders."""
    for place, reminder in enumerate(due.remind):
        is_share = reminder.endswith("%")
        when = share_of(row.entered_at, at, reminder) if is_share else before(at, reminder, calendar)
        if when > unit.now:
            _set(unit, row, f"remind:{place}", when, version=version)
    _set(unit, row, "due", at, version=version)


def _steps(
    place: int, step: LadderStep, start: datetime, calendars: Sequence[WorkCalendar]
) -> Iterator[tuple[str, datetime]]:
    """The timers of one step, each as (name, when): its own time, and its repeats."""
    when = _latest(step.after, start, calendars)
    yield f"ladder:{place}", when
    for number in range(1, step.times or 1):
        when = _latest(str(step.every), when, calendars)
        yield f"ladder:{place}:{number}", when


def _set(
    unit: Unit,
    row: Row[Any],
    name: str,
    due: datetime,
    round_id: str | None = None,
    *,
    person: str | None = None,
    version: int | None = None,
) -> None:
    """One timer. `version` is that of the calendars it was counted with: a later one does not move it."""
    where = {"item": row.key, "state": row.state, "round": round_id, "person": person}
    unit.connection.execute(insert(t.timers).values(name=name, calendar=version or None, due_at=due, **where))
