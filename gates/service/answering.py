"""What the end of an escalation does to the item it is about: its clocks run again, and the act it stands for is done.

Taken as a step of the item itself, in its own commit, once the escalation has ended; taking it again changes nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from gates.answers import act_for, propose_answer
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.moves import Refusal
from gates.service.desk import Bound, Desk
from gates.service.gather import item_facts
from gates.service.moving import move_item, title_of_state
from gates.service.pausing import resume
from gates.store import Unit
from gates.store import tables as t
from gates.store.clock_tables import escalations as e


def answer(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> str | None:
    """Take in the first escalation that has ended and was not taken in. Returns a sentence; None where there is none.

    The item in `row` is locked.
    """
    ended = unit.connection.execute(_ended(row.key).limit(1)).first()
    if ended is None:
        return None
    said = _said(unit.connection, ended)
    found = act_for(bound.loaded, said) if row.ended is None else None
    what = found[0] if found is not None else said[0]
    proposal = None if found is None else _proposal(unit, row, bound, ended.escalation, *found)
    told = _told(bound, row, ended.escalation, what, proposal)
    data = {
        "escalation": ended.escalation,
        "said": what,
        "state": ended.state,
        "end": ended.ended,
        "did": told,
        "process_digest": row.process_digest,
    }
    unit.enter(row.key, Kind.ESCALATION_CLOSED, Actor(None, "engine", rule="escalation"), data)
    mine = e.c.escalation == ended.escalation
    unit.connection.execute(update(e).where(mine).values(closed_at=unit.now, said=what))
    if unit.connection.execute(_pausing(row.key)).first() is None:
        resume(desk, unit, row, bound)
    if proposal is not None and not isinstance(proposal, Refusal):
        move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule=f"escalation {ended.escalation}"))
    return told


def is_owed(connection: Connection, key: str) -> bool:
    """Whether an escalation about the item has ended and was not taken in."""
    return connection.execute(_ended(key).limit(1)).first() is not None


def _ended(key: str) -> Any:
    return (
        select(e.c.escalation, t.items.c.state, t.items.c.ended, t.items.c.process_digest)
        .join(t.items, t.items.c.key == e.c.escalation)
        .where(e.c.item == key, e.c.closed_at.is_(None), t.items.c.ended.is_not(None))
        .order_by(e.c.raised_at, e.c.escalation)
    )


def _pausing(key: str) -> Any:
    """An escalation that still keeps the clocks from running."""
    return select(e.c.escalation).where(e.c.item == key, e.c.closed_at.is_(None), e.c.clock == "pause").limit(1)


def _said(connection: Connection, ended: Row[Any]) -> tuple[str, ...]:
    """What an escalation came to: the verdict of its last round that had one, the state, and what the end is called."""
    rounds = select(t.rounds.c.outcome).where(t.rounds.c.item == ended.escalation, t.rounds.c.outcome.is_not(None))
    verdict = connection.execute(rounds.order_by(t.rounds.c.number.desc()).limit(1)).scalar()
    return (*((verdict,) if verdict else ()), ended.state, ended.ended)


def _proposal(unit: Unit, row: Row[Any], bound: Bound, escalation: str, said: str, act: str) -> Any:
    return propose_answer(
        bound.loaded,
        bound.machine,
        state=row.state,
        act=act,
        said=said,
        escalation=escalation,
        item=item_facts(unit.connection, row, bound.loaded.process),
        previous=row.previous_state,
    )


def _told(bound: Bound, row: Row[Any], escalation: str, said: str, proposal: Any) -> str:
    came = f"{escalation} came to {said.replace('_', ' ').replace('-', ' ')}"
    if proposal is None:
        return f"{came}."
    if isinstance(proposal, Refusal):
        return f"{came}; nothing was done: {proposal.sentence}"
    return f"{came}: {row.key} goes to {title_of_state(bound, proposal.to)}."
