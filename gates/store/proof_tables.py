"""The tables of proofs: what people prove themselves with, how they came by it, and proofs that are under way.

No secret lies here: passwords are hashes (`tables.secrets`), the seeds of one-time codes and the tokens of links are
derived under a key that is not in the database, and a passkey leaves its public half alone.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from gates.store.tables import DIGEST, ID, WORD, metadata
from gates.store.types import BIG, UtcTime

proofs = Table(
    "proofs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("enrolled_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("ended_at", UtcTime),
    # Of a passkey.
    Column("credential", Text, unique=True),
    Column("public_key", Text),
    Column("algorithm", Integer),
    Column("aaguid", String(36)),
    Column("counter", BIG),
    Column("rp_id", String(255)),
    # Of a single sign-on.
    Column("issuer", String(300)),
    Column("subject", String(300)),
    # Of one-time codes: the last step that was taken, so that none is taken twice.
    Column("last_step", BIG),
    Index(None, "person"),
    Index(
        "uq_proofs_subject",
        "issuer",
        "subject",
        unique=True,
        sqlite_where=text("ended_at IS NULL AND subject IS NOT NULL"),
        postgresql_where=text("ended_at IS NULL AND subject IS NOT NULL"),
    ),
)

proof_requests = Table(
    "proof_requests",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("replaces", Boolean, nullable=False),
    Column("how_checked", Text, nullable=False),
    Column("requested_by", WORD, ForeignKey("people.id"), nullable=False),
    Column("requested_at", UtcTime, nullable=False),
    Column("confirmed_by", WORD, ForeignKey("people.id")),
    Column("confirmed_at", UtcTime),
    Column("token_hash", DIGEST, unique=True),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Index(None, "person"),
)

intents = Table(
    "intents",
    metadata,
    Column("challenge", DIGEST, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("link", ID, ForeignKey("links.id"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

sign_ons = Table(
    "sign_ons",
    metadata,
    Column("state_hash", DIGEST, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("link", ID, ForeignKey("links.id")),
    Column("request", ID, ForeignKey("proof_requests.id")),
    # The browser it was begun in: what comes back is completed there and nowhere else.
    Column("browser", DIGEST, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("returned_at", UtcTime),
    Column("evidence", Text),
    Column("used_at", UtcTime),
)
