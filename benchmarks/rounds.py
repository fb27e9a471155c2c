"""Interleaved rounds: every contender in turn, several times over, so that a noisy machine is noisy for all.

A figure of its own says little on a shared machine; the ratio to a floor in the same run does.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter

Contender = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One contender: calls a second (median of the rounds), µs a call, and the ratio to the floor's rate."""

    name: str
    per_second: float
    us: float
    ratio: float


def interleaved(contenders: Mapping[str, Contender], floor: str, *, rounds: int, round_s: float) -> list[Figure]:
    """Run each contender for about `round_s` in each of `rounds`; calls a second against those of `floor`."""
    counts = {name: _calls_in(call, round_s) for name, call in contenders.items()}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            rates[name].append(counts[name] / _time(call, counts[name]))
    middle = {name: median(found) for name, found in rates.items()}
    return [Figure(name, rate, 1e6 / rate, rate / middle[floor]) for name, rate in middle.items()]


def _calls_in(call: Contender, seconds: float) -> int:
    """About how many calls fill `seconds`; warms the contender up on the way."""
    count = 1
    while (took := _time(call, count)) < seconds / 10:
        count *= 2
    return max(1, round(count * seconds / took))


def _time(call: Contender, count: int) -> float:
    started = perf_counter()
    for _ in range(count):
        call()
    return perf_counter() - started


def arguments(about: str) -> argparse.Namespace:
    """The options every benchmark has."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=7, help="rounds of which the median is taken")
    parser.add_argument("--seconds", type=float, default=0.2, help="length of one contender's turn")
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    return parser.parse_args()


def show(title: str, figures: list[Figure], floor: str, goal: str, is_met: bool, *, as_json: bool) -> None:
    """Print the figures as a table, or as JSON."""
    if as_json:
        rows = [asdict(figure) for figure in figures]
        print(json.dumps({"benchmark": title, "floor": floor, "goal": goal, "met": is_met, "figures": rows}))
        return
    width = max(len(figure.name) for figure in figures)
    print(f"{title}\n{'':{width}}  {'a second':>12}  {'µs':>10}  {'ratio':>7}")
    for one in figures:
        print(f"{one.name:{width}}  {one.per_second:>12,.0f}  {one.us:>10,.3f}  {one.ratio:>6.2f}×")
    print(f"goal: {goal}: {'met' if is_met else 'NOT MET'}\n")
