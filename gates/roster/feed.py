"""Absences out of a calendar (iCalendar, RFC 5545): which appointments say that somebody is away, and when. Pure.

Only what says so counts: shown as *out of office*, filed under a category such as `Vacation`, or named so. An
appointment that is cancelled, or shown as free and not as out of office, does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from policies.errors import TollgateError

MOST_BYTES = 1024 * 1024
MOST_LINES = 50_000
MOST_EVENTS = 5_000
MOST_OCCURRENCES = 500
AHEAD = timedelta(days=400)
"""How far ahead appointments are taken."""
OLDEST = timedelta(days=3660)
"""How old the first of a series may be: each since then is counted through."""
LONGEST = timedelta(days=400)
AWAY_WORDS = ("out of office", "ooo", "vacation", "holiday", "leave", "absence")
RULES = re.compile(r"FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;|$)|;FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;|$)")
PLAIN_RULE = re.compile(r"[A-Z0-9=;,+-]{1,300}")


class FeedError(TollgateError):
    """A calendar that cannot be taken; says where and why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One absence of a calendar. `occurrence` says which appointment, the same at every reading."""

    occurrence: str
    since: datetime
    until: datetime


@dataclass
class _Event:
    line: int
    values: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        found = self.values.get(name)
        return found[0][1] if found else ""


def read_feed(raw: bytes, zone: str, now: datetime) -> list[Spell]:
    """The absences of a calendar from `now` on, the soonest first; days and local times are of `zone`.

    Raises FeedError, with the line.
    """
    if len(raw) > MOST_BYTES:
        raise FeedError(f"The calendar has {len(raw):,} bytes; {MOST_BYTES:,} are read. Export the coming year alone.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FeedError("The calendar is not written in UTF-8.") from error
    events = list(islice(_events(text), MOST_EVENTS + 1))
    if len(events) > MOST_EVENTS:
        raise FeedError(f"The calendar has more than {MOST_EVENTS:,} appointments. Export the coming year alone.")
    moved = _moved(events, zone)
    found: dict[str, Spell] = {}
    for event in events:
        if not _is_away(event):
            continue
        for spell in _spells(event, zone, now, moved):
            found[spell.occurrence] = spell
            if len(found) > MOST_OCCURRENCES:
                raise FeedError(f"The calendar has more than {MOST_OCCURRENCES} absences ahead.")
    return sorted(found.values(), key=lambda one: (one.since, one.occurrence))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """The lines, those that were folded put together, each with the number it begins at."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MOST_LINES:
        raise FeedError(f"The calendar has {len(lines):,} lines; {MOST_LINES:,} are read.")
    start, parts = 1, [""]
    for number, line in enumerate(lines, 1):
        if line[:1] in (" ", "\t"):
            parts.append(line[1:])
        else:
            yield start, "".join(parts)
            start, parts = number, [line]
    yield start, "".join(parts)


def _events(text: str) -> Iterator[_Event]:
    event: _Event | None = None
    inside: list[str] = []
    is_calendar = False
    for number, line in _unfolded(text):
        if not line.strip():
            continue
        name, parameters, value = _property(number, line)
        if name == "BEGIN":
            inside.append(value.upper())
            is_calendar = is_calendar or inside == ["VCALENDAR"]
            event = _Event(number) if inside == ["VCALENDAR", "VEVENT"] else event
        elif name == "END":
            if not inside or inside.pop() != value.upper():
                raise FeedError(f"Line {number}: END:{value[:40]} ends nothing that began.")
            if event is not None and inside == ["VCALENDAR"]:
                yield event
                event = None
        elif event is not None and inside == ["VCALENDAR", "VEVENT"]:
            event.values.setdefault(name, []).append((parameters, value))
    if inside or not is_calendar:
        raise FeedError("The calendar is cut off, or is none: it begins with BEGIN:VCALENDAR and ends with its END.")


def _property(number: int, line: str) -> tuple[str, dict[str, str], str]:
    """`DTSTART;TZID=Europe/Paris:20261224T080000` in its parts."""
    in_quotes, place = False, -1
    for at, sign in enumerate(line):
        in_quotes ^= sign == '"'
        if sign == ":" and not in_quotes:
            place = at
            break
    if place < 1:
        raise FeedError(f"Line {number}: {line[:40]!r} is no property of a calendar.")
    head, *rest = line[:place].split(";")
    parameters = dict(part.partition("=")[::2] for part in rest)
    plain = {name.upper(): value.strip('"') for name, value in parameters.items()}
    return head.upper(), plain, line[place + 1 :].strip()


def _is_away(event: _Event) -> bool:
    if event.one("STATUS").upper() == "CANCELLED":
        return False
    shown = (event.one("X-MICROSOFT-CDO-BUSYSTATUS") or event.one("X-MICROSOFT-CDO-INTENDEDSTATUS")).upper()
    if shown == "OOF":
        return True
    if event.one("TRANSP").upper() == "TRANSPARENT":
        return False
    filed = {word.strip().casefold() for _, value in event.values.get("CATEGORIES", ()) for word in value.split(",")}
    title = event.one("SUMMARY").casefold().strip()
    return bool(filed & set(AWAY_WORDS)) or title.startswith(("out of office", "ooo"))


