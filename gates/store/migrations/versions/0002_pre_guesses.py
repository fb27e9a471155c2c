"""Guesses at sign-in and in a session are counted apart from those of links.

Columns with a default only, so that a program of the version before goes on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts."""
    op.add_column("secrets", sa.Column("sign_in_tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("secrets", sa.Column("sign_in_locked_until", UtcTime(), nullable=True))
    op.add_column("sessions", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sessions", sa.Column("locked_until", UtcTime(), nullable=True))
