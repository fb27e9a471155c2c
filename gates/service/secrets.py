"""Personal secrets (passwords): argon2id hashes, and limits on guesses, of one-time codes too.

A try is counted before it is checked. At the limit the next try waits; a right one clears the count. Guesses by
links, at sign-in and in a session are counted apart: whoever holds a forwarded mail may use its link up, and
must not be able to lock its owner out of the inbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Column, Connection, Table, select, update

from gates.errors import BadInput, NotFound, ProofFailed, ProofLocked, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import ACCESS, Desk
from gates.store import Unit
from gates.store import tables as t
from policies.phrases import at_moment, joined, phrase, said_by

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with 19 MiB and two passes, the first choice of the OWASP password storage cheat sheet."""

TRIES_PER_LINK = 5
TRIES_PER_PERSON = 10
WAIT = timedelta(minutes=15)
SHORTEST, LONGEST = 8, 200

USED_UP = phrase(
    "This link has seen too many wrong passwords and takes no more. "
    "Sign in and sign from your inbox, or have a fresh link sent to your mailbox on file."
)

# Checked when there is no hash on file, so that the answer takes as long either way.
_NOBODY = HASHER.hash("nobody's secret, checked so that time tells nothing")


@dataclass(frozen=True, slots=True)
class Try:
    """One counted guess: the hash to check against, and how many are left after it."""

    hash: str | None
    left: int
    locks: datetime | None = None
    """Until when no other is taken, where this guess is the last of the limit and turns out wrong."""


def set_secret(desk: Desk, unit: Unit, person: str, hashed: str, by: Actor) -> None:
    """Put a person's new hash on file and, as a bootstrap, on the record (the hash itself is not). Raises NotFound."""
    book = desk.book(unit.connection)
    if person not in book.people:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(book.people))}")
    put_hash(unit, person, hashed)
    unit.enter(ACCESS, Kind.SECRET_SET, by, {"person": person, "bootstrap": True})


def put_hash(unit: Unit, person: str, hashed: str) -> None:
    """Put a hash on file ('' for none) and begin every count of guesses anew."""
    values = {
        "hash": hashed,
        "set_at": unit.now,
        **dict.fromkeys(("tries", "sign_in_tries"), 0),
        **dict.fromkeys(("locked_until", "sign_in_locked_until", "last_used_at")),
    }
    if not unit.insert_or_skip(t.secrets, {"person": person, **values}):
        unit.connection.execute(update(t.secrets).where(t.secrets.c.person == person).values(**values))
    # Guesses at the old password say nothing about the new one.
    forget_guesses(unit, person)


def count_from_now(unit: Unit, person: str) -> None:
    """Make sure that guesses of this person are counted, also where no password is set."""
    values = {"person": person, "hash": "", "set_at": unit.now, "tries": 0, "sign_in_tries": 0}
    unit.insert_or_skip(t.secrets, values)


def forget_guesses(unit: Unit, person: str) -> None:
    """Begin every count of a person's anew and end its waits."""
    unit.connection.execute(
        update(t.secrets)
        .where(t.secrets.c.person == person)
        .values(tries=0, sign_in_tries=0, locked_until=None, sign_in_locked_until=None)
    )
    unit.connection.execute(update(t.links).where(t.links.c.person == person).values(tries=0))
    unit.connection.execute(update(t.sessions).where(t.sessions.c.person == person).values(tries=0, locked_until=None))


