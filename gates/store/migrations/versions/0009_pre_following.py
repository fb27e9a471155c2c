"""What follows a decision: conditions of a conditional one, and reviews after the fact."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. Items decided before this have no conditions and no reviews; their entries tell of none."""
    op.create_table(
        "conditions",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_at", UtcTime(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("set_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_conditions_item")),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_conditions")),
    )
    op.create_index(op.f("ix_conditions_owner_state"), "conditions", ["owner", "state"], unique=False)
    op.create_index(op.f("ix_conditions_due_at"), "conditions", ["due_at"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("occasion", sa.Integer(), nullable=False),
        sa.Column("review", sa.String(length=80), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_reviews_item")),
        sa.ForeignKeyConstraint(["review"], ["items.key"], name=op.f("fk_reviews_review")),
        sa.PrimaryKeyConstraint("item", "occasion", name=op.f("pk_reviews")),
        sa.UniqueConstraint("review", name=op.f("uq_reviews_review")),
    )
