"""Opens the store with the settings that make it honest.

SQLite: WAL, `synchronous=FULL`, foreign keys, and each writing unit starts with BEGIN IMMEDIATE. With
the driver's default a read-modify-write loses updates without an error, because the lock is taken only
at the first write. PostgreSQL: own schema, READ COMMITTED, row locks, UTC.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from gates.errors import Refused, StoreError, StoreTooNew, StoreTooOld, StoreUnwritable

HEAD = "0023"
"""The newest migration; a test holds it against the files in `migrations/versions`."""

SCHEMA = "tollgate"
BUSY_S = 30


class Store:
    """One database. `reading()` and `writing()` give connections inside a transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = engine.execution_options(tollgate_writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view; writes nothing."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A view that stays the same from the first read to the last; writes nothing."""
        engine = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that commits at the end or leaves nothing behind."""
        with self._writer.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give the connections back; open ones are closed."""
        self.engine.dispose()

    def version(self) -> str | None:
        """The migration the database is at; None for an empty one."""
        with self.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def grant(self, role: str) -> None:
        """Give `role` what the program needs on PostgreSQL: SELECT and INSERT on the record, no more. Raises
        StoreError."""
        from gates.store.granting import grant  # needs the tables, which need nothing of the engine

        grant(self, role)

    def server(self) -> tuple[str, datetime | None]:
        """What the database calls itself, and its time; None for SQLite, whose clock is this machine's."""
        with self.reading() as connection:
            if self.is_sqlite:
                return f"SQLite {connection.execute(text('SELECT sqlite_version()')).scalar_one()}", None
            name, at = connection.execute(text("SELECT version(), clock_timestamp()")).one()
            return str(name), at

    def upgrade(self) -> None:
        """Bring the database to this program's version. Safe to run twice, and by two at once."""
        from gates.store.migrate import upgrade  # alembic takes over a second to import

        upgrade(self)


def open_store(url: str, *, create: bool = True) -> Store:
    """The store at `url` (`sqlite:///path` or `postgresql+psycopg://…`), at this program's version.

    With `create`, an empty database is set up; without, nothing is made. Raises StoreUnwritable, StoreTooNew,
    StoreTooOld, StoreError; nothing is half done.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        if not create:
            _check_there(parsed)
        _check_writable(parsed)
    store = Store(_engine(parsed))
    try:
        _at_head(store, create)
    except DBAPIError as error:
        store.close()
        raise _unusable(parsed, error) from error
    except StoreError:
        store.close()
        raise
    return store


def look(url: str) -> str | None:
    """The version of the database at `url`, creating nothing; None when there is none. Raises StoreError."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).exists():
        return None
    store = Store(_engine(parsed))
    try:
        return store.version()
    except DBAPIError as error:
        raise _unusable(parsed, error) from error
    finally:
        store.close()


def open_for_upgrade(url: str) -> Store:
    """The store at `url` whatever its version, for `upgrade`. Raises StoreTooNew, StoreUnwritable."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        _check_writable(parsed)
    store = Store(_engine(parsed))
    version = store.version()
    if version is not None and version > HEAD:
        store.close()
        raise _too_new(version)
    return store


def _too_new(version: str) -> StoreTooNew:
    return StoreTooNew(
        f"The database is at version {version}; this program knows up to {HEAD}. "
        "Upgrade the program; the data is untouched."
    )


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f"TOLLGATE_DATABASE_URL is {url!r}, which is no database address. "
            "Write sqlite:///path/to/file or postgresql+psycopg://user@host/name."
        ) from error
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StoreError(
            f"The database kind {parsed.drivername!r} is not known. "
            "Use sqlite:///path or postgresql+psycopg://user@host/name."
        )
    return parsed


def _check_there(url: URL) -> None:
    if not Path(str(url.database)).exists():
        raise StoreError(
            f"There is no database at {_shown(Path(str(url.database)))}, and nothing was made. TOLLGATE_HOME names the "
            "folder that holds one (for the demo: TOLLGATE_HOME=demo); `tollgate process publish` begins a new one."
        )


def _shown(path: Path) -> str:
    """As people would type it: from the present folder where it lies below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _check_writable(url: URL) -> None:
    if url.database in (None, "", ":memory:"):
        raise StoreError("A database in memory would lose every approval. Write sqlite:///path/to/file.")
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnwritable(
            f"The folder {path.parent} cannot be made ({error.strerror}). Name one you may write to."
        ) from error
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise StoreUnwritable(f"{place} cannot be written. Change its owner or mode, or name another.")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        event.listen(engine, "handle_error", _say_unkept)
        return engine
    engine = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _postgres_connect)
    event.listen(engine, "handle_error", _say_unkept)
    return engine


def _say_unkept(context: ExceptionContext) -> None:
    """A value that no database holds is the fault of who typed it, wherever that was. Raises Refused."""
    error = context.original_exception
    if isinstance(error, UnicodeEncodeError) or "NUL (0x00)" in str(error):
        raise Refused(
            "What was typed holds a character that cannot be kept: NUL, or half of a pair.",
            code="unkept",
            remedy="Remove it and try again.",
        ) from error
    if isinstance(error, OverflowError):
        raise Refused("A number is larger than can be kept.", code="unkept", remedy="Is it right?") from error


def _sqlite_connect(raw: sqlite3.Connection, _record: Any) -> None:
    raw.isolation_level = None  # the driver would start transactions of its own, too late
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_S * 1000}",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tollgate_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres_connect(raw: Any, _record: Any) -> None:
    autocommit = raw.autocommit
    raw.autocommit = True
    raw.execute(f"SET search_path TO {SCHEMA}")
    raw.execute("SET TIME ZONE 'UTC'")
    raw.autocommit = autocommit


def _at_head(store: Store, create: bool) -> None:
    version = store.version()
    if version is None:
        if not create:
            raise StoreTooOld("The database is empty. Run `tollgate db upgrade` to set it up.")
        store.upgrade()
    elif version > HEAD:
        raise _too_new(version)
    elif version < HEAD:
        raise StoreTooOld(
            f"The database is at version {version}, this program needs {HEAD}. "
            "Back it up and run `tollgate db upgrade`."
        )


def _unusable(url: URL, error: DBAPIError) -> StoreError:
    reason = str(error.orig).splitlines()[0]
    if url.get_backend_name() == "sqlite":
        return StoreUnwritable(
            f"{url.database} cannot be used as a database ({reason}). "
            "Check its owner and free space, or name another file."
        )
    where = url.set(query={}).render_as_string(hide_password=True)  # a password may stand in the query too
    return StoreError(f"The database at {where} does not answer ({reason}). Check TOLLGATE_DATABASE_URL.")
