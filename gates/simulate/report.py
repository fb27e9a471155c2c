"""Many runs -> figures: how long, where it ends, where and for whom it waits, what is missed, what gets stuck."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from gates.simulate.clock import moment
from gates.simulate.course import Course
from gates.simulate.plan import Plan
from gates.simulate.run import Result, Run
from gates.simulate.tally import Tally, histogram, percentile
from gates.simulate.words import report_text
from policies.durations import parse_duration
from policies.model import LadderStep

PARTS = (10, 50, 90)

Progress = Callable[[Sequence[int]], Iterable[int]]
Row = dict[str, Any]


def simulate(plan: Plan, *, runs: int, seed: int, progress: Progress = iter) -> Report:
    """`runs` runs; `progress` may wrap their numbers.

    Run n depends on the plan, the seed and n alone: more runs leave the first ones as they were, and any run can be
    told again.
    """
    course = Course(plan)
    tally = Tally(plan)
    for number in progress(range(1, runs + 1)):
        tally.add(number, _one(plan, course, seed, number))
    return Report(plan, course, tally, runs, seed)


def _one(plan: Plan, course: Course, seed: int, number: int) -> Result:
    return Run(plan, course, Random(f"{seed}/{number}")).go()  # noqa: S311 - chance, not a secret


@dataclass(frozen=True)
class Report:
    """What the runs came to."""

    plan: Plan
    course: Course
    tally: Tally
    runs: int
    seed: int

    def as_text(self) -> str:
        """For people."""
        return report_text(self.as_data())

    def as_data(self) -> Row:
        """JSON-ready. Days are rounded to hundredths, chances to thousandths."""
        ended = sum(self.tally.ends.values())
        stuck = sum(len(runs) for (is_stuck, _, _), runs in self.tally.unfinished.items() if is_stuck)
        return {
            **self._head(),
            "ended": ended,
            "stuck": stuck,
            "open": self.runs - ended - stuck,
            "assumed": list(self.plan.assumed),
            "cycle": self._cycle(),
            "histogram": histogram([days for days, _, _ in self.tally.cycles]),
            "ends": self._ends(),
            "states": self._states(),
            "waited_for": self._waited_for(),
            "roles": self._roles(),
            "deadlines": list(self._deadlines()),
            "ladder": list(self._ladder()),
            "typical": self._typical(),
            "unfinished": self._unfinished(),
        }

    def _head(self) -> Row:
        plan = self.plan
        return {
            "process": plan.loaded.process.process,
            "title": plan.loaded.process.title,
            "digest": plan.loaded.digest,
            "from": plan.origin,
            "from_title": self._title(plan.origin),
            "site": plan.item.site,
            "start": self._local(plan.start)[:10],
            "until": self._local(plan.until)[:10],
            "hours": round(plan.day / 3600, 2),
            "runs": self.runs,
            "seed": self.seed,
        }

    def _local(self, at: int) -> str:
        """A time by the site's clock."""
        return moment(at).astimezone(ZoneInfo(self.plan.calendar.zone)).isoformat()

    def _title(self, state: str) -> str:
        return self.plan.loaded.process.states[state].title or state.replace("-", " ").replace("_", " ").capitalize()

    def _role(self, capacity: str) -> str:
        title = self.plan.company.roster(self.plan.start).title(capacity)
        return title[:1].upper() + title[1:].replace("_", " ")

    def _share(self, count: int, of: int | None = None) -> float:
        return round(count / (of or self.runs), 3)

    def _cycle(self) -> Row | None:
        cycles = self.tally.cycles
        if not cycles:
            return None
        return {
            word: {f"p{part}": round(percentile([one[place] for one in cycles], part), 2) for part in PARTS}
            for place, word in enumerate(("working_days", "calendar_days"))
        }

    def _ends(self) -> list[Row]:
        states = self.plan.loaded.process.states
        return [
            {
                "state": name,
                "title": self._title(name),
                "end": states[name].end,
                "runs": count,
                "share": self._share(count),
            }
            for name, count in sorted(self.tally.ends.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    # -- where and for whom it waits -----------------------------------------------------------------

    def _states(self) -> list[Row]:
        total = _total(self.tally.stays)
        return [
            {
                "state": name,
                "title": self._title(name),
                "runs": len(days),
                "visits": self.tally.visits[name],
                "working_days": {"mean": round(sum(days) / len(days), 2), "p90": round(percentile(days, 90), 2)},
                "share": round(sum(days) / total, 3),
            }
            for name, days in _longest(self.tally.stays)
        ]

    def _waited_for(self) -> list[Row]:
        roster = self.plan.company.roster(self.plan.start)
        return [
            {"person": person, "name": roster.name(person), "role": self._role(capacity), **self._waits(days)}
            for (person, capacity), days in _longest(self.tally.last)
        ]

    def _roles(self) -> list[Row]:
        found: dict[str, list[float]] = defaultdict(list)
        for (_, capacity), days in self.tally.last.items():
            found[self._role(capacity)] += days
        return [{"role": role, **self._waits(days)} for role, days in _longest(found)]

    def _waits(self, days: Sequence[float]) -> Row:
        mean, share = sum(days) / len(days), sum(days) / _total(self.tally.last)
        return {"times": len(days), "working_days": {"mean": round(mean, 2)}, "share": round(share, 3)}

    # -- what is missed ------------------------------------------------------------------------------

    def _deadlines(self) -> Iterable[Row]:
        for name, state in self.plan.loaded.process.states.items():
            came, late, never = self.tally.came[name], self.tally.late.get(name, []), self.tally.never[name]
            if state.due is not None and came:
                yield {
                    "state": name,
                    "title": self._title(name),
                    "within": parse_duration(state.due.within).words,
                    "runs": came,
                    "missed": len(late) + never,
                    "never_left": never,
                    "chance": self._share(len(late) + never, came),
                    "late_by": round(percentile(late, 50), 2) if late else None,
                }

    def _ladder(self) -> Iterable[Row]:
        for name, state in self.plan.loaded.process.states.items():
            for place, step in enumerate(state.ladder):
                count, came = self.tally.fired[(name, place)], self.tally.came[name]
                if came:
                    yield {
                        "state": name,
                        "title": self._title(name),
                        "after": parse_duration(step.after).words,
                        "does": _does(step),
                        "runs": count,
                        "chance": self._share(count, came),
                    }

    # -- stories -------------------------------------------------------------------------------------

    def _typical(self) -> Row | None:
        cycles = self.tally.cycles
        if not cycles:
            return None
        middle = percentile([days for days, _, _ in cycles], 50)
        return self._story(next(number for days, _, number in cycles if days == middle))

    def _unfinished(self) -> list[Row]:
        ranked = sorted(self.tally.unfinished.items(), key=lambda pair: (-len(pair[1]), pair[1][0]))
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

    def _story(self, number: int) -> Row:
        """The run told again, in the site's time."""
        result = _one(self.plan, self.course, self.seed, number)
        return {"run": number, "story": [{"at": self._local(at), "what": what} for at, what in result.story]}


def _longest(waits: dict[Any, list[float]]) -> list[tuple[Any, list[float]]]:
    return sorted(waits.items(), key=lambda pair: (-sum(pair[1]), pair[0]))


def _total(waits: dict[Any, list[float]]) -> float:
    return sum(sum(days) for days in waits.values()) or 1.0


def _does(step: LadderStep) -> str:
    said = [
        "notifies" if step.notify is not None else "",
        f"raises {step.raise_}" if step.raise_ else "",
        f"moves it to {step.to}" if step.to else "",
    ]
    return " and ".join(filter(None, said))
