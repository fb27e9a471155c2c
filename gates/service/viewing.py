"""Who looked at what, what was asked and what left: views once for each revision and day, the rest each time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import AUDITS, item_row
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import nfc

AGAIN = timedelta(days=1)
LONGEST = 500
_KEY = re.compile(r"[A-Za-z0-9_~-]{32,}")
"""Whatever is as long as a token and has no blank in it."""


def note_export(unit: Unit, by: Actor, what: str, data: Mapping[str, Any]) -> None:
    """Enter that `what` (`bundle`, or a list by name) left the register, with what was asked and how much it was."""
    asked = {"asked": without_keys(data["asked"])} if "asked" in data else {}
    unit.enter(AUDITS, Kind.RECORD_EXPORTED, by, {"what": what, **data, **asked})


def note_search(unit: Unit, by: Actor, asked: Mapping[str, str], found: int) -> None:
    """Enter what `by` asked the record, and how many entries fitted; never which."""
    unit.enter(AUDITS, Kind.RECORD_SEARCHED, by, {"asked": without_keys(asked), "found": found})


def without_keys(asked: Mapping[str, str]) -> dict[str, str]:
    """`asked` fit to be entered: somebody may paste a link into a search, and the record keeps what it gets."""
    return {name: nfc(_KEY.sub("…", value))[:LONGEST] for name, value in asked.items()}


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
