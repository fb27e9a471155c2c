"""A directory keeps the roster: its clients by token, its people and groups. Each change is an act on the record."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gates.errors import NotFound, Refused
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.roster import PersonLine, RosterBook, line_of
from gates.service.desk import ROSTER, Desk
from gates.service.directorygroups import leave_group
from gates.service.joining import Called, Wanted, put_people
from gates.store import Unit
from gates.store.roster_tables import directory_clients, directory_groups, directory_members, directory_people


@dataclass(frozen=True, slots=True)
class User:
    """A person as a directory has them. `person` '' is one to be made."""

    user_name: str
    external_id: str | None
    name: str
    address: str
    zone: str
    locale: str
    active: bool
    person: str = ""
    groups: tuple[tuple[str, str], ...] = ()
    """Id and name of each group they are in."""
    made_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A directory that may keep the roster."""

    name: str
    added_at: datetime
    revoked_at: datetime | None


# -- clients -------------------------------------------------------------------------------------------


def admit(unit: Unit, name: str, by: Actor) -> str:
    """Let a directory keep the roster. Returns its token, which is kept nowhere; an earlier one ends."""
    unit.lock(ROSTER)
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _hash(token), "added_at": unit.now, "added_by": by.person, "revoked_at": None}
    mine = directory_clients.c.name == name
    if unit.connection.execute(update(directory_clients).where(mine).values(**values)).rowcount == 0:
        unit.connection.execute(insert(directory_clients).values(name=name, **values))
    unit.enter(ROSTER, Kind.DIRECTORY_ADMITTED, by, {"client": name})
    return token


def revoke(unit: Unit, name: str, by: Actor) -> None:
    """End a directory's token. Raises NotFound."""
    unit.lock(ROSTER)
    mine = directory_clients.c.name == name, directory_clients.c.revoked_at.is_(None)
    if unit.connection.execute(update(directory_clients).where(*mine).values(revoked_at=unit.now)).rowcount == 0:
        raise NotFound(f"There is no directory {name!r} with a token. `tollgate roster scim clients` lists them.")
    unit.enter(ROSTER, Kind.DIRECTORY_REVOKED, by, {"client": name})


def client_of(connection: Connection, token: str) -> str | None:
    """The directory a token belongs to; None where it is not known or has ended."""
    mine = directory_clients.c.token_hash == _hash(token), directory_clients.c.revoked_at.is_(None)
    return connection.execute(select(directory_clients.c.name).where(*mine)).scalar()


def clients(connection: Connection) -> list[Client]:
    """Every directory that was ever let in."""
    rows = connection.execute(select(directory_clients).order_by(directory_clients.c.name))
    return [Client(row.name, row.added_at, row.revoked_at) for row in rows]


def _hash(token: str) -> str:
    return hashlib.sha256(b"tollgate/directory/v1\0" + token.encode("utf-8", "replace")).hexdigest()


# -- people --------------------------------------------------------------------------------------------


def users(
    desk: Desk, connection: Connection, *, where: Mapping[str, str], start: int, count: int
) -> tuple[list[User], int]:
    """One page of the directory's people (from 1) and how many there are. `where` may name `user_name`,
    `external_id` or `person`."""
    query = select(directory_people).order_by(directory_people.c.person)
    for name, value in where.items():
        column = directory_people.c["user_name_folded" if name == "user_name" else name]
        query = query.where(column == (value.casefold() if name == "user_name" else value))
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = list(connection.execute(query.offset(start - 1).limit(count)))
    groups = _groups_of(connection, [row.person for row in rows])
    book = desk.book(connection)
    return [_user(book, row, groups.get(row.person, ())) for row in rows], int(total)


def user(desk: Desk, connection: Connection, person: str) -> User:
    """One of the directory's people. Raises NotFound."""
    found, _ = users(desk, connection, where={"person": person}, start=1, count=1)
    if not found:
        raise NotFound(f"The directory has no person {person!r}.")
    return found[0]


def _user(book: RosterBook, row: Row[Any], groups: Sequence[tuple[str, str]]) -> User:
    one = book.people[row.person]
    return User(
        row.user_name, row.external_id, one.name, one.email, one.zone, one.locale, one.active, one.id, tuple(groups),
        row.made_at, row.changed_at,
    )  # fmt: skip


def _groups_of(connection: Connection, people: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    query = (
        select(directory_members.c.person, directory_groups.c.id, directory_groups.c.name)
        .join(directory_groups, directory_groups.c.id == directory_members.c.group_id)
        .where(directory_members.c.person.in_(people))
        .order_by(directory_groups.c.name)
    )
    for row in connection.execute(query):
        found.setdefault(row.person, []).append((row.id, row.name))
    return found


def put_user(desk: Desk, unit: Unit, wanted: User, by: Actor) -> User:
    """Make or change one of the directory's people. Who is on the roster under the same mailbox is taken over with
    the roles they have. Raises Refused (uniqueness), BadInput, NotFound."""
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    if wanted.person:
        user(desk, unit.connection, wanted.person)
    owner = _owner(unit.connection, wanted.user_name)
    if owner is not None and owner != wanted.person:
        raise Refused(f"{wanted.user_name} is a person of this directory already.", code="uniqueness")
    person = wanted.person or _taken_over(unit.connection, book, wanted) or _new_id(book, wanted)
    before = line_of(book, person) if person in book.people else PersonLine(name=wanted.name, email=wanted.address)
    line = before.model_copy(
        update={"name": wanted.name, "email": wanted.address, "zone": wanted.zone, "locale": wanted.locale}
    )
    called = Called(wanted.user_name, wanted.external_id)
    joins = person not in book.people and not wanted.active
    for active in (True, False) if joins else (wanted.active,):
        put_people(desk, unit, [Wanted(person, line, wanted.address, active=active, called=called)], by)
    return user(desk, unit.connection, person)


def drop_user(desk: Desk, unit: Unit, person: str, by: Actor) -> None:
    """Deactivate one of the directory's people and forget what it calls them. Raises NotFound."""
    unit.lock(ROSTER)
    known = user(desk, unit.connection, person)
    for group, _ in known.groups:
        leave_group(desk, unit, group, person, by)
    line, why = line_of(desk.book(unit.connection), person), "deleted in the directory"
    put_people(desk, unit, [Wanted(person, line, known.address, active=False, why=why, is_dropped=True)], by)


def _owner(connection: Connection, user_name: str) -> str | None:
    mine = directory_people.c.user_name_folded == user_name.casefold()
    return connection.execute(select(directory_people.c.person).where(mine)).scalar()


def _taken_over(connection: Connection, book: RosterBook, wanted: User) -> str | None:
    owner = next((name for name, one in book.people.items() if one.email == wanted.address), None)
    if owner is None:
        return None
    if connection.execute(select(directory_people.c.person).where(directory_people.c.person == owner)).scalar():
        raise Refused(f"{wanted.address} is the mailbox of another person.", code="uniqueness")
    return owner


def _new_id(book: RosterBook, wanted: User) -> str:
    """A word made of the user name: `Mei.Chen@example.com` -> `mei-chen`, with a number where it is taken."""
    plain = unicodedata.normalize("NFKD", wanted.user_name.partition("@")[0]).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
    word = word if word[:1].isalpha() else f"p-{word}".rstrip("-")
    number, found = 2, word
    while found in book.people:
        found, number = f"{word}-{number}", number + 1
    return found
