"""Absences and attributes of people; stand-ins and conditions of decisions; acts on a round; proposals."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds: the program of the version before runs on."""
    op.add_column("people", sa.Column("attributes", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("on_behalf_of", sa.String(length=80), nullable=True))
    op.add_column("decisions", sa.Column("conditions", sa.Text(), nullable=True))
    op.create_table(
        "proposals",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proposed_at", UtcTime(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_proposals")),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("stand_in", sa.String(length=80), nullable=True),
        sa.Column("roles", sa.Text(), nullable=True),
        sa.Column("sites", sa.Text(), nullable=True),
        sa.Column("processes", sa.Text(), nullable=True),
        sa.Column("chain", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_absences_person")),
        sa.ForeignKeyConstraint(["stand_in"], ["people.id"], name=op.f("fk_absences_stand_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_person"), "absences", ["person"], unique=False)
    op.create_table(
        "round_acts",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_round_acts_item")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_round_acts_person")),
        sa.ForeignKeyConstraint(["round"], ["rounds.id"], name=op.f("fk_round_acts_round")),
        sa.PrimaryKeyConstraint("item", "seq", name=op.f("pk_round_acts")),
    )
    op.create_index(op.f("ix_round_acts_round"), "round_acts", ["round"], unique=False)
