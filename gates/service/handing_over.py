"""Handing over: the stand-in of somebody who does not answer is asked in their place, and signs for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert

from gates.items import ENGINE
from gates.ledger.entries import Kind
from gates.service.advancing import judge
from gates.service.desk import Bound, Desk
from gates.service.gather import open_round_of, seated
from gates.service.moving import owe_carry
from gates.service.people import owe_mail
from gates.store import Unit
from gates.store.clock_tables import handovers
from policies.evaluate import decide
from policies.facts import Facts
from policies.phrases import phrase
from policies.verdict import Standing, Verdict


def hand_over(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, late: Sequence[str]) -> str:
    """Ask the stand-in of each of `late` in their place. Returns what was done.

    Whoever the policy keeps apart, who is away, or who decides here in their own right takes nobody's place: the
    place would only be lost.
    """
    round_row = open_round_of(unit.connection, row.key)
    if round_row is None:
        return "handed 0"
    verdict, facts = judge(desk, unit, row, bound, round_row)
    policy, people = bound.policy(round_row.policy), desk.book(unit.connection).people
    handed: list[dict[str, str]] = []
    kept: list[dict[str, str]] = []
    for person in late:
        other = people[person].stand_in
        tried = facts if other is None else seated(facts, [(person, other, unit.now)])
        after = decide(policy, tried)
        why = _why_not(facts, verdict, after, person, other)
        if why or other is None:
            kept.append({"person": person, "why": why})
            continue
        facts, verdict = tried, after
        handed.append({"absent": person, "person": other})
    data = {"round": round_row.id, "handed": handed, "kept": kept, "process_digest": row.process_digest}
    unit.enter(row.key, Kind.ROUND_HANDED, ENGINE, data)
    for one in handed:
        unit.connection.execute(insert(handovers).values(round=round_row.id, item=row.key, since=unit.now, **one))
        name = people[one["person"]].name
        said = phrase("%(item)s was handed to %(name)s, who signs for you from now on.", item=row.key, name=name)
        why = phrase("You were asked to sign and have not.")
        owe_mail(unit, row.key, "notice", one["absent"], f"handed:{round_row.id}", sentence=said, reason=why)
    if handed:
        owe_carry(unit, row.key)
    return f"handed {len(handed)}" + (f"; could not hand {len(kept)}" if kept else "")


def _why_not(facts: Facts, before: Verdict, after: Verdict, person: str, other: str | None) -> str:
    """Why the place of `person` stays theirs, in words for the record; '' when `other` takes it."""
    roster = facts.roster
    if other is None:
        return "nobody stands in for them"
    if other not in roster.people:
        return f"{other} is no longer on the roster"
    if other in (before.eligible or {}):
        return f"{roster.name(other)} decides here already"
    if other not in (after.eligible or {}) or (after.sits_for or {}).get(other) != person:
        return f"the policy keeps {roster.name(other)} apart, or they are away"
    if after.standing is Standing.DEADLOCK and before.standing is not Standing.DEADLOCK:
        return f"with {roster.name(other)} in their place nobody could decide it"
    return ""
