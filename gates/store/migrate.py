"""Runs the migrations: Alembic on our own connection and our own schema, never Prefect's."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from gates.store.engine import SCHEMA, Store

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(store: Store, to: str = "head") -> None:
    """Bring `store` to migration `to`. Two at once: the second waits and finds nothing to do."""
    with store.writing() as connection:
        if not store.is_sqlite:
            # The lock makes the second of two programs that start together wait for the first.
            connection.execute(text("SELECT pg_advisory_xact_lock(7070707)"))
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
