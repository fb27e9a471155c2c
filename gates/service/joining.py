"""One person of the roster: joins, changes, leaves, comes back. Each is one entry with the whole line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from gates.service.tokens import LEFT as TOKENS_LEFT
from gates.service.tokens import end_tokens
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the roster is to say of one person. `called` None leaves alone what a directory calls them; `is_dropped`
    forgets it."""

    person: str
    line: PersonLine
    address: str
    active: bool = True
    why: str = ""
    called: Called | None = None
    is_dropped: bool = False


def put_person(
    desk: Desk, unit: Unit, person: str, line: PersonLine, address: str, by: Actor, why: str = ""
) -> PersonChange:
    """Make `line` what the roster says of `person`, who is active then. Raises BadInput."""
    return put_people(desk, unit, [Wanted(person, line, address, why=why)], by)[0]


def put_people(desk: Desk, unit: Unit, wanted: Sequence[Wanted], by: Actor) -> list[PersonChange]:
    """Make the roster say what is wanted: an entry for each person it changes, none where nothing does.

    Whoever is not active any more loses links, sessions and asks with this commit. Raises BadInput.
    """
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    asked = {one.person: {ask.item for ask in open_asks(unit.connection, {one.person})} for one in wanted}
    kinds = [_put(unit, book, one, by) for one in wanted]
    if any(kinds):
        desk.read_anew(unit.connection)
    found = []
    for one, kind in zip(wanted, kinds, strict=True):
        items = _follow(desk, unit, one.person, by, kind, asked[one.person]) if kind else ()
        found.append(PersonChange(one.person, kind.value.rpartition(":")[2] if kind else "unchanged", items))
    return found


def _put(unit: Unit, book: RosterBook, one: Wanted, by: Actor) -> Kind | None:
    before = book.people.get(one.person)
    _check(book, one.person, one.line, one.address)
    if before is None and not one.active:
        raise BadInput({"active": f"{one.person} would join and be inactive. Add them active, then deactivate."})
    if before is not None and _is_same(unit, book, before, one):
        return None
    data: dict[str, Any] = {
        "person": one.person,
        "line": one.line.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "address": one.address,
        "why": one.why,
    }
    if one.is_dropped:
        data["directory"] = None
    elif one.called is not None:
        data["directory"] = {"user_name": one.called.user_name, "external_id": one.called.external_id}
    kind = _kind(before, one.active)
    unit.enter(ROSTER, kind, by, data)
    _write(unit, one.person, one.line, one.address, active=one.active, known=before is not None)
    if one.is_dropped:
        unit.connection.execute(delete(directory_people).where(directory_people.c.person == one.person))
    elif one.called is not None:
        _write_called(unit, one.person, one.called)
    return kind


def _kind(before: BookPerson | None, active: bool) -> Kind:
    if before is None:
        return Kind.PERSON_ADDED
    if before.active and not active:
        return Kind.PERSON_DEACTIVATED
    return Kind.PERSON_REACTIVATED if active and not before.active else Kind.PERSON_CHANGED


def _follow(desk: Desk, unit: Unit, person: str, by: Actor, kind: Kind, asked: set[str]) -> tuple[str, ...]:
    if kind is Kind.PERSON_DEACTIVATED:
        end_ways_in(unit, [person])
        items = withdraw_asks(desk, unit, [person], by)
        end_tokens(unit, [person], by, TOKENS_LEFT)
        return items
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
    line = line_of(book, person)
    return put_people(desk, unit, [Wanted(person, line, known.email, active=active, why=why)], by)[0]


def known_person(book: RosterBook, person: str) -> BookPerson:
    """One person of the roster, active or not. Raises NotFound with a near miss."""
    if person not in book.people:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(book.people))}")
    return book.people[person]


def _is_same(unit: Unit, book: RosterBook, before: BookPerson, one: Wanted) -> bool:
    after = book_person(before.id, one.line, one.address, active=one.active)
    held = {holding for holding in book.holdings if holding.person == before.id}
    if one.is_dropped or after != before or held != set(holdings_of(before.id, one.line)):
        return False
    if one.called is None:
        return True
    known = unit.connection.execute(select(directory_people).where(directory_people.c.person == before.id)).first()
    return known is not None and (known.user_name, known.external_id) == (one.called.user_name, one.called.external_id)


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
