"""The tables of time under control: extensions, pauses, what was handed to stand-ins, and open escalations."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from gates.store.tables import ID, WORD, metadata
from gates.store.types import UtcTime

extensions = Table(
    "extensions",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", WORD, nullable=False),
    # When the stay began; an extension of an earlier stay moves nothing in a later one.
    Column("stay", UtcTime, nullable=False),
    # When it was due before, and when it is to be due.
    Column("due_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    # asked, granted, refused, or dropped: the item went elsewhere before anybody answered.
    Column("standing", String(12), nullable=False),
    Column("asked_by", WORD, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("settled_by", WORD),
    Column("settled_at", UtcTime),
    Column("answer", Text, nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), primary_key=True),
    # The entry it began with.
    Column("seq", Integer, primary_key=True),
    Column("escalation", WORD, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
)

handovers = Table(
    "handovers",
    metadata,
    Column("round", ID, ForeignKey("rounds.id"), primary_key=True),
    # Who did not answer, and who signs in their place from then on.
    Column("absent", WORD, primary_key=True),
    Column("person", WORD, nullable=False),
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("since", UtcTime, nullable=False),
    Index(None, "item"),
)

escalations = Table(
    "escalations",
    metadata,
    Column("escalation", WORD, ForeignKey("items.key"), primary_key=True),
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("process", WORD, nullable=False),
    # person, ladder:<state>, deadlock, deadline, condition:<number> or late; one open escalation for each.
    Column("cause", String(120), nullable=False),
    # What it did to the clocks of the item when it was raised: pause or run.
    Column("clock", String(8), nullable=False),
    Column("raised_at", UtcTime, nullable=False),
    Column("raised_by", WORD),
    Column("closed_at", UtcTime),
    # What it came to: its verdict, else the end it reached.
    Column("said", WORD),
    Index(None, "item"),
)
