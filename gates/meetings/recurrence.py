"""The days on which a meeting comes again, by the clock and the calendar of its site. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import MO, MONTHLY, WEEKLY, rrule, weekday

from gates.calendars import Site, calendar_of, year_of
from policies.durations import parse_duration
from policies.meetings import Recurrence, recurrence_of
from policies.model import Meeting

FIRST = date(2024, 1, 1)
"""The Monday from which what has no `from` is counted; only every second week and the like need one."""
FARTHEST = 14
"""Days that a meeting moves for holidays, at most; beyond that it is left out."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One day on which the words put the meeting. `starts_at` is None where it is left out; `why` says why it is, or
    why it is held on another day."""

    planned_on: date
    starts_at: datetime | None
    ends_at: datetime | None
    why: str = ""


def occurrences(meeting: Meeting, site: Site, since: datetime, until: datetime) -> list[Occurrence]:
    """Every occurrence planned for the time from `since` to before `until`, or moved into it, in order."""
    words, zone = recurrence_of(meeting.every), ZoneInfo(site.zone)
    margin = timedelta(days=FARTHEST + 1)
    first, last = (moment.astimezone(zone).date() for moment in (since - margin, until + margin))
    days = _days(words, date.fromisoformat(meeting.from_) if meeting.from_ else FIRST, first, last)
    found, taken = [], set(days)
    for day in days:
        held, why = _worked(day, site, meeting.holiday, taken - {day})
        if held is not None:
            taken.add(held)
        found.append(_occurrence(meeting, site, words.at, day, held, why))
    return [one for one in found if since <= _moment(one, words.at, zone) < until]


def times_of(meeting: Meeting, site: Site, starts_at: datetime) -> tuple[datetime, datetime | None]:
    """When a meeting that begins at `starts_at` ends, and by when items have to be ready for it."""
    ends = parse_duration(meeting.lasts).after(starts_at, calendar_of(site, starts_at.year))
    if meeting.cut_off is None:
        return ends, None
    # The days before the turn of the year are in the calendar of the year before.
    return ends, parse_duration(meeting.cut_off).before(starts_at, calendar_of(site, starts_at.year - 1))


def local_moment(day: date, at: time, zone: str) -> datetime:
    """A time by a clock as UTC. One that the spring change skips is an hour later by the clock; of one that comes
    twice in autumn, the first."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _days(words: Recurrence, start: date, first: date, last: date) -> list[date]:
    days = tuple(weekday(day, words.nth) if words.nth is not None else weekday(day) for day in words.days)
    rule = rrule(
        MONTHLY if words.unit == "month" else WEEKLY,
        interval=words.interval,
        byweekday=days,
        wkst=MO,
        dtstart=datetime.combine(start, time()),
    )
    return [
        one.date() for one in rule.between(datetime.combine(first, time()), datetime.combine(last, time()), inc=True)
    ]


def _worked(day: date, site: Site, holiday: str, others: set[date]) -> tuple[date | None, str]:
    """The day it is held on, and why it is another one; None where it is left out."""
    calendar = calendar_of(site, day.year - 1)
    if calendar.is_open(day):
        return day, ""
    why = f"{day.isoformat()} is not worked{_named(site, day)}"
    if holiday == "skip":
        return None, why
    step = timedelta(days=1 if holiday == "next" else -1)
    for n in range(1, FARTHEST + 1):
        held = day + n * step
        if calendar.is_open(held):
            return (None, f"{why}, and it is held on {held.isoformat()} anyhow") if held in others else (held, why)
    return None, why


def _named(site: Site, day: date) -> str:
    said = next((one.why for one in year_of(site, day.year) if one.day == day), "")
    return f" ({said})" if said else ""


def _occurrence(meeting: Meeting, site: Site, at: time, day: date, held: date | None, why: str) -> Occurrence:
    if held is None:
        return Occurrence(day, None, None, why)
    starts = local_moment(held, at, site.zone)
    found = Occurrence(day, starts, None, why)
    return replace(found, ends_at=times_of(meeting, site, starts)[0])


def _moment(one: Occurrence, at: time, zone: ZoneInfo) -> datetime:
    """When it is, or would have been."""
    return one.starts_at or datetime.combine(one.planned_on, at, zone).astimezone(UTC)
