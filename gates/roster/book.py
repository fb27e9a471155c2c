"""The roster book: what the store holds, read once per version; `at(now)` gives the people and roles of one moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from gates.calendars import Site
from gates.preferences import NONE, Preferences, from_data
from gates.roster.file import AbsenceLine, HoldingLine, PersonKind, PersonLine, RosterFile, day_end, day_start
from gates.roster.titles import with_titles
from gates.store import tables as t
from gates.store.roster_tables import preferences as p
from policies.facts import Holding, Person, Roster, StandIn
from policies.rolewords import role_words

INSTANT = timedelta(microseconds=1)
"""From the moment after a last day back into it."""


@dataclass(frozen=True, slots=True)
class BookPerson:
    """One person as stored."""

    id: str
    name: str
    email: str
    zone: str
    locale: str
    active: bool
    attributes: Mapping[str, int | str] = field(default_factory=dict)
    site: str | None = None
    kind: PersonKind = "employee"
    company: str | None = None
    manager: str | None = None
    stand_in: str | None = None


@dataclass(frozen=True, slots=True)
class BookHolding:
    """One role held, with its time."""

    person: str
    role: str
    site: str | None
    since: datetime | None
    until: datetime | None
    program: str | None = None
    vendor: str | None = None

    def is_held(self, now: datetime) -> bool:
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class BookAbsence:
    """Somebody is away from `since` until before `until`; None for a scope means all of it."""

    person: str
    since: datetime
    until: datetime
    stand_in: str | None
    roles: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    chain: bool = False
    id: str | None = None
    """What it is called on the record; None where it came with the roster file."""
    source: str = "file"
    """Who said so: `file`, `person`, `office`, or `calendar`."""
    occurrence: str | None = None
    """Which appointment of a calendar it is."""

    def as_stand_in(self) -> StandIn | None:
        """The fact an evaluation sees; None where nobody sits for them."""
        if self.stand_in is None:
            return None
        return StandIn(
            self.person, self.stand_in, self.since, self.until, self.roles, self.sites, self.processes, self.chain
        )


@dataclass
class RosterBook:
    """The roster of one version. `at` is cached until the next holding begins or ends."""

    people: dict[str, BookPerson]
    holdings: tuple[BookHolding, ...]
    titles: dict[str, str]
    sites: dict[str, Site]
    absences: tuple[BookAbsence, ...] = ()
    calendar: int = 0
    """The version of the calendars that `sites` are of; 0 where none was published."""
    preferences: Mapping[str, Preferences] = field(default_factory=dict)
    """How those who said so want their notices."""
    _cached: tuple[datetime, datetime, Roster] | None = field(default=None, compare=False)

    def at(self, now: datetime) -> Roster:
        """The active people and the roles they hold at `now`."""
        if self._cached and self._cached[0] <= now < self._cached[1]:
            return self._cached[2]
        people = {p.id: Person(p.id, p.name, p.attributes) for p in self.people.values() if p.active}
        held = tuple(
            Holding(h.person, h.role, h.site, h.since, h.program, h.vendor)
            for h in self.holdings
            if h.person in people and h.is_held(now)
        )
        sitting = tuple(s for s in (one.as_stand_in() for one in self.absences) if s is not None)
        edges = {edge for h in self.holdings for edge in (h.since, h.until) if edge is not None}
        start = max((e for e in edges if e <= now), default=datetime.min.replace(tzinfo=UTC))
        end = min((e for e in edges if e > now), default=datetime.max.replace(tzinfo=UTC))
        roster = Roster(people, held, self.all_titles(), sitting)
        self._cached = (start, end, roster)
        return roster

    def all_titles(self) -> dict[str, str]:
        """The titles of the roster, and those of roles without one that are abbreviations: `PMO lead`."""
        return with_titles({h.role for h in self.holdings}, self.titles)

    def preferences_of(self, person: str) -> Preferences:
        """How somebody wants their notices; at once and at any hour where they said nothing."""
        return self.preferences.get(person, NONE)

    def work_site(self, person: str, roles: Iterable[str], item_site: str | None, now: datetime) -> str | None:
        """The site whose calendar counts for `person` acting in one of `roles` about an item of `item_site`: the
        site of that role, else their own, else that of their only role at a site, else the item's."""
        held = [h for h in self.holdings if h.person == person and h.site is not None and h.is_held(now)]
        asked = [h.site for h in held if h.role in set(roles)]
        if asked:
            return item_site if item_site in asked else asked[0]
        known = self.people.get(person)
        if known is not None and known.site is not None:
            return known.site
        own = {h.site for h in held}
        return own.pop() if len(own) == 1 else item_site

    def roles_of(self, person: str, now: datetime) -> tuple[str, ...]:
        """The person's roles in words: `Quality lead, Lyon`."""
        return tuple(
            capacity_words(self.titles.get(h.role) or role_words(h.role), h.site, h.program, h.vendor)
            for h in self.holdings
            if h.person == person and h.is_held(now)
        )


