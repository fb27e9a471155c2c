"""The roster: people, their roles per site with from and until, and the sites' clocks.

`RosterFile` is the typed YAML; `RosterBook` is what the store holds, read once per version, and `at(now)`
gives the people and roles of one moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints, field_validator, model_validator
from sqlalchemy import Connection, select

from gates.calendars import Site
from gates.store import tables as t
from policies.facts import RELATIONS, Holding, Person, Roster, StandIn
from policies.model.base import Model, Name, Title

SiteName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9 ._-]{0,59}$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class SiteLine(Model):
    """One plant or office."""

    zone: str
    """IANA time zone, for instance Europe/Paris."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166 country, for its public holidays."""
    region: str | None = None
    """Subdivision as the `holidays` package knows it, for instance BY."""

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value)


class RoleLine(Model):
    """One role, as people read it."""

    title: Title


class HoldingLine(Model):
    """One role a person holds."""

    role: Name
    at: SiteName | None = None
    """The site; left out: everywhere."""
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    """The last day it is held."""

    @field_validator("from_", "until")
    @classmethod
    def _day_exists(cls, value: str | None) -> str | None:
        if value is not None:
            date.fromisoformat(value)
        return value


class AbsenceLine(Model):
    """Somebody is away, from one day to another, both included; and who sits for them meanwhile."""

    person: Name
    from_: Day = Field(alias="from")
    until: Day
    stand_in: Name | None = None
    """Left out: nobody."""
    roles: tuple[Name, ...] | None = None
    """Sits for these roles only."""
    sites: tuple[SiteName, ...] | None = None
    processes: tuple[Name, ...] | None = None
    chain: bool = False
    """May sit for somebody who sits for somebody else."""

    @model_validator(mode="after")
    def _days_in_order(self) -> AbsenceLine:
        if date.fromisoformat(self.until) < date.fromisoformat(self.from_):
            raise ValueError(f"{self.person} is away from {self.from_} until {self.until}, which is earlier")
        if self.stand_in == self.person:
            raise ValueError(f"{self.person} cannot sit for themselves")
        return self


class PersonLine(Model):
    """One human."""

    name: Title
    email: str
    zone: str = "UTC"
    site: SiteName | None = None
    """The site whose calendar they work by. Left out: that of the role they act in, or of their only role at a site."""
    manager: Name | None = None
    """Whom they report to; a ladder may tell them."""
    stand_in: Name | None = None
    """Who is asked in their place where a ladder hands over what they do not answer."""
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(?:-[A-Z]{2})?$")] = "en"
    roles: tuple[Name | HoldingLine, ...] = ()
    attributes: dict[Name, int | str] = {}
    """What weights and `distinct` count by: `shares: 40`, `company: Acme`."""

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value)


class RosterFile(Model):
    """The whole roster. Importing it replaces the one before: people left out become inactive."""

    sites: dict[SiteName, SiteLine] = {}
    roles: dict[Name, RoleLine] = {}
    people: dict[Name, PersonLine]
    absences: tuple[AbsenceLine, ...] = ()
    """Who is away when, and who sits for them."""

    @model_validator(mode="after")
    def _absent_people_are_known(self) -> RosterFile:
        for line in self.absences:
            for person in (line.person, line.stand_in):
                if person is not None and person not in self.people:
                    raise ValueError(f"absences: there is no person {person!r}; there is {', '.join(self.people)}")
            for site in line.sites or ():
                if site not in self.sites:
                    raise ValueError(f"absences: there is no site {site!r}; there is {', '.join(self.sites)}")
        return self

    @model_validator(mode="after")
    def _neighbours_are_known(self) -> RosterFile:
        for person, line in self.people.items():
            for word, other in (("manager", line.manager), ("stand_in", line.stand_in)):
                if other is not None and other not in self.people:
                    known = ", ".join(self.people)
                    raise ValueError(f"people.{person}: {word}: there is no person {other!r}; there is {known}")
                if other == person:
                    raise ValueError(f"people.{person}: nobody is their own {word.replace('_', '-')}")
        return self

    @model_validator(mode="after")
    def _one_mailbox_each(self) -> RosterFile:
        seen: dict[str, str] = {}
        for person, line in self.people.items():
            mailbox = line.email.casefold()
            if mailbox in seen:
                raise ValueError(f"{line.email} belongs to {seen[mailbox]} and to {person}; one mailbox, one person")
            seen[mailbox] = person
        return self

    @model_validator(mode="after")
    def _words_are_known(self) -> RosterFile:
        for person, line in self.people.items():
            if line.site is not None and line.site not in self.sites:
                raise ValueError(f"people.{person}: there is no site {line.site!r}; there is {', '.join(self.sites)}")
            for held in line.roles:
                role, site = (held, None) if isinstance(held, str) else (held.role, held.at)
                if role in RELATIONS or role == "anyone":
                    raise ValueError(f"people.{person}: {role!r} is a relation to an item, not a role to hold")
                if site is not None and site not in self.sites:
                    raise ValueError(f"people.{person}: there is no site {site!r}; there is {', '.join(self.sites)}")
        return self


