"""The tables of a report: where runs end, where and for whom they wait, which deadlines they miss. JSON-ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gates.simulate.plan import Plan
from gates.simulate.tally import Tally, percentile
from policies.durations import parse_duration
from policies.model import LadderStep

Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """Days are rounded to hundredths, chances to thousandths."""

    plan: Plan
    tally: Tally
    runs: int

    def _role(self, capacity: str) -> str:
        if capacity.startswith("person:"):
            return "By name"
        title = self.plan.company.roster(self.plan.start).title(capacity)
        return title[:1].upper() + title[1:].replace("_", " ")

    def share(self, count: int, of: int | None = None) -> float:
        """`count` as a share of all runs, or of `of`."""
        return round(count / (of or self.runs), 3)

    def ends(self) -> list[Row]:
        """Each end reached, with its share."""
        states = self.plan.loaded.process.states
        return [
            {
                "state": name,
                "title": self.plan.title(name),
                "end": states[name].end,
                "runs": count,
                "share": self.share(count),
            }
            for name, count in sorted(self.tally.ends.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    # -- where and for whom it waits -----------------------------------------------------------------

    def states(self) -> list[Row]:
        """Working days in each state, longest in sum first."""
        total = _total(self.tally.stays)
        return [
            {
                "state": name,
                "title": self.plan.title(name),
                "runs": len(days),
                "visits": self.tally.visits[name],
                "working_days": {"mean": round(sum(days) / len(days), 2), "p90": round(percentile(days, 90), 2)},
                "share": round(sum(days) / total, 3),
            }
            for name, days in _longest(self.tally.stays)
        ]

    def waited_for(self) -> list[Row]:
        """Who was waited for last, in which role, and how long."""
        roster = self.plan.company.roster(self.plan.start)
        return [
            {"person": person, "name": roster.name(person), "role": self._role(capacity), **self._waits(days)}
            for (person, capacity), days in _longest(self.tally.last)
        ]

    def roles(self) -> list[Row]:
        """The same by role."""
        found: dict[str, list[float]] = defaultdict(list)
        for (_, capacity), days in self.tally.last.items():
            found[self._role(capacity)] += days
        return [{"role": role, **self._waits(days)} for role, days in _longest(found)]

    def _waits(self, days: Sequence[float]) -> Row:
        mean, share = sum(days) / len(days), sum(days) / _total(self.tally.last)
        return {"times": len(days), "working_days": {"mean": round(mean, 2)}, "share": round(share, 3)}

    # -- what is missed ------------------------------------------------------------------------------

    def deadlines(self) -> Iterable[Row]:
        """The chance of missing each `due`, among runs that came there."""
        for name, state in self.plan.loaded.process.states.items():
            came, late, never = self.tally.came[name], self.tally.late.get(name, []), self.tally.never[name]
            if state.dues and came:
                yield {
                    "state": name,
                    "title": self.plan.title(name),
                    "within": " or ".join(parse_duration(due.within).words for due in state.dues),
                    "runs": came,
                    "missed": len(late) + never,
                    "never_left": never,
                    "chance": self.share(len(late) + never, came),
                    "late_by": round(percentile(late, 50), 2) if late else None,
                }

    def ladder(self) -> Iterable[Row]:
        """The chance that each step of a ladder comes to be."""
        for name, state in self.plan.loaded.process.states.items():
            for place, step in enumerate(state.ladder):
                count, came = self.tally.fired[(name, place)], self.tally.came[name]
                if came:
                    yield {
                        "state": name,
                        "title": self.plan.title(name),
                        "after": parse_duration(step.after).words,
                        "does": _does(step),
                        "runs": count,
                        "chance": self.share(count, came),
                    }


def _longest(waits: dict[Any, list[float]]) -> list[tuple[Any, list[float]]]:
    return sorted(waits.items(), key=lambda pair: (-sum(pair[1]), pair[0]))


def _total(waits: dict[Any, list[float]]) -> float:
    return sum(sum(days) for days in waits.values()) or 1.0


def _does(step: LadderStep) -> str:
    said = [
        "changes it" if step.set_ or step.owner is not None else "",
        "hands it to the stand-ins" if step.hand_to else "",
        "notifies" if step.notify is not None else "",
        f"raises {step.raises.process}" if step.raises else "",
        f"moves it to {step.to}" if step.to else "",
    ]
    return " and ".join(filter(None, said))
