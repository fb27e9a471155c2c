"""The store: migrations make the tables that the program uses, and its settings are the honest ones."""

from __future__ import annotations

import re
import threading
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text, update
from world import World

import gates.store.search_tables  # noqa: F401
from gates.store import engine, open_store
from gates.store.tables import counters, metadata
from gates.store.types import UtcTime


def test_the_migrations_make_the_tables_of_the_program(store_url: str) -> None:
    """Nothing is missing, nothing is left over, and every column has its type."""
    store = open_store(store_url)
    with store.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, *_: not str(name).startswith("entry_words")},
        )
        differences = compare_metadata(context, metadata)
    store.close()
    assert differences == []


def test_the_head_is_the_newest_migration() -> None:
    """And every file name says whether it runs before or after a deployment."""
    names = sorted(path.name for path in (Path(engine.__file__).parent / "migrations" / "versions").glob("*.py"))
    assert all(re.fullmatch(r"\d{4}_(pre|post)_\w+\.py", name) for name in names)
    assert names[-1][:4] == engine.HEAD


def test_a_database_of_the_version_before_is_brought_up_to_date(store_url: str) -> None:
    """With what is in it; the program of the version before goes on writing into it meanwhile."""
    from gates.store.migrate import upgrade

    store = engine.open_for_upgrade(store_url)
    upgrade(store, "0001")
    person = (
        "INSERT INTO people (id, name, email, zone, locale, active) "
        "VALUES ('{0}', '{0}', '{0}@example.com', 'UTC', 'en', {1})"
    )
    secret = "INSERT INTO secrets (person, hash, set_at, tries) VALUES ('{0}', 'h', '2026-08-17 09:00:00', 3)"
    for name in ("ana", "ben"):
        with store.writing() as connection:
            connection.execute(text(person.format(name, "true")))
            connection.execute(text(secret.format(name)))
        store.upgrade()
    with store.reading() as connection:
        rows = connection.execute(text("SELECT tries, sign_in_tries, sign_in_locked_until FROM secrets")).all()
    assert store.version() == engine.HEAD
    store.close()
    assert [tuple(row) for row in rows] == [(3, 0, None)] * 2


def test_sqlite_is_opened_with_the_settings_that_make_it_honest(sqlite_url: str) -> None:
    """WAL, every commit on disk, foreign keys."""
    store = open_store(sqlite_url)
    with store.reading() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    store.close()
    assert found == ["wal", 2, 1]


def test_read_modify_write_loses_no_update(store_url: str) -> None:
    """Eight threads add one, fifty times each (the driver's default would lose most of them without an error)."""
    store = open_store(store_url)
    with store.writing() as connection:
        connection.execute(insert(counters).values(name="n", value=0))

    def add() -> None:
        for _ in range(50):
            with store.writing() as connection:
                row = select(counters.c.value).where(counters.c.name == "n").with_for_update()
                value = connection.execute(row).scalar_one()
                connection.execute(update(counters).where(counters.c.name == "n").values(value=value + 1))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        assert connection.execute(select(counters.c.value)).scalar_one() == 400
    store.close()


def test_a_time_without_a_zone_is_refused() -> None:
    """It would mean a different moment on each machine (A11-12)."""
    from sqlalchemy.dialects import sqlite

    with pytest.raises(ValueError, match="has no time zone"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


def test_everything_can_be_read_again_by_another_program(world: World, store_url: str) -> None:
    """Nothing in process memory matters: a second register on the same store sees the same (I1)."""
    key = world.change_in_round()
    world.sign("mei", key)
    other = World(store_url, clock=world.clock, stocked=False)
    assert other.register.item(key) == world.register.item(key)
    assert other.register.inbox("ana") == world.register.inbox("ana")
    other.sign("ana", key)
    assert world.sign("ben", key).moved_to == "Implementation"
    other.close()
