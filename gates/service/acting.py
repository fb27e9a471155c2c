"""Acts by people: submit, withdraw, and every other word under `acts:`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from gates.errors import NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.moves import Refusal, acts_in, propose_act
from gates.service.advancing import advance_item, judge
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import item_facts, open_round_of
from gates.service.moving import close_round, move_item
from gates.service.surroundings import around, lock_named
from gates.service.timers import touch
from gates.service.windows import book_with, lock_calendar
from gates.store import Unit
from gates.store import tables as t


def act(desk: Desk, unit: Unit, key: str, name: str, by: Actor, reason: str) -> str | Refusal:
    """Do the act `name` to the item. Returns its state afterwards, or the refusal (which is entered).

    The caller raises the refusal after the commit, so that the refused attempt stays on the record.
    """
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    roster = desk.roster(unit.connection, unit.now)
    person = by.person or ""
    if person not in roster.people:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(roster.people))}")
    round_row = open_round_of(unit.connection, key)
    said = judge(desk, unit, row, bound, round_row)[0] if round_row is not None else None
    facts = item_facts(unit.connection, row, bound.loaded.process)
    lock_named(unit, bound, facts, name, row.state)
    lock_calendar(unit, bound, name, row.state)
    proposal = propose_act(
        bound.loaded,
        bound.machine,
        state=row.state,
        act=name,
        person=person,
        item=facts,
        roster=roster,
        now=unit.now,
        previous=row.previous_state,
        around=around(desk, unit.connection, row, bound, facts, unit.now),
        reason=reason,
        verdict=said.outcome if said is not None else None,
    )
    if isinstance(proposal, Refusal):
        data = {"act": name, "state": row.state, "code": proposal.code, "why": proposal.sentence}
        unit.enter(key, Kind.ACT_REFUSED, by, data)
        return proposal
    if "window" in proposal.rests:
        book_with(unit, row, proposal.rests["window"], by, name)
    if row.state == bound.loaded.process.start and proposal.to != proposal.origin:
        unit.connection.execute(update(t.items).where(t.items.c.key == key).values(submitter=person))
        row = item_row(unit.connection, key)
    if proposal.to == proposal.origin:
        unit.enter(key, Kind.ITEM_ACTED, by, {"act": name, "state": row.state, "reason": reason, **proposal.rests})
        touch(desk, unit, row, bound)
    else:
        _close_decided(desk, unit, row, bound, name)
        move_item(desk, unit, row, bound, proposal, by)
    advance_item(desk, unit, key)
    return str(item_row(unit.connection, key).state)


def _close_decided(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, name: str) -> None:
    """An act that waited for a verdict closes the round with it."""
    round_row = open_round_of(unit.connection, row.key)
    if round_row is None or acts_in(bound.loaded.process, row.state)[name].verdict is None:
        return
    verdict, facts = judge(desk, unit, row, bound, round_row)
    why = verdict.sentence
    outcome = str(verdict.outcome)
    close_round(desk, unit, row, bound, round_row, outcome=outcome, verdict=verdict, facts=facts, why=why)


def raise_refusal(refusal: Refusal) -> Refused:
    """The refusal as an error, for the caller to raise once its unit is committed."""
    return Refused(refusal.sentence, code=refusal.code, remedy=refusal.remedy)
