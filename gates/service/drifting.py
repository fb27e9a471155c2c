"""Running deadlines held against the calendars of today: what a newer calendar would move, and moving it on purpose.

A deadline stays where it was counted, whatever is published later. Only `recount`, by a person and with a reason,
moves it; both dates are on the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from gates.errors import BadInput, Refused
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import open_round_of
from gates.service.planning import Calendars, Plan, Turn, plan_round, plan_state
from gates.service.timers import due_again, due_now, enter_schedule, replace_clocks
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w
from gates.store.clock_tables import extensions as x
from gates.store.clock_tables import pauses as p


@dataclass(frozen=True, slots=True)
class Drift:
    """One running deadline that today's calendars would put elsewhere. `person` is whose; '' is the item's own."""

    item: str
    state: str
    person: str
    due_at: datetime
    would_be: datetime
    counted_with: int
    """The version of the calendars it was counted with; 0 where there was none."""


def drifted(desk: Desk, connection: Connection) -> list[Drift]:
    """Every running deadline that would be another one today, the soonest first."""
    found: list[Drift] = []
    for row in connection.execute(select(t.items).where(t.items.c.ended.is_(None)).order_by(t.items.c.key)):
        bound = desk.bound(connection, row.process_digest)
        if bound.loaded.process.states[row.state].dues:
            found += _of_item(desk, connection, row, bound)
    return sorted(found, key=lambda one: (one.due_at, one.item, one.person))


def recount(desk: Desk, unit: Unit, key: str, by: Actor, reason: str) -> list[Drift]:
    """Count the running deadlines of an item anew by today's calendars. Returns what moved. Raises NotFound,
    BadInput (no reason), Refused (nothing would move)."""
    if not reason.strip():
        raise BadInput({"reason": "is needed: it goes on the record with both dates."})
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    moved = _of_item(desk, unit.connection, row, bound)
    if not moved:
        raise Refused(f"No deadline of {key} would move: it is where today's calendars put it.")
    round_row = open_round_of(unit.connection, key)
    plan = _plan(desk, unit.connection, row, bound, round_row)
    replace_clocks(desk, unit, row, plan.clocks, round_row.id if round_row is not None else None)
    before = [{"person": one.person, "due_at": stamp(one.due_at)} for one in moved]
    if round_row is not None:
        enter_schedule(unit, row, round_row.id, plan, by, reason=reason.strip(), before=before)
    else:
        due = stamp(plan.due_at) if plan.due_at else None
        data = {"state": row.state, "due_at": due, "reason": reason.strip(), "before": before}
        unit.enter(key, Kind.ITEM_RESCHEDULED, by, data)
    return moved


def count_at_site(desk: Desk, unit: Unit, before: Row[Any], row: Row[Any], bound: Bound, by: Actor) -> None:
    """The site of an item has changed by an edit: count what runs in its present stay by the calendar of the other,
    from the beginning of the stay, on the record. What was extended or stood still stays as it was decided, and so do
    the times of people, who are counted by the site they work at."""
    round_row = open_round_of(unit.connection, row.key)
    state = bound.loaded.process.states[row.state]
    if (state.round is not None and round_row is None) or _was_moved(unit.connection, row):
        return
    was = _plan(desk, unit.connection, before, bound, round_row)
    plan = _plan(desk, unit.connection, row, bound, round_row)
    if plan == was:
        return
    replace_clocks(desk, unit, row, plan.clocks, round_row.id if round_row is not None else None)
    if plan.due_at == was.due_at and plan.turns == was.turns:
        return
    due = stamp(plan.due_at) if plan.due_at else None
    reason = f"its site was {before.site or 'empty'} and is {row.site or 'empty'} now"
    said = [{"person": "", "due_at": stamp(was.due_at)}] if was.due_at else []
    if round_row is not None:
        enter_schedule(unit, row, round_row.id, plan, by, reason=reason, before=said)
        return
    due_again(desk, unit, row, plan.due_at)
    data = {"state": row.state, "due_at": due, "reason": reason, "before": said}
    unit.enter(row.key, Kind.ITEM_RESCHEDULED, by, data)


def _of_item(desk: Desk, connection: Connection, row: Row[Any], bound: Bound) -> list[Drift]:
    round_row = open_round_of(connection, row.key)
    state = bound.loaded.process.states[row.state]
    if (state.round is not None and round_row is None) or _was_moved(connection, row):
        return []
    plan = _plan(desk, connection, row, bound, round_row)
    version = _version(connection, row)
    if round_row is None:
        due = _own_due(connection, row)
        pairs = [("", due, plan.due_at)]
    else:
        asks = connection.execute(select(t.asks).where(t.asks.c.round == round_row.id)).all()
        would = {one.person: one.due_at for one in plan.turns}
        pairs = [(ask.person, ask.due_at, would.get(ask.person)) for ask in asks]
    return [
        Drift(row.key, row.state, person, before, after, version)
        for person, before, after in pairs
        if before is not None and after is not None and before != after
    ]


def _plan(desk: Desk, connection: Connection, row: Row[Any], bound: Bound, round_row: Row[Any] | None) -> Plan:
    process = bound.loaded.process
    state, sites, due = process.states[row.state], desk.book(connection).sites, due_now(connection, row, bound)
    if round_row is None:
        return plan_state(state, due, row.entered_at, Calendars(sites, row.entered_at.year).of(row.site))
    asked = connection.execute(select(t.asks).where(t.asks.c.round == round_row.id).order_by(t.asks.c.person))
    # Who was asked later has the due time of the round, and keeps it.
    turns = [Turn(one.person, one.site, one.needed) for one in asked if one.asked_at == round_row.opened_at]
    start = round_row.opened_at
    return plan_round(process, state, due, start, row.site, turns, Calendars(sites, start.year))


def _was_moved(connection: Connection, row: Row[Any]) -> bool:
    """Whether somebody extended the present stay, or an escalation stopped its clocks: its times are decided, not
    counted from its beginning."""
    given = x.c.item == row.key, x.c.stay == row.entered_at, x.c.standing == "granted"
    stood = p.c.item == row.key, or_(p.c.until.is_(None), p.c.until > row.entered_at)
    found = select(x.c.number).where(*given), select(p.c.seq).where(*stood)
    return any(connection.execute(one.limit(1)).first() is not None for one in found)


def _own_due(connection: Connection, row: Row[Any]) -> datetime | None:
    query = select(w.timers.c.due_at).where(
        w.timers.c.item == row.key,
        w.timers.c.state == row.state,
        w.timers.c.name == "due",
        w.timers.c.fired_at.is_(None),
        w.timers.c.cancelled_at.is_(None),
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def _version(connection: Connection, row: Row[Any]) -> int:
    query = select(w.timers.c.calendar).where(w.timers.c.item == row.key, w.timers.c.calendar.is_not(None))
    return int(connection.execute(query.order_by(w.timers.c.id.desc()).limit(1)).scalar() or 0)
