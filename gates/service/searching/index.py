"""Fills the index. Safe to run twice; what it has not reached yet is known exactly.

Sealed entries come in the order of the log, from the position reached on; entries that still wait to be sealed are
taken as well, so that a search never misses what was just entered. When they are sealed they are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, and_, cast, insert, select, text, update

from gates.service.desk import Desk
from gates.service.searching.texts import text_of
from gates.store import Unit
from gates.store import log_tables as g
from gates.store import search_tables as s
from gates.store import tables as t

ENTRIES = "entries"
INDEXER = 7070709
AT_ONCE = 1000

_BODY = cast(t.entries.c.body, LargeBinary).label("body")
_ENTRY = (t.entries.c.chain, t.entries.c.seq, t.entries.c.kind, t.entries.c.at, _BODY)


def is_behind(connection: Connection) -> bool:
    """Whether entries are not in the index yet."""
    size = connection.execute(select(g.leaves.c.position).order_by(g.leaves.c.position.desc()).limit(1)).scalar()
    return (size is not None and size >= _reached(connection)) or bool(_waiting(connection))


def index_entries(desk: Desk, unit: Unit) -> int:
    """Take up to `AT_ONCE` sealed entries and all that wait to be sealed into the index. Returns how many were new."""
    if not unit.is_sqlite:
        unit.connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": INDEXER})
    reached = _reached(unit.connection)
    sealed = unit.connection.execute(
        select(g.leaves.c.position, *_ENTRY)
        .join(t.entries, and_(t.entries.c.chain == g.leaves.c.chain, t.entries.c.seq == g.leaves.c.seq))
        .where(g.leaves.c.position >= reached)
        .order_by(g.leaves.c.position)
        .limit(AT_ONCE)
    ).all()
    fresh = _put(desk, unit, [*sealed, *_waiting(unit.connection)])
    if sealed:
        _reach(unit, sealed[-1].position + 1)
    return fresh


def _reached(connection: Connection) -> int:
    found = connection.execute(select(s.indexed.c.position).where(s.indexed.c.name == ENTRIES)).scalar()
    return int(found or 0)


def _reach(unit: Unit, position: int) -> None:
    if not unit.insert_or_skip(s.indexed, {"name": ENTRIES, "position": position}):
        unit.connection.execute(update(s.indexed).where(s.indexed.c.name == ENTRIES).values(position=position))


def _waiting(connection: Connection) -> Sequence[Row[Any]]:
    """Entries that wait to be sealed and are not in the index."""
    known = and_(s.entry_texts.c.chain == g.unsealed.c.chain, s.entry_texts.c.seq == g.unsealed.c.seq)
    query = (
        select(*_ENTRY)
        .join(g.unsealed, and_(t.entries.c.chain == g.unsealed.c.chain, t.entries.c.seq == g.unsealed.c.seq))
        .outerjoin(s.entry_texts, known)
        .where(s.entry_texts.c.id.is_(None))
        .order_by(g.unsealed.c.id)
        .limit(AT_ONCE)
    )
    return connection.execute(query).all()


def _put(desk: Desk, unit: Unit, rows: Iterable[Row[Any]]) -> int:
    known = frozenset(desk.book(unit.connection).people)
    processes: dict[str, str | None] = {}
    fresh = 0
    for row in rows:
        here = and_(s.entry_texts.c.chain == row.chain, s.entry_texts.c.seq == row.seq)
        if unit.connection.execute(select(s.entry_texts.c.id).where(here)).first() is not None:
            continue
        if row.chain not in processes:
            processes[row.chain] = unit.connection.execute(
                select(t.items.c.process).where(t.items.c.key == row.chain)
            ).scalar()
        _put_one(unit, row, known, processes[row.chain])
        fresh += 1
    return fresh


def _put_one(unit: Unit, row: Row[Any], known: frozenset[str], process: str | None) -> None:
    said = text_of(json.loads(bytes(row.body)), known)
    values = {
        "chain": row.chain,
        "seq": row.seq,
        "kind": row.kind,
        "at": row.at,
        "process": process,
        "position": said.position,
        "level": said.level,
        "words": said.words,
        "why": said.why,
    }
    number = unit.connection.execute(insert(s.entry_texts).values(**values).returning(s.entry_texts.c.id)).scalar_one()
    if unit.is_sqlite:
        unit.connection.execute(
            text("INSERT INTO entry_words (rowid, words, why) VALUES (:id, :words, :why)"),
            {"id": number, "words": said.words, "why": said.why},
        )
    if said.people:
        unit.connection.execute(
            insert(s.entry_people), [{"person": person, "entry": number} for person in sorted(said.people)]
        )
