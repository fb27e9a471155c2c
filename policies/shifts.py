"""When a site works, by the minute: its open days, and the shifts of each. Pure; moments are aware."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_CLOSED = 4000
"""Days looked through for open ones; a calendar that is closed for ten years is a mistake."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """Work from `start` to `end` by the site's clock on these days of the week (Monday is 0); an end that is not
    later than the start is on the day after. It belongs to the day it starts on."""

    days: tuple[int, ...]
    start: time
    end: time


OFFICE = (Shift((0, 1, 2, 3, 4, 5, 6), time(9), time(17)),)
"""What counts as the hours of an open day where a site names no shifts."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When a site works. `weekend` counts Monday as 0; `closed` are further days off, `opened` days worked all the
    same. `shifts` say the hours; an open day without one is not worked by the hour."""

    zone: str = "UTC"
    closed: frozenset[date] = frozenset()
    weekend: tuple[int, ...] = (5, 6)
    opened: frozenset[date] = frozenset()
    shifts: tuple[Shift, ...] = ()

    def is_open(self, day: date) -> bool:
        """Whether the site works on `day`."""
        return day in self.opened or (day.weekday() not in self.weekend and day not in self.closed)

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The hours that start on `day`, as moments in UTC, joined where they touch; none when it is closed.

        A working Saturday without shifts of its own has those of a Friday.
        """
        if not self.is_open(day):
            return []
        found = self._starting(day.weekday()) or (self._starting(4) if day in self.opened else [])
        zone = ZoneInfo(self.zone)
        hours = sorted((_moment(day, one.start, zone), _moment(_last(day, one), one.end, zone)) for one in found)
        return _joined(hours)

    def _starting(self, weekday: int) -> list[Shift]:
        return [one for one in self.shifts or OFFICE if weekday in one.days]


def worked_until(start: datetime, work: timedelta, calendar: WorkCalendar) -> datetime | None:
    """The moment at which `work` of open time has passed since `start`; None when the calendar never opens."""
    for begins, ends in _spans_from(start, calendar):
        begins = max(begins, start)
        if ends - begins >= work:
            return begins + work
        work -= max(ends - begins, timedelta())
    return None


def worked_since(end: datetime, work: timedelta, calendar: WorkCalendar) -> datetime | None:
    """The moment from which `work` of open time passes until `end`; None when the calendar was never open."""
    for begins, ends in _spans_back(end, calendar):
        ends = min(ends, end)
        if ends - begins >= work:
            return ends - work
        work -= max(ends - begins, timedelta())
    return None


def open_time(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """How much of the time between two moments is open."""
    total = timedelta()
    for begins, ends in _spans_from(start, calendar):
        if begins >= end:
            break
        total += max(min(ends, end) - max(begins, start), timedelta())
    return total


def _spans_from(start: datetime, calendar: WorkCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Open spans in order, none counted twice where the night shift of one day meets the next day's first."""
    day = start.astimezone(ZoneInfo(calendar.zone)).date() - timedelta(days=1)
    last = start.astimezone(UTC)
    for _ in range(MOST_CLOSED):
        for begins, ends in calendar.spans(day):
            if ends > last:
                yield max(begins, last), ends
                last = ends
        day += timedelta(days=1)


def _spans_back(end: datetime, calendar: WorkCalendar) -> Iterator[tuple[datetime, datetime]]:
    day = end.astimezone(ZoneInfo(calendar.zone)).date()
    first = end.astimezone(UTC)
    for _ in range(MOST_CLOSED):
        for begins, ends in reversed(calendar.spans(day)):
            if begins < first:
                yield begins, min(ends, first)
                first = begins
        day -= timedelta(days=1)


def _last(day: date, one: Shift) -> date:
    return day if one.end > one.start else day + timedelta(days=1)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _joined(hours: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in hours:
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        elif ends > begins:
            found.append((begins, ends))
    return found
