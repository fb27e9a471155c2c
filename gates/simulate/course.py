"""Which act comes next in a state without a round: by given weights, else towards a good end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gates.machine import PREVIOUS
from gates.moves import Refusal, acts_for, title_of, who_in_words
from gates.simulate.plan import Plan
from policies.facts import ItemFacts, Roster
from policies.model import Act, Process

BAD_ENDS = frozenset(
    {
        *("abandoned", "cancelled", "canceled", "declined", "expired", "failed", "killed", "lapsed"),
        *("obsolete", "refused", "rejected", "stopped", "withdrawn"),
    }
)
"""What an end is called that nobody sets out for. A process whose every end is one of them has no better one."""

FAR = 10**6
DETOUR = 10
"""Steps that a timer or a refusal counts for: people go that way only when there is no other."""

Roads = dict[str, list[tuple[str, int]]]
"""State -> (state it may lead to, steps that counts for)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One act that is open, and who may take it."""

    name: str
    act: Act
    target: str
    people: tuple[str, ...]


class Course:
    """Finds the next act. Answers are kept for as long as neither roster nor item changes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._offers: dict[tuple[str, str | None, int], tuple[list[Offer], str]] = {}
        self.any_way = distances(plan.loaded.process, self._roads(conditions=False))
        self.open_way = distances(plan.loaded.process, self._roads(conditions=True))

    def bound(self, state: str, previous: str | None, item: ItemFacts, now: int, outcome: str) -> list[Offer]:
        """The acts of a state that are open while its round says `outcome`."""
        offers, _ = offers_in(self.plan, state, previous, item, self.plan.company.roster(now), outcome)
        return [offer for offer in offers if outcome in outcomes_of(offer.act)]

    def choices(self, state: str, previous: str | None, item: ItemFacts, now: int) -> tuple[list[Offer], str]:
        """The offers to choose from with equal chance or by weight, or none and the sentence why."""
        key = (state, previous, self.plan.company.era(now))
        if item is not self.plan.item:
            return self._choices(state, previous, item, now)
        if key not in self._offers:
            self._offers[key] = self._choices(state, previous, item, now)
        return self._offers[key]

    def weight(self, state: str, offer: Offer) -> float:
        """How likely an offer is, against the others."""
        weights = self.plan.acts.get(state)
        return 1.0 if weights is None else weights.get(offer.name, 0.0)

    def _choices(self, state: str, previous: str | None, item: ItemFacts, now: int) -> tuple[list[Offer], str]:
        roster = self.plan.company.roster(now)
        offers, closed = offers_in(self.plan, state, previous, item, roster)
        offers = [offer for offer in offers if not outcomes_of(offer.act)]
        if state in self.plan.acts:
            wanted = [offer for offer in offers if self.weight(state, offer) > 0]
        else:
            wanted = self._towards(state, [o for o in offers if o.name in self.plan.loaded.process.states[state].acts])
        return wanted, "" if wanted else _why_none(self.plan, state, item, roster, offers, closed)

    def _towards(self, state: str, offers: list[Offer]) -> list[Offer]:
        """Those that lead to the nearest good end; when what is open leads to none, those that would by their words."""
        moving = [offer for offer in offers if offer.target != state]
        nearest = min((self.open_way.get(offer.target, FAR) for offer in moving), default=FAR)
        if nearest < FAR:
            return [offer for offer in moving if self.open_way.get(offer.target, FAR) == nearest]
        here = self.any_way.get(state, FAR)
        return [offer for offer in moving if self.any_way.get(offer.target, FAR) < here]

    def _roads(self, *, conditions: bool) -> Roads:
        """What leads where. With `conditions` an act counts only if somebody may take it with this item."""
        plan = self.plan
        roads = {}
        for name, state in plan.loaded.process.states.items():
            if conditions:
                offers, _ = offers_in(plan, name, None, plan.item, plan.company.roster(plan.start))
                acts = [offer.target for offer in offers if offer.name in state.acts]
            else:
                acts = [act.to for act in state.acts.values() if act.to is not None and act.to != PREVIOUS]
            roads[name] = [(target, 1) for target in acts] + list(_by_itself(plan, name))
        return roads


def outcomes_of(act: Act) -> tuple[str, ...]:
    """The outcomes of the round that open the act; none for an act that waits for no round."""
    return (act.verdict,) if isinstance(act.verdict, str) else act.verdict or ()


def _by_itself(plan: Plan, name: str) -> Iterator[tuple[str, int]]:
    """Where verdicts, timers and dependencies lead from a state."""
    state = plan.loaded.process.states[name]
    if state.round is not None:
        refusals = {one.name for one in plan.loaded.policies[state.round].outcomes if one.is_refusal}
        yield from ((target, DETOUR if outcome in refusals else 1) for outcome, target in state.when.items())
    if state.depends_on is not None:
        yield state.depends_on.to, 1
    if state.conditions is not None:
        yield state.conditions.met.to, 1
        if state.conditions.lapse.to is not None:
            yield state.conditions.lapse.to, DETOUR
    if state.expires is not None:
        yield state.expires.to, DETOUR
    yield from ((step.to, DETOUR) for step in state.ladder if step.to is not None)
    if state.inactive is not None:
        yield state.inactive.to, DETOUR


def distances(process: Process, roads: Roads) -> dict[str, int]:
    """The fewest steps from each state to a good end; states without a way to one are left out."""
    ends = {name: state.end for name, state in process.states.items() if state.end is not None}
    good = [name for name, end in ends.items() if end not in BAD_ENDS] or list(ends)
    found = dict.fromkeys(good, 0)
    for _ in process.states:
        for name, leads in roads.items():
            best = min((found[target] + steps for target, steps in leads if target in found), default=FAR)
            if best < found.get(name, FAR):
                found[name] = best
    return found


def offers_in(
    plan: Plan, state: str, previous: str | None, item: ItemFacts, roster: Roster, verdict: str | None = None
) -> tuple[list[Offer], dict[str, Refusal]]:
    """What somebody may do in `state` while its round says `verdict`; and what somebody could, but for the
    refusal."""
    people: dict[str, list[str]] = {}
    acts: dict[str, Act] = {}
    closed: dict[str, Refusal] = {}
    for person in roster.people:
        for name, act, refusal in acts_for(
            plan.loaded,
            state=state,
            person=person,
            item=item,
            roster=roster,
            previous=previous,
            around=None,
            verdict=verdict,
        ):
            if refusal is not None:
                closed[name] = refusal
                continue
            acts[name] = act
            people.setdefault(name, []).append(person)
    offers = []
    for name, act in acts.items():
        target = plan.machine.target(state, f"act:{name}")
        target = previous if target == PREVIOUS else target
        if target is not None:
            offers.append(Offer(name, act, target, tuple(people[name])))
    return offers, closed


def _why_none(
    plan: Plan, state: str, item: ItemFacts, roster: Roster, offers: list[Offer], closed: dict[str, Refusal]
) -> str:
    """Why nobody takes the item on from here."""
    acts = plan.loaded.process.states[state].acts
    able = {offer.name for offer in offers}
    reasons = [f"“{title_of(name, acts[name])}” is closed: {closed[name].sentence}" for name in acts if name in closed]
    reasons += [
        f"“{title_of(name, act)}” is for {who_in_words(act.by, item, roster)}, and nobody is."
        for name, act in acts.items()
        if name not in closed and name not in able
    ]
    left = [f"“{title_of(name, acts[name])}”" for name in acts if name in able]
    if left:
        reasons.append(f"Open, but not towards a good end: {', '.join(left)}.")
    return " ".join(["Nobody to act.", *reasons])
