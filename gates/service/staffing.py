"""Importing the roster: the file is the roster; whoever is left out becomes inactive at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from gates.errors import BadInput
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.roster import PersonLine, RosterFile, absence_of, holdings_of
from gates.service.desk import ROSTER
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import canonical, digest


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What an import did, as counts."""

    people: int
    added: int
    deactivated: int
    roles: int
    sites: int


def import_roster(unit: Unit, roster: RosterFile, addresses: dict[str, str], by: Actor) -> RosterChange:
    """Replace the roster. `addresses` are the people's mailboxes in their normal form.

    Links and sessions of people who become inactive end with this commit. Raises BadInput when a mailbox
    belongs to somebody else already.
    """
    unit.lock(ROSTER)
    known = {row.id: row for row in unit.connection.execute(select(t.people))}
    _refuse_taken(known, roster, addresses)
    _replace_words(unit, roster)
    for person, line in roster.people.items():
        _put_person(unit, person, line, addresses[person], person in known)
        _put_holdings(unit, person, line)
    _put_absences(unit, roster)
    gone = [p for p, row in known.items() if p not in roster.people and row.active]
    for person in gone:
        _deactivate(unit, person)
    data = roster.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    unit.enter(
        ROSTER,
        Kind.ROSTER_IMPORTED,
        by,
        {"roster_digest": digest("text", canonical(data)), "roster": data, "addresses": addresses, "deactivated": gone},
    )
    added = len(set(roster.people) - set(known))
    return RosterChange(len(roster.people), added, len(gone), len(roster.roles), len(roster.sites))


def _refuse_taken(known: dict[str, Any], roster: RosterFile, addresses: dict[str, str]) -> None:
    owners = {row.email: row.id for row in known.values()}
    for person, address in addresses.items():
        owner = owners.get(address, person)
        if owner != person and owner not in roster.people:
            raise BadInput({person: f"{address} was {owner}'s mailbox; a mailbox is never handed to another id."})


def _replace_words(unit: Unit, roster: RosterFile) -> None:
    for table in (t.holdings, t.absences, t.roles, t.sites):
        unit.connection.execute(delete(table))
    if roster.roles:
        unit.connection.execute(
            insert(t.roles), [{"name": name, "title": line.title} for name, line in roster.roles.items()]
        )
    if roster.sites:
        unit.connection.execute(
            insert(t.sites),
            [
                {"name": name, "zone": line.zone, "country": line.country, "region": line.region}
                for name, line in roster.sites.items()
            ],
        )


def _put_person(unit: Unit, person: str, line: PersonLine, address: str, known: bool) -> None:
    values = {
        "name": line.name,
        "email": address,
        "zone": line.zone,
        "locale": line.locale,
        "site": line.site,
        "manager": line.manager,
        "stand_in": line.stand_in,
        "active": True,
        "attributes": json.dumps(line.attributes, ensure_ascii=False) if line.attributes else None,
    }
    if known:
        unit.connection.execute(update(t.people).where(t.people.c.id == person).values(**values))
    else:
        unit.connection.execute(insert(t.people).values(id=person, **values))


def _put_holdings(unit: Unit, person: str, line: PersonLine) -> None:
    rows = [
        {"person": person, "role": one.role, "site": one.site, "since": one.since, "until": one.until}
        for one in holdings_of(person, line)
    ]
    if rows:
        unit.connection.execute(insert(t.holdings), rows)


def _put_absences(unit: Unit, roster: RosterFile) -> None:
    found = [absence_of(line, roster.people[line.person].zone) for line in roster.absences]
    rows = [
        {
            "person": one.person,
            "since": one.since,
            "until": one.until,
            "stand_in": one.stand_in,
            "roles": _words(one.roles),
            "sites": _words(one.sites),
            "processes": _words(one.processes),
            "chain": one.chain,
        }
        for one in found
    ]
    if rows:
        unit.connection.execute(insert(t.absences), rows)


def _words(words: frozenset[str] | None) -> str | None:
    return None if words is None else json.dumps(sorted(words))


def _deactivate(unit: Unit, person: str) -> None:
    unit.connection.execute(update(t.people).where(t.people.c.id == person).values(active=False))
    unit.connection.execute(
        update(t.links)
        .where(t.links.c.person == person, t.links.c.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_why="You are no longer on the roster.")
    )
    unit.connection.execute(
        update(t.sessions)
        .where(t.sessions.c.person == person, t.sessions.c.ended_at.is_(None))
        .values(ended_at=unit.now)
    )
