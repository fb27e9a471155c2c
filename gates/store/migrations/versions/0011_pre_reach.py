"""Whether somebody's mails reach them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds."""
    op.add_column("asks", sa.Column("unreached", sa.Text(), nullable=True))