def known_zone(value: str) -> str:
    """`value` if it is an IANA time zone. Raises ValueError."""
    if value not in _zones():
        raise ValueError(f"{value!r} is no IANA time zone such as Europe/Paris")
    return value


@cache
def _zones() -> frozenset[str]:
    """Read once: the set is made from a walk over hundreds of files."""
    return frozenset(available_timezones())


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
    _cached: tuple[datetime, datetime, Roster] | None = field(default=None, compare=False)

    def at(self, now: datetime) -> Roster:
        """The active people and the roles they hold at `now`."""
        if self._cached and self._cached[0] <= now < self._cached[1]:
            return self._cached[2]
        people = {p.id: Person(p.id, p.name, p.attributes) for p in self.people.values() if p.active}
        held = tuple(
            Holding(h.person, h.role, h.site, h.since) for h in self.holdings if h.person in people and h.is_held(now)
        )
        sitting = tuple(s for s in (one.as_stand_in() for one in self.absences) if s is not None)
        edges = {edge for h in self.holdings for edge in (h.since, h.until) if edge is not None}
        start = max((e for e in edges if e <= now), default=datetime.min.replace(tzinfo=UTC))
        end = min((e for e in edges if e > now), default=datetime.max.replace(tzinfo=UTC))
        roster = Roster(people, held, self.titles, sitting)
        self._cached = (start, end, roster)
        return roster

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
            capacity_words(self.titles.get(h.role) or h.role.replace("-", " "), h.site)
            for h in self.holdings
            if h.person == person and h.is_held(now)
        )


def capacity_words(title: str, site: str | None) -> str:
    """`Quality lead` at `Lyon` -> `Quality lead, Lyon`."""
    words = title[:1].upper() + title[1:]
    return f"{words}, {site}" if site else words


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
            row.manager,
            row.stand_in,
        )
        for row in connection.execute(select(t.people))
    }
    holdings = tuple(
        BookHolding(row.person, row.role, row.site, row.since, row.until)
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
        )
        for row in connection.execute(select(t.absences).order_by(t.absences.c.id))
    )
    return RosterBook(people, holdings, titles, sites, absences)


def book_from_file(roster: RosterFile) -> RosterBook:
    """The book of a roster file, for whoever tries a policy without a register. Everybody is active; mailboxes
    are as written."""
    people = {
        name: BookPerson(
            name,
            line.name,
            line.email,
            line.zone,
            line.locale,
            True,
            line.attributes,
            line.site,
            line.manager,
            line.stand_in,
        )
        for name, line in roster.people.items()
    }
    holdings = tuple(one for name, line in roster.people.items() for one in holdings_of(name, line))
    titles = {name: line.title for name, line in roster.roles.items()}
    sites = {name: Site(name, line.zone, line.country, line.region) for name, line in roster.sites.items()}
    absences = tuple(absence_of(line, roster.people[line.person].zone) for line in roster.absences)
    return RosterBook(people, holdings, titles, sites, absences)


def holdings_of(person: str, line: PersonLine) -> list[BookHolding]:
    """The roles of one line, with their days as moments of the person's zone."""
    found = []
    for held in line.roles:
        one = HoldingLine(role=held) if isinstance(held, str) else held
        since, until = day_start(one.from_, line.zone), day_end(one.until, line.zone)
        found.append(BookHolding(person, one.role, one.at, since, until))
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


def _read_words(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def day_end(day: str | None, zone: str) -> datetime | None:
    """The moment after a day in `zone`, as UTC: `until` names the last day."""
    if day is None:
        return None
    return day_start((date.fromisoformat(day) + timedelta(days=1)).isoformat(), zone)


def day_start(day: str | None, zone: str) -> datetime | None:
    """The first moment of a day in `zone`, as UTC."""
    if day is None:
        return None
    return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone)).astimezone(UTC)
