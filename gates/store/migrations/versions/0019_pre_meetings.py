"""Meetings, who is invited to them and was there, and what was to be done afterwards."""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. There was no meeting before this."""
    op.create_table(
        "meetings",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("planned_on", sa.String(length=10), nullable=True),
        sa.Column("site", sa.String(length=80), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("cut_off_at", UtcTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("chair", sa.String(length=80), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meetings")),
        sa.UniqueConstraint("process", "name", "planned_on", name=op.f("uq_meetings_process_name_planned_on")),
    )
    op.create_index(op.f("ix_meetings_starts_at"), "meetings", ["starts_at"], unique=False)
    op.create_table(
        "meeting_people",
        sa.Column("meeting", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("invited", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("came_at", UtcTime(), nullable=True),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.key"], name=op.f("fk_meeting_people_meeting")),
        sa.PrimaryKeyConstraint("meeting", "person", name=op.f("pk_meeting_people")),
    )
    op.create_index(op.f("ix_meeting_people_person"), "meeting_people", ["person"], unique=False)
    op.create_table(
        "meeting_actions",
        sa.Column("meeting", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("done_by", sa.String(length=80), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.key"], name=op.f("fk_meeting_actions_meeting")),
        sa.PrimaryKeyConstraint("meeting", "number", name=op.f("pk_meeting_actions")),
    )
    op.create_index(op.f("ix_meeting_actions_owner"), "meeting_actions", ["owner"], unique=False)
