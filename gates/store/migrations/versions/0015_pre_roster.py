"""The roster kept from day to day: absences with a name of their own, roles of programs and vendors, people without an
account, asks that go over to a stand-in and back, and a directory that keeps all of it.
"""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. Everybody of before is an employee, every absence of before came with the roster file."""
    op.add_column("people", sa.Column("kind", sa.String(length=12), nullable=False, server_default="employee"))
    op.add_column("people", sa.Column("company", sa.String(length=120), nullable=True))
    op.add_column("holdings", sa.Column("program", sa.String(length=120), nullable=True))
    op.add_column("holdings", sa.Column("vendor", sa.String(length=120), nullable=True))
    op.add_column("asks", sa.Column("on_behalf_of", sa.String(length=80), nullable=True))
    op.add_column("asks", sa.Column("withdrawn_at", UtcTime(), nullable=True))
    op.add_column("absences", sa.Column("absence", sa.String(length=32), nullable=True))
    op.add_column("absences", sa.Column("source", sa.String(length=12), nullable=False, server_default="file"))
    op.add_column("absences", sa.Column("occurrence", sa.String(length=200), nullable=True))
    op.create_index("uq_absences_absence", "absences", ["absence"], unique=True)
    op.create_table(
        "directory_clients",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_directory_clients")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_directory_clients_token_hash")),
    )
    op.create_table(
        "directory_people",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("user_name", sa.String(length=320), nullable=False),
        sa.Column("user_name_folded", sa.String(length=320), nullable=False),
        sa.Column("external_id", sa.String(length=320), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_directory_people_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_directory_people")),
        sa.UniqueConstraint("user_name_folded", name=op.f("uq_directory_people_user_name_folded")),
    )
    op.create_table(
        "directory_groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("external_id", sa.String(length=320), nullable=True),
        sa.Column("role", sa.String(length=80), nullable=True),
        sa.Column("site", sa.String(length=80), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_directory_groups_name")),
    )
    op.create_table(
        "directory_members",
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["directory_groups.id"], name=op.f("fk_directory_members_group_id")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_directory_members_person")),
        sa.PrimaryKeyConstraint("group_id", "person", name=op.f("pk_directory_members")),
    )
