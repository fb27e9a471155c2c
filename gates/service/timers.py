"""Clocks of a state: reminders, ladder steps and the inactivity timer, as rows that fire once.

A timer row belongs to one stay in one state. Leaving the state cancels what has not fired.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, false, insert, or_, select, update

from gates.calendars import UTC_SITE, calendar_of
from gates.dues import due_of
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind, stamp
from gates.service.desk import Bound, Desk
from gates.service.gather import item_facts
from gates.service.outbox import look_again_at
from gates.service.planning import Calendars, Plan, Planned, Turn, personal, plan_round, plan_state
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w
from policies.durations import before, parse_duration, share_of
from policies.model import Due, State
from policies.shifts import WorkCalendar

LAST_SECOND = time(23, 59, 59)
EXPIRES = "expires"
REVIEW = "review"
PAUSE = "pause"
"""The name of the timer at which clocks that stand still run again, whatever state the item is in by then."""
ALARM = "verdict"
"""The name of the timer at which the clock alone changes a verdict."""
STAY = frozenset({"due", "remind", "ladder", "inactive", EXPIRES})
"""The kinds of clocks that a stay in a state starts."""


def calendar_for(desk: Desk, unit: Unit, row: Row[Any]) -> WorkCalendar:
    """The work calendar of the item's site; UTC without holidays when it has none."""
    site = desk.book(unit.connection).sites.get(row.site or "", UTC_SITE)
    return calendar_of(site, unit.now.year)


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of `day` in `zone`, in UTC: what is due on a day may still be done on it."""
    return datetime.combine(day, LAST_SECOND, ZoneInfo(zone)).astimezone(UTC)


def schedule_state(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, kinds: frozenset[str] = STAY) -> None:
    """Set the clocks of these kinds that start on entering the state. A round's own clocks start when it opens."""
    state = bound.loaded.process.states[row.state]
    calendar = calendar_for(desk, unit, row)
    if state.inactive is not None and "inactive" in kinds:
        _set(unit, row, "inactive", parse_duration(state.inactive.after).after(unit.now, calendar))
    if EXPIRES in kinds:
        _expiry(unit, row, state, calendar)
    if state.round is None:
        plan = plan_state(state, due_now(unit.connection, row, bound), unit.now, calendar)
        set_clocks(desk, unit, row, _of(kinds, plan.clocks))


def _of(kinds: frozenset[str], clocks: Iterable[Planned]) -> list[Planned]:
    return [one for one in clocks if one.name.partition(":")[0] in kinds]


def schedule_round(
    desk: Desk,
    unit: Unit,
    row: Row[Any],
    bound: Bound,
    round_id: str,
    turns: Sequence[Turn],
    kinds: frozenset[str] = STAY,
) -> Plan:
    """Set the clocks, of these kinds, of a round that opens now, each counted in the calendar of those who must act."""
    process = bound.loaded.process
    state, due = process.states[row.state], due_now(unit.connection, row, bound)
    plan = plan_round(process, state, due, unit.now, row.site, turns, calendars_of(desk, unit))
    set_clocks(desk, unit, row, _of(kinds, plan.clocks), round_id)
    return plan


def remind_person(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_id: str, turn: Turn) -> None:
    """Set the reminders of somebody who is asked while the round is open."""
    due = due_now(unit.connection, row, bound)
    set_clocks(desk, unit, row, personal(due, unit.now, turn, calendars_of(desk, unit)), round_id)


def due_now(connection: Connection, row: Row[Any], bound: Bound) -> Due | None:
    """The due time of the state that applies to the item as it is."""
    if not bound.loaded.process.states[row.state].dues:
        return None
    return due_of(bound.loaded, str(row.state), item_facts(connection, row, bound.loaded.process))


