"""One round of approval in a run: who is asked answers in their time, and each answer is judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from gates.moves import propose_verdict
from gates.simulate.acts import take
from gates.simulate.clock import moment, seconds
from gates.simulate.course import Offer, outcomes_of
from gates.simulate.plan import chances
from policies.errors import EvaluationError
from policies.evaluate import CompiledPolicy, deadline_at, decide
from policies.evaluate.moments import due
from policies.evaluate.nodes import AfterNode, walk
from policies.evaluate.standing import set_scene
from policies.facts import Decision, Facts
from policies.verdict import Standing, Verdict

if TYPE_CHECKING:
    from gates.simulate.run import Run

MOST_ASKED = 5
"""How often somebody whose answer was set aside is asked again in one round."""


class Round:
    """A round that opens now."""

    def __init__(self, run: Run, policy: str) -> None:
        self.run = run
        self.policy = _written(run, policy)
        self.opened_at = moment(run.now)
        self.closed_at: datetime | None = None
        self.decisions: list[Decision] = []
        self.asked: dict[str, int] = {}
        """Person -> when they were asked last, in seconds."""
        self.times: dict[str, int] = {}
        self.waiting: set[str] = set()
        self.silent: set[str] = set()
        self.says: str | None = None
        """The outcome as things stand, where the policy settles live."""
        self._wakes: set[int] = set()
        nodes = [node for outcome in self.policy.outcomes for node in walk(outcome.rule)]
        self._is_timed = self.policy.policy.deadline is not None or any(isinstance(one, AfterNode) for one in nodes)
        self._counts_present = any(leaf.bound.of == "present" for leaf in self.policy.leaves)

    def judge(self, last: str | None = None) -> None:
        """What the policy says now; `last` has just answered."""
        facts = self._facts()
        verdict = decide(self.policy, facts)
        before, self.says = self.says, verdict.outcome
        if verdict.outcome is not None and self._moves_on(verdict, verdict.outcome, last, verdict.outcome != before):
            return
        self._ask(verdict)
        self.run.why = self._why(verdict)
        if self._is_timed:
            self._wake(facts)
        if not self.waiting:
            self._close(facts)

    def opens(self, offer: Offer) -> bool:
        """Whether an act of the state may be taken as things stand."""
        return not outcomes_of(offer.act) or self.says in outcomes_of(offer.act)

    def _moves_on(self, verdict: Verdict, outcome: str, last: str | None, is_new: bool) -> bool:
        """Follow the verdict; a live one is followed by an act that names it, if there is one."""
        run = self.run
        if self.policy.policy.settle == "live":
            offers = run.course.bound(run.state, run.previous, run.item, run.now, outcome)
            if offers:
                if is_new:
                    take(run, offers[0])
                return False
        if last is not None:
            run.note_answer(last, _capacity(verdict, last), self.asked[last])
        run.follow(propose_verdict(run.plan.loaded, run.plan.machine, state=run.state, outcome=outcome))
        return True

    def _facts(self) -> Facts:
        run = self.run
        return Facts(
            item=run.item,
            roster=run.plan.company.roster(run.now),
            now=moment(run.now),
            decisions=tuple(self.decisions),
            opened_at=self.opened_at,
            calendar=run.plan.calendar,
            present=frozenset(self.asked.keys() - self.silent) if self._counts_present else None,
            closed_at=self.closed_at,
        )

    # -- asking --------------------------------------------------------------------------------------

    def _ask(self, verdict: Verdict) -> None:
        """Ask who may decide and was not asked yet, and who answered too early for it to count."""
        aside = {one.decision.person for one in verdict.set_aside}
        wanted = {person for missing in verdict.missing for person in missing.candidates}
        for person, words in (verdict.eligible or {}).items():
            if person not in self.asked:
                is_due = person in wanted or not self._waits_its_turn(words)
            else:
                is_due = person in (aside & wanted) - self.waiting - self.silent and self.times[person] < MOST_ASKED
            if is_due:
                self._ask_one(verdict, person, words)

    def _waits_its_turn(self, words: Sequence[str]) -> bool:
        """Whether every rule that asks these words stands in an `in_order`, so that it may not be open yet."""
        own = [leaf for leaf in self.policy.leaves if set(leaf.bodies) & set(words)]
        return all(leaf.path in self.policy.steps for leaf in own)

    def _ask_one(self, verdict: Verdict, person: str, words: Sequence[str]) -> None:
        run = self.run
        worker = run.plan.workers[person]
        self.asked[person] = run.now
        self.times[person] = self.times.get(person, 0) + 1
        at = worker.answers_at(run.now, run.chance)
        position = worker.position(self.policy, words, run.chance)
        if position is None:
            if chances(self.policy, words, worker.says):
                run.say(f"{run.name(person)} will not answer")
            self.silent.add(person)
            return
        self.waiting.add(person)
        absent = (verdict.sits_for or {}).get(person)
        run.later(at, partial(self._answer, person, position, absent))

    def _answer(self, person: str, position: str, absent: str | None) -> None:
        run = self.run
        self.waiting.discard(person)
        word = self.policy.policy.positions.get(position)
        self.decisions.append(
            Decision(
                id=f"d{len(self.decisions) + 1}",
                person=person,
                position=position,
                at=moment(run.now),
                revision=run.item.revision,
                on_behalf_of=absent,
                conditions=("simulated",) if word is not None and word.conditions is not None else (),
            )
        )
        sitting = f" for {run.name(absent)}" if absent else ""
        run.say(f"{run.name(person)}{sitting}: {position.replace('_', ' ')}")
        self.judge(person)

    # -- time and the chair ---------------------------------------------------------------------------

    def _wake(self, facts: Facts) -> None:
        """Judge again when a waiting time is over, and at the deadline."""
        scene = set_scene(self.policy, facts)
        nodes = (node for outcome in self.policy.outcomes for node in walk(outcome.rule))
        moments = [due(scene, node) for node in nodes if isinstance(node, AfterNode)]
        for one in (*moments, deadline_at(self.policy.policy, facts)):
            at = 0 if one is None else seconds(one)
            if at > self.run.now and at not in self._wakes:
                self._wakes.add(at)
                self.run.later(at, self.judge)

    def _close(self, facts: Facts) -> None:
        """When all who will have answered, the chair comes to close a round that is judged at its close."""
        chair = self.policy.policy.chair
        if self.policy.policy.settle != "at_close" or chair is None or self.closed_at is not None:
            return
        run = self.run
        people = list(set_scene(self.policy, facts).people(chair, run.item.site, anywhere=False))
        if people and "chair" not in self.times:
            self.times["chair"] = 1
            at, person = min((run.plan.workers[one].answers_at(run.now, run.chance), one) for one in people)
            run.later(at, partial(self._closed, person, run.now))

    def _closed(self, person: str, asked: int) -> None:
        run = self.run
        self.closed_at = moment(run.now)
        self.asked[person] = asked
        run.say(f"{run.name(person)} closes the round")
        self.judge(person)

    def _why(self, verdict: Verdict) -> str:
        """Why it is not decided, as it will be shown if nothing more comes."""
        if verdict.standing is Standing.DEADLOCK or self.waiting:
            return verdict.sentence
        wanted = {person for missing in verdict.missing for person in missing.candidates}
        names = sorted(self.run.name(person) for person in self.silent & wanted)
        said = f"{', '.join(names)} did not answer." if names else "Everybody asked has answered."
        return f"{said} {verdict.sentence}"


def _written(run: Run, name: str) -> CompiledPolicy:
    """The policy with its lists written out; as it is where they cannot be, which judging it will say."""
    policy = run.plan.loaded.policies[name]
    try:
        return policy.for_item(run.item)
    except EvaluationError:
        return policy


def _capacity(verdict: Verdict, person: str) -> str:
    seats = [seat.capacity for seat in verdict.seats if seat.person == person]
    return next(iter([*seats, *(verdict.eligible or {}).get(person, ())]), "chair")
