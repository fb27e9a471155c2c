"""The receipt of a recorded decision, read back from the register."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Connection, select

from gates.errors import NotFound
from gates.items import Receipt
from gates.levels import EVIDENCE_TITLES, LEVELS, TITLES
from gates.service.capacities import said_capacity
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import open_round_of, round_facts
from gates.service.moving import title_of_outcome, title_of_state
from gates.service.positions import ASIDE, SHORTHAND, position_title
from gates.service.roundview import decisions_aside, recorded_aside
from gates.store import tables as t
from policies.evaluate import decide
from policies.evaluate.words import pending_sentence
from policies.facts import Roster
from policies.phrases import both, joined, phrase
from policies.verdict import Standing, Verdict


def receipt_of(desk: Desk, connection: Connection, decision_id: str, *, repeated: bool = False) -> Receipt:
    """What was recorded, and what the policy says now. Raises NotFound."""
    decision = connection.execute(select(t.decisions).where(t.decisions.c.id == decision_id)).first()
    if decision is None:
        raise NotFound(f"There is no decision {decision_id!r}.")
    row = item_row(connection, decision.item)
    bound = desk.bound(connection, row.process_digest)
    round_row = connection.execute(select(t.rounds).where(t.rounds.c.id == decision.round)).one()
    entry = connection.execute(
        select(t.entries.c.digest, t.entries.c.body).where(
            t.entries.c.chain == row.key, t.entries.c.seq == decision.seq
        )
    ).one()
    people, data = desk.book(connection).people, json.loads(entry.body)["data"]
    moved_to, does = None, ""
    aside = "" if round_row.closed_at is None else recorded_aside(connection, row.key, round_row.id, decision.id)
    if round_row.closed_at is not None and round_row.outcome is not None:
        sentence = phrase("%(outcome)s.", outcome=title_of_outcome(bound, round_row.policy, round_row.outcome))
        target = bound.loaded.process.states[round_row.state].when.get(round_row.outcome)
        moved_to = title_of_state(bound, target) if target else None
    elif round_row.closed_at is not None:
        sentence = phrase("The round was closed without a verdict.")
    else:
        current = open_round_of(connection, row.key)
        assert current is not None
        facts = round_facts(desk, connection, row, bound, current, desk.clock.now())
        verdict = decide(bound.policy(round_row.policy), facts)
        sentence = verdict.sentence
        if current.id == decision.round and decision.withdrawn_at is None:
            aside = decisions_aside(verdict).get(decision.id, "")
            if not aside and not verdict.is_decided:
                does = _does(bound, round_row.policy, decision.position)
                sentence = _without(verdict, facts.roster, decision.person)
    return Receipt(
        decision_id=decision.id,
        item_key=row.key,
        item_title=row.title,
        person=decision.person,
        name=data["name"],
        capacity=said_capacity(decision.capacity, desk.book(connection).all_titles().values()),
        position=decision.position,
        position_title=position_title(bound, round_row.policy, decision.position),
        meaning=decision.meaning,
        proof=decision.proof,
        comment=decision.comment,
        at=decision.at,
        revision=decision.revision,
        revision_digest=decision.revision_digest,
        entry_seq=decision.seq,
        entry_digest=entry.digest,
        sentence=sentence,
        moved_to=moved_to,
        repeated=repeated,
        withdrawn_at=decision.withdrawn_at,
        level=data.get("level", LEVELS[decision.proof]),
        how=EVIDENCE_TITLES[data["evidence"]["kind"]] if "evidence" in data else TITLES[decision.proof],
        zone=data.get("zone", people[decision.person].zone),
        on_behalf_of=people[decision.on_behalf_of].name if decision.on_behalf_of else "",
        set_aside=aside,
        does=does,
    )


def _does(bound: Bound, policy: str, position: str) -> str:
    """What a word does that decided nothing by itself."""
    title = position_title(bound, policy, position)
    if position in ASIDE:
        return phrase("“%(position)s” speaks for no outcome.", position=title)
    outcome = SHORTHAND.get(position, position)
    if outcome not in bound.loaded.process.policies[policy].ordered_outcomes():
        return phrase("“%(position)s” counts; nothing is decided yet.", position=title)
    towards = title_of_outcome(bound, policy, outcome)
    return phrase(
        "“%(position)s” counts towards “%(outcome)s”; nothing is decided yet.", position=title, outcome=towards
    )


def _without(verdict: Verdict, roster: Roster, person: str) -> str:
    """What is still needed, without asking the one who has just spoken: their part is open only as they spoke."""
    mine = [one for one in verdict.missing if person in one.candidates]
    if not mine or verdict.standing is not Standing.PENDING:
        return verdict.sentence
    asked = [replace(one, candidates=tuple(c for c in one.candidates if c != person)) for one in verdict.missing]
    stuck = [one.label for one in asked if len(one.candidates) < one.count]
    rest = [one for one in asked if len(one.candidates) >= one.count]
    holders = [one.person for one in verdict.blocked_by]
    return joined(
        [
            pending_sentence(rest, holders, (), roster) if rest or holders else "",
            phrase("%(parts)s: open unless you change your word.", parts=both(stuck)) if stuck else "",
        ]
    )
