"""Sessions of signed-in people: random tokens, of which the store keeps only the hash; ended at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from gates.errors import Refused
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.store import Unit
from gates.store import tables as t

LIFE = timedelta(hours=12)


def open_session(unit: Unit, person: str) -> str:
    """Open a session for `person`. Returns its token, for a cookie and nothing else.

    Raises Refused for who has no account: people of vendors, and guests, sign by mail link alone.
    """
    row = unit.connection.execute(select(t.people.c.name, t.people.c.kind).where(t.people.c.id == person)).first()
    if row is not None and row.kind != "employee":
        raise Refused(f"{row.name} signs by mail link and has no account to sign in to.", code="no-account")
    token = secrets.token_urlsafe(32)
    unit.connection.execute(
        insert(t.sessions).values(
            token_hash=session_id(token), person=person, opened_at=unit.now, expires_at=unit.now + LIFE
        )
    )
    return token


def session_person(connection: Connection, token: str, now: datetime) -> str | None:
    """The active person behind a session token, or None."""
    return connection.execute(
        select(t.sessions.c.person)
        .join(t.people, t.people.c.id == t.sessions.c.person)
        .where(
            t.sessions.c.token_hash == session_id(token),
            t.sessions.c.ended_at.is_(None),
            t.sessions.c.expires_at > now,
            t.people.c.active,
        )
    ).scalar()


def own_session(connection: Connection, token: str, person: str, now: datetime) -> str | None:
    """What the store knows the session by, when it is `person`'s own; else None."""
    return session_id(token) if token and session_person(connection, token, now) == person else None


def end_session(unit: Unit, token: str) -> None:
    """End a session; one that is not known stays unknown."""
    unit.connection.execute(
        update(t.sessions).where(t.sessions.c.token_hash == session_id(token)).values(ended_at=unit.now)
    )


def session_id(token: str) -> str:
    """What the store knows a session by."""
    return hashlib.sha256(b"tollgate/session/v1\0" + token.encode("utf-8", "replace")).hexdigest()


def refuse_sign_in(unit: Unit, chain: str, person: str, origin: str) -> None:
    """Put a refused sign-in on the record; an address nobody has is entered without one."""
    unit.enter(chain, Kind.SIGN_IN_REFUSED, Actor(person or None, "web", origin), {"person": person or None})
