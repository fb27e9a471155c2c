"""Importing the roster: the file is the roster; whoever is left out becomes inactive at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from gates.errors import BadInput
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.roster import RosterFile, absence_of
from gates.roster.state import absence_row, holding_rows, person_row
from gates.service.desk import ROSTER, Desk
from gates.service.leaving import ask_afresh, concerned, end_ways_in, judge_again, withdraw_asks
from gates.service.tokens import LEFT as TOKENS_LEFT
from gates.service.tokens import end_tokens
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import canonical, digest


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What an import did, as counts. `items` are those whose open rounds asked somebody who is gone."""

    people: int
    added: int
    deactivated: int
    roles: int
    sites: int
    items: tuple[str, ...] = ()


def import_roster(desk: Desk, unit: Unit, roster: RosterFile, addresses: dict[str, str], by: Actor) -> RosterChange:
    """Replace the roster. `addresses` are the people's mailboxes in their normal form. Absences that did not come
    with a file stay.

    Links, sessions and open asks of people who become inactive end with this commit, and rounds are judged again.
    Raises BadInput when a mailbox belongs to somebody else already, or an id seems to be given to somebody else.
    """
    unit.lock(ROSTER)
    known = {row.id: row for row in unit.connection.execute(select(t.people))}
    _refuse_taken(known, roster, addresses)
    away = _people_of_absences(unit)
    _replace_words(unit, roster)
    for person, line in roster.people.items():
        row = person_row(person, line, addresses[person], active=True)
        if person in known:
            unit.connection.execute(update(t.people).where(t.people.c.id == person).values(**row))
        else:
            unit.connection.execute(insert(t.people).values(**row))
    _put_rows(unit, roster)
    gone = [p for p, row in known.items() if p not in roster.people and row.active]
    back = [p for p, row in known.items() if p in roster.people and not row.active]
    if gone:
        unit.connection.execute(update(t.people).where(t.people.c.id.in_(gone)).values(active=False))
        end_ways_in(unit, gone)
    data = roster.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    unit.enter(
        ROSTER,
        Kind.ROSTER_IMPORTED,
        by,
        {"roster_digest": digest("text", canonical(data)), "roster": data, "addresses": addresses, "deactivated": gone},
    )
    desk.read_anew(unit.connection)
    items = withdraw_asks(desk, unit, gone, by)
    end_tokens(unit, gone, by, TOKENS_LEFT)
    for person in back:
        ask_afresh(unit, person)
    judge_again(desk, unit, concerned(unit, away | _people_of_absences(unit)))
    added = len(set(roster.people) - set(known))
    return RosterChange(len(roster.people), added, len(gone), len(roster.roles), len(roster.sites), items)


def _people_of_absences(unit: Unit) -> set[str]:
    rows = unit.connection.execute(
        select(t.absences.c.person, t.absences.c.stand_in).where(t.absences.c.until > unit.now)
    )
    return {person for row in rows for person in row if person is not None}


def _refuse_taken(known: dict[str, Any], roster: RosterFile, addresses: dict[str, str]) -> None:
    owners = {row.email: row.id for row in known.values()}
    for person, address in addresses.items():
        owner = owners.get(address, person)
        if owner != person and owner not in roster.people:
            raise BadInput({person: f"{address} was {owner}'s mailbox; a mailbox is never handed to another id."})
        before = known.get(person)
        if before is not None and before.email != address and before.name != roster.people[person].name:
            said = (
                f"{before.name} ({before.email}) has this id; it would be {roster.people[person].name}'s ({address}). "
            )
            said += (
                "An id is never given to somebody else: whoever is new needs one of their own. If they are one person, "
                "import the new name first and the new mailbox after it."
            )
            raise BadInput({person: said})


def _replace_words(unit: Unit, roster: RosterFile) -> None:
    for table in (t.holdings, t.roles, t.sites):
        unit.connection.execute(delete(table))
    unit.connection.execute(delete(t.absences).where(t.absences.c.source == "file"))
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


def _put_rows(unit: Unit, roster: RosterFile) -> None:
    held = [row for person, line in roster.people.items() for row in holding_rows(person, line)]
    if held:
        unit.connection.execute(insert(t.holdings), held)
    away = [absence_row(absence_of(line, roster.people[line.person].zone)) for line in roster.absences]
    if away:
        unit.connection.execute(insert(t.absences), away)
