"""Counts over many runs. Days are working days of the item's site, unless a name says otherwise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, log10
from typing import Any

from gates.simulate.clock import DAY
from gates.simulate.plan import Plan
from gates.simulate.stays import Result, Stay

BARS = 16
"""At most so many bars in a histogram."""
NARROW = 10
"""About so many of them for the lower nine tenths."""


def _lists() -> Any:
    return defaultdict(list)


@dataclass
class Tally:
    """See the fields."""

    plan: Plan
    cycles: list[tuple[float, float, int]] = field(default_factory=list)
    """(working days, calendar days, run) of those that ended."""
    ends: Counter[str] = field(default_factory=Counter)
    stays: dict[str, list[float]] = field(default_factory=_lists)
    """State -> days there in each run that ended and came there."""
    visits: Counter[str] = field(default_factory=Counter)
    last: dict[tuple[str, str], list[float]] = field(default_factory=_lists)
    """(person, capacity) -> days waited for them each time they were the last, in runs that ended."""
    came: Counter[str] = field(default_factory=Counter)
    """Runs that came to a state, ended or not."""
    late: dict[str, list[float]] = field(default_factory=_lists)
    """State -> days past its deadline, of runs that left it too late."""
    never: Counter[str] = field(default_factory=Counter)
    """Runs that went past a state's deadline and never left it."""
    fired: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(state, place on its ladder) -> runs."""
    unfinished: dict[tuple[bool, str, str], list[int]] = field(default_factory=_lists)
    """(stuck, state, why) -> runs without an end."""

    def add(self, number: int, result: Result) -> None:
        """Count one run."""
        if result.end is None:
            self.unfinished[(result.is_stuck, result.stays[-1].state, result.why)].append(number)
        else:
            start, end = self.plan.start, result.stays[-1].since
            self.ends[result.end] += 1
            self.cycles.append((self._days(start, end), (end - start) / DAY, number))
            self._add_waiting(result)
        self._add_deadlines(result)
        self.came.update({stay.state for stay in result.stays})
        self.fired.update({(stay.state, place) for stay in result.stays for place in stay.fired})

    def _days(self, start: int, end: int) -> float:
        return self.plan.time.between(start, end) / self.plan.day

    def _add_waiting(self, result: Result) -> None:
        here: dict[str, float] = {}
        for stay in result.stays[:-1]:
            left = stay.since if stay.until is None else stay.until
            self.visits[stay.state] += 1
            here[stay.state] = here.get(stay.state, 0.0) + self._days(stay.since, left)
            if stay.last is not None:
                self.last[(stay.last.person, stay.last.capacity)].append(self._days(stay.last.asked, left))
        for state, days in here.items():
            self.stays[state].append(days)

    def _add_deadlines(self, result: Result) -> None:
        """Each state counts once a run, with its worst stay."""
        late: dict[str, float] = {}
        for stay in result.stays:
            if stay.due is not None and stay.until is not None and stay.until > stay.due:
                late[stay.state] = max(late.get(stay.state, 0.0), self._days(stay.due, stay.until))
        final = result.stays[-1]
        if self._never_left(final):
            late.pop(final.state, None)
            self.never[final.state] += 1
        for state, days in late.items():
            self.late[state].append(days)

    def _never_left(self, stay: Stay) -> bool:
        """What is there at the horizon is past every deadline before it."""
        return stay.until is None and stay.due is not None and stay.due < self.plan.until


def percentile(values: Sequence[float], part: int) -> float:
    """The smallest value that `part` per cent of all do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * part / 100), 1) - 1]


def histogram(values: Sequence[float]) -> list[dict[str, Any]]:
    """Counts in steps of equal, round width that suit nine of ten; the last takes all the rest (`to` is None)."""
    if not values:
        return []
    step = _round_step((percentile(values, 90) - min(values)) / NARROW)
    first = int(min(values) // step)
    last = int(max(values) // step)
    places = Counter(min(int(value // step), first + BARS - 1) for value in values)
    return [
        {
            "from": round(place * step, 3),
            "to": None if place == first + BARS - 1 and last > place else round((place + 1) * step, 3),
            "runs": places[place],
        }
        for place in range(first, min(last, first + BARS - 1) + 1)
    ]


def _round_step(width: float) -> float:
    """The next of 0.1, 0.2, 0.5, 1, 2, 5, 10 … that is at least `width`."""
    power = 10.0 ** ceil(log10(width) - 1) if width > 0.1 else 0.1
    return next((power * times for times in (1, 2, 5, 10) if power * times >= width), power * 10)
