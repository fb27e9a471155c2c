"""The tables of what follows a decision: conditions of a conditional one, and reviews after the fact."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from gates.store.tables import WORD, metadata
from gates.store.types import UtcTime

conditions = Table(
    "conditions",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # The state the item was in when it was set; a condition of an earlier stay binds nothing in a later one.
    Column("place", WORD, nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", WORD, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    # open, met, waived, lapsed, or dropped: the item went elsewhere while it was open.
    Column("state", String(12), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    # Who called it met, while it waits to be confirmed and after.
    Column("claimed_by", WORD),
    Column("claimed_at", UtcTime),
    Column("settled_by", WORD),
    Column("settled_at", UtcTime),
    Column("set_at", UtcTime, nullable=False),
    Index(None, "owner", "state"),
    Index(None, "due_at"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), primary_key=True),
    # The entry that led to the state that asks for it.
    Column("occasion", Integer, primary_key=True),
    Column("review", WORD, ForeignKey("items.key"), nullable=False),
    Column("process", WORD, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    UniqueConstraint("review"),
)
