"""The Merkle log: leaves, nodes, checkpoints, and the exact set of entries that are not in it yet."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEYS = {
    "revisions": "item = NEW.item AND number = NEW.number",
    "tags": "chain = NEW.chain OR tag = NEW.tag",
    "leaves": "position = NEW.position OR (chain = NEW.chain AND seq = NEW.seq)",
    "nodes": "height = NEW.height AND place = NEW.place",
    "checkpoints": "size = NEW.size",
}
PENDING_SQLITE = """CREATE TRIGGER entries_pending AFTER INSERT ON entries
    BEGIN INSERT INTO unsealed (chain, seq, digest) VALUES (NEW.chain, NEW.seq, NEW.digest); END"""
PENDING_POSTGRES = (
    """CREATE FUNCTION entries_pend() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         INSERT INTO unsealed (chain, seq, digest) VALUES (NEW.chain, NEW.seq, NEW.digest);
         RETURN NULL;
       END $$""",
    "CREATE TRIGGER entries_pending AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION entries_pend()",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_pending",
    """CREATE FUNCTION insert_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$""",
)


def upgrade() -> None:
    """Only adds. What was entered before is pending, chain by chain, and gets its position with the first seal."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "unsealed",
        sa.Column("id", big, nullable=False),
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsealed")),
    )
    op.create_table(
        "tags",
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_tags")),
        sa.UniqueConstraint("tag", name=op.f("uq_tags_tag")),
    )
    op.create_table(
        "leaves",
        sa.Column("position", big, autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_leaves")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_leaves_chain_seq")),
    )
    op.create_table(
        "nodes",
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("place", big, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("height", "place", name=op.f("pk_nodes")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", big, autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sealed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
    op.execute("INSERT INTO unsealed (chain, seq, digest) SELECT chain, seq, digest FROM entries ORDER BY chain, seq")
    statements = _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgres()
    for statement in statements:
        op.execute(statement)


def _sqlite() -> list[str]:
    found = [PENDING_SQLITE]
    for table, same in KEYS.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
        found += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            # INSERT OR REPLACE fires no delete trigger, so an insert over an existing row is refused too.
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608  (names of this file)
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}",
        ]
    return found


def _postgres() -> list[str]:
    found = list(PENDING_POSTGRES)
    for table in KEYS:
        found += [
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION insert_only()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION insert_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        ]
    return found
