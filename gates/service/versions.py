"""What reads the clock and the calendars, on the record: an entry whenever a version of it changes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import select

from gates.items import ENGINE
from gates.ledger.entries import Kind
from gates.store import Unit
from gates.store import tables as t

SYSTEM = "@system"


def note_versions(unit: Unit, versions: Mapping[str, str]) -> bool:
    """Enter `versions` (name -> version) unless they are those entered last. True when they were entered."""
    unit.lock(SYSTEM)
    last = unit.connection.execute(
        select(t.entries.c.body).where(t.entries.c.chain == SYSTEM).order_by(t.entries.c.seq.desc()).limit(1)
    ).scalar()
    before = json.loads(last)["data"]["versions"] if last is not None else {}
    if before == dict(versions):
        return False
    changed = {name: [before.get(name), versions.get(name)] for name in sorted({*before, *versions})}
    differing = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    unit.enter(SYSTEM, Kind.VERSIONS_CHANGED, ENGINE, {"versions": dict(versions), "changed": differing})
    return True
