"""The tables of meetings: what lists ask for. What else there is to one stands in its entries."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from gates.store.tables import DIGEST, WORD, metadata
from gates.store.types import UtcTime

meetings = Table(
    "meetings",
    metadata,
    Column("key", WORD, primary_key=True),
    Column("process", WORD, nullable=False),
    Column("name", WORD, nullable=False),
    Column("title", String(120), nullable=False),
    # The day its recurrence named; NULL: it was added by hand.
    Column("planned_on", String(10)),
    Column("site", WORD),
    Column("zone", String(64), nullable=False),
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("cut_off_at", UtcTime),
    # planned, open, closed or cancelled.
    Column("state", String(12), nullable=False),
    Column("by_hand", Boolean, nullable=False),
    # Of the invitation: each change of it that people hear of has the next number.
    Column("sequence", Integer, nullable=False),
    Column("chair", WORD),
    # Of its minutes, once they are closed.
    Column("digest", DIGEST),
    UniqueConstraint("process", "name", "planned_on"),
    Index(None, "starts_at"),
)

meeting_people = Table(
    "meeting_people",
    metadata,
    Column("meeting", WORD, ForeignKey("meetings.key"), primary_key=True),
    Column("person", WORD, primary_key=True),
    Column("invited", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("came_at", UtcTime),
    Column("left_at", UtcTime),
    Index(None, "person"),
)

meeting_actions = Table(
    "meeting_actions",
    metadata,
    Column("meeting", WORD, ForeignKey("meetings.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", WORD),
    Column("text", Text, nullable=False),
    Column("owner", WORD, nullable=False),
    Column("due_on", String(10), nullable=False),
    Column("done_at", UtcTime),
    Column("done_by", WORD),
    Column("note", Text, nullable=False),
    Index(None, "owner"),
)
