"""Calendars of sites with versions; deadlines for each person asked; whose calendar a timer was counted in."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. Who was asked before this has the due time of the round."""
    op.create_table(
        "calendars",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_calendars")),
    )
    op.add_column("people", sa.Column("site", sa.String(length=80), nullable=True))
    op.add_column("asks", sa.Column("due_at", UtcTime(), nullable=True))
    op.add_column("asks", sa.Column("site", sa.String(length=80), nullable=True))
    op.add_column("timers", sa.Column("person", sa.String(length=80), nullable=True))
    op.add_column("timers", sa.Column("calendar", sa.Integer(), nullable=True))
