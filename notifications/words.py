"""Times, counts and marks in the words of a mail."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def day(moment: datetime, zone: str) -> str:
    """`Thu 20 Aug`, in the reader's zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}"


def when(moment: datetime, zone: str) -> str:
    """`Thu 20 Aug 2026, 17:00 CEST`, in the reader's zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b} {local:%Y}, {local:%H:%M} {local.tzname()}"


def utc(moment: datetime) -> str:
    """`2026-08-20 15:00:00 UTC`."""
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S} UTC"


def fingerprint(digest: str) -> str:
    """The first twelve hex digits in groups of four, as people compare them."""
    return " ".join(digest[i : i + 4] for i in range(0, 12, 4))
