"""The roster as a table: one row for each role somebody holds; their own cells in the first of their rows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from gates.roster.book import INSTANT, RosterBook, line_of
from gates.roster.file import AbsenceLine, HoldingLine, PersonLine, RoleLine, RosterFile, SiteLine
from policies.errors import TollgateError

OWN = ("name", "email", "zone", "site", "locale", "kind", "company")
HELD = ("role", "at", "program", "vendor", "from", "until")
HEAD = ("person", *OWN, *HELD)
ATTRIBUTE = "attribute "
"""A column `attribute shares` holds the attribute `shares` of each person."""
MOST_ROWS = 50_000
MOST_FAULTS = 100
FORMULA = ("=", "@", "+", "-")
Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell. `row` counts from 1, the heading included; `column` is its heading."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.why}"


class SheetError(TollgateError):
    """A table that is no roster: every fault, with row and column. Nothing was changed."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(one) for one in faults))


@dataclass
class _Reading:
    head: list[str]
    faults: list[CellFault]

    def fault(self, row: int, column: str, why: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(CellFault(row, column, why))


def people_of(rows: Iterable[Row]) -> dict[str, PersonLine]:
    """The people of a table, its heading first. Raises SheetError with every fault."""
    found = iter(rows)
    head = [cell.strip().casefold() for cell in next(found, ())]
    reading = _Reading(head, [])
    for column in ("person", "name", "email"):
        if column not in head:
            reading.fault(
                1, column, f"this column is missing; `tollgate roster template` writes them all: {', '.join(HEAD)}"
            )
    for place, column in enumerate(head):
        known = column in HEAD or column.startswith(ATTRIBUTE) or column == ""
        if not known or (column and column in head[:place]):
            reading.fault(1, column or "?", f"there is no such column, or it is here twice; there is {', '.join(HEAD)}")
    if reading.faults:
        raise SheetError(reading.faults)
    gathered = _gather(reading, found)
    people = {person: line for person, cells in gathered.items() if (line := _line(reading, person, cells)) is not None}
    if not gathered and not reading.faults:
        reading.fault(2, "person", "there is nobody in this table; a roster has somebody")
    if reading.faults:
        raise SheetError(reading.faults)
    return people


def _gather(reading: _Reading, rows: Iterable[Row]) -> dict[str, list[tuple[int, dict[str, str]]]]:
    gathered: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS + 1:
            reading.fault(number, "person", f"more than {MOST_ROWS:,} rows are not read")
            break
        cells = {name: value.strip() for name, value in zip(reading.head, row, strict=False) if name and value.strip()}
        if not cells:
            continue
        _check_cells(reading, number, cells)
        if "person" not in cells:
            reading.fault(number, "person", "whose row is it? Every row names the person's id, such as mei")
            continue
        gathered.setdefault(cells["person"], []).append((number, cells))
    return gathered


def _check_cells(reading: _Reading, number: int, cells: dict[str, str]) -> None:
    for name, value in cells.items():
        is_number = value.lstrip("+-").replace(".", "", 1).isdigit()
        if value.startswith(FORMULA) and not is_number:
            reading.fault(number, name, f"{value[:40]!r} is a formula; write its value")
        elif len(value) > 400:
            reading.fault(number, name, f"{len(value):,} characters are too many; 400 are read")
        elif any(ord(sign) < 32 and sign not in "\t\n\r" for sign in value):
            reading.fault(number, name, "it holds a control character; type the cell anew")


def _line(reading: _Reading, person: str, rows: list[tuple[int, dict[str, str]]]) -> PersonLine | None:
    first, own = rows[0][0], dict(rows[0][1])
    held: list[HoldingLine] = []
    for number, cells in rows:
        for name in (*OWN, *(name for name in reading.head if name.startswith(ATTRIBUTE))):
            if name in cells and cells[name] != own.setdefault(name, cells[name]):
                reading.fault(number, name, f"{cells[name][:60]!r} is not what row {first} says of {person}")
        holding = _holding(reading, number, cells)
        if holding is not None:
            held.append(holding)
    values: dict[str, Any] = {name: own[name] for name in OWN if name in own}
    values["attributes"] = {
        name.removeprefix(ATTRIBUTE): int(value) if value.lstrip("-").isdigit() else value
        for name, value in own.items()
        if name.startswith(ATTRIBUTE)
    }
    found = _checked(reading, first, PersonLine, {**values, "roles": tuple(held)})
    return found if isinstance(found, PersonLine) else None


def _holding(reading: _Reading, number: int, cells: dict[str, str]) -> HoldingLine | None:
    given = {name: cells[name] for name in HELD if name in cells}
    if not given:
        return None
    if "role" not in given:
        reading.fault(number, "role", f"which role is held {', '.join(f'{k} {v}' for k, v in given.items())[:80]}?")
        return None
    found = _checked(reading, number, HoldingLine, given)
    return found if isinstance(found, HoldingLine) else None


def _checked(reading: _Reading, number: int, model: Callable[..., Any], values: dict[str, Any]) -> Any:
    try:
        return model(**values)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            place = [str(part) for part in fault["loc"]] or ["company"]
            column = {"from_": "from", "attributes": f"{ATTRIBUTE}{place[-1]}"}.get(place[0], place[0])
            given = str(fault["input"])[:60] if fault["type"] != "missing" else "an empty cell"
            said = fault["msg"].removeprefix("Value error, ")
            reading.fault(number, column, f"{given!r}: {said}" if fault["loc"] else said)
        return None


def file_of(book: RosterBook) -> RosterFile:
    """What the book holds as a roster file: active people, and the absences that came with a file."""
    return RosterFile(
        sites={s.name: SiteLine(zone=s.zone, country=s.country, region=s.region) for s in book.sites.values()},
        roles={name: RoleLine(title=title) for name, title in book.titles.items()},
        people={name: line_of(book, name) for name, one in book.people.items() if one.active},
        absences=tuple(
            AbsenceLine.model_validate(
                {
                    "person": one.person,
                    "from": _day(book, one.person, one.since),
                    "until": _day(book, one.person, one.until - INSTANT),
                    "stand_in": one.stand_in,
                    **{
                        name: tuple(sorted(words))
                        for name, words in (("roles", one.roles), ("sites", one.sites), ("processes", one.processes))
                        if words is not None
                    },
                    "chain": one.chain,
                }
            )
            for one in book.absences
            if one.source == "file"
            and book.people[one.person].active
            and (one.stand_in is None or book.people[one.stand_in].active)
        ),
    )


def _day(book: RosterBook, person: str, moment: Any) -> str:
    day: date = moment.astimezone(ZoneInfo(book.people[person].zone)).date()
    return day.isoformat()


def with_people(book: RosterBook, people: dict[str, PersonLine]) -> RosterFile:
    """The roster with `people` in place of its own: sites and role titles stay, and absences of who stays.

    Raises SheetError for what the whole does not bear: a mailbox twice, a site there is none of.
    """
    now = file_of(book)
    kept = tuple(a for a in now.absences if a.person in people and (a.stand_in is None or a.stand_in in people))
    try:
        return RosterFile(sites=now.sites, roles=now.roles, people=people, absences=kept)
    except ValidationError as error:
        faults = [
            CellFault(1, "person", f"{fault['msg'].removeprefix('Value error, ')} ({'.'.join(map(str, fault['loc']))})")
            for fault in error.errors(include_url=False)
        ]
        raise SheetError(faults) from error


def table_of(book: RosterBook) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heading and rows of the active people: what `people_of` reads again."""
    active = [name for name, one in sorted(book.people.items()) if one.active]
    attributes = sorted({f"{ATTRIBUTE}{word}" for name in active for word in book.people[name].attributes})
    rows = []
    for name in active:
        line = line_of(book, name)
        own = (line.name, line.email, line.zone, line.site or "", line.locale, line.kind, line.company or "")
        extra = tuple(str(line.attributes.get(word.removeprefix(ATTRIBUTE), "")) for word in attributes)
        roles = [one if isinstance(one, HoldingLine) else HoldingLine(role=one) for one in line.roles]
        cells = [(h.role, h.at or "", h.program or "", h.vendor or "", h.from_ or "", h.until or "") for h in roles]
        for place, held in enumerate(cells or [("",) * len(HELD)]):
            mine = own if place == 0 else ("",) * len(OWN)
            rows.append((name, *mine, *held, *(extra if place == 0 else ("",) * len(extra))))
    return (*HEAD, *attributes), rows


@dataclass(frozen=True, slots=True)
class Difference:
    """What a roster would change: people by id, with a sentence for each who changes."""

    joins: tuple[str, ...]
    leaves: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]

    @property
    def is_nothing(self) -> bool:
        return not (self.joins or self.leaves or self.changes)


def difference(book: RosterBook, roster: RosterFile, addresses: dict[str, str]) -> Difference:
    """Who joins, leaves and changes when `roster` takes the place of the book."""
    active = {name for name, one in book.people.items() if one.active}
    changes = []
    for name in sorted(active & set(roster.people)):
        said = _changed(line_of(book, name), roster.people[name], addresses[name])
        if said:
            changes.append((name, said))
    return Difference(
        tuple(sorted(set(roster.people) - active)), tuple(sorted(active - set(roster.people))), tuple(changes)
    )


def _changed(before: PersonLine, after: PersonLine, address: str) -> str:
    said = []
    for name in ("name", "zone", "site", "locale", "kind", "company", "attributes"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            said.append(f"{name} {old or 'empty'} → {new or 'empty'}")
    if before.email != address:
        said.append(f"email {before.email} → {address}")
    old_roles, new_roles = ({_held_words(one) for one in line.roles} for line in (before, after))
    said += [f"no longer {words}" for words in sorted(old_roles - new_roles)]
    said += [f"now {words}" for words in sorted(new_roles - old_roles)]
    return "; ".join(said)


def _held_words(one: str | HoldingLine) -> str:
    if isinstance(one, str):
        return one
    places = [
        ("at", one.at),
        ("program", one.program),
        ("vendor", one.vendor),
        ("from", one.from_),
        ("until", one.until),
    ]
    return " ".join([one.role, *(f"{word} {value}" for word, value in places if value)])
