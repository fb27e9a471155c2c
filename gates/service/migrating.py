"""Moving an open item to the current text of its process, on the record.

What was signed stays on file; what no longer counts under the new rules is set aside by the verdict, with its
reason, and whoever is asked now is asked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update

from gates.errors import Refused
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service import rulebook
from gates.service.advancing import advance_item, judge
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import open_round_of
from gates.service.moving import close_round, owe_carry, title_of_state
from gates.service.planning import Turn
from gates.service.timers import cancel_timers, enter_schedule, schedule_round, schedule_state
from gates.store import Unit
from gates.store import tables as t


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
    _enter(unit, row, line, by, reason)
    unit.connection.execute(
        update(t.items).where(t.items.c.key == key).values(process_digest=line.digest, touched_at=unit.now)
    )
    said = _restart(desk, unit, row, item_row(unit.connection, key), bound)
    advance_item(desk, unit, key)
    after = item_row(unit.connection, key)
    return f"{key} goes on under version {line.version}{said} It is in {title_of_state(bound, str(after.state))}."


def _enter(unit: Unit, row: Row[Any], line: rulebook.ProcessLine, by: Actor, reason: str) -> None:
    data = {"before": row.process_digest, "process_digest": line.digest, "version": line.version, "reason": reason}
    unit.enter(row.key, Kind.ITEM_MIGRATED, by, data)


def _restart(desk: Desk, unit: Unit, before: Row[Any], row: Row[Any], bound: Bound) -> str:
    """Clocks anew; an open round goes on where the state still asks the policy of that name."""
    cancel_timers(unit, row.key)
    schedule_state(desk, unit, row, bound)
    round_row = open_round_of(unit.connection, row.key)
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
    enter_schedule(unit, row, round_row.id, schedule_round(desk, unit, row, bound, round_row.id, turns))
    owe_carry(unit, row.key)
    verdict, facts = judge(desk, unit, row, bound, round_row)
    fell = sorted({facts.roster.name(one.decision.person) for one in verdict.set_aside if not one.decision.withdrawn})
    return f"; set aside: {', '.join(fell)}." if fell else "; every signature still counts."
