"""What would change the verdict: people, found by trying the same evaluator over overlaid facts; and the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from policies.evaluate.asked import closers, deadline_at
from policies.evaluate.compile import CompiledPolicy, override_by
from policies.evaluate.decide import decide, outcome_of
from policies.evaluate.moments import due
from policies.evaluate.nodes import AfterNode, VotesNode, walk
from policies.evaluate.scene import Scene
from policies.evaluate.standing import may_lift, set_scene, why_not
from policies.facts import Decision, Facts, Overriding
from policies.verdict import Standing, Unblock, Verdict

MOST_TOGETHER = 40
"""People tried together before a smallest set is given up."""


def evaluate(policy: CompiledPolicy, facts: Facts) -> Verdict:
    """The whole answer: the verdict, who could change it with a single act, and when the clock alone does."""
    verdict = decide(policy, facts)
    if verdict.is_decided or verdict.findings is None:
        return verdict
    alone = who_can_unblock(policy, facts, verdict)
    return replace(
        verdict,
        who_can_unblock=alone,
        together=() if alone else together(policy, facts, verdict),
        next_change_at=next_change_at(policy, facts, verdict),
    )


def who_can_unblock(policy: CompiledPolicy, facts: Facts, verdict: Verdict) -> tuple[Unblock, ...]:
    """Everybody whose single decision, lift, closing or override would decide it."""
    written = policy.for_item(facts.item)
    scene = set_scene(written, facts)
    found = []
    for person in verdict.eligible or {}:
        for position in written.positions:
            if _is_said(scene, person, position):
                continue
            outcome = outcome_of(policy, _with(facts, written, (person, position)))
            if outcome is not None:
                found.append(Unblock(person, position, outcome))
    found += [*_lifting(written, facts), *_closing(written, facts), *_overriding(written, facts, verdict)]
    return tuple(found)


def _is_said(scene: Scene, person: str, position: str) -> bool:
    """Whether saying it again would be for nothing: it counts wherever they are asked, and no seat changes hands."""
    said = scene.standing.get(person)
    if said is None or said.position != position:
        return False
    return not any(_changes_hands(scene, leaf, person) for leaf in scene.policy.leaves) and all(
        why_not(scene, leaf, person, said) is None for leaf in scene.policy.leaves if person in scene.body(leaf)
    )


def _changes_hands(scene: Scene, leaf: VotesNode, person: str) -> bool:
    """Whether a word of theirs moves a seat: who is back takes it from the stand-in who signed in it, and who signed
    in it gives it up."""
    back = scene.returned(leaf)
    return person in back or scene.behalf(leaf).get(person) in back


def _with(facts: Facts, policy: CompiledPolicy, *said: tuple[str, str]) -> Facts:
    conditional = {word for word, one in policy.policy.positions.items() if one.conditions is not None}
    extra = tuple(
        Decision(
            f"what-if:{person}",
            person,
            position,
            facts.now,
            facts.item.revision,
            conditions=("what has to be done",) if position in conditional else (),
        )
        for person, position in said
    )
    return replace(facts, decisions=(*facts.decisions, *extra))


def _lifting(policy: CompiledPolicy, facts: Facts) -> list[Unblock]:
    found = []
    scene = set_scene(policy, facts)
    words = {word for word, one in policy.policy.positions.items() if one.lifted_by}
    for standing in scene.latest.values() if words else ():
        for person in facts.roster.people if standing.position in words else ():
            if may_lift(scene, person, standing):
                lift = Decision(f"what-if:{person}", person, "lift", facts.now, facts.item.revision, lifts=standing.id)
                outcome = outcome_of(policy, replace(facts, decisions=(*facts.decisions, lift)))
                if outcome is not None:
                    found.append(Unblock(person, "lift", outcome))
    return list(dict.fromkeys(found))


def _closing(policy: CompiledPolicy, facts: Facts) -> list[Unblock]:
    if policy.policy.settle != "at_close" or policy.policy.chair is None or facts.closed_at is not None:
        return []
    outcome = outcome_of(policy, replace(facts, closed_at=facts.now))
    if outcome is None:
        return []
    return [Unblock(person, "close", outcome) for person in dict.fromkeys(closers(set_scene(policy, facts)))]


def _overriding(policy: CompiledPolicy, facts: Facts, verdict: Verdict) -> list[Unblock]:
    """Only where nothing else helps: an override is no ordinary way on."""
    if verdict.standing is not Standing.DEADLOCK:
        return []
    scene = set_scene(policy, facts)
    outcome = next((one.name for one in policy.outcomes if not one.is_refusal), None)
    found = []
    for word in override_by(policy.policy):
        for person in scene.people(word, facts.item.site, anywhere=False):
            one = Overriding("what-if", person, str(outcome), "why", facts.now)
            if outcome is not None and outcome_of(policy, replace(facts, overrides=(one,))) is not None:
                found.append(Unblock(person, "override", outcome))
    return found


def together(policy: CompiledPolicy, facts: Facts, verdict: Verdict) -> tuple[Unblock, ...]:
    """A smallest set of people whose decisions together decide it; empty where none is found.

    Those the verdict misses say what it misses; then everybody who is not needed is taken out again.
    """
    if verdict.standing is not Standing.PENDING:
        return ()
    written = policy.for_item(facts.item)
    for said in _tries(written, verdict):
        if outcome_of(policy, _with(facts, written, *said.items())) is not None:
            return _smallest(policy, written, facts, said)
    return ()


def _tries(policy: CompiledPolicy, verdict: Verdict) -> list[dict[str, str]]:
    missed = {person: one.position for one in verdict.missing for person in one.candidates}
    everybody = list(verdict.eligible or {})[:MOST_TOGETHER]
    same = [dict.fromkeys(everybody, word) for word in policy.positions if word in policy.supporting]
    return [one for one in (missed, *same) if one and len(one) <= MOST_TOGETHER]


def _smallest(
    policy: CompiledPolicy, written: CompiledPolicy, facts: Facts, said: dict[str, str]
) -> tuple[Unblock, ...]:
    for person in list(said):
        fewer = {p: w for p, w in said.items() if p != person}
        if fewer and outcome_of(policy, _with(facts, written, *fewer.items())) is not None:
            said = fewer
    outcome = str(outcome_of(policy, _with(facts, written, *said.items())))
    return tuple(Unblock(person, position, outcome) for person, position in said.items())


def next_change_at(policy: CompiledPolicy, facts: Facts, verdict: Verdict) -> datetime | None:
    """The first moment at which the clock alone changes the verdict; None when it never does."""
    written = policy.for_item(facts.item)
    moments = set(_waits(set_scene(written, facts)))
    ends = deadline_at(written.policy, facts)
    if ends is not None:
        moments.add(ends)
    for moment in sorted(one for one in moments if one > facts.now):
        if _told_apart(decide(policy, replace(facts, now=moment))) != _told_apart(verdict):
            return moment
    return None


def _told_apart(verdict: Verdict) -> tuple[object, ...]:
    """What makes a verdict another one: where it stands, and who is asked now."""
    return verdict.standing, verdict.outcome, verdict.is_overdue, verdict.waiting


def _waits(scene: Scene) -> list[datetime]:
    nodes = (node for outcome in scene.policy.outcomes for node in walk(outcome.rule))
    return [at for node in nodes if isinstance(node, AfterNode) and (at := due(scene, node)) is not None]
