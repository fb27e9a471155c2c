"""Clocks that stand still, and due times that move: in the calendar's own terms, by exactly what was left.

A duration in working days is time that passes while days are open, each of them whole by the local clock; one in
working hours is time within the shifts; any other is elapsed time. A clock that stands still from one moment to
another, or gets more time, moves on by as much of its own time as lies between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from gates.calendars import UTC_SITE, calendar_of
from gates.items import ENGINE
from gates.ledger.entries import Kind, stamp
from gates.service.desk import Bound, Desk
from gates.service.gather import open_round_of
from gates.service.planning import Plan, Planned, Turn, personal, reminders
from gates.service.timers import PAUSE, calendar_for, calendars_of, due_now, enter_schedule, set_clocks
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w
from gates.store.clock_tables import extensions, pauses
from policies.durations import parse_duration
from policies.shifts import Shift, WorkCalendar, open_time, worked_until

LONG = timedelta(days=10)
"""How long an escalation may stop the clocks of an item before that is out of the ordinary."""

_WHOLE = (Shift((0, 1, 2, 3, 4, 5, 6), time(0), time(0)),)
"""An open day from midnight to midnight."""


def moved_on(moment: datetime, start: datetime, end: datetime, unit: str, calendar: WorkCalendar) -> datetime:
    """`moment`, later by as much time of `unit` (`wd`, `wh`, or elapsed) as lies between `start` and `end`."""
    if unit not in ("wd", "wh"):
        return moment + (end - start)
    own = replace(calendar, shifts=_WHOLE) if unit == "wd" else calendar
    work = open_time(start, end, own)
    return (worked_until(moment, work, own) if work else None) or moment


def stands_still(timer: Any) -> ColumnElement[bool]:
    """The timers that a pause stops: due time, reminders, ladder, inactivity. What was promised for a day runs on."""
    return or_(timer.name.in_(("due", "inactive")), timer.name.like("remind:%"), timer.name.like("ladder:%"))


def held_up() -> ColumnElement[bool]:
    """A timer whose time came while its item stands still."""
    query = select(pauses.c.seq).where(
        pauses.c.item == w.timers.c.item, pauses.c.until.is_(None), pauses.c.since < w.timers.c.due_at
    )
    return and_(stands_still(w.timers.c), query.exists())


def pause_of(connection: Connection, key: str) -> Row[Any] | None:
    """The pause the item is in; None while its clocks run."""
    return connection.execute(select(pauses).where(pauses.c.item == key, pauses.c.until.is_(None))).first()


def long_pauses(connection: Connection, now: datetime) -> list[tuple[str, str, datetime]]:
    """The items whose clocks have stood still for long: (item, escalation, since when), the longest first."""
    query = select(pauses).where(pauses.c.until.is_(None), pauses.c.since <= now - LONG).order_by(pauses.c.since)
    return [(one.item, one.escalation, one.since) for one in connection.execute(query)]


def pause(desk: Desk, unit: Unit, row: Row[Any], escalation: str, until: datetime | None) -> None:
    """Stop the clocks of an item, on the record, until `until` at the latest; nothing where they stand still."""
    if pause_of(unit.connection, row.key) is not None:
        return
    at_most = {"at_most": stamp(until)} if until is not None else {}
    entry = unit.enter(row.key, Kind.CLOCK_PAUSED, ENGINE, {"escalation": escalation, "state": row.state, **at_most})
    unit.connection.execute(insert(pauses).values(item=row.key, seq=entry.seq, escalation=escalation, since=unit.now))
    if until is not None:
        set_clocks(desk, unit, row, [Planned(PAUSE, until)])


def pause_ends(desk: Desk, unit: Unit, row: Row[Any], longest: str) -> datetime:
    """When the clocks of the present stay run again at the latest: so long after they were first stopped in it."""
    mine = pauses.c.item == row.key, or_(pauses.c.until.is_(None), pauses.c.until > row.entered_at)
    first: datetime | None = unit.connection.execute(select(func.min(pauses.c.since)).where(*mine)).scalar()
    return parse_duration(longest).after(first or unit.now, calendar_for(desk, unit, row))


def run_out(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, at: datetime) -> str:
    """The clocks have stood still as long as they may: they run again from `at` on, however late that is noticed."""
    found = pause_of(unit.connection, row.key)
    if found is None:
        return "its clocks run already"
    resume(desk, unit, row, bound, at=at)
    return f"its clocks run again, {found.escalation} or not"


def resume(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, at: datetime | None = None) -> None:
    """Let the clocks of an item run again, each with what was left of it; `at` where they have done so long enough."""
    found = pause_of(unit.connection, row.key)
    if found is None:
        return
    still = pauses.c.item == row.key, pauses.c.seq == found.seq
    unit.connection.execute(update(pauses).where(*still).values(until=unit.now))
    over = w.timers.c.item == row.key, w.timers.c.name == PAUSE, w.timers.c.fired_at.is_(None)
    unit.connection.execute(
        update(w.timers).where(*over, w.timers.c.cancelled_at.is_(None)).values(cancelled_at=unit.now)
    )
    data = {"escalation": found.escalation, "since": stamp(found.since), "state": row.state}
    unit.enter(row.key, Kind.CLOCK_RESUMED, ENGINE, {**data, **({"at_most": stamp(at)} if at is not None else {})})
    start = max(found.since, row.entered_at)
    if start < (at or unit.now):
        _move(desk, unit, row, bound, start, at or unit.now, _resumed, because="resumed")


def _move(
    desk: Desk,
    unit: Unit,
    row: Row[Any],
    bound: Bound,
    start: datetime,
    end: datetime,
    due_from: Callable[[datetime, datetime], datetime],
    *,
    because: str,
) -> None:
    """Move every clock of the present stay on by the time between `start` and `end`; the round's due times go on the
    record. `due_from` makes a due time of the one before and of that moved on; `because` is the word for it there."""
    round_row = open_round_of(unit.connection, row.key)
    sites = desk.book(unit.connection).sites
    asked = _asks(unit, round_row)
    homes = {one.person: calendar_of(sites.get(one.site or "", UTC_SITE), unit.now.year) for one in asked}
    own = calendar_for(desk, unit, row)
    units = _Units(unit, row, bound)
    for timer in _waiting(unit, row):
        since = start if timer.name != "inactive" else max(start, row.touched_at)
        since = max(since, round_row.opened_at) if timer.round is not None and round_row is not None else since
        moment = moved_on(timer.due_at, since, end, units.of(timer.name), homes.get(timer.person or "", own))
        if timer.name == "due":
            moment = due_from(timer.due_at, moment)
        unit.connection.execute(update(w.timers).where(w.timers.c.id == timer.id).values(due_at=moment))
    if round_row is None or round_row.due_at is None or units.due is None:
        return
    since = max(start, round_row.opened_at)

    def later(moment: datetime, calendar: WorkCalendar) -> datetime:
        return due_from(moment, moved_on(moment, since, end, units.due or "h", calendar))

    turns = tuple(
        Turn(one.person, one.site, one.needed, None if one.due_at is None else later(one.due_at, homes[one.person]))
        for one in asked
    )
    due = later(round_row.due_at, own)
    enter_schedule(unit, row, round_row.id, Plan(due, turns, ()), because=because)
    _lengthen_links(unit, round_row, due - round_row.due_at)


def extend_clocks(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, was: datetime, until: datetime) -> list[str]:
    """Give the present stay until `until`, later than `was`, when it was due: its ladder moves with it, and its
    reminders are set anew. Returns the people asked in its round."""
    round_row = open_round_of(unit.connection, row.key)
    asked, due_from = _asks(unit, round_row), partial(_extended, was, until)
    if round_row is not None:
        _move(desk, unit, row, bound, was, until, due_from, because="extended")
        _remind_anew(desk, unit, row, bound, round_row.id)
        return [one.person for one in asked]
    due = due_now(unit.connection, row, bound)
    _move(desk, unit, row, bound, was, until, due_from, because="extended")
    mine = w.timers.c.item == row.key, w.timers.c.state == row.state, w.timers.c.cancelled_at.is_(None)
    gone = or_(w.timers.c.name == "due", and_(w.timers.c.name.like("remind:%"), w.timers.c.fired_at.is_(None)))
    unit.connection.execute(update(w.timers).where(*mine, gone).values(cancelled_at=unit.now))
    if due is not None:
        later = reminders(due, row.entered_at, until, calendar_for(desk, unit, row))
        set_clocks(desk, unit, row, [*(one for one in later if one.due_at > unit.now), Planned("due", until)])
    return []


def _resumed(_moment: datetime, moved: datetime) -> datetime:
    """A due time after a pause: later by what it stood still, as every clock."""
    return moved


def _extended(was: datetime, until: datetime, moment: datetime, moved: datetime) -> datetime:
    """A due time after an extension: what was due at `was` is due at `until`, on whatever day that is; what somebody
    had to do earlier, by the calendar of their own site, is due no later than that."""
    return until if moment == was else max(moment, min(moved, until))


def _remind_anew(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_id: str) -> None:
    """Reminders at the same shares of the longer time; those that are past by then are not sent again."""
    pending = w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None)
    mine = w.timers.c.round == round_id, w.timers.c.name.like("remind:%")
    unit.connection.execute(update(w.timers).where(*mine, *pending).values(cancelled_at=unit.now))
    due, calendars = due_now(unit.connection, row, bound), calendars_of(desk, unit)
    for one in _asks(unit, open_round_of(unit.connection, row.key)):
        turn = Turn(one.person, one.site, one.needed, one.due_at)
        later = personal(due, one.asked_at, turn, calendars)
        set_clocks(desk, unit, row, [each for each in later if each.due_at > unit.now], round_id)


def _lengthen_links(unit: Unit, round_row: Row[Any], by: timedelta) -> None:
    """Links live as much longer as the round they ask for."""
    query = select(t.links.c.id, t.links.c.expires_at).where(
        t.links.c.round == round_row.id, t.links.c.revoked_at.is_(None)
    )
    for link in unit.connection.execute(query).all():
        unit.connection.execute(update(t.links).where(t.links.c.id == link.id).values(expires_at=link.expires_at + by))


class _Units:
    """What each clock of a stay is counted in."""

    def __init__(self, unit: Unit, row: Row[Any], bound: Bound) -> None:
        self.state = bound.loaded.process.states[row.state]
        due = due_now(unit.connection, row, bound)
        self.due = None if due is None else parse_duration(due.within).unit

    def of(self, name: str) -> str:
        """The unit of the timer `name`."""
        kind, _, place = name.partition(":")
        if kind == "ladder":
            return parse_duration(self.state.ladder[int(place.partition(":")[0])].after).unit
        if kind == "inactive" and self.state.inactive is not None:
            return parse_duration(self.state.inactive.after).unit
        return self.due or "h"


def _asks(unit: Unit, round_row: Row[Any] | None) -> list[Row[Any]]:
    if round_row is None:
        return []
    query = select(t.asks).where(t.asks.c.round == round_row.id).order_by(t.asks.c.person)
    return list(unit.connection.execute(query))


def _waiting(unit: Unit, row: Row[Any]) -> list[Row[Any]]:
    query = select(w.timers).where(
        w.timers.c.item == row.key,
        w.timers.c.state == row.state,
        w.timers.c.fired_at.is_(None),
        w.timers.c.cancelled_at.is_(None),
        stands_still(w.timers.c),
    )
    return list(unit.connection.execute(query.order_by(w.timers.c.id)))


def drop_asked(unit: Unit, key: str) -> None:
    """The item leaves its state, or more is asked for: what was asked for and not granted moves nothing any more."""
    mine = extensions.c.item == key, extensions.c.standing == "asked"
    unit.connection.execute(update(extensions).where(*mine).values(standing="dropped"))
