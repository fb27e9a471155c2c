"""The roster: people, their roles per site with from and until, and the sites' clocks.

`RosterFile` is the typed YAML; `RosterBook` is what the store holds, read once per version, and `at(now)`
gives the people and roles of one moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints, field_validator, model_validator
from sqlalchemy import Connection, select

from gates.calendars import Site
from gates.store import tables as t
from policies.facts import RELATIONS, Holding, Person, Roster
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


class PersonLine(Model):
    """One human."""

    name: Title
    email: str
    zone: str = "UTC"
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(?:-[A-Z]{2})?$")] = "en"
    roles: tuple[Name | HoldingLine, ...] = ()

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value)


class RosterFile(Model):
    """The whole roster. Importing it replaces the one before: people left out become inactive."""

    sites: dict[SiteName, SiteLine] = {}
    roles: dict[Name, RoleLine] = {}
    people: dict[Name, PersonLine]

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
            for held in line.roles:
                role, site = (held, None) if isinstance(held, str) else (held.role, held.at)
                if role in RELATIONS or role == "anyone":
                    raise ValueError(f"people.{person}: {role!r} is a relation to an item, not a role to hold")
                if site is not None and site not in self.sites:
                    raise ValueError(f"people.{person}: there is no site {site!r}; there is {', '.join(self.sites)}")
        return self


def known_zone(value: str) -> str:
    """`value` if it is an IANA time zone. Raises ValueError."""
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no IANA time zone such as Europe/Paris")
    return value


@dataclass(frozen=True, slots=True)
class BookPerson:
    """One person as stored."""

    id: str
    name: str
    email: str
    zone: str
    locale: str
    active: bool


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


@dataclass
class RosterBook:
    """The roster of one version. `at` is cached until the next holding begins or ends."""

    people: dict[str, BookPerson]
    holdings: tuple[BookHolding, ...]
    titles: dict[str, str]
    sites: dict[str, Site]
    _cached: tuple[datetime, datetime, Roster] | None = field(default=None, compare=False)

    def at(self, now: datetime) -> Roster:
        """The active people and the roles they hold at `now`."""
        if self._cached and self._cached[0] <= now < self._cached[1]:
            return self._cached[2]
        people = {p.id: Person(p.id, p.name) for p in self.people.values() if p.active}
        held = tuple(Holding(h.person, h.role, h.site) for h in self.holdings if h.person in people and h.is_held(now))
        edges = {edge for h in self.holdings for edge in (h.since, h.until) if edge is not None}
        start = max((e for e in edges if e <= now), default=datetime.min.replace(tzinfo=UTC))
        end = min((e for e in edges if e > now), default=datetime.max.replace(tzinfo=UTC))
        roster = Roster(people, held, self.titles)
        self._cached = (start, end, roster)
        return roster

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
        row.id: BookPerson(row.id, row.name, row.email, row.zone, row.locale, row.active)
        for row in connection.execute(select(t.people))
    }
    holdings = tuple(
        BookHolding(row.person, row.role, row.site, row.since, row.until)
        for row in connection.execute(select(t.holdings).order_by(t.holdings.c.id))
    )
    titles = {row.name: row.title for row in connection.execute(select(t.roles))}
    sites = {row.name: Site(row.name, row.zone, row.country, row.region) for row in connection.execute(select(t.sites))}
    return RosterBook(people, holdings, titles, sites)


def day_start(day: str | None, zone: str) -> datetime | None:
    """The first moment of a day in `zone`, as UTC."""
    if day is None:
        return None
    return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone)).astimezone(UTC)
