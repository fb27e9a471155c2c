"""Work calendars of sites: public holidays, shut-downs, the working week and its shifts, in the site's own zone.

Data from the `holidays` package; nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from gates.windows import Window
from policies.shifts import Shift, WorkCalendar

YEARS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class ClosedSpell:
    """Nobody works from one day to another, both included."""

    since: date
    until: date
    why: str

    def days(self) -> list[date]:
        """Each of its days."""
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day that is worked although it is a weekend or a holiday."""

    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Site:
    """One plant or office, with the clock, the holidays, the shut-downs and the shifts it lives by."""

    name: str
    zone: str
    country: str | None = None
    region: str | None = None
    weekend: tuple[int, ...] = (5, 6)
    closed: tuple[ClosedSpell, ...] = ()
    opened: tuple[OpenDay, ...] = ()
    shifts: tuple[Shift, ...] = ()
    windows: tuple[Window, ...] = ()


UTC_SITE = Site("", "UTC")


@lru_cache(maxsize=256)
def calendar_of(site: Site, year: int) -> WorkCalendar:
    """The calendar of `site` for deadlines that start in `year`: its zone, its closed and opened days, its shifts.

    A country the package does not know has no public holidays here.
    """
    shut = {day for spell in site.closed for day in spell.days()}
    return WorkCalendar(
        zone=site.zone,
        closed=frozenset(public_holidays(site.country, site.region, year, YEARS_AHEAD)) | shut,
        weekend=site.weekend,
        opened=frozenset(one.on for one in site.opened),
        shifts=site.shifts,
    )


@lru_cache(maxsize=256)
def public_holidays(country: str | None, region: str | None, year: int, ahead: int = 0) -> dict[date, str]:
    """The public holidays of a year, and of so many after it, with their names."""
    if country is None:
        return {}
    import holidays  # a third of a second to import; only deadlines need it

    try:
        return dict(holidays.country_holidays(country, subdiv=region, years=range(year, year + ahead + 1)))
    except NotImplementedError:
        return {}


def holidays_known(country: str | None, region: str | None) -> str:
    """Why the holidays of a place are not known, with what is; '' when they are, or no country is named."""
    if country is None:
        return "" if region is None else f"the region {region} needs its country"
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        return f"no public holidays are known for {country}; leave `country` out and list them under `closed`"
    if region is not None and region not in known[country]:
        return f"{country} has no region {region}; there is {', '.join(known[country]) or 'none'}"
    return ""


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One day of a site. `why` says what makes it other than an ordinary day of the week."""

    day: date
    is_open: bool
    why: str = ""
    is_shut: bool = False
    """Closed by the site itself, not by a public holiday."""


def year_of(site: Site, year: int) -> list[SiteDay]:
    """Every day of a year as the site lives it."""
    calendar, names = calendar_of(site, year), public_holidays(site.country, site.region, year)
    shut = {day: spell.why for spell in site.closed for day in spell.days()}
    opened = {one.on: one.why for one in site.opened}
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        SiteDay(day, calendar.is_open(day), opened.get(day) or shut.get(day) or names.get(day, ""), day in shut)
        for day in days
    ]
