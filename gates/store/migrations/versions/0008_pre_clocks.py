"""Time under control: extensions, pauses, what was handed to stand-ins, escalations; who answers for whom."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

WORD = sa.String(length=80)


def upgrade() -> None:
    """Only adds. Escalations raised before this stay linked by what they are about, and stop no clock."""
    op.create_table(
        "extensions",
        sa.Column("item", WORD, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("stay", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("asked_by", WORD, nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_by", WORD, nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_extensions_item")),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_extensions")),
    )
    op.create_table(
        "pauses",
        sa.Column("item", WORD, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("escalation", WORD, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_pauses_item")),
        sa.PrimaryKeyConstraint("item", "seq", name=op.f("pk_pauses")),
    )
    op.create_table(
        "handovers",
        sa.Column("round", sa.String(length=32), nullable=False),
        sa.Column("absent", WORD, nullable=False),
        sa.Column("person", WORD, nullable=False),
        sa.Column("item", WORD, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["rounds.id"], name=op.f("fk_handovers_round")),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_handovers_item")),
        sa.PrimaryKeyConstraint("round", "absent", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_item"), "handovers", ["item"], unique=False)
    op.create_table(
        "escalations",
        sa.Column("escalation", WORD, nullable=False),
        sa.Column("item", WORD, nullable=False),
        sa.Column("process", WORD, nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("clock", sa.String(length=8), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.Column("raised_by", WORD, nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("said", WORD, nullable=True),
        sa.ForeignKeyConstraint(["escalation"], ["items.key"], name=op.f("fk_escalations_escalation")),
        sa.ForeignKeyConstraint(["item"], ["items.key"], name=op.f("fk_escalations_item")),
        sa.PrimaryKeyConstraint("escalation", name=op.f("pk_escalations")),
    )
    op.create_index(op.f("ix_escalations_item"), "escalations", ["item"], unique=False)
    op.add_column("people", sa.Column("manager", WORD, nullable=True))
    op.add_column("people", sa.Column("stand_in", WORD, nullable=True))
    op.add_column("timers", sa.Column("folded", sa.Boolean(), nullable=True))
