"""Working hours: time that passes within the shifts of open days, right over midnight and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.durations import DurationError, parse_duration
from policies.shifts import Shift, WorkCalendar, open_time

WEEK = (0, 1, 2, 3, 4)
EARLY_AND_LATE = (Shift(WEEK, time(6), time(14)), Shift(WEEK, time(14), time(22)))
LYON = WorkCalendar("Europe/Paris", frozenset({date(2026, 5, 1)}), shifts=EARLY_AND_LATE)
NIGHTS = WorkCalendar("Europe/Paris", shifts=(Shift((0, 1, 2, 3, 4, 5, 6), time(22), time(6)),), weekend=())
OFFICE = WorkCalendar("Europe/Paris")


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


def test_a_plant_in_two_shifts_counts_sixteen_hours_a_day() -> None:
    """From Thursday noon in Lyon over a closed Friday and a weekend to Monday."""
    assert parse_duration("16wh").after(utc(2026, 4, 30, 10), LYON) == utc(2026, 5, 4, 10)
    assert parse_duration("10wh").after(utc(2026, 4, 30, 10), LYON) == utc(2026, 4, 30, 20)


def test_without_shifts_an_open_day_has_the_hours_of_an_office() -> None:
    """9 to 17 by the site's clock; asked at night it starts in the morning."""
    assert parse_duration("1wh").after(utc(2026, 8, 17, 1), OFFICE) == utc(2026, 8, 17, 8)
    assert parse_duration("9wh").after(utc(2026, 8, 17, 7), OFFICE) == utc(2026, 8, 18, 8)


def test_a_night_shift_across_the_change_of_the_clock_is_shorter_or_longer() -> None:
    """Clocks go forward on 2026-03-29 and back on 2026-10-25: seven hours and nine, not eight."""
    spring = utc(2026, 3, 28, 21)
    assert open_time(spring, spring + timedelta(hours=12), NIGHTS) == timedelta(hours=7)
    assert parse_duration("8wh").after(spring, NIGHTS) == utc(2026, 3, 29, 21)
    autumn = utc(2026, 10, 24, 20)
    assert open_time(autumn, autumn + timedelta(hours=12), NIGHTS) == timedelta(hours=9)


def test_a_working_saturday_has_the_hours_of_a_friday() -> None:
    """A day that is opened though it is a weekend is worked as the week is."""
    opened = WorkCalendar("Europe/Paris", opened=frozenset({date(2026, 8, 22)}), shifts=EARLY_AND_LATE)
    assert opened.is_open(date(2026, 8, 22))
    assert parse_duration("2wh").after(utc(2026, 8, 21, 20), opened) == utc(2026, 8, 22, 6)
    assert parse_duration("1wd").after(utc(2026, 8, 21, 8), opened) == utc(2026, 8, 22, 8)


def test_hours_that_overlap_count_once() -> None:
    """Two shifts that hand over for an hour are open time once."""
    handing_over = WorkCalendar("UTC", shifts=(Shift(WEEK, time(6), time(15)), Shift(WEEK, time(14), time(22))))
    assert open_time(utc(2026, 8, 17), utc(2026, 8, 18), handing_over) == timedelta(hours=16)


def test_a_calendar_that_never_opens_is_said() -> None:
    """In place of looking for ever."""
    with pytest.raises(DurationError, match="closed for years"):
        parse_duration("1wh").after(utc(2026, 8, 17), WorkCalendar(weekend=(0, 1, 2, 3, 4, 5, 6)))


moments = st.integers(0, 2 * 366 * 86_400).map(lambda seconds: utc(2026, 1, 1) + timedelta(seconds=seconds))
calendars = st.sampled_from([LYON, NIGHTS, OFFICE, WorkCalendar("America/New_York", shifts=EARLY_AND_LATE)])


@given(moments, st.integers(1, 200), calendars)
def test_the_open_time_between_is_what_was_counted(start: datetime, hours: int, calendar: WorkCalendar) -> None:
    """Forward, and back again: n working hours are n hours of open time, whatever lies between."""
    end = parse_duration(f"{hours}wh").after(start, calendar)
    assert open_time(start, end, calendar) == timedelta(hours=hours)
    begun = parse_duration(f"{hours}wh").before(start, calendar)
    assert open_time(begun, start, calendar) == timedelta(hours=hours)
