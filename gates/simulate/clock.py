"""Working time: when somebody is at work, and when so many hours of it have passed.

Times are whole seconds since 1970 in UTC, so that sums are exact and a run can be repeated to the byte.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from policies.shifts import WorkCalendar

NEVER = 2**62
"""A time past the end of every simulation."""

HOUR = 3600
DAY = 24 * HOUR
Days = tuple[date, date]
"""First and last day of an absence, both away."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The working hours of one day, by the local clock."""

    opens: time = time(9)
    closes: time = time(17)

    @property
    def seconds(self) -> int:
        """The length of a working day in seconds."""
        return _seconds(self.closes) - _seconds(self.opens)


class WorkTime:
    """The working time of one person or site between two days."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        """`spans` are (from, to) in seconds, in order and apart from each other."""
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._worked = list(accumulate(end - start for start, end in spans))

    def worked(self, at: int) -> int:
        """Seconds worked from the first day until `at`."""
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        return self._worked[place] - (self._ends[place] - min(at, self._ends[place]))

    def between(self, start: int, end: int) -> int:
        """Seconds worked from `start` to `end`."""
        return self.worked(end) - self.worked(start)

    def after(self, start: int, seconds: int) -> int:
        """When `seconds` (at least one) have been worked since `start`; NEVER when the days do not suffice."""
        wanted = self.worked(start) + max(1, seconds)
        place = bisect_left(self._worked, wanted)
        if place == len(self._worked):
            return NEVER
        return self._ends[place] - (self._worked[place] - wanted)


def work_time(
    calendar: WorkCalendar, hours: Hours, absent: Iterable[Days], first: date, last: date, *, zone: str | None = None
) -> WorkTime:
    """The working time from `first` to `last`: open days of `calendar` less the days away, in `zone` (else its own)."""
    away = tuple(absent)
    local = ZoneInfo(zone or calendar.zone)
    spans = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if calendar.is_open(day) and not any(start <= day <= end for start, end in away):
            spans.append((_at(day, hours.opens, local), _at(day, hours.closes, local)))
    return WorkTime(spans)


def moment(at: int) -> datetime:
    """Seconds as an aware datetime in UTC."""
    return datetime.fromtimestamp(at, UTC)


def seconds(at: datetime) -> int:
    """An aware datetime as whole seconds, rounded up so that what is due then is due."""
    return -int(-at.timestamp() // 1)


def _at(day: date, clock: time, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, clock, zone).timestamp())


def _seconds(clock: time) -> int:
    return clock.hour * HOUR + clock.minute * 60
