"""The tables of the Merkle log. All but `unsealed` are insert-only, by triggers.

`unsealed` is the exact set of entries that have no position yet: a trigger on `entries` adds to it in the commit of
the entry, and sealing takes from it. No clock and no window decides what is pending.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from gates.store.tables import DIGEST, metadata
from gates.store.types import BIG, UtcTime

CHAIN = String(120)

unsealed = Table(
    "unsealed",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("chain", CHAIN, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("digest", DIGEST, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("chain", CHAIN, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("tag", LargeBinary, nullable=False, unique=True),
)

leaves = Table(
    "leaves",
    metadata,
    Column("position", BIG, primary_key=True, autoincrement=False),
    Column("chain", CHAIN, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("chain", "seq"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("height", Integer, nullable=False),
    Column("place", BIG, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("height", "place"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BIG, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("sealed_at", UtcTime, nullable=False),
)

INSERT_ONLY = ("entries", "revisions", "tags", "leaves", "nodes", "checkpoints")
"""Tables whose rows are never changed and never deleted."""
