"""Who is told of what happens, beside people: web hooks and chat rooms."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from gates.store.tables import WORD, metadata
from gates.store.types import UtcTime

hooks = Table(
    "hooks",
    metadata,
    Column("name", WORD, primary_key=True),
    # `webhook` or `chat`; a chat room's address is a secret and is in the settings, under its name.
    Column("way", WORD, nullable=False),
    Column("url", Text),
    Column("kinds", Text, nullable=False),
    Column("process", WORD),
    # The secret is derived from the link key and this number; raising it gives a new one.
    Column("generation", Integer, nullable=False),
    Column("rotated_at", UtcTime),
    Column("disabled_at", UtcTime),
    Column("why", Text),
)
