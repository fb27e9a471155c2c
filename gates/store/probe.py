"""Tries, for real, whether the database refuses to change what is on the record. Leaves nothing behind.

A trigger that is listed may still do nothing; so an entry is written, each forbidden statement is tried on it, and the
whole transaction is rolled back.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gates.errors import StoreError
from gates.items import ENGINE
from gates.ledger.entries import Kind
from gates.ports import Clock
from gates.store.engine import Store
from gates.store.unit import Unit

CHAIN = "@probe"
STATEMENTS = (
    "UPDATE entries SET kind = 'changed' WHERE chain = '@probe'",
    "DELETE FROM entries WHERE chain = '@probe'",
)
ON_SQLITE = (
    "INSERT OR REPLACE INTO entries SELECT chain, seq, 'changed', at, digest, body FROM entries WHERE chain = '@probe'",
)
ON_POSTGRESQL = ("TRUNCATE entries",)
REFUSAL = "entries are append-only"
NO_RIGHT = "42501"
PATIENCE = "SET LOCAL lock_timeout = '5s'"
"""TRUNCATE asks for a lock on the whole table before any trigger; others are not to wait behind it for long."""


class _Undo(Exception):
    """Ends the transaction without a commit."""


def probe_append_only(store: Store, clock: Clock) -> dict[str, bool]:
    """For each forbidden statement whether the database refused it. Raises StoreError when it could not be tried."""
    refused: dict[str, bool] = {}
    try:
        with store.writing() as connection:
            if not store.is_sqlite:
                connection.execute(text(PATIENCE))
            unit = Unit(connection, clock.now(), is_sqlite=store.is_sqlite)
            unit.enter(CHAIN, Kind.NOTICE_SENT, ENGINE, {"probe": True})
            for statement in (*STATEMENTS, *(ON_SQLITE if store.is_sqlite else ON_POSTGRESQL)):
                refused[statement] = _is_refused(connection, statement)
            raise _Undo
    except _Undo:
        return refused


def _is_refused(connection: Connection, statement: str) -> bool:
    """Whether the database refused by the trigger, or because the account has no such right.

    Raises StoreError for any other reason: a statement that failed by chance shows nothing.
    """
    point = connection.begin_nested()
    try:
        connection.execute(text(statement))
    except DBAPIError as error:
        point.rollback()
        if REFUSAL in str(error.orig) or getattr(error.orig, "sqlstate", None) == NO_RIGHT:
            return True
        raise StoreError(f"Whether entries can be changed could not be tried: {error.orig}") from error
    point.rollback()
    return False
