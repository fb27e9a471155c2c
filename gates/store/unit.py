"""One unit of work: rows, entries and outbox rows together, one commit or nothing.

The first thing a unit does to an item is to lock its chain; every later read in the unit sees what no
other writer can change. Nothing is sent inside a unit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gates.items import Actor
from gates.ledger.entries import GENESIS, Entry, Kind, make_entry
from gates.store import tables as t
from gates.store import work_tables as w


class Unit:
    """The handle of one open transaction. `now` is one moment for all of it."""

    def __init__(self, connection: Connection, now: datetime, *, is_sqlite: bool) -> None:
        self.connection = connection
        self.now = now
        self.is_sqlite = is_sqlite
        self._heads: dict[str, tuple[int, str]] = {}
        self.entered: list[tuple[Kind, Entry]] = []
        """What was entered so far, in order."""

    def lock(self, chain: str) -> None:
        """Take the row lock of `chain`. On SQLite the whole unit already holds the write lock."""
        if chain in self._heads:
            return
        row = self.connection.execute(_LOCK_SQLITE if self.is_sqlite else _LOCK, {"chain": chain}).first()
        if row is None:
            self.insert_or_skip(t.chains, {"chain": chain, "seq": 0, "head": GENESIS})
            row = self.connection.execute(_LOCK_SQLITE if self.is_sqlite else _LOCK, {"chain": chain}).one()
        self._heads[chain] = (row.seq, row.head)

    def enter(self, chain: str, kind: Kind, actor: Actor, data: Mapping[str, Any]) -> Entry:
        """Append one entry to `chain`, chained to its last."""
        self.lock(chain)
        seq, head = self._heads[chain]
        entry = make_entry(chain, seq + 1, head, kind, self.now, actor_data(actor), data)
        self.connection.execute(
            _ENTER,
            {
                "chain": chain,
                "seq": entry.seq,
                "kind": kind.value,
                "at": self.now,
                "digest": entry.digest,
                "body": entry.body,
            },
        )
        self.connection.execute(_ADVANCE, {"b_chain": chain, "b_seq": entry.seq, "b_head": entry.digest})
        self._heads[chain] = (entry.seq, entry.digest)
        self.entered.append((kind, entry))
        return entry

    def seq(self, chain: str) -> int:
        """How many entries `chain` has, this unit's included."""
        self.lock(chain)
        return self._heads[chain][0]

    def head(self, chain: str) -> str:
        """The digest of the last of them."""
        self.lock(chain)
        return self._heads[chain][1]

    def owe(self, kind: str, item: str, key: str, payload: Mapping[str, Any], due: datetime | None = None) -> bool:
        """Put one piece of work into the outbox, once per `key`. True if it was new."""
        return self.insert_or_skip(
            w.outbox,
            {
                "kind": kind,
                "item": item,
                "key": key,
                "payload": json.dumps(payload, sort_keys=True, ensure_ascii=False),
                "person": payload.get("person"),
                "owed_at": self.now,
                "due_at": due or self.now,
                "tries": 0,
            },
        )

    def insert_or_skip(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert unless a row with the same unique key is there. True if the row is new."""
        dialect = sqlite if self.is_sqlite else postgresql
        statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
        # Of an INSERT the count is dropped unless asked for: on PostgreSQL every row would seem to be there already.
        return self.connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def actor_data(actor: Actor) -> dict[str, Any]:
    """The actor as an entry states it."""
    data: dict[str, Any] = {"person": actor.person, "via": actor.via}
    if actor.origin:
        data["origin"] = actor.origin
    if actor.rule:
        data["rule"] = actor.rule
    return data


_LOCK_SQLITE = select(t.chains.c.seq, t.chains.c.head).where(t.chains.c.chain == bindparam("chain"))
_LOCK = _LOCK_SQLITE.with_for_update()
_ENTER = insert(t.entries)
_ADVANCE = (
    update(t.chains)
    .where(t.chains.c.chain == bindparam("b_chain"))
    .values(seq=bindparam("b_seq"), head=bindparam("b_head"))
)
