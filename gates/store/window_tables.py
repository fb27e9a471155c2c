"""The table of times that items have booked at their sites."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from gates.store.tables import WORD, metadata
from gates.store.types import UtcTime

bookings = Table(
    "bookings",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), primary_key=True),
    # An item has one booking at a time; the earlier ones are kept.
    Column("number", Integer, primary_key=True),
    # The state it was booked from: back there, the item plans anew and the booking is free.
    Column("origin", WORD, nullable=False),
    Column("site", WORD, nullable=False),
    # None: the whole site.
    Column("line", Text),
    Column("within", String(12), nullable=False),
    # The maintenance window that held it, by the calendar of that version.
    Column("window", WORD),
    Column("calendar", Integer, nullable=False),
    Column("begins_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    # What stood against it when it was booked as an exception: a list of sentences.
    Column("against", Text, nullable=False),
    Column("booked_at", UtcTime, nullable=False),
    Column("booked_by", WORD),
    Column("released_at", UtcTime),
    Index(None, "site", "ends_at"),
)
