"""Windows as such: what the file says, the hours of the clock, and free times that are free."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_changes import SITES, sites

from gates.sitesfile import site_of
from gates.windows import Taken, Window, free_times, judge, moment_of, most_at_once, openings
from policies.errors import ProcessError
from policies.shifts import Shift

ZONE = "Europe/Paris"
START = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{kind: maintenance}", "one of the two"),
        ("{kind: freeze, from: 2026-12-18}", "one of the two"),
        ('{kind: freeze, from: 2026-12-18, until: 2026-12-20, every: "sat 06:00-18:00"}', "one of the two"),
        ("{kind: freeze, from: 2026-12-18, until: 2026-12-17}", "which is not later"),
        ("{kind: freeze, from: 2026-02-30, until: 2026-03-17}", "day is out of range"),
        ('{kind: maintenance, every: "sat 26:00-18:00"}', "there is no hour 26"),
        ('{kind: pause, every: "sat 06:00-18:00"}', "maintenance"),
        ('{kind: maintenance, every: "sat 06:00-18:00", capacity: 0}', "greater than or equal to 1"),
    ],
)
def test_a_window_that_says_nothing_is_refused_with_its_line(line: str, said: str) -> None:
    text = SITES.replace('{kind: maintenance, every: "sat 06:00-18:00"}', line)
    with pytest.raises(ProcessError, match=said) as refused:
        sites(text)
    assert refused.value.faults[0].line == 7


def test_a_window_keeps_to_the_clock_of_its_site() -> None:
    """Saturday 22:00 to 06:00 is eight hours, nine in the night of 24 to 25 October, and seven in that of 27 March; a
    freeze by days begins with the first and ends with the last."""
    site = site_of("Lyon", sites(SITES).sites["Lyon"])
    found = openings(site.windows, site.zone, START, START + timedelta(days=200))
    nights = {one.begins.date().isoformat(): one.ends - one.begins for one in found if one.window.name == "night"}
    assert nights["2026-10-17"] == timedelta(hours=8)
    assert nights["2026-10-24"] == timedelta(hours=9)
    assert nights["2027-03-27"] == timedelta(hours=7)
    freeze = next(one for one in found if one.window.kind == "freeze")
    assert freeze.begins == datetime(2026, 12, 17, 23, tzinfo=UTC)
    assert freeze.ends == datetime(2027, 1, 3, 23, tzinfo=UTC)


def test_an_hour_that_is_skipped_is_no_moment_and_one_that_comes_twice_is_both() -> None:
    skipped, twice = (datetime(2027, 3, 28, 2, 30), datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001
    assert moment_of(skipped, ZONE) is None
    first, second = moment_of(twice, ZONE), moment_of(twice, ZONE, is_end=True)
    assert first is not None
    assert second is not None
    assert second - first == timedelta(hours=1)


hours = st.integers(min_value=0, max_value=24 * 40)
taken = st.builds(
    lambda item, line, begins, length: Taken(
        item, line, START + timedelta(hours=begins), START + timedelta(hours=begins + length)
    ),
    st.sampled_from(["A", "B", "C", "D"]),
    st.sampled_from(["L1", "L2", None]),
    hours,
    st.integers(min_value=1, max_value=30),
)
windows = st.lists(
    st.builds(
        lambda kind, line, day, begins, length, capacity: Window(
            "w", kind, line, Shift((day,), time(begins), time((begins + length) % 24)), capacity=capacity
        ),
        st.sampled_from(["maintenance", "maintenance", "freeze"]),
        st.sampled_from(["L1", None]),
        st.integers(min_value=0, max_value=6),
        st.integers(min_value=0, max_value=23),
        st.integers(min_value=1, max_value=23),
        st.integers(min_value=1, max_value=3),
    ),
    max_size=5,
)


@given(windows, st.lists(taken, max_size=6), taken, st.sampled_from(["maintenance", "any_time"]))
def test_what_may_be_booked_is_never_too_much_and_a_free_time_is_named_where_there_is_one(  # type: ignore[no-untyped-def]
    there, others, asked, within
) -> None:
    """No window holds more than its capacity after a booking, no freeze is touched; a time that may be booked itself
    is always the first that is free."""
    room, against = judge(there, ZONE, asked, others, within)
    free = free_times(there, ZONE, asked, others, within)
    if against:
        assert room is None or most_at_once(others, asked.begins, asked.ends) >= room.window.capacity or any(
            not one.window.opens for one in openings(there, ZONE, asked.begins, asked.ends)
        )  # fmt: skip
        return
    assert free
    mine = [one for one in [*others, asked] if one.line is None or asked.line is None or one.line == asked.line]
    assert most_at_once(mine, asked.begins, asked.ends) <= (room.window.capacity if room else 1)
    for one in openings(there, ZONE, asked.begins, asked.ends):
        assert one.window.opens or (one.window.line not in (None, asked.line) and asked.line is not None)


@given(st.lists(taken, max_size=8), taken)
def test_the_most_at_once_is_what_a_look_at_every_hour_finds(others, asked) -> None:  # type: ignore[no-untyped-def]
    """Bookings here begin and end on the hour, so that each hour can be looked at."""
    looks, at = [], asked.begins
    while at < asked.ends:
        looks.append(sum(one.begins <= at < one.ends for one in others))
        at += timedelta(hours=1)
    assert most_at_once(others, asked.begins, asked.ends) == max(looks)
