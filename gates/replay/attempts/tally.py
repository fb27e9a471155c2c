"""Judges attempts and counts what came of them. The only room of the replay that asks the evaluator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from gates.replay.attempts.mapping import AttemptsMap, Overlap
from gates.replay.attempts.report import AttemptReport, Passed, Refused
from gates.replay.attempts.tracks import Track
from policies.conditions import type_env
from policies.evaluate import CompiledPolicy, compile_policy, decide
from policies.facts import Facts, Roster
from policies.model import Process
from policies.verdict import Finding, Status, Verdict

NOBODY = "nobody: it would not pass"


class Tally:
    """Counts into `report`. Keeps the facts of every pass, to judge them again by the groups at the end."""

    def __init__(self, process: Process, policy: CompiledPolicy, mapping: AttemptsMap, report: AttemptReport) -> None:
        self.policy = policy
        self.map = mapping
        self.report = report
        self._facts: list[Facts] = []
        self._passing = {o.name for o in policy.outcomes if not o.is_refusal and o.name not in mapping.exempt}
        env = type_env(process.fields, process.criteria)
        self._changed = {
            title: compile_policy(
                policy.name, policy.policy.model_copy(update={"exclude": change.exclude}), process.rules, env
            )
            for title, change in mapping.what_if.items()
        }
        report.what_if = {title: Counter() for title in self._changed}
        report.by = {name: {} for name in mapping.by}

    def attempt(self, facts: Facts, track: Track, transaction: str) -> None:
        """Judge one attempt. `track` is the item in the log's own names."""
        verdict = decide(self.policy, facts)
        outcome = word_of(verdict)
        if outcome in self.map.exempt:
            self.report.exempt[outcome] += 1
            return
        self.report.by_year.setdefault(f"{facts.now:%Y}", Counter())[outcome] += 1
        for name, found in self.report.by.items():
            found.setdefault(str(facts.item.fields.get(name, "")), Counter())[outcome] += 1
        if outcome in self._passing:
            self._passes(facts, track, transaction, verdict)
        else:
            self.report.refusals[outcome] += 1
            self.report.refused.append(_refused(facts, transaction, verdict))

    def final(self, facts: Facts) -> None:
        """Judge a live item as it is at the end."""
        verdict = decide(self.policy, facts)
        outcome = word_of(verdict)
        self.report.final[outcome] += 1
        if outcome not in self._passing and outcome not in self.map.exempt:
            self.report.final_refused.append(_refused(facts, "", verdict))

    def passes_at_end(self, roster: Roster) -> None:
        """Judge every pass again, by the groups as they are at the end."""
        for facts in self._facts:
            verdict = decide(self.policy, replace(facts, roster=roster))
            passes = word_of(verdict) in self._passing
            self.report.seats_at_end[_rests_on(verdict) if passes else NOBODY] += 1

    def _passes(self, facts: Facts, track: Track, transaction: str, verdict: Verdict) -> None:
        self._facts.append(facts)
        people = tuple(dict.fromkeys(person for person, _ in seats_of(verdict)))
        falls = tuple(self._falls(facts))
        passed = Passed(facts.item.key, _at(facts), transaction, word_of(verdict), _rests_on(verdict), people, falls)
        self.report.passed.append(passed)
        self.report.passes[passed.outcome] += 1
        self.report.seats[passed.rests_on] += 1
        self.report.signers.update(people)
        for title, overlap in self.map.overlaps.items():
            self.report.overlaps[title] += _overlaps(track, overlap)

    def _falls(self, facts: Facts) -> Iterator[str]:
        for title, policy in self._changed.items():
            other = word_of(decide(policy, facts))
            if other not in self._passing:
                self.report.what_if[title][other] += 1
                yield title


def word_of(verdict: Verdict) -> str:
    """The outcome, or `pending` or `deadlock`."""
    return verdict.outcome or verdict.standing.value


def seats_of(verdict: Verdict) -> list[tuple[str, str]]:
    """Who a decided verdict rests on, each with the capacity they are counted in.

    Seats are given out within an `all`; outside of one, people count in the first capacity they have.
    """
    if verdict.seats:
        return [(seat.person, seat.capacity) for seat in verdict.seats]
    eligible = verdict.eligible or {}
    finding = (verdict.findings or {}).get(verdict.outcome or "")
    people = dict.fromkeys(_counted(finding)) if finding else {}
    return [(person, eligible[person][0]) for person in people if eligible.get(person)]


def _counted(finding: Finding) -> Iterator[str]:
    if finding.status is Status.MET:
        yield from (decision.person for decision in finding.counted)
        for part in finding.parts:
            yield from _counted(part)


def _rests_on(verdict: Verdict) -> str:
    return " + ".join(sorted({capacity for _, capacity in seats_of(verdict)})) or "no signature"


def _refused(facts: Facts, transaction: str, verdict: Verdict) -> Refused:
    return Refused(facts.item.key, _at(facts), transaction, word_of(verdict), verdict.sentence)


def _at(facts: Facts) -> str:
    return f"{facts.now:%Y-%m-%dT%H:%M:%SZ}"


def _overlaps(track: Track, overlap: Overlap) -> bool:
    among = set(track.people(overlap.among, overlap.split))
    found = set(track.people(overlap.some or overlap.every or "", overlap.split))
    return bool(found & among) if overlap.some else bool(found) and found <= among
