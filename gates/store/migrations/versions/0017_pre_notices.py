"""How people want their notices, and which mail each thing owed goes in."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds. What was owed before is given its reader; a mail that was tried stays a mail of its own."""
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("notices", sa.String(length=12), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_until", sa.String(length=5), nullable=False),
        sa.Column("days_off", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_preferences_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_preferences")),
    )
    op.add_column("outbox", sa.Column("person", sa.String(length=80), nullable=True))
    op.add_column("outbox", sa.Column("mail", sa.String(length=200), nullable=True))
    op.create_index(op.f("ix_outbox_person_owed_at"), "outbox", ["person", "owed_at"], unique=False)
    outbox = sa.table(
        "outbox", *(sa.column(name) for name in ("id", "kind", "key", "payload", "person", "mail", "tries"))
    )
    mails = outbox.c.kind == "mail"
    connection = op.get_bind()
    rows = connection.execute(sa.select(outbox.c.id, outbox.c.payload).where(mails)).all()
    people = [{"row": row.id, "who": json.loads(row.payload)["person"]} for row in rows]
    if people:
        mine = sa.update(outbox).where(outbox.c.id == sa.bindparam("row"))
        connection.execute(mine.values(person=sa.bindparam("who")), people)
    connection.execute(sa.update(outbox).where(mails, outbox.c.tries > 0).values(mail=outbox.c.key))
