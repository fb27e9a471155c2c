"""The groups of a directory: each stands for a role, which its members hold while they are in it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.roster import HoldingLine, line_of
from gates.service.desk import ROSTER, Desk
from gates.service.joining import Wanted, put_people
from gates.store import Unit
from gates.store.roster_tables import directory_groups, directory_members, directory_people

ROLE = re.compile(r"([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)(?:@(.+))?")


@dataclass(frozen=True, slots=True)
class Group:
    """A group as a directory has it; `members` are ids of people."""

    name: str
    external_id: str | None
    members: tuple[str, ...]
    id: str = ""
    role: str | None = None
    site: str | None = None
    made_at: datetime | None = None
    changed_at: datetime | None = None


def role_of(name: str, mapping: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The role and site a group stands for: `quality-lead@Lyon` by its name, others by the mapping; else none."""
    found = ROLE.fullmatch(mapping.get(name, name))
    return (found[1], found[2]) if found else (None, None)


def groups(connection: Connection, *, where: Mapping[str, str], start: int, count: int) -> tuple[list[Group], int]:
    """One page of groups (from 1) and how many there are. `where` may name `name`, `external_id`, `id` or `member`."""
    query = select(directory_groups).order_by(directory_groups.c.name)
    for name, value in where.items():
        if name == "member":
            held = select(directory_members.c.group_id).where(directory_members.c.person == value)
            query = query.where(directory_groups.c.id.in_(held))
        else:
            query = query.where(directory_groups.c[name] == value)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return [_group(connection, row) for row in connection.execute(query.offset(start - 1).limit(count))], int(total)


def group_of(connection: Connection, group: str) -> Group:
    """One group. Raises NotFound."""
    row = connection.execute(select(directory_groups).where(directory_groups.c.id == group)).first()
    if row is None:
        raise NotFound(f"The directory has no group {group!r}.")
    return _group(connection, row)


def _group(connection: Connection, row: Row[Any]) -> Group:
    mine = directory_members.c.group_id == row.id
    query = select(directory_members.c.person).where(mine).order_by(directory_members.c.person)
    members = tuple(connection.execute(query).scalars())
    return Group(row.name, row.external_id, members, row.id, row.role, row.site, row.made_at, row.changed_at)


def put_group(desk: Desk, unit: Unit, wanted: Group, mapping: Mapping[str, str], by: Actor) -> Group:
    """Make or change a group: who joins it holds its role from now on, who leaves it does not. Raises Refused
    (uniqueness), BadInput (no such site or member), NotFound."""
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    before = group_of(unit.connection, wanted.id) if wanted.id else Group("", None, ())
    same = directory_groups.c.name == wanted.name
    owner = unit.connection.execute(select(directory_groups.c.id).where(same)).scalar()
    if owner is not None and owner != wanted.id:
        raise Refused(f"There is a group {wanted.name!r} already.", code="uniqueness")
    role, site = role_of(wanted.name, mapping)
    if site is not None and site not in book.sites:
        raise BadInput({"displayName": f"There is no site {site!r}; there is {', '.join(book.sites) or 'none'}."})
    called = set(unit.connection.execute(select(directory_people.c.person)).scalars())
    strangers = sorted(set(wanted.members) - called)
    if strangers:
        raise BadInput({"members": f"{strangers[0]!r} is nobody of this directory."})
    after = replace(
        wanted,
        id=wanted.id or secrets.token_hex(16),
        members=tuple(sorted(set(wanted.members))),
        role=role,
        site=site,
    )
    if replace(after, made_at=None, changed_at=None) != replace(before, made_at=None, changed_at=None):
        _enter_group(unit, after, by)
        _move_members(desk, unit, before, after, by)
    return group_of(unit.connection, after.id)


def drop_group(desk: Desk, unit: Unit, group: str, by: Actor) -> None:
    """Remove a group; its members do not hold its role any more. Raises NotFound."""
    unit.lock(ROSTER)
    before = group_of(unit.connection, group)
    unit.enter(ROSTER, Kind.GROUP_REMOVED, by, {"group": group, "name": before.name})
    unit.connection.execute(delete(directory_members).where(directory_members.c.group_id == group))
    unit.connection.execute(delete(directory_groups).where(directory_groups.c.id == group))
    _move_members(desk, unit, before, replace(before, members=(), role=None), by)


def leave_group(desk: Desk, unit: Unit, group: str, person: str, by: Actor) -> None:
    """Take one person out of a group, and its role from them."""
    before = group_of(unit.connection, group)
    after = replace(before, members=tuple(member for member in before.members if member != person))
    _enter_group(unit, after, by)
    _move_members(desk, unit, before, after, by)


def _enter_group(unit: Unit, one: Group, by: Actor) -> None:
    data = {
        "group": one.id,
        "name": one.name,
        "external_id": one.external_id,
        "role": one.role,
        "site": one.site,
        "members": list(one.members),
    }
    unit.enter(ROSTER, Kind.GROUP_SET, by, data)
    values = {"name": one.name, "external_id": one.external_id, "role": one.role, "site": one.site}
    mine = directory_groups.c.id == one.id
    changed = update(directory_groups).where(mine).values(**values, changed_at=unit.now)
    if unit.connection.execute(changed).rowcount == 0:
        unit.connection.execute(
            insert(directory_groups).values(id=one.id, **values, made_at=unit.now, changed_at=unit.now)
        )
    unit.connection.execute(delete(directory_members).where(directory_members.c.group_id == one.id))
    if one.members:
        unit.connection.execute(
            insert(directory_members), [{"group_id": one.id, "person": person} for person in one.members]
        )


def _move_members(desk: Desk, unit: Unit, before: Group, after: Group, by: Actor) -> None:
    """Take the role of before from who was in the group, and give the one of now to who is."""
    book = desk.book(unit.connection)
    kept = _roles_by_others(unit.connection, after.id)
    wanted = []
    for person in dict.fromkeys((*before.members, *after.members)):
        line = line_of(book, person)
        held = list(line.roles)
        if before.role is not None and person in before.members and (before.role, before.site, person) not in kept:
            old = HoldingLine(role=before.role, at=before.site)
            held = [one for one in held if one != old]
        if after.role is not None and person in after.members:
            new = HoldingLine(role=after.role, at=after.site)
            held = held if new in held else [*held, new]
        known = book.people[person]
        why = f"group {after.name}"
        changed = line.model_copy(update={"roles": tuple(held)})
        wanted.append(Wanted(person, changed, known.email, active=known.active, why=why))
    put_people(desk, unit, wanted, by)


def _roles_by_others(connection: Connection, group: str) -> set[tuple[str, str | None, str]]:
    """Role, site and person of every other group: two groups may stand for one role."""
    query = (
        select(directory_groups.c.role, directory_groups.c.site, directory_members.c.person)
        .join(directory_members, directory_members.c.group_id == directory_groups.c.id)
        .where(directory_groups.c.id != group, directory_groups.c.role.is_not(None))
    )
    return {(row.role, row.site, row.person) for row in connection.execute(query)}
