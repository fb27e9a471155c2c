"""Absences out of a calendar: what counts, when, and what is refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_policy import publish
from world import World

from gates.roster.feed import FeedError, read_feed
from gates.service.absences import Absence

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def feed(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".encode()


def spells(*events: str, zone: str = "Europe/Paris") -> list[tuple[str, str]]:
    return [(f"{one.since:%m-%d %H:%M}", f"{one.until:%m-%d %H:%M}") for one in read_feed(feed(*events), zone, NOW)]


AWAY = "X-MICROSOFT-CDO-BUSYSTATUS:OOF"


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (f"UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nDTEND;VALUE=DATE:20260826\r\n{AWAY}", [("08-23 22:00", "08-25 22:00")]),
        (f"UID:1\r\nDTSTART:20260824T080000Z\r\nDURATION:PT4H\r\n{AWAY}", [("08-24 08:00", "08-24 12:00")]),
        (f"UID:1\r\nDTSTART;TZID=Europe/Paris:20260824T080000\r\nDTEND;TZID=Europe/Paris:20260824T1200\r\n 00\r\n{AWAY}", [("08-24 06:00", "08-24 10:00")]),
        (f"UID:1\r\nDTSTART;TZID=Romance Standard Time:20260824T080000\r\nDURATION:PT1H\r\n{AWAY}", [("08-24 06:00", "08-24 07:00")]),
        ("UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nCATEGORIES:Travel,Vacation", [("08-23 22:00", "08-24 22:00")]),
        ("UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nSUMMARY:OOO: sailing", [("08-23 22:00", "08-24 22:00")]),
        ("UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nSUMMARY:Dentist", []),
        ("UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nSUMMARY:OOO\r\nTRANSP:TRANSPARENT", []),
        (f"UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nTRANSP:TRANSPARENT\r\n{AWAY}", [("08-23 22:00", "08-24 22:00")]),
        (f"UID:1\r\nDTSTART;VALUE=DATE:20260824\r\nSTATUS:CANCELLED\r\n{AWAY}", []),
        (f"UID:1\r\nDTSTART;VALUE=DATE:20260101\r\n{AWAY}", []),
        (f"UID:1\r\nDTSTART;TZID=Europe/Paris:20261022T130000\r\nDURATION:PT5H\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=Europe/Paris:20261105T130000\r\n{AWAY}",
         [("10-22 11:00", "10-22 16:00"), ("10-29 12:00", "10-29 17:00")]),
        (f"UID:1\r\nDTSTART;VALUE=DATE:20260821\r\nRRULE:FREQ=WEEKLY;UNTIL=20260904T000000Z\r\n{AWAY}",
         [("08-20 22:00", "08-21 22:00"), ("08-27 22:00", "08-28 22:00"), ("09-03 22:00", "09-04 22:00")]),
    ],
)  # fmt: skip
def test_what_counts_and_when(event: str, found: list[tuple[str, str]]) -> None:
    """Out of office counts, free and cancelled do not; days are of the person; a series keeps its wall clock."""
    assert spells(event) == found


def test_one_of_a_series_is_moved() -> None:
    """It is taken where it was moved to, and not where it was."""
    series = f"UID:s\r\nDTSTART:20260824T080000Z\r\nDURATION:PT4H\r\nRRULE:FREQ=DAILY;COUNT=2\r\n{AWAY}"
    moved = f"UID:s\r\nRECURRENCE-ID:20260825T080000Z\r\nDTSTART:20260827T080000Z\r\nDURATION:PT4H\r\n{AWAY}"
    assert spells(series, moved) == [("08-24 08:00", "08-24 12:00"), ("08-27 08:00", "08-27 12:00")]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "cut off, or is none"),
        (b"\xff\xfe", "not written in UTF-8"),
        (b"x" * 1024 * 1025, "1,048,576 are read"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "cut off"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR", "Line 2: 'nonsense' is no property"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "ends nothing that began"),
        (feed(AWAY), "has no DTSTART"),
        (feed(f"DTSTART:yesterday\r\n{AWAY}"), "'yesterday' for a time"),
        (feed(f"DTSTART:20260824T080000Z\r\nRRULE:FREQ=SECONDLY\r\nDURATION:PT1H\r\n{AWAY}"), "is not taken"),
        (feed(f"DTSTART:19010101T080000Z\r\nRRULE:FREQ=DAILY\r\nDURATION:PT1H\r\n{AWAY}"), "split it in the calendar"),
        (feed(f"DTSTART:20260824T080000Z\r\nDURATION:P9999D\r\n{AWAY}"), "lasts 9999 days"),
        (feed(*(f"UID:{n}\r\nDTSTART;VALUE=DATE:20260824\r\n{AWAY}" for n in range(501))), "more than 500 absences"),
        (feed(*("UID:1" for _ in range(5001))), "more than 5,000 appointments"),
    ],
)
def test_calendars_that_are_none_are_refused(raw: bytes, said: str) -> None:
    """With the line; hostile ones before they cost anything."""
    with pytest.raises(FeedError, match=said):
        read_feed(raw, "Europe/Paris", NOW)


LINES = st.lists(
    st.sampled_from([
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", AWAY, "UID:1", "DTSTART:20260824T080000Z",
        "DTSTART;VALUE=DATE:20260824", "DTEND:20260830T080000Z", "RRULE:FREQ=DAILY;BYDAY=MO", "RRULE:FREQ=YEARLY;BYEASTER=1",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=-1", "EXDATE:20260825T080000Z,2026", "RECURRENCE-ID:20260824", " folded",
        "DURATION:P1W", "DTSTART;TZID=../../etc/passwd:20260824T080000",
    ]) | st.text(max_size=20),
    max_size=12,
)  # fmt: skip


@given(LINES)
def test_whatever_a_calendar_says_it_is_read_or_refused(lines: list[str]) -> None:
    """Never anything else."""
    with contextlib.suppress(FeedError):
        read_feed("\r\n".join(lines).encode("utf-8", "replace"), "Europe/Paris", NOW)


def test_a_calendar_is_edited_and_the_absence_follows(world: World) -> None:
    """Read once and again: nothing twice; the appointment moves, and the absence; it goes, and the ask comes back."""
    key = publish(world, "approve: {from: quality-lead, at: item.site, at_least: 1}")

    def read(*events: str) -> tuple[int, int]:
        found = [
            Absence("mei", one.since, one.until, "ben", source="calendar", occurrence=one.occurrence)
            for one in read_feed(feed(*events), "Europe/Paris", world.clock.now())
        ]
        made, ended = world.register.follow_feed("mei", found, world.by("mei"))
        return len(made), len(ended)

    week = f"UID:1\r\nDTSTART;VALUE=DATE:20260818\r\nDTEND;VALUE=DATE:20260824\r\n{AWAY}"
    longer = week.replace("20260824", "20260826")
    assert read(week) == (1, 0)
    assert read(week) == (0, 0)
    world.pass_time(days=1)
    assert [ask.item.key for ask in world.register.inbox("ben")] == [key]
    assert read(week) == (0, 0)
    asked = len(world.mails("ben@example.com"))
    assert read(longer) == (1, 1)
    world.carry()
    assert len(world.mails("ben@example.com")) == asked
    assert [ask.item.key for ask in world.register.inbox("ben")] == [key]
    (view,) = world.register.absences("mei")
    assert (f"{view.until:%m-%d %H}", view.source) == ("08-25 22", "calendar")
    assert read() == (0, 1)
    world.carry()
    assert world.register.inbox("ben") == []
    world.sign("mei", key)
    assert world.state(key) == "done"
