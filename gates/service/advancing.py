"""Advance: judge what stands, and move where the verdict or the dependencies say so.

Runs inside the unit of work of any act, and as a step of its own; running it again changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind
from gates.moves import Move, Refusal, propose_dependency, propose_met, propose_verdict
from gates.service.answering import answer
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import open_round_of, round_facts
from gates.service.handing import hand_back
from gates.service.moving import close_round, facts_as_data, move_item, owe_carry, title_of_outcome, title_of_state
from gates.service.people import owe_mail, watchers
from gates.service.timers import set_alarm
from gates.store import Unit
from gates.store import tables as t
from gates.store.following_tables import conditions
from policies.evaluate import decide, next_change_at
from policies.evaluate.standins import concerns
from policies.explain import verdict_as_data
from policies.facts import Facts
from policies.phrases import phrase
from policies.verdict import Standing, Verdict

SETTLED = frozenset({"met", "waived"})
"""States of a condition that hold nothing up."""

MOST_MOVES = 20
"""In one advance; a process that moves in a circle by itself is stopped here, on the record."""


def advance_item(desk: Desk, unit: Unit, key: str) -> list[str]:
    """Take every move that is due for `key`. Returns a sentence per move."""
    unit.lock(key)
    said: list[str] = []
    for _ in range(MOST_MOVES):
        row = item_row(unit.connection, key)
        bound = desk.bound(unit.connection, row.process_digest)
        sentence = _one_move(desk, unit, row, bound)
        if sentence is None:
            break
        said.append(sentence)
    return said


def judge(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_row: Row[Any]) -> tuple[Verdict, Facts]:
    """What the round's policy says now, and the facts it was judged by; not who could change it, which is for
    pages."""
    facts = round_facts(desk, unit.connection, row, bound, round_row, unit.now)
    return decide(bound.policy(round_row.policy), facts), facts


def _one_move(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> str | None:
    answered = answer(desk, unit, row, bound)
    if answered is not None:
        return answered
    round_row = open_round_of(unit.connection, row.key)
    if round_row is not None:
        return _by_verdict(desk, unit, row, bound, round_row)
    return _by_conditions(desk, unit, row, bound) or _by_dependency(desk, unit, row, bound)


def _by_conditions(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> str | None:
    """All conditions of this stay are met or waived: the gate goes on, and the record says why."""
    if bound.loaded.process.states[row.state].conditions is None:
        return None
    query = select(conditions.c.state).where(conditions.c.item == row.key, conditions.c.set_at >= row.entered_at)
    states = list(unit.connection.execute(query).scalars())
    is_open = sum(state not in SETTLED for state in states)
    proposal = propose_met(
        bound.loaded, bound.machine, state=row.state, open_conditions=is_open, kept=len(states) - is_open
    )
    if not isinstance(proposal, Move):
        return None
    move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule="conditions"))
    return f"{row.key} goes to {title_of_state(bound, proposal.to)}: all its conditions are met."


def _by_verdict(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_row: Row[Any]) -> str | None:
    verdict, facts = judge(desk, unit, row, bound, round_row)
    if not verdict.is_decided:
        _note_deadlock(desk, unit, row, bound, round_row, verdict, facts)
        policy = bound.policy(round_row.policy)
        set_alarm(unit, row, round_row.id, _next_look(next_change_at(policy, facts, verdict), facts))
        hand_back(unit, row, round_row, verdict, facts)
        if unasked(unit.connection, round_row.id, verdict, facts):
            owe_carry(unit, row.key)
        return None
    if stays_open(bound, round_row, verdict):
        return None
    outcome = str(verdict.outcome)
    proposal = propose_verdict(bound.loaded, bound.machine, state=row.state, outcome=outcome)
    words = title_of_outcome(bound, round_row.policy, outcome)
    if isinstance(proposal, Refusal):
        said = phrase("%(outcome)s.", outcome=words)
        # A checked process names a state for each outcome; a record from elsewhere may not.
        close_round(desk, unit, row, bound, round_row, outcome=outcome, verdict=verdict, facts=facts, why=said)
        return None
    to = title_of_state(bound, proposal.to)
    why = phrase("%(outcome)s: %(item)s goes to %(state)s.", outcome=words, item=row.key, state=to)
    close_round(desk, unit, row, bound, round_row, outcome=outcome, verdict=verdict, facts=facts, why=why)
    move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule=f"verdict {outcome}"))
    return why


def _next_look(changes_at: datetime | None, facts: Facts) -> datetime | None:
    """When to judge again: the clock alone changes the verdict, or somebody goes away or comes back."""
    about = (one for one in facts.roster.stand_ins if concerns(facts, one))
    turns = {at for one in about for at in (one.since, one.until) if at > facts.now}
    return min({*turns, *([changes_at] if changes_at is not None else [])}, default=None)


def stays_open(bound: Bound, round_row: Row[Any], verdict: Verdict) -> bool:
    """Whether the verdict waits for an act: a policy judged live moves nothing by itself."""
    live = bound.loaded.process.policies[round_row.policy].settle == "live"
    return live and verdict.standing is Standing.DECIDED and not verdict.by_deadline


def unasked(connection: Connection, round_id: str, verdict: Verdict, facts: Facts) -> list[str]:
    """People who may decide here now and were not asked yet: a step opened, or somebody took over."""
    eligible = set(verdict.eligible or {}) - asked_in(connection, round_id) - set(verdict.waiting)
    return sorted(person for person in eligible if person in facts.roster.people)


def asked_in(connection: Connection, round_id: str) -> set[str]:
    """Those who are asked in a round; whoever's ask was withdrawn is not."""
    mine = t.asks.c.round == round_id, t.asks.c.withdrawn_at.is_(None)
    return set(connection.execute(select(t.asks.c.person).where(*mine)).scalars())


