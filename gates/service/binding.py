"""What a signature is bound to: the very facts that are entered with it, as one mapping."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from gates.service.desk import Desk
from gates.service.intents import comment_digest
from gates.service.links import FoundLink
from gates.store import Unit
from gates.store import tables as t


def binding(
    desk: Desk,
    unit: Unit,
    row: Row[Any],
    round_row: Row[Any],
    found: FoundLink,
    position: str,
    comment: str,
    meaning: str,
    behalf: str | None,
) -> dict[str, Any]:
    """The keys of `intents.BOUND` for one decision of a link's holder, as things stand in this unit."""
    return {
        "item": row.key,
        "round": round_row.id,
        "revision": row.revision,
        "revision_digest": row.revision_digest,
        "process_digest": row.process_digest,
        "policy": round_row.policy,
        "position": position,
        "meaning": meaning,
        "comment_digest": comment_digest(comment),
        "capacity": _capacity(unit, found),
        "person": found.person,
        "name": desk.book(unit.connection).people[found.person].name,
        "on_behalf_of": behalf,
    }


def _capacity(unit: Unit, found: FoundLink) -> str:
    return str(
        unit.connection.execute(
            select(t.asks.c.capacity).where(t.asks.c.round == found.round, t.asks.c.person == found.person)
        ).scalar_one()
    )
