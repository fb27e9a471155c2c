"""One round of approval in a run: who is asked answers in their time, and each answer is judged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from gates.moves import propose_verdict
from gates.simulate.clock import moment, seconds
from policies.evaluate import decide
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
        self.policy = run.plan.loaded.policies[policy]
        self.opened_at = moment(run.now)
        self.decisions: list[Decision] = []
        self.asked: dict[str, int] = {}
        """Person -> when they were asked last, in seconds."""
        self.times: dict[str, int] = {}
        self.waiting: set[str] = set()
        self.silent: set[str] = set()
        self.wakes: set[int] = set()

    def judge(self, last: str | None = None) -> None:
        """What the policy says now; `last` has just answered."""
        run = self.run
        verdict = decide(self.policy, self._facts())
        if verdict.is_decided:
            if last is not None:
                run.note_answer(last, self._capacity(verdict, last), self.asked[last])
            run.follow(
                propose_verdict(run.plan.loaded, run.plan.machine, state=run.state, outcome=verdict.outcome or "")
            )
            return
        self._ask(verdict)
        run.why = self._why(verdict)
        if verdict.next_change_at is not None:
            at = seconds(verdict.next_change_at)
            if at > run.now and at not in self.wakes:
                self.wakes.add(at)
                run.later(at, self.judge)

    def _facts(self) -> Facts:
        run = self.run
        roster = run.plan.company.roster(run.now)
        return Facts(run.item, roster, moment(run.now), tuple(self.decisions), self.opened_at)

    def _ask(self, verdict: Verdict) -> None:
        """Ask who may decide and was not asked yet, and who answered too early for it to count."""
        aside = {one.decision.person for one in verdict.set_aside}
        wanted = {person for missing in verdict.missing for person in missing.candidates}
        for person, words in (verdict.eligible or {}).items():
            again = person in aside and person in wanted and self.times.get(person, 0) < MOST_ASKED
            if person not in self.asked or (again and person not in self.waiting and person not in self.silent):
                self._ask_one(person, words)

    def _ask_one(self, person: str, words: Sequence[str]) -> None:
        run = self.run
        worker = run.plan.workers[person]
        self.asked[person] = run.now
        self.times[person] = self.times.get(person, 0) + 1
        at = worker.answers_at(run.now, run.chance)
        position = worker.position(self.policy, words, run.chance)
        if position is None:
            self.silent.add(person)
            return
        self.waiting.add(person)
        run.later(at, partial(self._answer, person, position))

    def _answer(self, person: str, position: str) -> None:
        run = self.run
        self.waiting.discard(person)
        number = len(self.decisions) + 1
        self.decisions.append(Decision(f"d{number}", person, position, moment(run.now), run.item.revision))
        run.say(f"{run.name(person)}: {position.replace('_', ' ')}")
        self.judge(person)

    def _capacity(self, verdict: Verdict, person: str) -> str:
        seats = [seat.capacity for seat in verdict.seats if seat.person == person]
        return next(iter([*seats, *(verdict.eligible or {}).get(person, ())]), "")

    def _why(self, verdict: Verdict) -> str:
        """Why it is not decided, as it will be shown if nothing more comes."""
        if verdict.standing is Standing.DEADLOCK:
            return verdict.sentence
        if self.waiting:
            return verdict.sentence
        names = sorted(self.run.name(person) for person in self.silent)
        said = f"{', '.join(names)} did not answer." if names else "Everybody asked has answered."
        return f"{said} {verdict.sentence}"
