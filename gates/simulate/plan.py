"""What a simulation is given, whole: the process, the item, the people with their habits, the calendar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from gates.machine import Machine
from gates.simulate.clock import WorkTime, moment, seconds
from gates.simulate.people import Response
from policies.durations import WorkCalendar
from policies.evaluate import CompiledPolicy
from policies.facts import ItemFacts, Roster
from policies.load import LoadedProcess

YES, NO = "approve", "reject"


@dataclass(frozen=True, slots=True)
class Worker:
    """One person: how they answer, and when they are at work."""

    response: Response
    says: Mapping[str, float]
    time: WorkTime

    def answers_at(self, asked: int, chance: Random) -> int:
        """When somebody asked at `asked` answers."""
        return self.time.after(asked, self.response.draw(chance))

    def position(self, policy: CompiledPolicy, chance: Random) -> str | None:
        """What they say in a round of `policy`; None is no answer."""
        drawn = chance.random()
        for position, share in chances(policy, self.says):
            drawn -= share
            if drawn < 0:
                return position
        return None


def chances(policy: CompiledPolicy, says: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Position -> chance in this policy.

    `approve` and `reject` stand for what the policy says in their place. Words of other policies leave their
    chance to the rest; somebody who would refuse where nobody may refuse says nothing.
    """
    found: dict[str, float] = {}
    foreign = 0.0
    stand_ins = {YES: _first_yes(policy), NO: _usual_no(policy)}
    for word, share in says.items():
        position = word if word in policy.positions else stand_ins.get(word)
        if position is not None:
            found[position] = found.get(position, 0.0) + share
        elif word not in stand_ins:
            foreign += share
    total = sum(says.values())
    if not found or foreign >= total:
        return chances(policy, {YES: total}) if says.keys() - stand_ins.keys() else ()
    return tuple((position, share * total / (total - foreign)) for position, share in found.items())


def _first_yes(policy: CompiledPolicy) -> str | None:
    return next((position for position in policy.positions if position in policy.supporting), None)


def _usual_no(policy: CompiledPolicy) -> str | None:
    """The mildest refusal there is: policies name the hardest first."""
    against = [
        leaf.position
        for leaf in policy.leaves
        if leaf.position not in policy.supporting and leaf.position in policy.positions
    ]
    return against[-1] if against else None


@dataclass
class Company:
    """The roster through time. `edges` are the moments at which a role begins or ends, in seconds."""

    at_moment: Callable[[datetime], Roster]
    edges: tuple[int, ...] = ()
    _known: dict[int, Roster] = field(default_factory=dict)

    def era(self, at: int) -> int:
        """The number of the stretch of time, without a change of roles, that `at` falls into."""
        return bisect_right(self.edges, at)

    def roster(self, at: int) -> Roster:
        """People and roles as of `at`."""
        era = self.era(at)
        if era not in self._known:
            self._known[era] = self.at_moment(moment(at))
        return self._known[era]


def edges_of(moments: list[datetime | None]) -> tuple[int, ...]:
    """Begin and end of roles as `Company.edges`."""
    return tuple(sorted({seconds(one) for one in moments if one is not None}))


@dataclass(frozen=True)
class Plan:
    """One simulation. Times are seconds; `calendar` counts deadlines, `time` measures waiting (the item's site)."""

    loaded: LoadedProcess
    machine: Machine
    item: ItemFacts
    company: Company
    workers: Mapping[str, Worker]
    calendar: WorkCalendar
    time: WorkTime
    day: int
    """Seconds of a working day at the site."""
    origin: str
    start: int
    until: int
    acts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    waits: Mapping[str, Response] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    """What was made up for want of a file, in sentences."""
