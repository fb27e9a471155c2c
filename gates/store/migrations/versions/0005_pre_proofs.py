"""Proofs of people, requests for them, intents of passkeys and single sign-ons under way.

Only adds, so that a program of the version before goes on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

from gates.store.types import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and when a password was used last."""
    op.add_column("secrets", sa.Column("last_used_at", UtcTime(), nullable=True))
    _proofs()
    _requests()
    op.create_table(
        "intents",
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_intents_person")),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_intents_link")),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_intents")),
    )
    op.create_table(
        "sign_ons",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=True),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("returned_at", UtcTime(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_sign_ons_person")),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_sign_ons_link")),
        sa.ForeignKeyConstraint(["request"], ["proof_requests.id"], name=op.f("fk_sign_ons_request")),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_ons")),
    )


def _proofs() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "proofs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("enrolled_at", UtcTime(), nullable=False),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("credential", sa.Text(), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("algorithm", sa.Integer(), nullable=True),
        sa.Column("aaguid", sa.String(length=36), nullable=True),
        sa.Column("counter", big, nullable=True),
        sa.Column("rp_id", sa.String(length=255), nullable=True),
        sa.Column("issuer", sa.String(length=300), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("last_step", big, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_proofs_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("credential", name=op.f("uq_proofs_credential")),
    )
    op.create_index(op.f("ix_proofs_person"), "proofs", ["person"], unique=False)
    op.create_index(
        "uq_proofs_subject",
        "proofs",
        ["issuer", "subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND subject IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND subject IS NOT NULL"),
    )


def _requests() -> None:
    op.create_table(
        "proof_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("how_checked", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=True),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_proof_requests_person")),
        sa.ForeignKeyConstraint(["requested_by"], ["people.id"], name=op.f("fk_proof_requests_requested_by")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_proof_requests_confirmed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_proof_requests_token_hash")),
    )
    op.create_index(op.f("ix_proof_requests_person"), "proof_requests", ["person"], unique=False)
