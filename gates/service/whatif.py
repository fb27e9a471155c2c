"""Open rounds with their facts, so that another text of the process can be asked what it would say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gates.service.desk import Desk
from gates.service.gather import round_facts
from gates.store import tables as t
from policies.evaluate import CompiledPolicy
from policies.facts import Facts


@dataclass(frozen=True, slots=True)
class OpenRound:
    """One open round: the policy it is judged by, and everything that policy sees."""

    key: str
    policy: CompiledPolicy
    facts: Facts


def open_rounds(desk: Desk, connection: Connection, process: str, now: datetime) -> list[OpenRound]:
    """Every open round of the items of a process, by key."""
    rows = connection.execute(
        select(t.rounds)
        .join(t.items, t.items.c.key == t.rounds.c.item)
        .where(t.items.c.process == process, t.rounds.c.closed_at.is_(None))
        .order_by(t.rounds.c.item)
    ).all()
    found = []
    for round_row in rows:
        item = connection.execute(select(t.items).where(t.items.c.key == round_row.item)).one()
        bound = desk.bound(connection, item.process_digest)
        facts = round_facts(desk, connection, item, bound, round_row, now)
        found.append(OpenRound(item.key, bound.policy(round_row.policy), facts))
    return found
