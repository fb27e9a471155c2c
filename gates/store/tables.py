"""The tables. One word per thing, the words of the design.

What is signed or chained is kept as the bytes that were hashed (`body`, `content`, `canonical`);
every other column can be rebuilt from those. Nothing here cascades: no delete path exists.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gates.store.types import BIG, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DIGEST = String(64)
WORD = String(80)
ID = String(32)

processes = Table(
    "processes",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("name", WORD, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("published_by", WORD),
    UniqueConstraint("name", "version"),
)

proposals = Table(
    "proposals",
    metadata,
    Column("item", WORD, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("source", Text, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("published_at", UtcTime),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("value", Integer, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", WORD, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False, unique=True),
    Column("zone", String(64), nullable=False),
    Column("locale", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("attributes", Text),
    # The site whose calendar they work by, where it is not said by the role they act in.
    Column("site", WORD),
    # employee, vendor or guest: the latter two sign by mail link and have no account.
    Column("kind", String(12), nullable=False, server_default="employee"),
    Column("company", String(120)),
    # Whom they report to, and who is asked in their place when they do not answer.
    Column("manager", WORD),
    Column("stand_in", WORD),
)

roles = Table(
    "roles",
    metadata,
    Column("name", WORD, primary_key=True),
    Column("title", String(200), nullable=False),
)

sites = Table(
    "sites",
    metadata,
    Column("name", WORD, primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("country", String(2)),
    Column("region", String(16)),
)

absences = Table(
    "absences",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("stand_in", WORD, ForeignKey("people.id")),
    Column("roles", Text),
    Column("sites", Text),
    Column("processes", Text),
    Column("chain", Boolean, nullable=False),
    # What it is called on the record (NULL: it came with the roster file), who said so, and of a calendar's which.
    Column("absence", ID),
    Column("source", String(12), nullable=False, server_default="file"),
    Column("occurrence", String(200)),
    Index("uq_absences_absence", "absence", unique=True),
    Index(None, "person"),
)

holdings = Table(
    "holdings",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("role", WORD, nullable=False),
    Column("site", WORD),
    Column("since", UtcTime),
    Column("until", UtcTime),
    Column("program", String(120)),
    Column("vendor", String(120)),
    Index(None, "role"),
    Index(None, "person"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("person", WORD, ForeignKey("people.id"), primary_key=True),
    Column("hash", String(200), nullable=False),
    Column("set_at", UtcTime, nullable=False),
    # Guesses by links; those at sign-in and in a session have counts of their own: see gates/service/secrets.py.
    Column("tries", Integer, nullable=False),
    Column("locked_until", UtcTime),
    Column("sign_in_tries", Integer, nullable=False, server_default="0"),
    Column("sign_in_locked_until", UtcTime),
    Column("last_used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", DIGEST, primary_key=True),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
)

chains = Table(
    "chains",
    metadata,
    Column("chain", String(120), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("head", DIGEST, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("chain", String(120), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("digest", DIGEST, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("chain", "seq"),
)

items = Table(
    "items",
    metadata,
    Column("key", WORD, primary_key=True),
    Column("process", WORD, nullable=False),
    Column("process_digest", DIGEST, ForeignKey("processes.digest"), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("title", String(300), nullable=False),
    Column("state", WORD, nullable=False),
    Column("previous_state", WORD),
    Column("site", WORD),
    Column("program", String(120)),
    Column("project", String(120)),
    Column("author", WORD),
    Column("owner", WORD),
    Column("submitter", WORD),
    Column("revision", Integer, nullable=False),
    Column("revision_digest", DIGEST, nullable=False),
    Column("about", WORD),
    Column("rounds", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Column("ended", WORD),
    Column("idempotency_key", String(120), unique=True),
    Index(None, "state"),
    Index(None, "about"),
)

dependencies = Table(
    "dependencies",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("needs", WORD, ForeignKey("items.key"), nullable=False),
    PrimaryKeyConstraint("item", "needs"),
    Index(None, "needs"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("changed", Text, nullable=False),
    Column("editor", WORD),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("item", "number"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", ID, primary_key=True),
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("policy", WORD, nullable=False),
    Column("state", WORD, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("outcome", WORD),
    Column("deadlocked_at", UtcTime),
    UniqueConstraint("item", "number"),
    Index(
        "uq_rounds_open",
        "item",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

asks = Table(
    "asks",
    metadata,
    Column("round", ID, ForeignKey("rounds.id"), nullable=False),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("item", WORD, nullable=False),
    Column("capacity", String(400), nullable=False),
    Column("needed", Boolean, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("seen_revision", Integer),
    # By when, in the calendar of the site they work at; NULL: the due time of the round.
    Column("due_at", UtcTime),
    Column("site", WORD),
    # For whom they were asked, being away; and since when they are asked no more.
    Column("on_behalf_of", WORD),
    Column("withdrawn_at", UtcTime),
    # Why the last mail that asked them did not arrive; NULL once one does.
    Column("unreached", Text),
    PrimaryKeyConstraint("round", "person"),
    Index(None, "person"),
)

links = Table(
    "links",
    metadata,
    Column("id", ID, primary_key=True),
    Column("token_hash", DIGEST, nullable=False, unique=True),
    Column("round", ID, ForeignKey("rounds.id"), nullable=False),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("item", WORD, nullable=False),
    Column("minted_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("revoked_why", String(200)),
    Column("tries", Integer, nullable=False),
    Index(None, "round", "person"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("round", ID, ForeignKey("rounds.id"), nullable=False),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("position", WORD, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("revision_digest", DIGEST, nullable=False),
    Column("capacity", String(400), nullable=False),
    Column("meaning", String(200), nullable=False),
    Column("proof", WORD, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("withdrawn_at", UtcTime),
    Column("idempotency_key", String(120), unique=True),
    Column("on_behalf_of", WORD),
    Column("conditions", Text),
    Index(
        "uq_decisions_standing",
        "round",
        "person",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    Index(None, "person"),
)

round_acts = Table(
    "round_acts",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("round", ID, ForeignKey("rounds.id"), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("person", WORD, ForeignKey("people.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("item", "seq"),
    Index(None, "round"),
)

moves = Table(
    "moves",
    metadata,
    Column("item", WORD, ForeignKey("items.key"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("origin", WORD, nullable=False),
    Column("to", WORD, nullable=False),
    Column("cause", WORD, nullable=False),
    Column("name", WORD, nullable=False),
    Column("person", WORD),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("item", "seq"),
)
