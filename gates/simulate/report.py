"""Many runs -> figures: how long, where it ends, where and for whom it waits, what is missed, what gets stuck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, log10
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from gates.simulate.clock import DAY, moment
from gates.simulate.course import Course
from gates.simulate.plan import Plan
from gates.simulate.run import Result, Run, Stay
from gates.simulate.words import report_text
from policies.durations import parse_duration
from policies.model import LadderStep

PARTS = (10, 50, 90)
BARS = 12
"""At most so many bars in the histogram."""

Progress = Callable[[Sequence[int]], Iterable[int]]


def simulate(plan: Plan, *, runs: int, seed: int, progress: Progress = iter) -> Report:
    """`runs` runs. Run n depends on the seed and n alone, so that it can be told again; `progress` may wrap the count."""
    course = Course(plan)
    report = Report(plan, course, runs, seed)
    for number in progress(range(1, runs + 1)):
        report.add(number, _one(plan, course, seed, number))
    return report


def _one(plan: Plan, course: Course, seed: int, number: int) -> Result:
    return Run(plan, course, Random(f"{seed}/{number}")).go()  # noqa: S311 - chance, not a secret


@dataclass
class Report:
    """What the runs came to."""

    plan: Plan
    course: Course
    runs: int
    seed: int
    _cycles: list[tuple[float, float, int]] = field(default_factory=list)
    """(working days, calendar days, run) of those that ended."""
    _ends: Counter[str] = field(default_factory=Counter)
    _stays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """State -> working days there in each run that ended and came there."""
    _visits: Counter[str] = field(default_factory=Counter)
    _last: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """(person, capacity) -> working days waited for them when they were the last."""
    _came: Counter[str] = field(default_factory=Counter)
    _late: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _fired: Counter[tuple[str, int]] = field(default_factory=Counter)
    _open: dict[tuple[bool, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, number: int, result: Result) -> None:
        """Count one run."""
        plan = self.plan
        if result.end is not None:
            last = result.stays[-1].since
            self._ends[result.end] += 1
            self._cycles.append((self._days(plan.start, last), (last - plan.start) / DAY, number))
            self._count_waiting(result)
        else:
            self._open[(result.is_stuck, result.stays[-1].state, result.why)].append(number)
        self._count_deadlines(result)

    def _days(self, start: int, end: int) -> float:
        return self.plan.time.between(start, end) / self.plan.day

    def _count_waiting(self, result: Result) -> None:
        here: dict[str, float] = {}
        for stay in result.stays[:-1]:
            self._visits[stay.state] += 1
            here[stay.state] = here.get(stay.state, 0.0) + self._days(stay.since, stay.until or stay.since)
            if stay.last is not None:
                key = (stay.last.person, stay.last.capacity)
                self._last[key].append(self._days(stay.last.asked, stay.until or stay.since))
        for state, days in here.items():
            self._stays[state].append(days)

    def _count_deadlines(self, result: Result) -> None:
        """What has not left its state by the horizon stays past any deadline before it."""
        late: dict[str, float] = {}
        for stay in result.stays:
            if stay.due is not None and self._left(stay) > stay.due:
                late[stay.state] = max(late.get(stay.state, 0.0), self._days(stay.due, self._left(stay)))
        for state, days in late.items():
            self._late[state].append(days)
        self._came.update({stay.state for stay in result.stays})
        self._fired.update({(stay.state, place) for stay in result.stays for place in stay.fired})

    def _left(self, stay: Stay) -> int:
        return self.plan.until if stay.until is None else stay.until

    # -- as data -------------------------------------------------------------------------------------

    def as_text(self) -> str:
        """For people."""
        return report_text(self.as_data())

    def as_data(self) -> dict[str, Any]:
        """JSON-ready. Days are rounded to hundredths, chances to thousandths."""
        plan, process = self.plan, self.plan.loaded.process
        zone = ZoneInfo(plan.calendar.zone)
        ended = sum(self._ends.values())
        stuck = sum(len(runs) for (is_stuck, _, _), runs in self._open.items() if is_stuck)
        return {
            "process": process.process,
            "title": process.title,
            "digest": plan.loaded.digest,
            "from": self._title(plan.origin),
            "site": plan.item.site,
            "start": moment(plan.start).astimezone(zone).date().isoformat(),
            "until": moment(plan.until).astimezone(zone).date().isoformat(),
            "runs": self.runs,
            "seed": self.seed,
            "ended": ended,
            "stuck": stuck,
            "open": self.runs - ended - stuck,
            "assumed": list(plan.assumed),
            "cycle": self._cycle(),
            "histogram": histogram([days for days, _, _ in self._cycles]),
            "ends": [self._end(name, count) for name, count in _ranked(self._ends)],
            "states": self._states(),
            "waited_for": self._waited_for(),
            "roles": self._roles(),
            "deadlines": self._deadlines(),
            "ladder": self._ladder(),
            "typical": self._typical(),
            "unfinished": self._unfinished(),
        }

    def _title(self, state: str) -> str:
        return self.plan.loaded.process.states[state].title or state.replace("-", " ").replace("_", " ").capitalize()

    def _cycle(self) -> dict[str, Any] | None:
        if not self._cycles:
            return None
        return {
            word: {f"p{part}": round(percentile([one[place] for one in self._cycles], part), 2) for part in PARTS}
            for place, word in enumerate(("working_days", "calendar_days"))
        }

    def _end(self, name: str, count: int) -> dict[str, Any]:
        end = self.plan.loaded.process.states[name].end
        return {"state": name, "title": self._title(name), "end": end, "runs": count, "share": self._share(count)}

    def _share(self, count: int, of: int | None = None) -> float:
        return round(count / (of or self.runs), 3)

    def _states(self) -> list[dict[str, Any]]:
        total = sum(sum(days) for days in self._stays.values()) or 1.0
        return [
            {
                "state": name,
                "title": self._title(name),
                "runs": len(days),
                "visits": self._visits[name],
                "working_days": {"mean": round(sum(days) / len(days), 2), "p90": round(percentile(days, 90), 2)},
                "share": round(sum(days) / total, 3),
            }
            for name, days in sorted(self._stays.items(), key=lambda pair: (-sum(pair[1]), pair[0]))
        ]

    def _waited_for(self) -> list[dict[str, Any]]:
        roster = self.plan.company.roster(self.plan.start)
        return [
            {"person": key[0], "name": roster.name(key[0]), "role": _role(roster.title(key[1])), **self._waits(days)}
            for key, days in sorted(self._last.items(), key=lambda pair: (-sum(pair[1]), pair[0]))
        ]

    def _roles(self) -> list[dict[str, Any]]:
        roster = self.plan.company.roster(self.plan.start)
        found: dict[str, list[float]] = defaultdict(list)
        for (_, capacity), days in self._last.items():
            found[_role(roster.title(capacity))] += days
        ranked = sorted(found.items(), key=lambda pair: (-sum(pair[1]), pair[0]))
        return [{"role": role, **self._waits(days)} for role, days in ranked]

    def _waits(self, days: Sequence[float]) -> dict[str, Any]:
        total = sum(sum(each) for each in self._last.values()) or 1.0
        mean = round(sum(days) / len(days), 2)
        return {"times": len(days), "working_days": {"mean": mean}, "share": round(sum(days) / total, 3)}

    def _deadlines(self) -> list[dict[str, Any]]:
        rows = []
        for name, state in self.plan.loaded.process.states.items():
            came, late = self._came[name], self._late.get(name, [])
            if state.due is not None and came:
                rows.append(
                    {
                        "state": name,
                        "title": self._title(name),
                        "within": parse_duration(state.due.within).words,
                        "runs": came,
                        "missed": len(late),
                        "chance": self._share(len(late), came),
                        "late_by": round(percentile(late, 50), 2) if late else None,
                    }
                )
        return rows

    def _ladder(self) -> list[dict[str, Any]]:
        rows = []
        for name, state in self.plan.loaded.process.states.items():
            for place, step in enumerate(state.ladder):
                if self._came[name]:
                    count = self._fired[(name, place)]
                    rows.append(
                        {
                            "state": name,
                            "title": self._title(name),
                            "after": parse_duration(step.after).words,
                            "does": _does(step),
                            "runs": count,
                            "chance": self._share(count, self._came[name]),
                        }
                    )
        return rows

    def _typical(self) -> dict[str, Any] | None:
        if not self._cycles:
            return None
        middle = percentile([days for days, _, _ in self._cycles], 50)
        return self._story(next(number for days, _, number in self._cycles if days == middle))

    def _unfinished(self) -> list[dict[str, Any]]:
        ranked = sorted(self._open.items(), key=lambda pair: (-len(pair[1]), pair[1][0]))
        return [
            {
                "state": state,
                "title": self._title(state),
                "stuck": is_stuck,
                "reason": why,
                "runs": len(numbers),
                "share": self._share(len(numbers)),
                "example": self._story(numbers[0]),
            }
            for (is_stuck, state, why), numbers in ranked
        ]

    def _story(self, number: int) -> dict[str, Any]:
        """The run told again, in the site's time."""
        zone = ZoneInfo(self.plan.calendar.zone)
        result = _one(self.plan, self.course, self.seed, number)
        lines = [{"at": moment(at).astimezone(zone).isoformat(), "what": what} for at, what in result.story]
        return {"run": number, "story": lines}


