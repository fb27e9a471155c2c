"""Who may not decide in a round, and why, at the very moment of deciding; and the seat of somebody away who signs after
all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, insert

from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import Bound
from gates.service.gather import RECLAIM, reclaimed
from gates.store import Unit
from gates.store import tables as t
from policies.evaluate import evaluate
from policies.facts import Facts
from policies.phrases import phrase
from policies.verdict import Verdict


def why_barred(verdict: Verdict, facts: Facts, person: str) -> str | None:
    """Why this person may not decide here, or None. Right and independence are checked at this moment."""
    if person not in facts.roster.people:
        return phrase("You are no longer on the roster.")
    if person in (verdict.eligible or {}):
        return None
    for one in facts.roster.stand_ins:
        if one.absent == person and one.is_in_force(facts.now):
            taken = any(d.on_behalf_of == person and not d.withdrawn for d in facts.decisions)
            name = facts.roster.name(one.person)
            if taken:
                return phrase("You are recorded as absent; %(name)s signed in your place.", name=name)
            return phrase("You are recorded as absent; %(name)s signs in your place.", name=name)
    if person == facts.item.author:
        return phrase("You wrote this item, and its policy keeps author and approver apart.")
    if person in facts.item.editors:
        return phrase("You edited this item, and its policy keeps editors and approvers apart.")
    return phrase("You hold none of the roles this policy asks.")


def may_reclaim(bound: Bound, round_row: Row[Any], facts: Facts, person: str) -> bool:
    """Whether it is their absence alone that bars somebody, and nobody has signed in their place: the first counts."""
    sitters = {one.person for one in facts.roster.stand_ins_of.get(person, ()) if one.is_in_force(facts.now)}
    taken = {one.person for one in facts.decisions if one.on_behalf_of == person and not one.withdrawn}
    if not sitters or taken:
        return False
    back = replace(facts, roster=reclaimed(facts.roster, {person: facts.now}))
    return person in (evaluate(bound.policy(round_row.policy), back).eligible or {})


def reclaim(unit: Unit, row: Row[Any], round_row: Row[Any], by: Actor) -> None:
    """Give somebody their seat back who is recorded as absent, on the record."""
    data = {"round": round_row.id, "by": by.person, "reason": "signs in person although recorded as absent"}
    entry = unit.enter(row.key, Kind.ASK_RECLAIMED, by, data)
    unit.connection.execute(
        insert(t.round_acts).values(
            item=row.key,
            seq=entry.seq,
            round=round_row.id,
            kind=RECLAIM,
            person=by.person,
            subject="",
            reason=data["reason"],
            at=unit.now,
        )
    )
