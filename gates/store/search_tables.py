"""The index of the record: what can be searched. It can be dropped and made again; nothing rests on it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from gates.store.log_tables import CHAIN
from gates.store.tables import WORD, metadata
from gates.store.types import BIG, UtcTime

entry_texts = Table(
    "entry_texts",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("chain", CHAIN, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("process", WORD),
    Column("position", WORD),
    Column("level", String(8)),
    Column("words", Text, nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("chain", "seq"),
    Index(None, "at"),
    Index(None, "kind", "at"),
)

entry_people = Table(
    "entry_people",
    metadata,
    Column("person", WORD, nullable=False),
    Column("entry", BIG, ForeignKey("entry_texts.id"), nullable=False),
    PrimaryKeyConstraint("person", "entry"),
)

indexed = Table(
    "indexed",
    metadata,
    Column("name", WORD, primary_key=True),
    Column("position", BIG, nullable=False),
)
