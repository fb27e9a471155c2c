"""Work calendars of sites: public holidays and the working week in the site's own zone.

Data from the `holidays` package; nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from policies.shifts import WorkCalendar

YEARS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Site:
    """One plant or office, with the clock and the holidays it lives by."""

    name: str
    zone: str
    country: str | None = None
    region: str | None = None


UTC_SITE = Site("", "UTC")


@lru_cache(maxsize=256)
def calendar_of(site: Site, year: int) -> WorkCalendar:
    """The calendar of `site` for deadlines that start in `year`: its zone and its closed days.

    A country the package does not know has no public holidays here.
    """
    return WorkCalendar(zone=site.zone, closed=_holidays(site.country, site.region, year))


@lru_cache(maxsize=256)
def _holidays(country: str | None, region: str | None, year: int) -> frozenset[date]:
    if country is None:
        return frozenset()
    import holidays  # a third of a second to import; only deadlines need it

    try:
        days = holidays.country_holidays(country, subdiv=region, years=range(year, year + YEARS_AHEAD + 1))
    except NotImplementedError:
        return frozenset()
    return frozenset(days)
