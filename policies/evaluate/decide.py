"""The verdict of a policy: the first outcome met, what the deadline or an override says, else pending or stuck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from policies.errors import EvaluationError
from policies.evaluate.asked import all_spoke, asked, deadline_at
from policies.evaluate.compile import CompiledOutcome, CompiledPolicy, override_by
from policies.evaluate.counting import as_it_stands
from policies.evaluate.judge import Judged, judge_outcome
from policies.evaluate.moments import earlier_met
from policies.evaluate.possible import is_open
from policies.evaluate.scene import Scene
from policies.evaluate.seats import is_skipped, stands
from policies.evaluate.standing import set_scene
from policies.evaluate.words import (
    deadline_sentence,
    deadlock_sentence,
    decided_sentence,
    overridden_sentence,
    pending_sentence,
)
from policies.facts import Decision, Facts, Overriding
from policies.model import Policy
from policies.phrases import at_moment, joined, phrase
from policies.verdict import Finding, SetAside, Standing, Status, Verdict

ESCALATE = "escalate"
SHORT = {"reject": "rejected", "approve": "approved"}


def decide(policy: CompiledPolicy, facts: Facts) -> Verdict:
    """The verdict as things stand, without the what-if of `evaluate`. Raises nothing: a rule that cannot be
    worked out is a DEADLOCK that says so."""
    try:
        written = policy.for_item(facts.item)
    except EvaluationError as error:
        return Verdict(policy.name, Standing.DEADLOCK, deadlock_sentence((), (), facts.roster, str(error)))
    setting = _set(written, facts)
    scene = setting.scene
    judged = [judge_outcome(outcome, scene) for outcome in written.outcomes]
    broken = next((one.finding.because for one in judged if one.finding.status is Status.BROKEN), None)
    if broken is not None:
        return _verdict(scene, judged, Standing.DEADLOCK, None, broken=broken)
    overriding = _overriding(scene)
    if overriding is not None:
        return _overridden(scene, judged, overriding)
    if not (setting.passed or _is_open_to_judge(scene)):
        return _waiting(setting, judged)
    met = _first_met(written, judged)
    if met is not None:
        return _verdict(scene, judged, Standing.DECIDED, met)
    if setting.closes and setting.ends is not None:
        return _by_deadline(scene, judged, setting.ends)
    if _is_closed(scene):
        return _verdict(scene, judged, Standing.DEADLOCK, None, said=phrase("The round closed without a verdict."))
    return _waiting(setting, judged)


def outcome_of(policy: CompiledPolicy, facts: Facts) -> str | None:
    """The outcome `decide` comes to, and nothing else of its answer: for trying what somebody might say, which asks
    often and reads one word. What can break on the way is asked of `decide` itself."""
    try:
        written = policy.for_item(facts.item)
    except EvaluationError:
        return None
    setting = _set(written, facts)
    scene = setting.scene
    if _may_break(scene):
        return decide(policy, facts).outcome
    overriding = _overriding(scene)
    if overriding is not None:
        return overriding.outcome
    if not (setting.passed or _is_open_to_judge(scene)):
        return None
    view = as_it_stands(scene)
    for outcome in written.outcomes:
        if is_skipped(outcome.rule, scene):
            if written.policy.none_required is not None and not outcome.is_refusal:
                return outcome.name
        elif stands(outcome.rule, view):
            return outcome.name
    return deadline_outcome(written.policy) if setting.closes else None


def _may_break(scene: Scene) -> bool:
    """Whether judging may come upon a rule that cannot be worked out, which makes the whole a deadlock."""
    return scene.policy.weighs or any(scene.guard(when)[0] is Status.BROKEN for when in scene.policy.guards)


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a verdict is found in: the scene, when its deadline `ends` it, whether that is `passed`, and whether the
    deadline then `closes` the round with an outcome."""

    scene: Scene
    ends: datetime | None
    passed: bool
    closes: bool


def _set(written: CompiledPolicy, facts: Facts) -> _Setting:
    ends = deadline_at(written.policy, facts)
    final = ends is not None and written.policy.deadline is not None and written.policy.deadline.then != ESCALATE
    now = min(facts.now, ends) if final and ends is not None else facts.now
    scene = set_scene(written, replace(facts, now=now) if now != facts.now else facts, ends if final else None)
    passed = ends is not None and facts.now >= ends
    return _Setting(scene, ends, passed, final and passed)


