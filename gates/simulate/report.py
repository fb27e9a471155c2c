"""Many runs -> figures: how long, where it ends, where and for whom it waits, what is missed, what gets stuck."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

from gates.simulate.clock import moment
from gates.simulate.course import Course
from gates.simulate.plan import Plan
from gates.simulate.run import Run
from gates.simulate.stays import Result
from gates.simulate.tables import Row, Tables
from gates.simulate.tally import Tally, histogram, percentile
from gates.simulate.words import report_text

PARTS = (10, 50, 90)

Progress = Callable[[Sequence[int]], Iterable[int]]


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

    @property
    def tables(self) -> Tables:
        return Tables(self.plan, self.tally, self.runs)

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
            "ends": self.tables.ends(),
            "states": self.tables.states(),
            "waited_for": self.tables.waited_for(),
            "roles": self.tables.roles(),
            "deadlines": list(self.tables.deadlines()),
            "ladder": list(self.tables.ladder()),
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
            "from_title": self.plan.title(plan.origin),
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

    def _cycle(self) -> Row | None:
        cycles = self.tally.cycles
        if not cycles:
            return None
        return {
            word: {f"p{part}": round(percentile([one[place] for one in cycles], part), 2) for part in PARTS}
            for place, word in enumerate(("working_days", "calendar_days"))
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
                "title": self.plan.title(state),
                "stuck": is_stuck,
                "reason": why,
                "runs": len(numbers),
                "share": self.tables.share(len(numbers)),
                "example": self._story(numbers[0]),
            }
            for (is_stuck, state, why), numbers in ranked
        ]

    def _story(self, number: int) -> Row:
        """The run told again, in the site's time."""
        result = _one(self.plan, self.course, self.seed, number)
        return {"run": number, "story": [{"at": self._local(at), "what": what} for at, what in result.story]}
