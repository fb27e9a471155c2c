"""The register, and the triggers that keep entries append-only.

File names say `pre` (run before the new program is deployed) or `post`.
"""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# INSERT OR REPLACE fires no delete trigger on SQLite, so an insert over an existing row is refused too.
SQLITE = (
    """CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
    """CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
    """CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
       WHEN EXISTS (SELECT 1 FROM entries WHERE (chain = NEW.chain AND seq = NEW.seq) OR digest = NEW.digest)
       BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END""",
)
POSTGRES = (
    """CREATE FUNCTION entries_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$""",
    """CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries
       FOR EACH ROW EXECUTE FUNCTION entries_append_only()""",
    """CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries
       FOR EACH STATEMENT EXECUTE FUNCTION entries_append_only()""",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_no_change",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_no_truncate",
)


def upgrade() -> None:
    """Create every table, as it was in this version, and the triggers."""
    op.create_table(
        "chains",
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chains")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "entries",
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_entries")),
        sa.UniqueConstraint("digest", name=op.f("uq_entries_digest")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("owed_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("leased_by", sa.String(length=120), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("dead_at", UtcTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("run", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_owed",
        "outbox",
        ["kind", "due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "processes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_processes")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_processes_name_version")),
    )
    op.create_table(
        "roles",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_roles")),
    )
    op.create_table(
        "sites",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("region", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sites")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("sentence", sa.String(length=400), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "holdings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=True),
        sa.Column("since", UtcTime(), nullable=True),
        sa.Column("until", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_holdings_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holdings")),
    )
    op.create_index(op.f("ix_holdings_person"), "holdings", ["person"], unique=False)
    op.create_index(op.f("ix_holdings_role"), "holdings", ["role"], unique=False)
    op.create_table(
        "items",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("process_digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("previous_state", sa.String(length=80), nullable=True),
        sa.Column("site", sa.String(length=80), nullable=True),
        sa.Column("program", sa.String(length=120), nullable=True),
        sa.Column("project", sa.String(length=120), nullable=True),
        sa.Column("author", sa.String(length=80), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("submitter", sa.String(length=80), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revision_digest", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("entered_at", UtcTime(), nullable=False),
        sa.Column("touched_at", UtcTime(), nullable=False),
        sa.Column("ended", sa.String(length=80), nullable=True),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["process_digest"], ["processes.digest"], name=op.f("fk_items_process_digest")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_items")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_items_idempotency_key")),
    )
    op.create_index(op.f("ix_items_about"), "items", ["about"], unique=False)
    op.create_index(op.f("ix_items_state"), "items", ["state"], unique=False)
    op.create_table(
        "secrets",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("set_at", UtcTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_secrets_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_secrets")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_sessions_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_table(
        "dependencies",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("needs", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_dependencies_item")),
        sa.ForeignKeyConstraint(["needs"], ["items.key"], name=op.f("fk_dependencies_needs")),
        sa.PrimaryKeyConstraint("item", "needs", name=op.f("pk_dependencies")),
    )
    op.create_index(op.f("ix_dependencies_needs"), "dependencies", ["needs"], unique=False)
    op.create_table(
        "moves",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("to", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_moves_item")),
        sa.PrimaryKeyConstraint("item", "seq", name=op.f("pk_moves")),
    )
    op.create_table(
        "revisions",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("editor", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_revisions_item")),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_revisions")),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=True),
        sa.Column("deadlocked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_rounds_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("item", "number", name=op.f("uq_rounds_item_number")),
    )
    op.create_index(
        "uq_rounds_open",
        "rounds",
        ["item"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "timers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("round", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("fired_at", UtcTime(), nullable=True),
        sa.Column("cancelled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_timers_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
    )
    op.create_index(op.f("ix_timers_item"), "timers", ["item"], unique=False)
    op.create_index(
        "ix_timers_pending",
        "timers",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("fired_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("fired_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "asks",
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("capacity", sa.String(length=400), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("seen_revision", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_asks_person")),
        sa.ForeignKeyConstraint(["round"], ["rounds.id"], name=op.f("fk_asks_round")),
        sa.PrimaryKeyConstraint("round", "person", name=op.f("pk_asks")),
    )
    op.create_index(op.f("ix_asks_person"), "asks", ["person"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("position", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revision_digest", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.String(length=400), nullable=False),
        sa.Column("meaning", sa.String(length=200), nullable=False),
        sa.Column("proof", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_decisions_item")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_decisions_person")),
        sa.ForeignKeyConstraint(["round"], ["rounds.id"], name=op.f("fk_decisions_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_decisions_idempotency_key")),
    )
    op.create_index(op.f("ix_decisions_person"), "decisions", ["person"], unique=False)
    op.create_index(
        "uq_decisions_standing",
        "decisions",
        ["round", "person"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("minted_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("revoked_why", sa.String(length=200), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_links_person")),
        sa.ForeignKeyConstraint(["round"], ["rounds.id"], name=op.f("fk_links_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_index(op.f("ix_links_round_person"), "links", ["round", "person"], unique=False)
    dialect = op.get_bind().dialect.name
    for statement in SQLITE if dialect == "sqlite" else POSTGRES:
        op.execute(statement)
