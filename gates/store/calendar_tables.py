"""The calendars of the sites: every version that was in force. Deadlines name the version they were counted with."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from gates.store.tables import WORD, metadata
from gates.store.types import UtcTime

calendars = Table(
    "calendars",
    metadata,
    Column("version", Integer, primary_key=True),
    # The sites file as canonical JSON, the bytes the entry holds.
    Column("content", Text, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("published_by", WORD),
)
