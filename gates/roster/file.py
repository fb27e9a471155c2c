"""The words of a roster file: sites, roles, people with what they hold, and absences, as typed YAML."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.localedata import locale_identifiers
from pydantic import Field, StringConstraints, field_validator, model_validator

from policies.facts import RELATIONS
from policies.model.base import Model, Name, Title

SiteName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9 ._-]{0,59}$")]
PartyName = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
PersonKind = Literal["employee", "vendor", "guest"]
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
    program: PartyName | None = None
    """Held for items of this program only."""
    vendor: PartyName | None = None
    """Held for items of this vendor only: those whose field `vendor` names it."""
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
    locale: str = "en"
    """The language they are written to in, and whose forms dates and money have: `de`, `de-AT`."""
    roles: tuple[Name | HoldingLine, ...] = ()
    attributes: dict[Name, int | str] = {}
    """What weights and `distinct` count by: `shares: 40`, `company: Acme`."""
    kind: PersonKind = "employee"
    """`vendor` and `guest` sign by mail link and have no account to sign in to."""
    company: PartyName | None = None
    """The company somebody signs for; printed with their capacity."""

    @model_validator(mode="after")
    def _outsiders_have_a_company(self) -> PersonLine:
        if self.kind != "employee" and self.company is None:
            raise ValueError(f"{self.name} is a {self.kind}: name their `company`, it is printed with the signature")
        return self

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("locale")
    @classmethod
    def _locale_exists(cls, value: str) -> str:
        return known_locale(value)


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


def known_locale(value: str) -> str:
    """A locale (`de`, `de-AT`) that is known. Raises ValueError with choices."""
    language, _, country = value.partition("-")
    known = {one.replace("_", "-") for one in locale_identifiers()}
    if len(language) == 2 and language in known and (not country or re.fullmatch("[A-Z]{2}", country)):
        return value
    near = [one for one in sorted(known) if one.casefold() == value.replace("_", "-").casefold()]
    said = f"Did you mean {near[0]}? " if near else ""
    raise ValueError(
        f"{value!r} is no locale that is known. {said}Write a language and, where it matters, a country: "
        "en, de, de-AT, fr, fr-CH, es, es-MX"
    )
