"""The index of the record, for the compliance desk: texts of entries, the people in them, full-text search."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQLITE = (
    # The texts stay in entry_texts; the index holds their words alone.
    "CREATE VIRTUAL TABLE entry_words USING fts5(words, why, content='entry_texts', content_rowid='id')",
)
POSTGRES = (
    "CREATE INDEX entry_words ON entry_texts USING gin (to_tsvector('simple', words))",
    "CREATE INDEX entry_words_why ON entry_texts USING gin (to_tsvector('simple', why))",
)


def upgrade() -> None:
    """Only adds. The index is filled by workers, and brought up to date before each search."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "entry_texts",
        sa.Column("id", big, nullable=False),
        sa.Column("chain", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=True),
        sa.Column("position", sa.String(length=80), nullable=True),
        sa.Column("level", sa.String(length=8), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_texts")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_entry_texts_chain_seq")),
    )
    op.create_index(op.f("ix_entry_texts_at"), "entry_texts", ["at"], unique=False)
    op.create_index(op.f("ix_entry_texts_kind_at"), "entry_texts", ["kind", "at"], unique=False)
    op.create_table(
        "entry_people",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("entry", big, nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry_texts.id"], name=op.f("fk_entry_people_entry")),
        sa.PrimaryKeyConstraint("person", "entry", name=op.f("pk_entry_people")),
    )
    op.create_table(
        "indexed",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", big, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_indexed")),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES:
        op.execute(statement)