def timer_due(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the present stay is due, by its own timer; None where it has none, as in a round."""
    query = select(w.timers.c.due_at).where(
        w.timers.c.item == row.key,
        w.timers.c.state == row.state,
        w.timers.c.name == "due",
        w.timers.c.due_at >= row.entered_at,
        w.timers.c.cancelled_at.is_(None),
    )
    found: datetime | None = connection.execute(query.order_by(w.timers.c.id.desc()).limit(1)).scalar()
    return found


def calendars_of(desk: Desk, unit: Unit, start: datetime | None = None) -> Calendars:
    """The calendars in force, for what starts at `start`, or now."""
    return Calendars(desk.book(unit.connection).sites, (start or unit.now).year)


def set_clocks(desk: Desk, unit: Unit, row: Row[Any], clocks: Iterable[Planned], round_id: str | None = None) -> None:
    """Write planned clocks, with the version of the calendars they were counted by."""
    version = desk.book(unit.connection).calendar
    for one in clocks:
        _set(unit, row, one.name, one.due_at, round_id, person=one.person, version=version)
    look_again_at(unit, row.key)


def replace_clocks(
    desk: Desk, unit: Unit, row: Row[Any], clocks: Iterable[Planned], round_id: str | None = None
) -> None:
    """Put planned clocks in the place of those of the same stay that have not fired; what fired is not set again."""
    mine = (w.timers.c.item == row.key, w.timers.c.state == row.state, w.timers.c.round.is_not_distinct_from(round_id))
    planned = {(one.name, one.person): one for one in clocks}
    names = w.timers.c.name.in_({name for name, _ in planned})
    done = unit.connection.execute(
        select(w.timers.c.name, w.timers.c.person).where(
            *mine, names, w.timers.c.fired_at.is_not(None), w.timers.c.due_at >= row.entered_at
        )
    ).all()
    unit.connection.execute(update(w.timers).where(*mine, names, *_pending()).values(cancelled_at=unit.now))
    fired = {(one.name, one.person) for one in done}
    set_clocks(desk, unit, row, [one for key, one in planned.items() if key not in fired], round_id)


def due_again(desk: Desk, unit: Unit, row: Row[Any], due: datetime | None) -> None:
    """Where the present stay was due already and is due later now, it is told again then."""
    fired = (w.timers.c.item == row.key, w.timers.c.state == row.state, w.timers.c.name == "due",
             w.timers.c.round.is_(None), w.timers.c.due_at >= row.entered_at, w.timers.c.fired_at.is_not(None),
             w.timers.c.cancelled_at.is_(None))  # fmt: skip
    if due is None or due <= unit.now:
        return
    if unit.connection.execute(update(w.timers).where(*fired).values(cancelled_at=unit.now)).rowcount:
        set_clocks(desk, unit, row, [Planned("due", due)])


def enter_schedule(unit: Unit, row: Row[Any], round_id: str, plan: Plan, by: Actor = ENGINE, **why: Any) -> None:
    """Put new due times of an open round into its rows and on the record."""
    unit.connection.execute(update(t.rounds).where(t.rounds.c.id == round_id).values(due_at=plan.due_at))
    for one in plan.turns:
        mine = t.asks.c.round == round_id, t.asks.c.person == one.person
        unit.connection.execute(update(t.asks).where(*mine).values(due_at=one.due_at))
    asks = [{"person": one.person, "due_at": stamp(one.due_at) if one.due_at else None} for one in plan.turns]
    due = stamp(plan.due_at) if plan.due_at else None
    unit.enter(row.key, Kind.ROUND_RESCHEDULED, by, {"round": round_id, "due_at": due, "asks": asks, **why})


def touch(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> None:
    """Start the inactivity timer anew: something happened to the item."""
    state = bound.loaded.process.states[row.state]
    if state.inactive is None:
        return
    unit.connection.execute(
        update(w.timers)
        .where(w.timers.c.item == row.key, w.timers.c.name == "inactive", *_pending())
        .values(cancelled_at=unit.now)
    )
    due = parse_duration(state.inactive.after).after(unit.now, calendar_for(desk, unit, row))
    _set(unit, row, "inactive", due)


def set_alarm(unit: Unit, row: Row[Any], round_id: str, moment: datetime | None) -> None:
    """Look at the round again at `moment`, when the clock alone changes its verdict; None: not at all."""
    mine = (w.timers.c.round == round_id, w.timers.c.name == ALARM, *_pending())
    pending = unit.connection.execute(select(w.timers.c.due_at).where(*mine)).scalar()
    if pending == moment:
        return
    unit.connection.execute(update(w.timers).where(*mine).values(cancelled_at=unit.now))
    if moment is not None:
        _set(unit, row, ALARM, moment, round_id)
        look_again_at(unit, row.key)


def cancel_timers(unit: Unit, key: str, *, round_id: str | None = None, kinds: frozenset[str] | None = None) -> None:
    """Cancel what has not fired: all of the item's, one round's, or those of some kinds."""
    # The clock of a review runs on when the item moves on, and so does what ends a pause.
    mine = w.timers.c.item == key, w.timers.c.name.not_like(f"{REVIEW}:%"), w.timers.c.name != PAUSE
    statement = update(w.timers).where(*mine, *_pending())
    if kinds is not None:
        names = [w.timers.c.name == kind for kind in kinds]
        names += [w.timers.c.name.like(f"{kind}:%") for kind in kinds]
        names += [w.timers.c.name.like(f"{EXPIRES}-remind:%")] if EXPIRES in kinds else []
        statement = statement.where(or_(false(), *names))
    if round_id is not None:
        statement = statement.where(w.timers.c.round == round_id)
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
    return w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None)


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
    unit.connection.execute(insert(w.timers).values(name=name, calendar=version or None, due_at=due, **where))
