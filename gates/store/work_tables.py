"""The tables of the work that is owed: timers that fall due, what has to leave the house, and who is there to do it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from gates.store.tables import ID, WORD, metadata
from gates.store.types import BIG, UtcTime

timers = Table(
    "timers",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("state", WORD, nullable=False),
    Column("round", ID),
    Column("name", WORD, nullable=False),
    # Whom it reminds, and the version of the calendars it was counted with.
    Column("person", WORD),
    Column("calendar", Integer),
    Column("due_at", UtcTime, nullable=False),
    Column("fired_at", UtcTime),
    # It fired and did nothing: a later one of the same kind was due too and stood for it.
    Column("folded", Boolean),
    Column("cancelled_at", UtcTime),
    Index(
        "ix_timers_pending",
        "due_at",
        sqlite_where=text("fired_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=text("fired_at IS NULL AND cancelled_at IS NULL"),
    ),
    Index(None, "item"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("item", WORD, nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    # Of a mail: who gets it, and the name of the mail it goes in once that is settled; several may share one.
    Column("person", WORD),
    Column("mail", String(200)),
    Column("owed_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_by", String(120)),
    Column("lease_until", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("done_at", UtcTime),
    Column("dead_at", UtcTime),
    Column("error", Text),
    Column("receipt", Text),
    Column("run", String(80)),
    Index(
        "ix_outbox_owed",
        "kind",
        "due_at",
        sqlite_where=text("done_at IS NULL AND dead_at IS NULL"),
        postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
    ),
    Index(None, "person", "owed_at"),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("state", WORD, nullable=False),
    Column("sentence", String(400), nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
