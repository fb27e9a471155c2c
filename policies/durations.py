"""Durations as the YAML writes them (`90m`, `24h`, `3d`, `5wd`, `16wh`, `2w`, `6mo`), and how they are counted.

Minutes and hours are elapsed time. Days, weeks and months keep the local clock of the calendar's zone,
so that a day across a change of daylight saving is still a day. Working days skip the weekend and the
closed days; working hours are time that passes within the shifts of open days. Months clip to the end of a
shorter month. Pure: the calendar comes in as an argument.
"""

from __future__ import annotations

import calendar as _calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.errors import TollgateError
from policies.phrases import phrases
from policies.shifts import MOST_CLOSED, WorkCalendar, worked_since, worked_until

FORMS = "90m, 24h, 3d, 5wd (working days), 16wh (working hours), 2w or 6mo"
"""How a duration may be written, for messages."""
_FORM = re.compile(r"([1-9][0-9]{0,4})(m|h|d|wd|wh|w|mo)")
_WORDS: dict[str, Callable[[int], str]] = {
    "m": lambda count: phrases("%(num)s minute", "%(num)s minutes", count),
    "h": lambda count: phrases("%(num)s hour", "%(num)s hours", count),
    "d": lambda count: phrases("%(num)s day", "%(num)s days", count),
    "wd": lambda count: phrases("%(num)s working day", "%(num)s working days", count),
    "wh": lambda count: phrases("%(num)s working hour", "%(num)s working hours", count),
    "w": lambda count: phrases("%(num)s week", "%(num)s weeks", count),
    "mo": lambda count: phrases("%(num)s month", "%(num)s months", count),
}
_ELAPSED = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


class DurationError(TollgateError):
    """A duration is a whole number and a unit: 90m, 24h, 3d, 5wd (working days), 16wh (working hours), 2w, 6mo."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of one unit (`m`, `h`, `d`, `wd`, `wh`, `w`, `mo`)."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def words(self) -> str:
        """`5wd` -> `5 working days`."""
        return _WORDS[self.unit](self.count)

    def after(self, start: datetime, calendar: WorkCalendar) -> datetime:
        """The moment this long after `start` (aware), in UTC."""
        return self._moved(start, calendar, 1)

    def before(self, end: datetime, calendar: WorkCalendar) -> datetime:
        """The moment this long before `end` (aware), in UTC."""
        return self._moved(end, calendar, -1)

    def _moved(self, moment: datetime, calendar: WorkCalendar, sign: int) -> datetime:
        if self.unit in _ELAPSED:  # five digits of hours are eleven years: no calendar ends on the way
            return moment.astimezone(UTC) + sign * self.count * _ELAPSED[self.unit]
        if self.unit == "wh":
            return self._worked(moment.astimezone(UTC), calendar, sign)
        zone = ZoneInfo(calendar.zone)
        local = moment.astimezone(zone)
        try:
            day = self._day(local.date(), calendar, sign)
            return _at(day, local.time().replace(fold=0), zone)
        except (ValueError, OverflowError) as error:
            raise DurationError(f"{self} leads out of the calendar (years 1 to 9999).") from error

    def _worked(self, moment: datetime, calendar: WorkCalendar, sign: int) -> datetime:
        work = timedelta(hours=self.count)
        try:
            found = (worked_until if sign > 0 else worked_since)(moment, work, calendar)
        except OverflowError as error:
            raise DurationError(f"{self} leads out of the calendar (years 1 to 9999).") from error
        if found is None:
            raise DurationError(f"The calendar of {calendar.zone} is closed for years on end; check its closed days.")
        return found

    def _day(self, day: date, calendar: WorkCalendar, sign: int) -> date:
        if self.unit == "mo":
            return _months(day, sign * self.count)
        if self.unit == "wd":
            return _working_days(day, sign * self.count, calendar)
        return day + timedelta(days=sign * self.count * (7 if self.unit == "w" else 1))


def parse_duration(text: str) -> Duration:
    """`5wd` -> Duration(5, "wd"). Raises DurationError."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise DurationError(
            f"{text!r} is no duration; write 90m, 24h, 3d, 5wd (working days), 16wh (working hours), 2w or 6mo."
        )
    return Duration(int(match[1]), match[2])


def share_of(start: datetime, due: datetime, share: str) -> datetime:
    """The moment at `share` (`50%`) of the way from `start` to `due`, to the second."""
    seconds = int((due - start).total_seconds()) * int(share.rstrip("%")) // 100
    return start + timedelta(seconds=seconds)


def before(due: datetime, text: str, calendar: WorkCalendar) -> datetime:
    """The moment `text` (`1d`) before `due`. Raises DurationError."""
    return parse_duration(text).before(due, calendar)


def _months(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, _calendar.monthrange(year, month)[1]))


def _working_days(day: date, count: int, calendar: WorkCalendar) -> date:
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    for _ in range(MOST_CLOSED + 2 * left):
        if left == 0:
            return day
        day += step
        left -= calendar.is_open(day)
    raise DurationError(f"The calendar of {calendar.zone} is closed for years on end; check its closed days.")


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Local time as UTC. A time the spring change skips becomes the moment an hour later by the clock;
    of a time that comes twice in autumn, the first."""
    return datetime.combine(day, clock, zone).astimezone(UTC)
