"""Personal secrets (passwords): argon2id hashes, and limits on guesses per person and per link.

A try is counted before it is checked. At the limit the next try waits; a right one clears the count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, select, update

from gates.errors import BadInput, NotFound, ProofFailed, ProofLocked, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import ACCESS, Desk
from gates.store import Unit
from gates.store import tables as t

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with 19 MiB and two passes, the first choice of the OWASP password storage cheat sheet."""

TRIES_PER_LINK = 5
TRIES_PER_PERSON = 10
WAIT = timedelta(minutes=15)
SHORTEST, LONGEST = 8, 200

# Checked when there is no hash on file, so that the answer takes as long either way.
_NOBODY = HASHER.hash("nobody's secret, checked so that time tells nothing")


@dataclass(frozen=True, slots=True)
class Try:
    """One counted guess: the hash to check against, and how many are left after it."""

    hash: str | None
    left: int


def set_secret(desk: Desk, unit: Unit, person: str, hashed: str, by: Actor) -> None:
    """Put a person's new hash on file and on the record (the hash itself is not). Raises NotFound."""
    book = desk.book(unit.connection)
    if person not in book.people:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(book.people))}")
    values = {"hash": hashed, "set_at": unit.now, "tries": 0, "locked_until": None}
    if not unit.insert_or_skip(t.secrets, {"person": person, **values}):
        unit.connection.execute(update(t.secrets).where(t.secrets.c.person == person).values(**values))
    unit.enter(ACCESS, Kind.SECRET_SET, by, {"person": person})


def hash_secret(secret: str) -> str:
    """argon2id of a new secret. Raises BadInput when it is too short or too long."""
    if not SHORTEST <= len(secret) <= LONGEST:
        raise BadInput({"secret": f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(secret)}."})
    return HASHER.hash(secret)


def take_try(unit: Unit, person: str, link: str | None) -> Try:
    """Count one guess. Raises ProofLocked at the limit of the person or of the link."""
    row = unit.connection.execute(select(t.secrets).where(t.secrets.c.person == person).with_for_update()).first()
    used = 0
    if row is not None:
        used = _next_count(row.tries, row.locked_until, unit.now)
        locked = unit.now + WAIT if used >= TRIES_PER_PERSON else None
        unit.connection.execute(
            update(t.secrets).where(t.secrets.c.person == person).values(tries=used, locked_until=locked)
        )
    left = TRIES_PER_PERSON - used
    if link is not None:
        left = min(left, TRIES_PER_LINK - _count_on_link(unit, link))
    return Try(row.hash if row else None, max(left, 0))


def _next_count(tries: int, locked_until: datetime | None, now: datetime) -> int:
    if tries < TRIES_PER_PERSON:
        return tries + 1
    if locked_until is not None and now < locked_until:
        raise _locked(locked_until)
    return 1


def _count_on_link(unit: Unit, link: str) -> int:
    tries = unit.connection.execute(select(t.links.c.tries).where(t.links.c.id == link).with_for_update()).scalar_one()
    if tries >= TRIES_PER_LINK:
        raise ProofFailed(
            "This link has seen too many wrong passwords and takes no more. "
            "Sign from your inbox instead, or ask the PMO to check your password.",
            0,
        )
    unit.connection.execute(update(t.links).where(t.links.c.id == link).values(tries=tries + 1))
    return int(tries) + 1


def _locked(until: datetime) -> ProofLocked:
    return ProofLocked(f"Too many wrong passwords. The next try is taken after {until:%H:%M} UTC.", until)


def is_right(secret: str, hashed: str | None) -> bool:
    """Whether `secret` matches; takes the same time when there is nothing to match."""
    try:
        return HASHER.verify(hashed or _NOBODY, secret[: LONGEST + 1]) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False


def clear_tries(unit: Unit, person: str, link: str | None = None) -> None:
    """A right secret starts the counts anew."""
    unit.connection.execute(update(t.secrets).where(t.secrets.c.person == person).values(tries=0, locked_until=None))
    if link is not None:
        unit.connection.execute(update(t.links).where(t.links.c.id == link).values(tries=0))


def has_secret(connection: Connection, person: str) -> bool:
    """Whether a secret is on file."""
    return connection.execute(select(t.secrets.c.person).where(t.secrets.c.person == person)).first() is not None
