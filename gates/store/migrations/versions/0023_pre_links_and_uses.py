"""Which links to preferences have ended, and when tokens were used last."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. Links made before hold on: nobody has ended any."""
    op.create_table(
        "preference_links",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_preference_links_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_preference_links")),
    )
    op.create_table(
        "api_token_uses",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["token"], ["api_tokens.id"], name=op.f("fk_api_token_uses_token")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_api_token_uses")),
    )
