"""When a meeting comes again, read from its words, and a meeting in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Literal

from policies.durations import parse_duration
from policies.model import Meeting, Selector
from policies.phrases import both

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_HOLIDAY = {
    "skip": "is left out on a day that is not worked",
    "next": "moves to the next day that is worked",
    "before": "moves to the day before that is worked",
}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `interval` weeks or months on `days` (Monday as 0), of a month the `nth`, at `at` by the site's clock."""

    unit: Literal["week", "month"]
    interval: int
    days: tuple[int, ...]
    nth: int | None
    at: time


def recurrence_of(text: str) -> Recurrence:
    """`week on tuesday 10:00` -> when that is. The text has the form the model asks for."""
    words, _, clock = text.rpartition(" ")
    at = time.fromisoformat(clock)
    if words == "workday":
        return Recurrence("week", 1, (0, 1, 2, 3, 4), None, at)
    span, _, days = words.partition(" on ")
    count = re.match(r"\d+", span)
    interval = int(count.group()) if count else 1
    nth, _, last = days.rpartition(" ")
    if nth in NTH:
        return Recurrence("month", interval, (DAYS.index(last),), NTH[nth], at)
    return Recurrence("week", interval, tuple(DAYS.index(one) for one in days.split(", ")), None, at)


def meeting_in_words(meeting: Meeting, who: Callable[[Selector], str], state: Callable[[str], str]) -> str:
    """`Change advisory board is held every week on Tuesday 10:00 …`"""
    guests = [who(one) for one in meeting.invited]
    every = re.sub(rf"\b({'|'.join(DAYS)})\b", lambda day: day[1].capitalize(), meeting.every)
    said = f"{meeting.title} is held every {every}, takes {parse_duration(meeting.lasts).words}"
    said += f", and {_HOLIDAY[meeting.holiday]}"
    said += f"; {who(meeting.chair)} chairs it{f' and invites {both(guests)}' if guests else ''}"
    said += f"; what is in {both([state(name) for name in meeting.items])} is decided there"
    if meeting.cut_off is not None:
        said += f" when it is ready {parse_duration(meeting.cut_off).words} before"
    return said
