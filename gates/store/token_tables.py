"""The table of the tokens by which programs act for people. Of a token itself only a hash is kept."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from gates.store.tables import DIGEST, ID, WORD, metadata
from gates.store.types import UtcTime

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False, index=True),
    # What its owner calls it.
    Column("name", WORD, nullable=False),
    # Separated by blanks.
    Column("scopes", String(200), nullable=False),
    Column("token_hash", DIGEST, nullable=False, unique=True),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("ended_why", String(200)),
)

api_token_uses = Table(
    "api_token_uses",
    metadata,
    Column("token", ID, ForeignKey("api_tokens.id"), primary_key=True),
    # When it was used last, give or take a quarter of an hour: a use is read, and seldom written.
    Column("at", UtcTime, nullable=False),
)
