"""When meetings come again: by the clock of the site, through daylight saving, around days off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gates.calendars import ClosedSpell, Site
from gates.meetings import occurrences, times_of
from policies.model import Meeting

LYON = Site("Lyon", "Europe/Paris", "FR")


def meeting(every: str, **more: object) -> Meeting:
    return Meeting.model_validate(
        {"title": "Board", "every": every, "chair": {"role": "lead"}, "items": ("x",), **more}
    )


def days(words: Meeting, since: str, until: str, site: Site = LYON) -> list[str]:
    """Each occurrence by the site's clock, with the day it was planned for where that is another."""
    first, last = (datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(site.zone)) for day in (since, until))
    found = []
    for one in occurrences(words, site, first, last):
        if one.starts_at is None:
            found.append(f"{one.planned_on} left out")
            continue
        local = one.starts_at.astimezone(ZoneInfo(site.zone))
        was = f" for {one.planned_on}" if one.planned_on != local.date() else ""
        found.append(f"{local:%Y-%m-%d %H:%M}{was}")
    return found


def test_the_hour_is_the_clock_s_on_both_sides_of_the_change():
    """Ten in the morning is eight UTC in summer and nine in winter."""
    found = occurrences(meeting("week on tuesday 10:00"), LYON, *_span("2026-10-18", "2026-11-02"))
    assert [one.starts_at for one in found] == [
        datetime(2026, 10, 20, 8, tzinfo=UTC),
        datetime(2026, 10, 27, 9, tzinfo=UTC),
    ]
    assert [one.ends_at for one in found] == [
        datetime(2026, 10, 20, 9, tzinfo=UTC),
        datetime(2026, 10, 27, 10, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("week on monday 09:00", ["2026-03-23 09:00", "2026-03-30 09:00"]),
        (
            "week on monday, thursday 09:00",
            ["2026-03-23 09:00", "2026-03-26 09:00", "2026-03-30 09:00", "2026-04-02 09:00"],
        ),
        ("month on first friday 14:30", ["2026-04-03 14:30"]),
        ("month on last monday 08:00", ["2026-03-30 08:00"]),
        ("month on fourth tuesday 08:00", ["2026-03-24 08:00"]),
    ],
)
def test_the_words_mean_these_days(every, expected):
    """Weeks and months, by the site's days."""
    assert days(meeting(every), "2026-03-22", "2026-04-04") == expected


def test_every_working_day_leaves_weekend_and_holiday_out():
    """On Easter Monday nobody meets, and nobody meets twice on the Tuesday after."""
    found = days(meeting("workday 08:30"), "2026-04-03", "2026-04-08")
    assert found == ["2026-04-03 08:30", "2026-04-06 left out", "2026-04-07 08:30"]


def test_every_second_week_is_counted_from_its_first_day():
    """The day in `from` is one of them."""
    words = meeting("2 weeks on wednesday 10:00", **{"from": "2026-01-14"})
    assert days(words, "2026-01-01", "2026-02-15") == ["2026-01-14 10:00", "2026-01-28 10:00", "2026-02-11 10:00"]


@pytest.mark.parametrize(
    ("holiday", "expected"),
    [
        ("skip", ["2026-05-01 left out"]),
        ("next", ["2026-05-04 10:00 for 2026-05-01"]),
        ("before", ["2026-04-30 10:00 for 2026-05-01"]),
    ],
)
def test_a_public_holiday_moves_it_as_the_process_says(holiday, expected):
    """The first of May 2026 is a Friday."""
    assert days(meeting("week on friday 10:00", holiday=holiday), "2026-04-26", "2026-05-06") == expected


def test_why_it_moved_names_the_holiday():
    """People ask."""
    (found,) = occurrences(meeting("week on friday 10:00"), LYON, *_span("2026-04-26", "2026-05-06"))
    assert found.why == "2026-05-01 is not worked (Labor Day)"


def test_a_shut_down_longer_than_a_fortnight_leaves_it_out():
    """Nothing is moved across a whole summer."""
    shut = Site("Lyon", "Europe/Paris", "FR", closed=(ClosedSpell(date(2026, 8, 1), date(2026, 8, 31), "Summer"),))
    found = days(meeting("week on tuesday 10:00"), "2026-08-01", "2026-09-02", shut)
    assert found == [
        "2026-08-04 left out",
        "2026-08-11 left out",
        "2026-08-18 left out",
        "2026-08-25 left out",
        "2026-09-01 10:00",
    ]


def test_the_cut_off_is_counted_in_working_days_back_over_the_new_year():
    """Two working days before 5 January are 31 December: 1 January is none."""
    words = meeting("week on tuesday 10:00", cut_off="2wd")
    _, cut_off = times_of(words, LYON, datetime(2027, 1, 5, 9, tzinfo=UTC))
    assert cut_off == datetime(2026, 12, 31, 9, tzinfo=UTC)


def _span(since: str, until: str) -> tuple[datetime, datetime]:
    zone = ZoneInfo("Europe/Paris")
    return datetime.fromisoformat(since).replace(tzinfo=zone), datetime.fromisoformat(until).replace(tzinfo=zone)
