"""Windows of a site: when work may be put on a line, when it may not, and what is booked already. Pure.

A maintenance window opens a time, a freeze or a blackout closes one. Times are by the site's own clock in files and
fields, and UTC here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from policies.shifts import Shift

LONGEST = timedelta(days=31)
"""The longest time that one booking takes."""
AHEAD = timedelta(days=92)
"""How far ahead free times are looked for."""
NAMED = 3
"""Free times that a refusal names."""

Within = Literal["maintenance", "any_time"]


@dataclass(frozen=True, slots=True)
class Window:
    """One window of a site: each week at the hours of `every`, or once from `since` until `until` (the site's clock).

    Without a `line` it is the whole site's. `capacity` is how many bookings of one line it takes at once.
    """

    name: str
    kind: Literal["maintenance", "freeze", "blackout"]
    line: str | None = None
    every: Shift | None = None
    since: datetime | None = None
    until: datetime | None = None
    capacity: int = 1
    why: str = ""

    @property
    def opens(self) -> bool:
        """Whether it opens a time; the others close one."""
        return self.kind == "maintenance"


@dataclass(frozen=True, slots=True)
class Opening:
    """One occurrence of a window."""

    window: Window
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A time that an item has booked."""

    item: str
    line: str | None
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What the calendar and the bookings say to a time an item asks for.

    `fault` is why the question makes no sense (no exception helps), `against` what stands against the time, `window`
    the maintenance window that holds it, `free` the next times that would do.
    """

    site: str
    zone: str
    within: Within
    line: str | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    calendar: int = 0
    window: str | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    against: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    fault: str = ""

    @property
    def free_in_words(self) -> str:
        """The next free times, as a refusal names them."""
        if not self.free:
            return f"Nothing is free at {self.site} in the {AHEAD.days} days from then."
        return f"Free next at {self.site}: {'; '.join(self.free)}."


def moment_of(local: datetime, zone: str, *, is_end: bool = False) -> datetime | None:
    """A time by the site's clock as UTC: the first of a time that comes twice, for an end the second. None where the
    clock skips it."""
    place = ZoneInfo(zone)
    found = local.replace(tzinfo=place, fold=int(is_end)).astimezone(UTC)
    return found if found.astimezone(place).replace(tzinfo=None, fold=0) == local else None


def openings(windows: Sequence[Window], zone: str, since: datetime, until: datetime) -> list[Opening]:
    """Every occurrence that touches the time between two moments, in order."""
    found = (one for window in windows for one in _occurrences(window, ZoneInfo(zone), since, until))
    return sorted((one for one in found if one.begins < until and one.ends > since), key=_order)


def concerns(mine: str | None, other: str | None) -> bool:
    """Whether two lines get into each other's way; None is the whole site."""
    return mine is None or other is None or mine == other


def judge(
    windows: Sequence[Window], zone: str, asked: Taken, taken: Sequence[Taken], within: Within
) -> tuple[Opening | None, tuple[str, ...]]:
    """The maintenance window that holds the time asked for, where one is asked for, and all that stands against it."""
    around = openings(windows, zone, asked.begins, asked.ends)
    against = [
        f"{_called(one.window)} lasts from {clock(one.begins, zone)} to {clock(one.ends, zone)}."
        for one in around
        if not one.window.opens and concerns(asked.line, one.window.line)
    ]
    others = [one for one in taken if concerns(asked.line, one.line)]
    if within == "any_time":
        return None, (*against, *_full(asked, others, 1))
    rooms = [one for one in around if _holds(one, asked)]
    if not rooms:
        where = f" for {asked.line}" if asked.line else ""
        return None, (*against, f"No maintenance window{where} holds it from beginning to end.")
    room = max(rooms, key=lambda one: one.window.capacity)
    return room, (*against, *_full(asked, others, room.window.capacity))


def free_times(
    windows: Sequence[Window], zone: str, asked: Taken, taken: Sequence[Taken], within: Within
) -> tuple[str, ...]:
    """The next times from the one asked for on in which as long a stretch is free, in words."""
    length, last = asked.ends - asked.begins, asked.begins + AHEAD
    around = openings(windows, zone, asked.begins, last)
    closed = [one for one in around if not one.window.opens and concerns(asked.line, one.window.line)]
    rooms = [one for one in around if one.window.opens and one.window.line in (None, asked.line)]
    others = [one for one in taken if concerns(asked.line, one.line)]
    spans = [(one.begins, one.ends) for one in rooms] if within == "maintenance" else [(asked.begins, last)]
    found: list[str] = []
    for begins, ends in dict.fromkeys(spans):
        starts = {max(begins, asked.begins), *(one.ends for one in closed), *(one.ends for one in others)}
        for start in sorted(one for one in starts if begins <= one and one + length <= ends):
            tried = Taken(asked.item, asked.line, start, start + length)
            if not judge(windows, zone, tried, taken, within)[1]:
                found.append(_stretch(start, ends, zone) if within == "maintenance" else f"from {clock(start, zone)}")
                break
        if len(found) == NAMED:
            break
    return tuple(found)


def most_at_once(taken: Sequence[Taken], begins: datetime, ends: datetime) -> int:
    """How many bookings there are at once at most between two moments."""
    inside = [one for one in taken if one.begins < ends and one.ends > begins]
    starts = {max(one.begins, begins) for one in inside}
    return max((sum(one.begins <= start < one.ends for one in inside) for start in starts), default=0)


def clock(moment: datetime, zone: str) -> str:
    """`Sat 2 Jan 2027, 06:00 CET`"""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def _full(asked: Taken, others: Sequence[Taken], capacity: int) -> Iterator[str]:
    if most_at_once(others, asked.begins, asked.ends) >= capacity:
        there = [one for one in others if one.begins < asked.ends and one.ends > asked.begins]
        named = ", ".join(f"{one.item} ({one.line or 'the whole site'})" for one in there)
        most = "one at a time" if capacity == 1 else f"{capacity} at a time"
        yield f"It is taken by {named}; there may be {most}."


def _holds(one: Opening, asked: Taken) -> bool:
    fits = one.begins <= asked.begins and asked.ends <= one.ends
    return fits and one.window.opens and one.window.line in (None, asked.line)


def _occurrences(window: Window, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Opening]:
    if window.every is None:
        if window.since is not None and window.until is not None:
            yield Opening(window, _moment(window.since, zone), _moment(window.until, zone))
        return
    day, last = since.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    while day <= last:
        if day.weekday() in window.every.days:
            ends = day if window.every.end > window.every.start else day + timedelta(days=1)
            yield Opening(window, _on(day, window.every.start, zone), _on(ends, window.every.end, zone))
        day += timedelta(days=1)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    return _moment(datetime.combine(day, at), zone)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _order(one: Opening) -> tuple[datetime, datetime, str]:
    return one.begins, one.ends, one.window.name


def _called(window: Window) -> str:
    why = f" ({window.why})" if window.why else ""
    return f"The {window.kind} {window.name}{why}"


def _stretch(begins: datetime, ends: datetime, zone: str) -> str:
    until = ends.astimezone(ZoneInfo(zone))
    same = until.date() == begins.astimezone(ZoneInfo(zone)).date()
    return f"{clock(begins, zone)} to {f'{until:%H:%M}' if same else clock(ends, zone)}"
