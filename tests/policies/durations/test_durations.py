"""Durations: how they are written, and how they are counted."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.durations import DurationError, before, parse_duration, share_of
from policies.shifts import WorkCalendar

PARIS = ZoneInfo("Europe/Paris")
LYON = WorkCalendar("Europe/Paris", frozenset({date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14)}))
PLAIN = WorkCalendar()
GULF = WorkCalendar("Asia/Riyadh", weekend=(4, 5))


def paris(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


def later(text: str, start: datetime, where: WorkCalendar = LYON) -> datetime:
    return parse_duration(text).after(start, where)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("90m", "90 minutes"), ("1m", "1 minute"), ("24h", "24 hours"), ("1h", "1 hour"), ("3d", "3 days"),
        ("5wd", "5 working days"), ("1wd", "1 working day"), ("2w", "2 weeks"), ("6mo", "6 months"),
        ("99999d", "99999 days"),
    ],
)  # fmt: skip
def test_a_duration_reads_back_as_written_and_in_words(text, words):
    """Each unit has its word, one or many."""
    assert (str(parse_duration(text)), parse_duration(text).words) == (text, words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "wd",
        "0d",
        "05d",
        "-1d",
        "1.5h",
        "5 d",
        "5D",
        "5wds",
        "100000d",
        "1y",
        "5d ",
        "٥d",
        "5d\n",
        "1d2h",
    ],
)
def test_anything_else_is_no_duration(text):
    """What is no whole number and unit is refused with the forms there are."""
    with pytest.raises(DurationError, match="write 90m, 24h, 3d, 5wd"):
        parse_duration(text)


# -- daylight saving: in Paris clocks go forward on 2026-03-29 at 2:00, and back on 2026-10-25 at 3:00 -------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1d", paris(2026, 3, 28, 9, 0), paris(2026, 3, 29, 9, 0)),
        ("24h", paris(2026, 3, 28, 9, 0), paris(2026, 3, 29, 10, 0)),
        ("1d", paris(2026, 10, 24, 9, 0), paris(2026, 10, 25, 9, 0)),
        ("24h", paris(2026, 10, 24, 9, 0), paris(2026, 10, 25, 8, 0)),
        ("1w", paris(2026, 3, 25, 17, 30), paris(2026, 4, 1, 17, 30)),
        ("1wd", paris(2026, 3, 27, 17, 30), paris(2026, 3, 30, 17, 30)),
        ("1mo", paris(2026, 3, 1, 8, 0), paris(2026, 4, 1, 8, 0)),
        ("90m", paris(2026, 3, 29, 1, 0), paris(2026, 3, 29, 3, 30)),
    ],
)
def test_a_day_is_a_day_on_the_local_clock_and_an_hour_is_sixty_minutes(text, start, end):
    """Across a change of the clocks, days, weeks and months keep the time of day; hours elapse."""
    assert later(text, start) == end
    assert later(text, start).utcoffset() == timedelta(0)


def test_a_time_that_the_spring_skips_becomes_the_one_an_hour_later():
    """2:30 on the day clocks go forward does not exist; 3:30 does."""
    assert later("1d", paris(2026, 3, 28, 2, 30)).astimezone(PARIS).time().isoformat() == "03:30:00"


def test_of_a_time_that_comes_twice_the_first_is_meant():
    """2:30 on the day clocks go back comes twice; the deadline is the first."""
    assert later("1d", paris(2026, 10, 24, 2, 30)) == utc(2026, 10, 25, 0, 30)


def test_starting_in_the_second_of_two_hours_makes_no_difference_elsewhere():
    """Which of two equal hours it started in is forgotten on another day, also on the next day of change."""
    twice = datetime(2023, 10, 29, 2, 30, fold=1, tzinfo=PARIS)
    assert later("29mo", twice).astimezone(PARIS).time().isoformat() == "03:30:00"
    assert later("1d", twice) == later("1d", twice.replace(fold=0))


# -- months ------------------------------------------------------------------------------------------


def plus_months(moment: datetime, count: int) -> datetime:
    """Calendar months as the published status timers count them: clipped to the end of a shorter month."""
    years, month = divmod(moment.month - 1 + count, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        (utc(2026, 8, 31, 12, 0), "6mo", utc(2027, 2, 28, 12, 0)),
        (utc(2023, 8, 31, 12, 0), "6mo", utc(2024, 2, 29, 12, 0)),
        (utc(2026, 1, 31), "1mo", utc(2026, 2, 28)),
        (utc(2026, 1, 31), "2mo", utc(2026, 3, 31)),
        (utc(2026, 12, 15), "1mo", utc(2027, 1, 15)),
        (utc(2024, 2, 29), "12mo", utc(2025, 2, 28)),
    ],
)
def test_a_month_ends_with_the_month(start, text, end):
    """A month from the 31st is the last day of a shorter month, and two months from it the 31st again."""
    assert later(text, start, PLAIN) == end


@given(
    st.datetimes(utc(1990, 1, 1).replace(tzinfo=None), utc(2100, 1, 1).replace(tzinfo=None)),
    st.integers(1, 240),
)
def test_months_are_counted_as_the_published_timers_count_them(moment, count):
    """For every moment and number of months, the answer is that of clipped calendar months."""
    start = moment.replace(tzinfo=UTC)
    assert later(f"{count}mo", start, PLAIN) == plus_months(start, count)


# -- working days ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1wd", (2026, 8, 17), (2026, 8, 18)),  # Monday to Tuesday
        ("5wd", (2026, 8, 17), (2026, 8, 24)),  # a week
        ("1wd", (2026, 8, 21), (2026, 8, 24)),  # Friday to Monday
        ("1wd", (2026, 8, 22), (2026, 8, 24)),  # from a Saturday
        ("1wd", (2026, 8, 23), (2026, 8, 24)),  # from a Sunday
        ("1wd", (2026, 4, 30), (2026, 5, 4)),  # across the first of May, a Friday, and the weekend
        ("5wd", (2026, 5, 6), (2026, 5, 15)),  # across the eighth and Ascension Day
        ("10wd", (2026, 4, 27), (2026, 5, 13)),
    ],
)
def test_working_days_skip_weekends_and_holidays(text, start, end):
    """Only days on which the site works are counted, whatever day it starts on."""
    assert later(text, paris(*start, 9, 0)) == paris(*end, 9, 0)


@pytest.mark.parametrize(
    ("text", "end", "start"),
    [
        ("1wd", (2026, 8, 24), (2026, 8, 21)),
        ("2wd", (2026, 5, 4), (2026, 4, 29)),
        ("5wd", (2026, 8, 24), (2026, 8, 17)),
    ],
)
def test_working_days_are_counted_backwards_too(text, end, start):
    """A reminder some working days before a deadline skips the same days."""
    assert before(paris(*end, 9, 0), text, LYON) == paris(*start, 9, 0)


def test_a_week_ends_where_the_site_says():
    """Where Friday and Saturday are free, Thursday is followed by Sunday."""
    start = datetime(2026, 8, 20, 9, 0, tzinfo=ZoneInfo("Asia/Riyadh"))
    assert later("1wd", start, GULF).astimezone(ZoneInfo("Asia/Riyadh")).date() == date(2026, 8, 23)


def test_the_day_is_that_of_the_site():
    """Late on Friday in UTC is Saturday in Tokyo, so that a working day later is Monday there."""
    tokyo = WorkCalendar("Asia/Tokyo")
    assert later("1wd", utc(2026, 8, 21, 20, 0), tokyo) == utc(2026, 8, 23, 20, 0)


def test_a_calendar_that_never_opens_is_refused():
    """A site without a working day gets a sentence, not an endless search."""
    with pytest.raises(DurationError, match="closed for years"):
        later("1wd", utc(2026, 8, 17), WorkCalendar(weekend=tuple(range(7))))


@pytest.mark.parametrize(("text", "start"), [("99999mo", utc(2026, 1, 1)), ("99999w", utc(9000, 1, 1))])
def test_a_deadline_past_all_calendars_is_refused(text, start):
    """Past the year 9999, or before the year 1, there is a sentence."""
    with pytest.raises(DurationError, match="leads out of the calendar"):
        later(text, start, PLAIN)
    with pytest.raises(DurationError, match="leads out of the calendar"):
        before(utc(1900, 1, 1), text, PLAIN)


# -- shares and what comes before --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ("50%", utc(2026, 8, 19, 12, 0)),
        ("80%", utc(2026, 8, 21)),
        ("0%", utc(2026, 8, 17)),
        ("100%", utc(2026, 8, 22)),
    ],
)
def test_a_share_of_the_time_is_a_moment_to_the_second(share, expected):
    """`50%` is half-way between the start and the deadline."""
    assert share_of(utc(2026, 8, 17), utc(2026, 8, 22), share) == expected


def test_a_share_never_rounds_past_the_deadline():
    """Of a time that does not divide, whole seconds are kept."""
    start = utc(2026, 8, 17)
    assert share_of(start, start + timedelta(seconds=3), "50%") == start + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1d", paris(2026, 3, 28, 9, 0)),
        ("24h", paris(2026, 3, 28, 8, 0)),
        ("1mo", paris(2026, 2, 28, 9, 0)),
        ("90m", paris(2026, 3, 29, 7, 30)),
    ],
)
def test_a_reminder_comes_so_long_before(text, expected):
    """Before a deadline, days keep the time of day and hours elapse, as after a start."""
    assert before(paris(2026, 3, 29, 9, 0), text, LYON) == expected


def test_a_reminder_that_is_no_duration_is_refused():
    """A word that is no duration is refused before anything is counted."""
    with pytest.raises(DurationError):
        before(utc(2026, 8, 17), "soon", PLAIN)


CALENDARS = st.sampled_from([PLAIN, LYON, GULF, WorkCalendar("America/New_York"), WorkCalendar("Australia/Lord_Howe")])
MOMENTS = st.datetimes(utc(2000, 1, 1).replace(tzinfo=None), utc(2060, 1, 1).replace(tzinfo=None)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(MOMENTS, st.sampled_from(["m", "h", "d", "wd", "w", "mo"]), st.integers(1, 400), CALENDARS)
def test_longer_is_later(start, unit, count, where):
    """One more of a unit is never earlier; and nothing is before its start but by a clock put back."""
    sooner, after = later(f"{count}{unit}", start, where), later(f"{count + 1}{unit}", start, where)
    assert after > sooner
    assert sooner > start


@given(MOMENTS, st.sampled_from(["m", "h", "d", "wd", "w", "mo"]), st.integers(1, 400), CALENDARS)
def test_longer_before_is_earlier(end, unit, count, where):
    """Counting backwards, one more of a unit is never later."""
    later_one, earlier = before(end, f"{count}{unit}", where), before(end, f"{count + 1}{unit}", where)
    assert earlier < later_one < end


@given(MOMENTS, st.integers(1, 60))
def test_working_days_end_on_working_days(start, count):
    """A deadline in working days falls on a day the site works, with that many of them on the way."""
    end = later(f"{count}wd", start)
    first, last = start.astimezone(PARIS).date(), end.astimezone(PARIS).date()
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert LYON.is_open(last)
    assert sum(LYON.is_open(day) for day in days) == count
