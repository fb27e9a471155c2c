"""Working time: what was asked for has been worked when it is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.simulate.clock import NEVER, Hours, WorkTime, seconds, work_time
from gates.simulate.tally import histogram, percentile
from policies.shifts import WorkCalendar

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 30)
PARIS = WorkCalendar("Europe/Paris", frozenset({date(2026, 4, 6), date(2026, 5, 1)}))
START = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())


def paris(*absent: tuple[date, date]) -> WorkTime:
    return work_time(PARIS, Hours(), absent, FIRST, LAST)


@given(st.integers(0, 60 * 86400), st.integers(1, 100 * 3600))
def test_the_time_asked_for_has_been_worked_at_the_end(start: int, work: int) -> None:
    """To the second, and not a second earlier; across holidays and the change of the clocks."""
    at = START + start
    end = paris().after(at, work)
    assert paris().between(at, end) == work
    assert paris().between(at, end - 1) == work - 1


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-27T09:00+01:00", 8, "2026-03-27T17:00+01:00"),
        ("2026-03-27T09:00+01:00", 9, "2026-03-30T10:00+02:00"),  # the clocks change in between
        ("2026-04-03T16:00+02:00", 2, "2026-04-07T10:00+02:00"),  # Easter Monday
        ("2026-04-04T12:00+02:00", 1, "2026-04-07T10:00+02:00"),  # asked on a Saturday
    ],
)
def test_work_goes_on_when_the_site_opens_again(start: str, hours: int, end: str) -> None:
    """By the local clock."""
    found = paris().after(seconds(datetime.fromisoformat(start)), hours * 3600)
    assert found == seconds(datetime.fromisoformat(end))


def test_days_away_are_not_worked() -> None:
    """Both ends included."""
    away = paris((date(2026, 3, 3), date(2026, 3, 4)))
    assert away.between(START, START + 7 * 86400) == 3 * 8 * 3600


def test_past_the_last_day_nobody_ever_answers() -> None:
    """Which is not the same as the last day."""
    assert paris().after(START, 10**9) == NEVER


def test_the_hours_of_a_person_are_in_their_own_zone() -> None:
    """Somebody in Monterrey with the holidays of Paris."""
    there = work_time(PARIS, Hours(time(8), time(16, 30)), (), FIRST, LAST, zone="America/Monterrey")
    end = there.after(START, 3600)
    assert datetime.fromtimestamp(end, UTC) == datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert Hours(time(8), time(16, 30)).seconds == 8.5 * 3600


def test_percentiles_are_values_that_occurred() -> None:
    """Nearest rank."""
    assert [percentile(range(1, 11), part) for part in (10, 50, 90, 100)] == [1, 5, 9, 10]
    assert percentile([7.0], 10) == 7.0


@given(st.lists(st.floats(0, 500), max_size=200))
def test_a_histogram_counts_every_run_once(values: list[float]) -> None:
    """In few steps that touch each other; the last may be open."""
    steps = histogram(values)
    assert sum(step["runs"] for step in steps) == len(values)
    assert len(steps) <= 16
    for one, following in pairwise(steps):
        assert one["to"] == following["from"]
    if steps and steps[-1]["to"] is not None:
        assert max(values) <= steps[-1]["to"]