def deadline_outcome(policy: Policy) -> str | None:
    """The outcome the deadline decides; None where it escalates or there is none."""
    if policy.deadline is None or policy.deadline.then == ESCALATE:
        return None
    return SHORT.get(policy.deadline.then, policy.deadline.then)


# -- is it time? ---------------------------------------------------------------------------------------


def _is_open_to_judge(scene: Scene) -> bool:
    return scene.policy.policy.settle != "at_close" or _is_closed(scene) or all_spoke(scene)


def _is_closed(scene: Scene) -> bool:
    """Whether the chair closed the round, after which nothing that is said counts."""
    closed = scene.facts.closed_at
    return scene.policy.policy.settle == "at_close" and closed is not None and closed <= scene.facts.now


def _first_met(policy: CompiledPolicy, judged: Sequence[Judged]) -> Judged | None:
    for one in judged:
        if one.finding.status is Status.MET or _asks_nobody(policy, one):
            return one
    return None


def _asks_nobody(policy: CompiledPolicy, one: Judged) -> bool:
    """Nothing of it applies, and the policy says why that is enough."""
    return (
        one.finding.status is Status.SKIPPED and policy.policy.none_required is not None and not one.outcome.is_refusal
    )


def _overriding(scene: Scene) -> Overriding | None:
    """The last override by somebody who may."""
    if not scene.facts.overrides:
        return None
    policy = scene.policy.policy
    words, known = override_by(policy), {one.name for one in scene.policy.outcomes}
    kept_out = scene.excluded(policy.exclude)
    for one in reversed(scene.facts.overrides):
        reasoned = bool(one.reason.strip()) or (policy.override is not None and policy.override.reason == "optional")
        if one.outcome in known and reasoned and one.person not in kept_out and scene.holds(one.person, words):
            return one
    return None


# -- the answer ----------------------------------------------------------------------------------------


def _waiting(setting: _Setting, judged: Sequence[Judged]) -> Verdict:
    scene, ends, passed = setting.scene, setting.ends, setting.passed
    then = deadline_outcome(scene.policy.policy)
    by_time = ends is not None and not passed and then in {o.name for o in scene.policy.outcomes if not o.is_refusal}
    possible = by_time or is_open(scene)
    verdict = _verdict(scene, judged, Standing.PENDING if possible else Standing.DEADLOCK, None)
    if possible and scene.policy.policy.settle == "at_close":
        verdict = replace(verdict, sentence=joined([phrase("Judged when the round closes."), verdict.sentence]))
    if not passed or ends is None:
        return verdict
    passed_at = phrase("The deadline of %(at)s passed.", at=_local(scene, ends))
    return replace(verdict, is_overdue=True, sentence=joined([passed_at, verdict.sentence]))


def _by_deadline(scene: Scene, judged: Sequence[Judged], ends: datetime) -> Verdict:
    policy = scene.policy.policy
    then = deadline_outcome(policy)
    outcome = next(one.outcome for one in judged if one.outcome.name == then)
    silence = policy.deadline.silence if policy.deadline else None
    sentence = deadline_sentence(outcome.title, _local(scene, ends), silence)
    verdict = _verdict(scene, judged, Standing.DECIDED, None, said=sentence)
    return replace(verdict, outcome=outcome.name, by_deadline=True, missing=(), blocked_by=())


def _overridden(scene: Scene, judged: Sequence[Judged], one: Overriding) -> Verdict:
    outcome = next(o for o in scene.policy.outcomes if o.name == one.outcome)
    sentence = overridden_sentence(outcome.title, scene.facts.roster.name(one.person), one.reason.strip())
    verdict = _verdict(scene, judged, Standing.OVERRIDDEN, None, said=sentence)
    return replace(verdict, outcome=outcome.name)


def _local(scene: Scene, at: datetime) -> str:
    zone = scene.facts.calendar.zone
    local = at.astimezone(ZoneInfo(zone))
    return at_moment(f"{local:%a} {local.day} {local:%b %Y %H:%M} ({zone})", at, zone)


