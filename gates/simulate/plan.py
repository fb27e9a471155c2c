"""What a simulation is given, whole: the process, the item, the people with their habits, the calendar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from gates.machine import Machine
from gates.simulate.clock import WorkTime, moment, seconds
from gates.simulate.people import Response
from policies.evaluate import CompiledPolicy
from policies.facts import ABSTAIN, RECUSE, ItemFacts, Roster
from policies.load import LoadedProcess
from policies.shifts import WorkCalendar

YES, NO = "approve", "reject"
ALWAYS = (ABSTAIN, RECUSE)
"""Positions that need no declaration."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One person: how they answer, and when they are at work."""

    response: Response
    says: Mapping[str, float]
    time: WorkTime

    def answers_at(self, asked: int, chance: Random) -> int:
        """When somebody asked at `asked` answers."""
        return self.time.after(asked, self.response.draw(chance))

    def position(self, policy: CompiledPolicy, capacities: Sequence[str], chance: Random) -> str | None:
        """What they say in a round of `policy` that asks them as `capacities`; None is no answer."""
        drawn = chance.random()
        for position, share in chances(policy, capacities, self.says):
            drawn -= share
            if drawn < 0:
                return position
        return None


def chances(
    policy: CompiledPolicy, capacities: Sequence[str], says: Mapping[str, float]
) -> tuple[tuple[str, float], ...]:
    """Position -> chance in this policy, for somebody asked as `capacities` (roles and relations).

    `approve` and `reject` stand for what the policy says in their place; where it has nothing for them to say,
    they say nothing. Words of other policies leave their chance to the rest.
    """
    found: dict[str, float] = {}
    foreign = 0.0
    stand_ins = _stand_ins(policy, capacities)
    for word, share in says.items():
        plain = policy.aliases.get(word, word)
        position = plain if plain in (*policy.positions, *ALWAYS) else stand_ins.get(word)
        if position is not None:
            found[position] = found.get(position, 0.0) + share
        elif word not in stand_ins:
            foreign += share
    total = sum(says.values())
    if foreign and not found:
        return chances(policy, capacities, {YES: total})
    return tuple((position, share * total / (total - foreign)) for position, share in found.items())


def _stand_ins(policy: CompiledPolicy, capacities: Sequence[str]) -> dict[str, str | None]:
    """What `approve` and `reject` mean to them: the first position that supports and the mildest that refuses.

    Somebody who may only refuse (a sponsor who alone may kill) is not made to by a `reject` meant for others.
    """
    own = [leaf for leaf in policy.leaves if set(leaf.bodies) & set(capacities)]
    mine = {position for leaf in own for position in leaf.positions}
    yes = next((word for word in policy.positions if word in policy.supporting and word in mine), None)
    against = [leaf.position for leaf in own if leaf.position not in policy.supporting]  # the hardest comes first
    return {YES: yes, NO: against[-1] if yes and against else None}


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

    def title(self, state: str) -> str:
        """A state's title, or its name in words."""
        words = state.replace("-", " ").replace("_", " ")
        return self.loaded.process.states[state].title or words.capitalize()