def _note_deadlock(
    desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_row: Row[Any], verdict: Verdict, facts: Facts
) -> None:
    stuck = verdict.standing is Standing.DEADLOCK
    if stuck == (round_row.deadlocked_at is not None):
        return
    unit.connection.execute(
        update(t.rounds).where(t.rounds.c.id == round_row.id).values(deadlocked_at=unit.now if stuck else None)
    )
    if not stuck:
        unit.enter(row.key, Kind.ROUND_FREED, ENGINE, {"round": round_row.id})
        return
    entry = unit.enter(
        row.key,
        Kind.ROUND_DEADLOCKED,
        ENGINE,
        {
            "round": round_row.id,
            "process_digest": row.process_digest,
            "verdict": verdict_as_data(verdict, facts.roster),
            "facts": facts_as_data(facts, bound, round_row.policy),
        },
    )
    if bound.loaded.process.escalations is not None:
        owe_carry(unit, row.key)  # the escalation is raised there: it is an item of its own
    for person in watchers(row, desk.roster(unit.connection, unit.now)):
        owe_mail(
            unit,
            row.key,
            "escalated",
            person,
            f"deadlock:{entry.seq}",
            sentence=verdict.sentence,
            reason=phrase("You are the author or the owner, and nobody can decide this as things stand."),
        )


def _by_dependency(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> str | None:
    if bound.loaded.process.states[row.state].depends_on is None:
        return None
    states = dependency_states(unit.connection, row.key)
    proposal = propose_dependency(bound.loaded, bound.machine, state=row.state, states=states)
    if not isinstance(proposal, Move):
        return None
    move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule="depends_on"))
    return f"{row.key} goes to {title_of_state(bound, proposal.to)}: what it depends on is done."


def dependency_states(connection: Connection, key: str) -> dict[str, str]:
    """The state of every item that `key` depends on, by key."""
    rows = connection.execute(
        select(t.items.c.key, t.items.c.state)
        .join(t.dependencies, t.dependencies.c.needs == t.items.c.key)
        .where(t.dependencies.c.item == key)
    )
    return {row.key: row.state for row in rows}