def _verdict(
    scene: Scene,
    judged: Sequence[Judged],
    standing: Standing,
    met: Judged | None,
    *,
    broken: str | None = None,
    said: str | None = None,
) -> Verdict:
    roster = scene.facts.roster
    nearest = met or _nearest(judged)
    missing = nearest.missing if nearest and met is None else ()
    aside = _unique((*scene.aside, *(nearest.aside if nearest else ())))
    blocked_by = tuple(_blocked_by(judged)) if met is None else ()
    if said is not None:
        sentence = said
    elif met is not None:
        sentence = _decided_sentence(scene, met)
    elif standing is Standing.DEADLOCK:
        sentence = deadlock_sentence(missing, aside, roster, broken)
    else:
        unknown = _unknown(nearest.finding) if nearest else ()
        sentence = pending_sentence(missing, [d.person for d in blocked_by], unknown, roster)
    return Verdict(
        policy=scene.policy.name,
        standing=standing,
        sentence=sentence,
        outcome=met.outcome.name if met else None,
        findings={one.outcome.name: one.finding for one in judged},
        seats=nearest.seats if nearest else (),
        set_aside=aside,
        missing=missing,
        blocked_by=blocked_by,
        eligible=_eligible(scene),
        waiting=_waiting_people(scene),
        sits_for=_sits_for(scene) or None,
    )


def _decided_sentence(scene: Scene, met: Judged) -> str:
    reason = scene.policy.policy.none_required
    if met.finding.status is Status.SKIPPED and reason is not None:
        return decided_sentence(met.outcome, phrase("nobody had to be asked: %(why)s.", why=reason.rstrip(".")))
    return decided_sentence(met.outcome, met.finding.because)


def _unique(aside: Iterable[SetAside]) -> tuple[SetAside, ...]:
    """One line a decision: the first reason found."""
    first: dict[str, SetAside] = {}
    for one in aside:
        first.setdefault(one.decision.id, one)
    return tuple(first.values())


def _nearest(judged: Sequence[Judged]) -> Judged | None:
    """The outcome other than a refusal that lacks the fewest people; the first of equals."""
    hopeful = [one for one in judged if not one.outcome.is_refusal and one.finding.status is not Status.SKIPPED]
    return min(hopeful, key=lambda one: sum(m.count for m in one.missing) or 10**6, default=None)


def _eligible(scene: Scene) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    seen: set[int] = set()
    for outcome in scene.policy.outcomes:
        for leaf in asked(outcome.rule, scene):
            for body in (scene.body(leaf), scene.returned(leaf)):
                if body and id(body) not in seen:  # leaves that ask the same people share their body
                    seen.add(id(body))
                    for person, word in body.items():
                        found.setdefault(person, {})[word] = None
    return {person: tuple(words) for person, words in found.items()}


def _sits_for(scene: Scene) -> dict[str, str]:
    if not scene.facts.roster.stand_ins:
        return {}
    return {person: absent for leaf in scene.policy.leaves for person, absent in scene.behalf(leaf).items()}


def _waiting_people(scene: Scene) -> tuple[str, ...]:
    """Those who are asked in steps only that are still closed."""
    if not scene.policy.steps:
        return ()
    open_to: set[str] = set()
    everybody: dict[str, None] = {}
    for outcome in scene.policy.outcomes:
        for leaf in asked(outcome.rule, scene):
            everybody.update(dict.fromkeys(scene.body(leaf)))
            if all(earlier_met(scene, step) for step in scene.policy.steps.get(leaf.path, ()) if step[1] > 0):
                open_to.update(scene.body(leaf))
    return tuple(person for person in everybody if person not in open_to)


def _unknown(finding: Finding) -> Iterable[str]:
    if finding.status is Status.UNKNOWN and not finding.parts:
        yield finding.because
    for part in finding.parts:
        yield from _unknown(part)


def _blocked_by(judged: Sequence[Judged]) -> Iterable[Decision]:
    seen: set[str] = set()
    for one in judged:
        if not one.outcome.is_refusal:
            for decision in _over_ceiling(one.finding):
                if decision.id not in seen:
                    seen.add(decision.id)
                    yield decision


def _over_ceiling(finding: Finding) -> Iterable[Decision]:
    if not finding.parts and finding.status is Status.UNMET and finding.needed == 0:
        yield from finding.counted
    for part in finding.parts:
        yield from _over_ceiling(part)


__all__ = ["CompiledOutcome", "deadline_at", "deadline_outcome", "decide", "outcome_of"]