def capacity_words(title: str, *places: str | None) -> str:
    """`Quality lead` at `Lyon` -> `Quality lead, Lyon`; so with a program and a vendor."""
    return ", ".join((title[:1].upper() + title[1:], *(place for place in places if place)))


def read_book(connection: Connection) -> RosterBook:
    """The roster as the store holds it."""
    people = {
        row.id: BookPerson(
            row.id,
            row.name,
            row.email,
            row.zone,
            row.locale,
            row.active,
            json.loads(row.attributes or "{}"),
            row.site,
            row.kind,
            row.company,
            row.manager,
            row.stand_in,
        )
        for row in connection.execute(select(t.people))
    }
    holdings = tuple(
        BookHolding(row.person, row.role, row.site, row.since, row.until, row.program, row.vendor)
        for row in connection.execute(select(t.holdings).order_by(t.holdings.c.id))
    )
    titles = {row.name: row.title for row in connection.execute(select(t.roles))}
    sites = {row.name: Site(row.name, row.zone, row.country, row.region) for row in connection.execute(select(t.sites))}
    absences = tuple(
        BookAbsence(
            row.person,
            row.since,
            row.until,
            row.stand_in,
            roles=_read_words(row.roles),
            sites=_read_words(row.sites),
            processes=_read_words(row.processes),
            chain=row.chain,
            id=row.absence,
            source=row.source,
            occurrence=row.occurrence,
        )
        for row in connection.execute(select(t.absences).order_by(t.absences.c.id))
    )
    wishes = {row.person: from_data(dict(row._mapping)) for row in connection.execute(select(p))}
    return RosterBook(people, holdings, titles, sites, absences, preferences=wishes)


def book_from_file(roster: RosterFile) -> RosterBook:
    """The book of a roster file, for whoever tries a policy without a register. Everybody is active; mailboxes
    are as written."""
    people = {name: book_person(name, line, line.email, active=True) for name, line in roster.people.items()}
    holdings = tuple(one for name, line in roster.people.items() for one in holdings_of(name, line))
    titles = {name: line.title for name, line in roster.roles.items()}
    sites = {name: Site(name, line.zone, line.country, line.region) for name, line in roster.sites.items()}
    absences = tuple(absence_of(line, roster.people[line.person].zone) for line in roster.absences)
    return RosterBook(people, holdings, titles, sites, absences)


def book_person(person: str, line: PersonLine, address: str, *, active: bool) -> BookPerson:
    """One line of a roster as the book has it."""
    return BookPerson(
        person,
        line.name,
        address,
        line.zone,
        line.locale,
        active,
        line.attributes,
        line.site,
        line.kind,
        line.company,
        line.manager,
        line.stand_in,
    )


def line_of(book: RosterBook, person: str) -> PersonLine:
    """The line of a roster file that says what the book knows of `person`."""
    known = book.people[person]
    zone = ZoneInfo(known.zone)
    held = [
        HoldingLine.model_validate(
            {
                "role": one.role,
                "at": one.site,
                "program": one.program,
                "vendor": one.vendor,
                "from": one.since.astimezone(zone).date().isoformat() if one.since else None,
                "until": (one.until - INSTANT).astimezone(zone).date().isoformat() if one.until else None,
            }
        )
        for one in book.holdings
        if one.person == person
    ]
    return PersonLine(
        name=known.name,
        email=known.email,
        zone=known.zone,
        site=known.site,
        locale=known.locale,
        roles=tuple(held),
        attributes=dict(known.attributes),
        kind=known.kind,
        manager=known.manager,
        stand_in=known.stand_in,
        company=known.company,
    )


def holdings_of(person: str, line: PersonLine) -> list[BookHolding]:
    """The roles of one line, with their days as moments of the person's zone."""
    found = []
    for held in line.roles:
        one = HoldingLine(role=held) if isinstance(held, str) else held
        since, until = day_start(one.from_, line.zone), day_end(one.until, line.zone)
        found.append(BookHolding(person, one.role, one.at, since, until, one.program, one.vendor))
    return found


def absence_of(line: AbsenceLine, zone: str) -> BookAbsence:
    """One absence, with its days as moments of the person's zone."""
    since, until = day_start(line.from_, zone), day_end(line.until, zone)
    assert since is not None
    assert until is not None
    return BookAbsence(
        line.person,
        since,
        until,
        line.stand_in,
        roles=_scope(line.roles),
        sites=_scope(line.sites),
        processes=_scope(line.processes),
        chain=line.chain,
    )


def _scope(words: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(words)


def scope_text(words: frozenset[str] | None) -> str | None:
    """A scope as its column holds it."""
    return None if words is None else json.dumps(sorted(words))


def _read_words(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))
