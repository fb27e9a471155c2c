"""One person of the roster: joins, changes, leaves, comes back. Each is one entry with the whole line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.roster import BookPerson, PersonLine, RosterBook, book_person, holdings_of, line_of
from gates.roster.state import holding_rows, person_row
from gates.service.desk import ROSTER, Desk
from gates.service.handing import open_asks
from gates.service.leaving import ask_afresh, end_ways_in, judge_again, withdraw_asks
from gates.store import Unit
from gates.store import tables as t
from gates.store.roster_tables import directory_people
from policies.facts import RELATIONS


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What became of one person. `items` are those whose open rounds it touched."""

    person: str
    kind: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """What a directory calls a person."""

    user_name: str
    external_id: str | None = None


def put_person(
    desk: Desk,
    unit: Unit,
    person: str,
    line: PersonLine,
    address: str,
    by: Actor,
    *,
    active: bool = True,
    why: str = "",
    called: Called | None = None,
) -> PersonChange:
    """Make `line` what the roster says of `person`, active or not. Nothing is entered where nothing changes.

    Whoever is not active any more loses links, sessions and asks with this commit. Raises BadInput.
    """
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    before = book.people.get(person)
    _check(book, person, line, address)
    if before is not None and _is_same(unit, book, before, line, address, active=active, called=called):
        return PersonChange(person, "unchanged")
    kind = _kind(before, active)
    if before is None and not active:
        raise BadInput({"active": f"{person} would join the roster and be inactive. Add them active, then deactivate."})
    data: dict[str, Any] = {
        "person": person,
        "line": line.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "address": address,
        "why": why,
    }
    if called is not None:
        data["directory"] = {"user_name": called.user_name, "external_id": called.external_id}
    asked = {ask.item for ask in open_asks(unit.connection, {person})}
    unit.enter(ROSTER, kind, by, data)
    _write(unit, person, line, address, active=active, known=before is not None)
    if called is not None:
        _write_called(unit, person, called)
    desk.read_anew(unit.connection)
    items = _follow(desk, unit, person, by, kind, asked)
    return PersonChange(person, kind.value.rpartition(":")[2], items)


def _kind(before: BookPerson | None, active: bool) -> Kind:
    if before is None:
        return Kind.PERSON_ADDED
    if before.active and not active:
        return Kind.PERSON_DEACTIVATED
    return Kind.PERSON_REACTIVATED if active and not before.active else Kind.PERSON_CHANGED


def _follow(desk: Desk, unit: Unit, person: str, by: Actor, kind: Kind, asked: set[str]) -> tuple[str, ...]:
    if kind is Kind.PERSON_DEACTIVATED:
        end_ways_in(unit, [person])
        return withdraw_asks(desk, unit, [person], by)
    if kind is Kind.PERSON_REACTIVATED:
        return ask_afresh(unit, person)
    judge_again(desk, unit, asked)
    return tuple(sorted(asked))


def set_active(desk: Desk, unit: Unit, person: str, by: Actor, *, active: bool, why: str = "") -> PersonChange:
    """Deactivate or reactivate somebody with the line they have. Raises NotFound, BadInput, Refused."""
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    known = known_person(book, person)
    if known.active is active:
        raise Refused(f"{known.name} is {'active' if active else 'inactive'} already.", code="unchanged")
    return put_person(desk, unit, person, line_of(book, person), known.email, by, active=active, why=why)


def known_person(book: RosterBook, person: str) -> BookPerson:
    """One person of the roster, active or not. Raises NotFound with a near miss."""
    if person not in book.people:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(book.people))}")
    return book.people[person]


def _is_same(
    unit: Unit,
    book: RosterBook,
    before: BookPerson,
    line: PersonLine,
    address: str,
    *,
    active: bool,
    called: Called | None,
) -> bool:
    after = book_person(before.id, line, address, active=active)
    held = {one for one in book.holdings if one.person == before.id}
    if after != before or held != set(holdings_of(before.id, line)):
        return False
    if called is None:
        return True
    known = unit.connection.execute(select(directory_people).where(directory_people.c.person == before.id)).first()
    return known is not None and (known.user_name, known.external_id) == (called.user_name, called.external_id)


def _check(book: RosterBook, person: str, line: PersonLine, address: str) -> None:
    faults: dict[str, str] = {}
    owner = next((name for name, one in book.people.items() if one.email == address and name != person), None)
    if owner is not None:
        faults["email"] = f"{address} is {owner}'s mailbox; a mailbox is never handed to another id."
    sites = book.sites
    for held in line.roles:
        role, site = (held, None) if isinstance(held, str) else (held.role, held.at)
        if role in RELATIONS or role == "anyone":
            faults["roles"] = f"{role!r} is a relation to an item, not a role to hold."
        if site is not None and site not in sites:
            faults["roles"] = f"There is no site {site!r}; there is {', '.join(sites) or 'none'}."
    if line.site is not None and line.site not in sites:
        faults["site"] = f"There is no site {line.site!r}; there is {', '.join(sites) or 'none'}."
    if faults:
        raise BadInput(faults)


def _write(unit: Unit, person: str, line: PersonLine, address: str, *, active: bool, known: bool) -> None:
    row = person_row(person, line, address, active=active)
    if known:
        unit.connection.execute(update(t.people).where(t.people.c.id == person).values(**row))
        unit.connection.execute(delete(t.holdings).where(t.holdings.c.person == person))
    else:
        unit.connection.execute(insert(t.people).values(**row))
    held = holding_rows(person, line)
    if held:
        unit.connection.execute(insert(t.holdings), held)


def _write_called(unit: Unit, person: str, called: Called) -> None:
    values: Mapping[str, Any] = {
        "user_name": called.user_name,
        "user_name_folded": called.user_name.casefold(),
        "external_id": called.external_id,
        "changed_at": unit.now,
    }
    mine = directory_people.c.person == person
    if unit.connection.execute(update(directory_people).where(mine).values(**values)).rowcount == 0:
        unit.connection.execute(insert(directory_people).values(person=person, made_at=unit.now, **values))
