"""Times, counts and marks in the words of a mail."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

END_OF_WORK = 16
"""From this hour on a due time means the day it names; before it, the hour has to be said."""


def day(moment: datetime, zone: str, now: datetime) -> str:
    """`Thu 20 Aug`, in the reader's zone; `Wed 25 Nov 02:10`, `Mon 4 Jan 2027` where the day alone would mislead."""
    local = moment.astimezone(ZoneInfo(zone))
    year = f" {local:%Y}" if local.year != now.astimezone(ZoneInfo(zone)).year else ""
    hour = f" {local:%H:%M}" if local.hour < END_OF_WORK else ""
    return f"{local:%a} {local.day} {local:%b}{year}{hour}"


def when(moment: datetime, zone: str) -> str:
    """`Thu 20 Aug 2026, 17:00 CEST`, in the reader's zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b} {local:%Y}, {local:%H:%M} {local.tzname()}"


def span(since: datetime, until: datetime, zone: str) -> str:
    """`Tue 1 Dec 2026, 10:00–11:00 CET`, in the reader's zone; with the day of the end where it is another."""
    first, last = since.astimezone(ZoneInfo(zone)), until.astimezone(ZoneInfo(zone))
    ends = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%a} {last.day} {last:%b} {last:%H:%M}"
    return f"{first:%a} {first.day} {first:%b} {first:%Y}, {first:%H:%M}–{ends} {last.tzname()}"


def clock(moment: datetime, zone: str) -> str:
    """`10:05`, in a zone that is named beside it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def utc(moment: datetime) -> str:
    """`2026-08-20 15:00:00 UTC`."""
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S} UTC"


def fingerprint(digest: str) -> str:
    """The first twelve hex digits in groups of four, as people compare them."""
    return " ".join(digest[i : i + 4] for i in range(0, 12, 4))
