"""What the end of an escalation does to the item it is about: its clocks run again, and the act it stands for is done.

Taken as a step of the item itself, in its own commit, once the escalation has ended; taking it again changes nothing.
Both records say what was signed, and why it did nothing where it did not.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gates.answers import Closing, act_for, propose_answer, signed_of, void_for
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.moves import Refusal
from gates.service.desk import Bound, Desk
from gates.service.gather import item_facts
from gates.service.moving import move_item, title_of_state
from gates.service.pausing import pause_of, resume
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
    signed = _signed(unit.connection, ended)
    what, void = _what(unit, row, bound, ended, signed)
    found = act_for(bound.loaded, (what,)) if row.ended is None and void is None else None
    proposal = None if found is None else _proposal(unit, row, bound, ended.escalation, *found)
    told = _told(bound, row, ended.escalation, what, void, proposal)
    data = {
        "escalation": ended.escalation,
        "said": what,
        "state": ended.state,
        "end": ended.ended,
        "did": told,
        "signed": signed,
        "process_digest": row.process_digest,
    }
    engine = Actor(None, "engine", rule="escalation")
    unit.enter(row.key, Kind.ESCALATION_CLOSED, engine, data)
    answered = {"about": row.key, "said": what, "did": told, "signed": signed}
    unit.enter(ended.escalation, Kind.ESCALATION_ANSWERED, engine, answered)
    mine = e.c.escalation == ended.escalation
    unit.connection.execute(update(e).where(mine).values(closed_at=unit.now, said=what))
    if unit.connection.execute(_pausing(unit.connection, row.key)).first() is None:
        resume(desk, unit, row, bound)
    if proposal is not None and not isinstance(proposal, Refusal):
        move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule=f"escalation {ended.escalation}"))
    return told


def is_owed(connection: Connection, key: str) -> bool:
    """Whether an escalation about the item has ended and was not taken in."""
    return connection.execute(_ended(key).limit(1)).first() is not None


def _ended(key: str) -> Any:
    return (
        select(e.c.escalation, t.items.c.state, t.items.c.ended, t.items.c.revision)
        .join(t.items, t.items.c.key == e.c.escalation)
        .where(e.c.item == key, e.c.closed_at.is_(None), t.items.c.ended.is_not(None))
        .order_by(e.c.raised_at, e.c.escalation)
    )


def _pausing(connection: Connection, key: str) -> Any:
    """An escalation that still keeps the clocks from running: not one whose time to do so was over before."""
    mine = e.c.item == key, e.c.closed_at.is_(None), e.c.clock == "pause"
    still = pause_of(connection, key)
    since = () if still is None else (e.c.raised_at >= still.since,)
    return select(e.c.escalation).where(*mine, *since).limit(1)


def _signed(connection: Connection, ended: Row[Any]) -> dict[str, Any] | None:
    """The verdict an escalation came to last, with what became of it since; None where nobody signed anything."""
    opened = connection.execute(
        select(t.rounds.c.id, t.rounds.c.opened_at).where(t.rounds.c.item == ended.escalation)
    ).all()
    times = {one.id: one.opened_at for one in opened}
    mine = t.entries.c.chain == ended.escalation, t.entries.c.kind == Kind.ROUND_CLOSED.value
    closings = []
    for entry in connection.execute(select(t.entries.c.seq, t.entries.c.body).where(*mine).order_by(t.entries.c.seq)):
        data = json.loads(entry.body)["data"]
        closings.append(Closing(entry.seq, data["round"], data["outcome"], data["revision"], times[data["round"]]))
    moves = connection.execute(select(t.moves).where(t.moves.c.item == ended.escalation).order_by(t.moves.c.seq)).all()
    return signed_of(closings, moves, len(opened), ended.revision)


def _what(
    unit: Unit, row: Row[Any], bound: Bound, ended: Row[Any], signed: dict[str, Any] | None
) -> tuple[str, str | None]:
    """What an escalation came to: its verdict, else the state it ended in; and why that does nothing, where the process
    would answer it."""
    if signed is not None:
        moved = unit.connection.execute(select(t.moves.c.at).where(t.moves.c.item == row.key)).scalars()
        what = str(signed["outcome"])
        return what, void_for(signed, moved) if act_for(bound.loaded, (what,)) else None
    found = act_for(bound.loaded, (ended.state, ended.ended))
    what = found[0] if found is not None else str(ended.state)
    return what, "nobody signed for that." if found is not None else None


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


def _told(bound: Bound, row: Row[Any], escalation: str, said: str, void: str | None, proposal: Any) -> str:
    came = f"{escalation} came to {said.replace('_', ' ').replace('-', ' ')}"
    if void is not None and row.ended is None:
        return f"{came}; nothing was done: {void}"
    if proposal is None:
        return f"{came}."
    if isinstance(proposal, Refusal):
        return f"{came}; nothing was done: {proposal.sentence}"
    return f"{came}: {row.key} goes to {title_of_state(bound, proposal.to)}."
