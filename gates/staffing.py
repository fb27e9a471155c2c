"""A roster made ready for the checks of a process against it: the people from a day on, their leaves, the calendars
of their sites."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gates.calendars import calendar_of
from gates.roster import BookAbsence, RosterBook
from policies.facts import Roster
from policies.staffing import DAYS_AHEAD, Away, Staff


def roster_at(book: RosterBook, day: date) -> Roster:
    """The people, roles, attributes and stand-ins as of a day (UTC)."""
    return book.at(_start(day))


def staff_of(book: RosterBook, start: date, days: int = DAYS_AHEAD) -> Staff:
    """The roster from `start` on for so many days, with every change of roles in between."""
    begin, end = _start(start), _start(start) + timedelta(days=days)
    edges = {edge for one in book.holdings for edge in (one.since, one.until) if edge is not None}
    moments = [begin, *sorted(edge for edge in edges if begin < edge < end)]
    return Staff(
        rosters=tuple((moment, book.at(moment)) for moment in moments),
        until=end,
        sites=tuple(book.sites),
        away=tuple(_away(book, one, place) for place, one in enumerate(book.absences)),
        calendars={name: calendar_of(site, start.year) for name, site in book.sites.items()},
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _away(book: RosterBook, one: BookAbsence, place: int) -> Away:
    zone = ZoneInfo(book.people[one.person].zone)
    first, last = one.since.astimezone(zone).date(), (one.until - timedelta(microseconds=1)).astimezone(zone).date()
    return Away(one.person, one.since, one.until, first, last, one.as_stand_in(), place)