def _moment(event: _Event, name: str, zone: str) -> tuple[datetime, bool] | None:
    """A property as a moment, and whether it is a whole day. Raises FeedError."""
    found = event.values.get(name)
    return _point(event, *found[0], zone) if found else None


def _point(event: _Event, parameters: dict[str, str], value: str, zone: str) -> tuple[datetime, bool]:
    try:
        if parameters.get("VALUE", "").upper() == "DATE" or re.fullmatch(r"[0-9]{8}", value):
            day = date(int(value[:4]), int(value[4:6]), int(value[6:8]))
            return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC), True
        if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z?", value):
            raise ValueError(value)
        plain = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  (its zone is put on below)
        named = UTC if value.endswith("Z") else ZoneInfo(_known_zone(parameters.get("TZID"), zone))
        return plain.replace(tzinfo=named).astimezone(UTC), False
    except (ValueError, OverflowError) as error:
        raise FeedError(f"Line {event.line}: the appointment has {value[:40]!r} for a time.") from error


def _known_zone(named: str | None, zone: str) -> str:
    """An IANA zone; names of one's own (`W. Europe Standard Time`) are read as the person's zone."""
    if named is None:
        return zone
    try:
        ZoneInfo(named)
    except (KeyError, ValueError, OSError):
        return zone
    return named


def _length(event: _Event, zone: str, start: tuple[datetime, bool]) -> timedelta:
    end = _moment(event, "DTEND", zone)
    if end is not None:
        return end[0] - start[0]
    told = event.one("DURATION")
    if told:
        return _duration(event, told)
    return timedelta(days=1) if start[1] else timedelta(0)


def _duration(event: _Event, told: str) -> timedelta:
    found = re.fullmatch(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?", told)
    if found is None:
        raise FeedError(f"Line {event.line}: the appointment lasts {told[:40]!r}, which is no duration.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _moved(events: Sequence[_Event], zone: str) -> set[tuple[str, datetime]]:
    """Appointments of a series that were moved one by one: the series leaves them out."""
    found = set()
    for event in events:
        point = _moment(event, "RECURRENCE-ID", zone)
        if point is not None:
            found.add((event.one("UID"), point[0]))
    return found


def _spells(event: _Event, zone: str, now: datetime, moved: set[tuple[str, datetime]]) -> Iterator[Spell]:
    start = _moment(event, "DTSTART", zone)
    if start is None:
        raise FeedError(f"Line {event.line}: the appointment has no DTSTART.")
    length, uid = _length(event, zone, start), event.one("UID")[:120] or f"line-{event.line}"
    if length <= timedelta(0):
        return
    if length > LONGEST:
        raise FeedError(f"Line {event.line}: the appointment lasts {length.days} days; {LONGEST.days} are taken.")
    for at in _starts(event, start, zone, now, length):
        if event.one("RRULE") and (uid, at) in moved:
            continue
        spell = Spell(f"{uid}@{at:%Y%m%dT%H%M%SZ}", at, at + length)
        if start[1]:
            days = round(length / timedelta(days=1))
            first = at.astimezone(ZoneInfo(zone)).date()
            ends = datetime.combine(first + timedelta(days=days), time(), ZoneInfo(zone)).astimezone(UTC)
            spell = replace(spell, until=ends)
        if spell.until > now and spell.since < now + AHEAD:
            yield spell


def _starts(
    event: _Event, start: tuple[datetime, bool], zone: str, now: datetime, length: timedelta
) -> Iterator[datetime]:
    rule = event.one("RRULE").upper()
    if not rule:
        yield start[0]
        return
    if not PLAIN_RULE.fullmatch(rule) or not RULES.search(rule) or "BYSECOND" in rule or "BYMINUTE" in rule:
        raise FeedError(f"Line {event.line}: the rule {rule[:60]!r} is not taken; days, weeks, months and years are.")
    if now - start[0] > OLDEST:
        raise FeedError(f"Line {event.line}: the series began {start[0]:%Y-%m-%d}; split it in the calendar.")
    out = {
        _point(event, parameters, one, zone)[0]
        for parameters, value in event.values.get("EXDATE", ())
        for one in value.split(",")
    }
    home = ZoneInfo(_known_zone(event.values["DTSTART"][0][0].get("TZID"), zone))
    begin = start[0].astimezone(home)
    # Worked out on the wall clock, so that every day at nine stays at nine when the clocks change.
    local = re.sub(r"UNTIL=([0-9]{8}T[0-9]{6})Z", lambda found: f"UNTIL={_local(found[1], home)}", rule)
    try:
        series = rrulestr(local, dtstart=begin.replace(tzinfo=None))
        first = (now - length - timedelta(days=1)).astimezone(home).replace(tzinfo=None)
        last = (now + AHEAD).astimezone(home).replace(tzinfo=None)
        found = list(islice(series.xafter(first, inc=True), MOST_OCCURRENCES + 1))
    except (ValueError, TypeError, OverflowError) as error:
        raise FeedError(f"Line {event.line}: the rule {rule[:60]!r} cannot be followed.") from error
    for one in found:
        at = one.replace(tzinfo=home).astimezone(UTC)
        if one <= last and at not in out:
            yield at


def _local(moment: str, zone: ZoneInfo) -> str:
    plain = datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return plain.astimezone(zone).strftime("%Y%m%dT%H%M%S")
