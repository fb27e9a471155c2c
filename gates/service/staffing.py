"""Importing the roster: the file is the roster; whoever is left out becomes inactive at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from gates.errors import BadInput
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.roster import HoldingLine, PersonLine, RosterFile, day_start
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
    gone = [p for p, row in known.items() if p not in roster.people and row.active]
    for person in gone:
        _deactivate(unit, person)
    data = roster.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    unit.enter(
        ROSTER,
        Kind.ROSTER_IMPORTED,
        by,
        {"roster_digest": digest("text", canonical(data)), "roster": data, "deactivated": gone},
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
    for table in (t.holdings, t.roles, t.sites):
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
        "active": True,
    }
    if known:
        unit.connection.execute(update(t.people).where(t.people.c.id == person).values(**values))
    else:
        unit.connection.execute(insert(t.people).values(id=person, **values))


def _put_holdings(unit: Unit, person: str, line: PersonLine) -> None:
    rows = []
    for held in line.roles:
        plain = HoldingLine(role=held) if isinstance(held, str) else held
        rows.append(
            {
                "person": person,
                "role": plain.role,
                "site": plain.at,
                "since": day_start(plain.from_, line.zone),
                "until": _day_after(plain.until, line.zone),
            }
        )
    if rows:
        unit.connection.execute(insert(t.holdings), rows)


def _day_after(day: str | None, zone: str) -> Any:
    """`until` names the last day a role is held, so it ends where the next day starts."""
    if day is None:
        return None
    return day_start((date.fromisoformat(day) + timedelta(days=1)).isoformat(), zone)


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
