"""Web hooks and chat rooms that are told of what happens."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds."""
    op.create_table(
        "hooks",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("way", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rotated_at", UtcTime(), nullable=True),
        sa.Column("disabled_at", UtcTime(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hooks")),
    )
