"""sites.yaml: the calendar of every plant and office, as the PMO writes it. Strict; fails closed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator
from sqlalchemy import Connection, select

from gates.calendars import ClosedSpell, OpenDay, Site, holidays_known
from gates.roster import RosterBook, known_zone
from gates.roster.file import Day, SiteName
from gates.store.calendar_tables import calendars
from gates.windows import Window
from policies.model.base import Model, Name, Text
from policies.shifts import WEEKDAYS, Shift

DAYS = r"(?:mon|tue|wed|thu|fri|sat|sun)"
Days = Annotated[str, StringConstraints(pattern=rf"^{DAYS}(?:-{DAYS})?(?:, *{DAYS}(?:-{DAYS})?)*$")]
"""`mon-fri`, `sat`, `mon-thu, sat`."""
Hours = Annotated[str, StringConstraints(pattern=r"^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$")]
"""`06:00-14:00`; an end that is not later than the start is on the day after."""

Every = Annotated[str, StringConstraints(pattern=rf"^{DAYS}(?:-{DAYS})? [0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$")]
"""`sat 06:00-18:00`, `mon-fri 22:00-04:00`."""
DayOrMoment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}(?:T[0-2][0-9]:[0-5][0-9])?$")]


class WindowLine(Model):
    """A time in which work may be put on a line, or may not: each week, or once."""

    kind: Literal["maintenance", "freeze", "blackout"]
    """`maintenance` opens a time for work. `freeze` (nothing is to change) and `blackout` (nothing can be
    stopped) close one; only an exception that the process names goes past them."""
    line: Text | None = None
    """The line it is of, as the field of the item names it. Left out: the whole site."""
    every: Every | None = None
    """Each week: `sat 06:00-18:00`; an end that is not later than the start is on the day after."""
    from_: DayOrMoment | None = Field(default=None, alias="from")
    """Once: the day, or the moment (`2026-12-18T18:00`), at which it begins."""
    until: DayOrMoment | None = None
    """Once: the last day, or the moment at which it ends."""
    capacity: Annotated[int, Field(ge=1, le=100)] = 1
    """For maintenance: how many bookings of one line there may be at once."""
    why: Text | None = None
    """What people read beside it."""

    @model_validator(mode="after")
    def _weekly_or_once(self) -> WindowLine:
        once = self.from_ is not None and self.until is not None
        half = (self.from_ is None) != (self.until is None)
        if half or once == (self.every is not None):
            raise ValueError("a window says `every: sat 06:00-18:00`, or `from` and `until`; one of the two")
        if self.from_ is not None and self.until is not None and begin_of(self.from_) >= end_of(self.until):
            raise ValueError(f"from {self.from_} until {self.until}, which is not later")
        return self

    @model_validator(mode="after")
    def _hours_exist(self) -> WindowLine:
        for hour in re.findall(r"(\d\d):", self.every or ""):
            if int(hour) > 23:
                raise ValueError(f"{self.every!r}: there is no hour {hour}; midnight is 00:00")
        return self


class ClosedLine(Model):
    """A plant shut-down, or any other days on which nobody works."""

    from_: Day = Field(alias="from")
    until: Day | None = None
    """The last day; left out: one day."""
    why: Text

    @model_validator(mode="after")
    def _days_in_order(self) -> ClosedLine:
        if date.fromisoformat(self.until or self.from_) < date.fromisoformat(self.from_):
            raise ValueError(f"closed from {self.from_} until {self.until}, which is earlier")
        return self


class OpenLine(Model):
    """A day that is worked although it is a weekend or a holiday."""

    on: Day
    why: Text

    @field_validator("on")
    @classmethod
    def _day_exists(cls, value: str) -> str:
        date.fromisoformat(value)
        return value


class SiteCalendar(Model):
    """The calendar of one site."""

    zone: str
    """IANA time zone, for instance Europe/Paris."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166 country, for its public holidays."""
    region: str | None = None
    """Subdivision as the `holidays` package knows it, for instance BY."""
    week: Days = "mon-fri"
    """The days of the working week."""
    shifts: dict[Days, tuple[Hours, ...]] = {}
    """The hours worked, by days of the week; left out: 09:00-17:00."""
    closed: tuple[ClosedLine, ...] = ()
    open: tuple[OpenLine, ...] = ()
    windows: dict[Name, WindowLine] = {}
    """When work may be put on the lines, and when it may not."""

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("shifts")
    @classmethod
    def _hours_exist(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for hours in (one for lines in value.values() for one in lines):
            for part in hours.split("-"):
                if int(part[:2]) > 23:
                    raise ValueError(f"{hours!r}: there is no hour {part}; midnight is 00:00")
        return value

    @model_validator(mode="after")
    def _holidays_are_known(self) -> SiteCalendar:
        fault = holidays_known(self.country, self.region)
        if fault:
            raise ValueError(fault)
        return self


class SitesFile(Model):
    """The calendars of all sites. Importing it replaces those before; each import is a version on the record."""

    sites: dict[SiteName, SiteCalendar]


def site_of(name: str, line: SiteCalendar) -> Site:
    """The site a line of the file means."""
    week = days_of(line.week)
    return Site(
        name,
        line.zone,
        line.country,
        line.region,
        weekend=tuple(day for day in range(7) if day not in week),
        closed=tuple(
            ClosedSpell(date.fromisoformat(one.from_), date.fromisoformat(one.until or one.from_), one.why)
            for one in line.closed
        ),
        opened=tuple(OpenDay(date.fromisoformat(one.on), one.why) for one in line.open),
        shifts=tuple(
            Shift(days_of(days), *(time.fromisoformat(part) for part in hours.split("-")))
            for days, lines in line.shifts.items()
            for hours in lines
        ),
        windows=tuple(_window(name, one) for name, one in line.windows.items()),
    )


def _window(name: str, line: WindowLine) -> Window:
    every = None
    if line.every is not None:
        days, _, hours = line.every.partition(" ")
        every = Shift(days_of(days), *(time.fromisoformat(part) for part in hours.split("-")))
    since = begin_of(line.from_) if line.from_ else None
    until = end_of(line.until) if line.until else None
    return Window(name, line.kind, line.line, every, since, until, line.capacity, line.why or "")


def begin_of(text: str) -> datetime:
    """A day's beginning, or the moment itself, by the site's clock. Raises ValueError where there is none."""
    return datetime.fromisoformat(text)


def end_of(text: str) -> datetime:
    """The end of a day, or the moment itself, by the site's clock. Raises ValueError where there is none."""
    found = datetime.fromisoformat(text)
    return found if "T" in text else found + timedelta(days=1)


def days_of(text: str) -> tuple[int, ...]:
    """`mon-fri`, `sat` -> the days of the week, Monday as 0; a span may go over the weekend."""
    found: set[int] = set()
    for part in re.split(r", *", text):
        first, _, last = part.partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return tuple(sorted(found))


def with_calendars(book: RosterBook, connection: Connection) -> RosterBook:
    """The book with the sites of the newest calendars, which go before the short form in the roster."""
    row = connection.execute(select(calendars).order_by(calendars.c.version.desc()).limit(1)).first()
    if row is None:
        return book
    file = SitesFile.model_validate_json(row.content)
    sites = {name: site_of(name, line) for name, line in file.sites.items()}
    return replace(book, sites={**book.sites, **sites}, calendar=row.version)