def hash_secret(secret: str) -> str:
    """argon2id of a new secret. Raises BadInput when it is too short or too long."""
    if not SHORTEST <= len(secret) <= LONGEST:
        raise BadInput({"secret": f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(secret)}."})
    return HASHER.hash(secret)


def try_by_link(unit: Unit, person: str, link: str) -> Try:
    """Count one guess by a link. Raises ProofLocked at the person's limit over all links, ProofFailed at the link's."""
    used = _count(unit, _BY_LINKS, person)
    left = min(TRIES_PER_PERSON - used, TRIES_PER_LINK - _count_on_link(unit, link))
    return _counted(unit, person, left, used)


def try_at_sign_in(unit: Unit, person: str) -> Try:
    """Count one guess at sign-in; nobody's (an address that is not known) are not. Raises ProofLocked."""
    used = _count(unit, _AT_SIGN_IN, person)
    return _counted(unit, person, TRIES_PER_PERSON - used, used)


def try_in_session(unit: Unit, person: str, session: str) -> Try:
    """Count one guess of a signed-in person. Raises ProofLocked at the limit of that very session."""
    used = _count(unit, _IN_SESSION, session)
    return _counted(unit, person, TRIES_PER_PERSON - used, used)


@dataclass(frozen=True, slots=True)
class _Counter:
    """Where one kind of guesses is counted."""

    table: Table
    key: Column[Any]
    tries: Column[Any]
    locked_until: Column[Any]


_BY_LINKS = _Counter(t.secrets, t.secrets.c.person, t.secrets.c.tries, t.secrets.c.locked_until)
_AT_SIGN_IN = _Counter(t.secrets, t.secrets.c.person, t.secrets.c.sign_in_tries, t.secrets.c.sign_in_locked_until)
_IN_SESSION = _Counter(t.sessions, t.sessions.c.token_hash, t.sessions.c.tries, t.sessions.c.locked_until)


def _count(unit: Unit, counter: _Counter, key: str) -> int:
    """One guess more, under the row's lock, so that parallel guesses cannot slip under the limit."""
    row = unit.connection.execute(
        select(counter.tries, counter.locked_until).where(counter.key == key).with_for_update()
    ).first()
    if row is None:
        return 0
    used = _next_count(row[0], row[1], unit.now)
    locked = unit.now + WAIT if used >= TRIES_PER_PERSON else None
    unit.connection.execute(
        update(counter.table).where(counter.key == key).values({counter.tries: used, counter.locked_until: locked})
    )
    return used


def _counted(unit: Unit, person: str, left: int, used: int) -> Try:
    hashed = unit.connection.execute(select(t.secrets.c.hash).where(t.secrets.c.person == person)).scalar()
    return Try(hashed or None, max(left, 0), unit.now + WAIT if used >= TRIES_PER_PERSON else None)


def _next_count(tries: int, locked_until: datetime | None, now: datetime) -> int:
    if tries < TRIES_PER_PERSON:
        return tries + 1
    if locked_until is not None and now < locked_until:
        raise _locked(locked_until)
    return 1


def _count_on_link(unit: Unit, link: str) -> int:
    tries = unit.connection.execute(select(t.links.c.tries).where(t.links.c.id == link).with_for_update()).scalar_one()
    if tries >= TRIES_PER_LINK:
        raise ProofFailed(USED_UP, 0)
    unit.connection.execute(update(t.links).where(t.links.c.id == link).values(tries=tries + 1))
    return int(tries) + 1


def _locked(until: datetime) -> ProofLocked:
    said = phrase(
        "Too many wrong passwords. The next try is taken after %(at)s.", at=at_moment(f"{until:%H:%M} UTC", until)
    )
    return ProofLocked(said, until)


def is_used_up(connection: Connection, link: str) -> bool:
    """Whether a link has seen as many wrong passwords as it takes."""
    tries = connection.execute(select(t.links.c.tries).where(t.links.c.id == link)).scalar_one()
    return bool(tries >= TRIES_PER_LINK)


def why_locked(connection: Connection, person: str, link: str, now: datetime) -> str:
    """Why a password is not taken by this link now; '' when it is."""
    if is_used_up(connection, link):
        return USED_UP
    row = connection.execute(select(t.secrets).where(t.secrets.c.person == person)).first()
    if row is None or row.tries < TRIES_PER_PERSON or row.locked_until is None or row.locked_until <= now:
        return ""
    return joined([said_by(_locked(row.locked_until)), phrase("Or sign in and sign from your inbox.")])


def is_right(secret: str, hashed: str | None) -> bool:
    """Whether `secret` matches; takes the same time when there is nothing to match."""
    try:
        return HASHER.verify(hashed or _NOBODY, secret[: LONGEST + 1]) and bool(hashed)
    except (Argon2Error, InvalidHashError):
        return False


def clear_tries(unit: Unit, person: str, link: str) -> None:
    """A right secret by a link starts its counts anew."""
    _clear(unit, _BY_LINKS, person)
    unit.connection.execute(update(t.links).where(t.links.c.id == link).values(tries=0))


def clear_sign_ins(unit: Unit, person: str) -> None:
    """A right secret at sign-in starts that count anew."""
    _clear(unit, _AT_SIGN_IN, person)


def clear_session(unit: Unit, session: str) -> None:
    """A right secret in a session starts its count anew."""
    _clear(unit, _IN_SESSION, session)


def _clear(unit: Unit, counter: _Counter, key: str) -> None:
    unit.connection.execute(
        update(counter.table).where(counter.key == key).values({counter.tries: 0, counter.locked_until: None})
    )


def has_secret(connection: Connection, person: str) -> bool:
    """Whether a secret is on file."""
    return bool(connection.execute(select(t.secrets.c.hash).where(t.secrets.c.person == person)).scalar())
