"""The receipt of a recorded decision, read back from the register."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from gates.errors import NotFound
from gates.items import Receipt
from gates.levels import EVIDENCE_TITLES, LEVELS, TITLES
from gates.service.capacities import said_capacity
from gates.service.desk import Desk, item_row
from gates.service.gather import open_round_of, round_facts
from gates.service.moving import title_of_outcome, title_of_state
from gates.service.positions import position_title
from gates.store import tables as t
from policies.evaluate import decide
from policies.phrases import phrase


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
    moved_to = None
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
        sentence = decide(bound.policy(round_row.policy), facts).sentence
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
    )
