"""Who looked at what, and what left: views once for each revision and day, exports each time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import AUDITS, item_row
from gates.store import Unit
from gates.store import tables as t

AGAIN = timedelta(days=1)


def note_export(unit: Unit, by: Actor, what: str, data: Mapping[str, Any]) -> None:
    """Enter that `what` (`bundle`, or a list by name) left the register, with what was asked and how much it was."""
    unit.enter(AUDITS, Kind.RECORD_EXPORTED, by, {"what": what, **data})


def note_view(unit: Unit, key: str, by: Actor) -> bool:
    """Enter that `by` saw the current revision of `key`. False when that was entered within the last day.

    Raises NotFound.
    """
    revision = item_row(unit.connection, key).revision
    seen = (
        select(t.entries.c.body)
        .where(
            t.entries.c.chain == key,
            t.entries.c.kind == Kind.ITEM_VIEWED.value,
            t.entries.c.at > unit.now - AGAIN,
        )
        .order_by(t.entries.c.seq)
    )
    for body in unit.connection.execute(seen).scalars():
        entry = json.loads(body)
        if entry["actor"]["person"] == by.person and entry["data"]["revision"] == revision:
            return False
    unit.enter(key, Kind.ITEM_VIEWED, by, {"revision": revision})
    return True
