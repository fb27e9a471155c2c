"""Clocks of a state: reminders, ladder steps and the inactivity timer, as rows that fire once.

A timer row belongs to one stay in one state. Leaving the state cancels what has not fired.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, insert, select, update

from gates.calendars import UTC_SITE, calendar_of
from gates.service.desk import Bound, Desk
from gates.store import Unit
from gates.store import tables as t
from policies.durations import before, parse_duration, share_of
from policies.model import State
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
        _ladder(unit, row, state, calendar, None)
        if state.due is not None:
            due = parse_duration(state.due.within).after(unit.now, calendar)
            _reminders(unit, row, state, due, calendar, None)
            _set(unit, row, "due", due)


def schedule_round(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_id: str) -> datetime | None:
    """Set the clocks of a round that opens now. Returns when it is due."""
    state = bound.loaded.process.states[row.state]
    calendar = calendar_for(desk, unit, row)
    _ladder(unit, row, state, calendar, round_id)
    if state.due is None:
        deadline = bound.loaded.process.policies[str(state.round)].deadline
        return None if deadline is None else parse_duration(deadline.in_).after(unit.now, calendar)
    due = parse_duration(state.due.within).after(unit.now, calendar)
    _reminders(unit, row, state, due, calendar, round_id)
    return due


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


def _ladder(unit: Unit, row: Row[Any], state: State, calendar: WorkCalendar, round_id: str | None) -> None:
    for place, step in enumerate(state.ladder):
        _set(unit, row, f"ladder:{place}", parse_duration(step.after).after(unit.now, calendar), round_id)


def _reminders(
    unit: Unit, row: Row[Any], state: State, due: datetime, calendar: WorkCalendar, round_id: str | None
) -> None:
    for place, reminder in enumerate(state.due.remind if state.due else ()):
        when = share_of(unit.now, due, reminder) if reminder.endswith("%") else before(due, reminder, calendar)
        if when > unit.now:
            _set(unit, row, f"remind:{place}", when, round_id)


def _set(unit: Unit, row: Row[Any], name: str, due: datetime, round_id: str | None = None) -> None:
    unit.connection.execute(
        insert(t.timers).values(item=row.key, state=row.state, round=round_id, name=name, due_at=due)
    )