def _does(step: LadderStep) -> str:
    said = [
        "notifies" if step.notify is not None else "",
        f"raises {step.raise_}" if step.raise_ else "",
        f"moves it to {step.to}" if step.to else "",
    ]
    return " and ".join(filter(None, said))


def _role(title: str) -> str:
    return title[:1].upper() + title[1:].replace("_", " ")


def _ranked(counter: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))


def percentile(values: Sequence[float], part: int) -> float:
    """The smallest value that `part` per cent of all do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * part / 100), 1) - 1]


def histogram(values: Sequence[float]) -> list[dict[str, Any]]:
    """Counts in steps of equal and round width, from the first step that holds any to the last."""
    if not values:
        return []
    step = _round_step((max(values) - min(values)) / BARS)
    places = Counter(int(value // step) for value in values)
    return [
        {"from": round(place * step, 3), "to": round((place + 1) * step, 3), "runs": places[place]}
        for place in range(min(places), max(places) + 1)
    ]


def _round_step(width: float) -> float:
    """The next of 0.1, 0.2, 0.5, 1, 2, 5, 10 … that is at least `width`."""
    power = 10.0 ** ceil(log10(width) - 1) if width > 0.1 else 0.1
    return next((power * times for times in (1, 2, 5, 10) if power * times >= width), power * 10)
