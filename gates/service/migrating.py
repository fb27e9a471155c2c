"""Moving an open item to the current text of its process, on the record.

What was signed stays on file; what no longer counts under the new rules is set aside by the verdict, with its
reason, and whoever is asked now is asked. Clocks that the new text sets as the old one did run on; only those that it
sets otherwise begin anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, update

from gates.errors import Refused
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.service import rulebook
from gates.service.advancing import advance_item, judge
from gates.service.desk import Bound, Desk, item_row
from gates.service.extending import due_at
from gates.service.gather import open_round_of
from gates.service.moving import close_round, owe_carry, title_of_state
from gates.service.planning import Turn, personal, reminders
from gates.service.timers import (
    STAY,
    calendar_for,
    calendars_of,
    cancel_timers,
    due_now,
    enter_schedule,
    schedule_round,
    schedule_state,
    set_clocks,
)
from gates.store import Unit
from gates.store import tables as t
from policies.model import Due


def migrate(desk: Desk, unit: Unit, key: str, by: Actor, reason: str) -> str:
    """Let `key` go on under the current text of its process. Returns a sentence.

    Raises NotFound, Refused (it has ended, it is on the current text, or the new text has no such state).
    """
    unit.lock(key)
    row = item_row(unit.connection, key)
    line = rulebook.current_process(unit.connection, str(row.process))
    if row.ended is not None:
        raise Refused(f"{key} has ended; its rules are those it ended under.", code="ended")
    if line.digest == row.process_digest:
        raise Refused(f"{key} is on the current text already, version {line.version}.", code="no-change")
    bound = desk.bound(unit.connection, line.digest)
    if row.state not in bound.loaded.process.states:
        known = ", ".join(bound.loaded.process.states)
        raise Refused(
            f"Version {line.version} has no state {row.state}.",
            code="no-such-state",
            remedy=f"Take {key} out of it first; the new text has {known}.",
        )
    old = desk.bound(unit.connection, row.process_digest)
    anew, was = _begun_anew(unit, row, old, bound), due_at(unit.connection, row)
    _enter(unit, row, line, by, reason, was if "due" in anew else None)
    unit.connection.execute(
        update(t.items).where(t.items.c.key == key).values(process_digest=line.digest, touched_at=unit.now)
    )
    said = _restart(desk, unit, row, item_row(unit.connection, key), bound, anew)
    due = _due_in_words(desk, unit, item_row(unit.connection, key), was if "due" in anew else None)
    advance_item(desk, unit, key)
    after = item_row(unit.connection, key)
    return f"{key} goes on under version {line.version}{said} It is in {title_of_state(bound, str(after.state))}.{due}"


def _enter(unit: Unit, row: Row[Any], line: rulebook.ProcessLine, by: Actor, reason: str, was: datetime | None) -> None:
    """`was` is when it was due, where the new text counts that anew."""
    data = {"before": row.process_digest, "process_digest": line.digest, "version": line.version, "reason": reason}
    unit.enter(row.key, Kind.ITEM_MIGRATED, by, data | ({} if was is None else {"was_due_at": stamp(was)}))


def _begun_anew(unit: Unit, row: Row[Any], old: Bound, new: Bound) -> frozenset[str]:
    """The kinds of clocks that the two texts do not set alike in the state the item is in."""
    before, after = (one.loaded.process.states[row.state] for one in (old, new))
    if before.round != after.round:
        return STAY
    due, then = (due_now(unit.connection, row, one) for one in (old, new))
    alike = {
        "due": _within(old, row, due) == _within(new, row, then),
        "remind": due is not None and then is not None and due.remind == then.remind,
        "ladder": before.ladder == after.ladder,
        "inactive": before.inactive == after.inactive,
        "expires": before.expires == after.expires,
    }
    # A reminder is a share of the time until it is due.
    alike["remind"] = alike["remind"] and alike["due"]
    return frozenset(kind for kind in STAY if not alike[kind])


def _within(bound: Bound, row: Row[Any], due: Due | None) -> str | None:
    process = bound.loaded.process
    policy = process.states[row.state].round
    deadline = process.policies[policy].deadline if policy is not None else None
    return due.within if due is not None else deadline.in_ if deadline is not None else None


def _due_in_words(desk: Desk, unit: Unit, row: Row[Any], was: datetime | None) -> str:
    """Said where the due time is not what it was: when it was due, and when it is; by the clock of its site."""
    if was is None:
        return ""
    zone, now = ZoneInfo(calendar_for(desk, unit, row).zone), due_at(unit.connection, row)
    then = f"{was.astimezone(zone):%Y-%m-%d %H:%M}"
    if now is None:
        return f" It was due {then}; the new text has another clock here."
    return f" It is due {now.astimezone(zone):%Y-%m-%d %H:%M}; it was due {then} under the earlier text."


def _restart(desk: Desk, unit: Unit, before: Row[Any], row: Row[Any], bound: Bound, anew: frozenset[str]) -> str:
    """Begin the clocks of the kinds `anew`; an open round goes on where the state still asks the policy of that
    name."""
    cancel_timers(unit, row.key, kinds=anew)
    kept_due = anew - {"remind"} if "due" not in anew else anew
    schedule_state(desk, unit, row, bound, kept_due)
    round_row = open_round_of(unit.connection, row.key)
    if "remind" in anew and "due" not in anew:
        _remind_anew(desk, unit, row, bound, round_row)
    if round_row is None:
        if bound.loaded.process.states[row.state].round is not None:
            owe_carry(unit, row.key)
        return "."
    if bound.loaded.process.states[row.state].round != round_row.policy:
        old = desk.bound(unit.connection, before.process_digest)
        why = f"{row.key} went on under other rules before the round was decided."
        close_round(desk, unit, before, old, round_row, outcome=None, verdict=None, facts=None, why=why)
        owe_carry(unit, row.key)
        return "; its round is asked anew."
    asked = unit.connection.execute(select(t.asks).where(t.asks.c.round == round_row.id).order_by(t.asks.c.person))
    turns = [Turn(ask.person, ask.site, ask.needed) for ask in asked]
    plan = schedule_round(desk, unit, row, bound, round_row.id, turns, kept_due)
    if "due" in anew:
        enter_schedule(unit, row, round_row.id, plan)
    owe_carry(unit, row.key)
    verdict, facts = judge(desk, unit, row, bound, round_row)
    fell = sorted({facts.roster.name(one.decision.person) for one in verdict.set_aside if not one.decision.withdrawn})
    return f"; set aside: {', '.join(fell)}." if fell else "; every signature still counts."


def _remind_anew(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_row: Row[Any] | None) -> None:
    """Other reminders for the same due time; those whose time has passed are not sent."""
    due = due_now(unit.connection, row, bound)
    if due is None:
        return
    if round_row is None:
        at = due_at(unit.connection, row)
        planned = [] if at is None else reminders(due, row.entered_at, at, calendar_for(desk, unit, row))
    else:
        asks = unit.connection.execute(select(t.asks).where(t.asks.c.round == round_row.id)).all()
        calendars = calendars_of(desk, unit)
        turns = [(one.asked_at, Turn(one.person, one.site, one.needed, one.due_at)) for one in asks]
        planned = [each for start, turn in turns for each in personal(due, start, turn, calendars)]
    still = [one for one in planned if one.due_at > unit.now]
    set_clocks(desk, unit, row, still, None if round_row is None else round_row.id)
