"""How somebody wants what asks nothing of them, and when they want to be left in peace. Pure; moments are aware.

>>> Preferences("daily", 7, "19:00", "07:00").quiet_end(datetime(2026, 8, 17, 20, tzinfo=UTC), "UTC", WorkCalendar())
datetime.datetime(2026, 8, 18, 7, 0, tzinfo=datetime.timezone.utc)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies.phrases import both, phrase
from policies.shifts import WorkCalendar

WAYS = ("immediate", "daily")
MOST_QUIET = 60
"""Days looked through for one that is not quiet; who is off for longer is away, and says so as an absence."""
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Preferences:
    """One person's. Without any, everything comes at once."""

    notices: str = "immediate"
    """`immediate`, or `daily`: one mail a day with all of them."""
    hour: int = 7
    """The hour of their day at which the daily mail goes."""
    quiet_from: str = ""
    """`19:00`: from then on nothing that can wait is sent; '' where no hour is quiet."""
    quiet_until: str = ""
    """`07:00`, on the next day where it is not later than `quiet_from`."""
    days_off: bool = False
    """Whether the days on which their site does not work are quiet too."""

    def quiet_end(self, now: datetime, zone: str, calendar: WorkCalendar) -> datetime | None:
        """Until when it is quiet for somebody living in `zone`; None where it is not quiet at `now`."""
        place, moment, last = ZoneInfo(zone), now, now + timedelta(days=MOST_QUIET)
        while moment < last:
            later = self._later(moment, place, calendar)
            if later is None:
                break
            moment = later
        return moment if moment > now else None

    def digest_at(self, after: datetime, zone: str) -> datetime:
        """The first moment after `after` at which the daily mail goes."""
        place = ZoneInfo(zone)
        day = after.astimezone(place).date()
        while (moment := _at(day, time(self.hour), place)) <= after:
            day += timedelta(days=1)
        return moment

    def _later(self, moment: datetime, place: ZoneInfo, calendar: WorkCalendar) -> datetime | None:
        """A moment until which it is quiet at least; None where it is not."""
        local = moment.astimezone(place)
        if self.quiet_from and _is_between(local.time(), _clock(self.quiet_from), _clock(self.quiet_until)):
            return _next(moment, _clock(self.quiet_until), place)
        if self.days_off and not calendar.is_open(local.date()):
            return _at(local.date() + timedelta(days=1), time(), place)
        return None


NONE = Preferences()


def faults_of(wish: Preferences) -> dict[str, str]:
    """What is wrong with preferences, by the word it is about; empty when nothing is."""
    found: dict[str, str] = {}
    if wish.notices not in WAYS:
        found["notices"] = phrase(
            "%(typed)s is no way for notices to come; there is %(ways)s.", typed=repr(wish.notices), ways=both(WAYS)
        )
    if not 0 <= wish.hour <= 23:
        found["hour"] = phrase("%(typed)s is no hour of a day; it would be 0 to 23.", typed=str(wish.hour))
    for name in ("quiet_from", "quiet_until"):
        text = getattr(wish, name)
        if text and not CLOCK.fullmatch(text):
            found[name] = phrase("%(typed)s is no time of day such as 19:00.", typed=repr(text[:40]))
    if bool(wish.quiet_from) != bool(wish.quiet_until):
        found["quiet_until" if wish.quiet_from else "quiet_from"] = phrase("Say both when it begins and when it ends.")
    elif wish.quiet_from and wish.quiet_from == wish.quiet_until:
        found["quiet_until"] = phrase("That would be quiet all day long. To be away, set an absence.")
    return found


def as_data(wish: Preferences) -> dict[str, Any]:
    """Preferences as their entry states them."""
    return asdict(wish)


def from_data(data: Mapping[str, Any]) -> Preferences:
    """Preferences out of their entry, or their row."""
    return Preferences(**{one.name: data[one.name] for one in fields(Preferences)})


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _is_between(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end


def _at(day: date, clock: time, place: ZoneInfo, fold: int = 0) -> datetime:
    """A time of day as a moment; where the clocks skip it, as if they went on as before."""
    return datetime.combine(day, clock, place).replace(fold=fold).astimezone(UTC)


def _next(moment: datetime, clock: time, place: ZoneInfo) -> datetime:
    """The next moment at which the clocks there show `clock`; of an hour they show twice, the first that is still to
    come."""
    day = moment.astimezone(place).date()
    return next(
        found
        for one in (day, day + timedelta(days=1))
        for fold in (0, 1)
        if (found := _at(one, clock, place, fold)) > moment
    )
