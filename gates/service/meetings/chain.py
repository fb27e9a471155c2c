"""One meeting: read from its entries, and changed by one more of them, with its rows in the same commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, select, update

from gates.errors import NotFound, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.meetings import KEYS, Meeting, apply, fold, rows_of
from gates.service.desk import MEETING
from gates.store import Unit
from gates.store import tables as t
from gates.store.meeting_tables import meetings as m


def chain_of(key: str) -> str:
    """The chain of a meeting's entries."""
    return f"{MEETING}{key}"


def load(connection: Connection, key: str) -> Meeting:
    """The meeting as its entries tell it. Raises NotFound with a near miss."""
    query = select(t.entries.c.body).where(t.entries.c.chain == chain_of(key)).order_by(t.entries.c.seq)
    bodies = [json.loads(body) for body in connection.execute(query).scalars()]
    if not bodies:
        known = list(connection.execute(select(m.c.key).order_by(m.c.starts_at.desc()).limit(500)).scalars())
        raise NotFound(f"There is no meeting {key[:80]}. {choices(key, known)}")
    return fold(bodies)


def locked(unit: Unit, key: str) -> Meeting:
    """The meeting, which nobody else changes until this unit is over. Raises NotFound."""
    if unit.connection.execute(select(m.c.key).where(m.c.key == key)).first() is not None:
        unit.lock(chain_of(key))
    return load(unit.connection, key)


def begin(unit: Unit, key: str, by: Actor, data: Mapping[str, Any]) -> Meeting:
    """Put a new meeting into the register."""
    entry = unit.enter(chain_of(key), Kind.MEETING_SCHEDULED, by, data)
    meeting = fold([json.loads(entry.body)])
    _save(unit, {}, rows_of(meeting))
    return meeting


def enter(unit: Unit, meeting: Meeting, kind: Kind, by: Actor, data: Mapping[str, Any]) -> None:
    """One more entry; `meeting` and its rows are as it says afterwards."""
    before = rows_of(meeting)
    entry = unit.enter(chain_of(meeting.key), kind, by, data)
    apply(meeting, json.loads(entry.body))
    _save(unit, before, rows_of(meeting))


def _save(unit: Unit, before: Mapping[str, list[dict[str, Any]]], after: Mapping[str, list[dict[str, Any]]]) -> None:
    for name, rows in after.items():
        table = t.metadata.tables[name]
        for row in rows:
            if row in before.get(name, ()):
                continue
            if not unit.insert_or_skip(table, row):
                here = and_(*(table.c[column] == row[column] for column in KEYS[name]))
                unit.connection.execute(update(table).where(here).values(**row))
