"""Times that items have booked at their sites."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. No item booked anything before this."""
    op.create_table(
        "bookings",
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("line", sa.Text(), nullable=True),
        sa.Column("within", sa.String(length=12), nullable=False),
        sa.Column("window", sa.String(length=80), nullable=True),
        sa.Column("calendar", sa.Integer(), nullable=False),
        sa.Column("begins_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("booked_at", UtcTime(), nullable=False),
        sa.Column("booked_by", sa.String(length=80), nullable=True),
        sa.Column("released_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_bookings_item")),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_site_ends_at"), "bookings", ["site", "ends_at"], unique=False)
