"""Properties of every policy of the whole language, whatever its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from oracle import Case, Said
from small_policies import compiled, facts, whole_case

from policies.evaluate import decide, evaluate
from policies.evaluate.nodes import AllNode, RuleNode, SomeNode
from policies.verdict import Finding, Standing, Status, Verdict

MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
WHOLE = st.integers(0, 2**40).map(lambda number: whole_case(Random(number)))


def verdict(case: Case) -> Verdict:
    return decide(compiled(case), facts(case))


def has(case: Case, *words: str) -> bool:
    said = f"{case.outcomes} {dict(case.words)}"
    return any(f"'{word}'" in said for word in words)


@MANY
@given(WHOLE, st.randoms(use_true_random=False))
def test_the_order_of_what_was_said_at_one_time_never_matters(case, chance):
    """However decisions of the same time by different people are listed, the outcome is the same: where no step
    waits for another, nobody lifts what is said later, and no stand-in signs."""
    assume(not has(case, "in_order") and not case.stand_ins and all(one.lifts is None for one in case.said))
    last = {one.person: one._replace(at=12) for one in case.said}
    shuffled = chance.sample(list(last.values()), len(last))
    one, other = (verdict(replace(case, said=tuple(order))) for order in (last.values(), shuffled))
    assert (one.standing, one.outcome) == (other.standing, other.outcome)


@MANY
@given(WHOLE)
def test_one_human_never_counts_twice(case):
    """Whoever says everything twice counts as before: where no step has opened by the second time, and nothing is
    lifted that then stands again."""
    assume(not has(case, "in_order") and all(one.lifts is None for one in case.said))
    twice = replace(case, said=tuple(one for said in case.said for one in (said, said)))
    one, other = verdict(case), verdict(twice)
    assert (one.standing, one.outcome) == (other.standing, other.outcome)
    for finding in _every(other):
        people = [decision.person for decision in finding.counted]
        assert len(people) == len(set(people))


@MANY
@given(WHOLE, st.randoms(use_true_random=False))
def test_one_more_approval_never_undoes_an_approval_in_the_whole_language(case, chance):
    """Approved stays approved when one more approves, unless a rule bounds from above (`at_most`, a check), counts
    those who take part (a quorum, a share of those cast), or the one more had stepped aside or has a stand-in."""
    assume(not has(case, "at_most", "check", "quorum", "cast", "go") and not case.stand_ins)
    stepped_aside = {one.person for one in case.said if one.position == "recuse"}
    people = sorted(set(case.people) - stepped_aside)
    assume(people)
    one_more = Said(chance.choice(people), "approve", 1 + len(case.edits), at=case.now, asks=True)
    before, after = verdict(case), verdict(replace(case, said=(*case.said, one_more)))
    assert before.outcome != "approved" or after.outcome == "approved"


@MANY
@given(WHOLE, st.randoms(use_true_random=False))
def test_taking_back_never_raises(case, chance):
    """Whatever is taken back, there is a verdict; and what was taken back is set aside."""
    back = tuple(one._replace(taken_back=one.taken_back or chance.random() < 0.5) for one in case.said)
    found = evaluate(compiled(case), facts(replace(case, said=back)))
    aside = {one.decision.id for one in found.set_aside}
    assert all(f"d{number}" in aside for number, one in enumerate(back) if one.taken_back)


@MANY
@given(WHOLE)
def test_what_is_explained_is_what_was_decided(case):
    """The tree of findings adds up: each rule to its parts, and the first outcome that is met to the verdict."""
    policy, known = compiled(case), facts(case)
    found = decide(policy, known)
    findings = found.findings or {}
    for outcome in policy.for_item(known.item).outcomes:
        _adds_up(outcome.rule, findings[outcome.name])
    if any(one.status is Status.BROKEN for one in findings.values()):
        assert found.standing is Standing.DEADLOCK
    elif found.standing is Standing.DECIDED and not found.by_deadline:
        met = [
            outcome.name
            for outcome in policy.outcomes
            if findings[outcome.name].status is Status.MET
            or (findings[outcome.name].status is Status.SKIPPED and case.none_required and not outcome.is_refusal)
        ]
        assert found.outcome == met[0]


def _adds_up(node: RuleNode, finding: Finding) -> None:
    if not isinstance(node, AllNode | SomeNode) or not finding.parts:
        return
    for part, below in zip(node.parts, finding.parts, strict=True):
        _adds_up(part, below)
    statuses = [part.status for part in finding.parts if part.status is not Status.SKIPPED]
    wanted = len(statuses) if isinstance(node, AllNode) else node.n
    if Status.BROKEN in statuses:
        assert finding.status is Status.BROKEN
    elif not statuses:
        assert finding.status is Status.SKIPPED
    else:
        assert (finding.status is Status.MET) is (statuses.count(Status.MET) >= wanted)


def test_these_properties_are_tried_where_they_could_fail():
    """Among the cases that a property is tried on, approved ones and those with seats are common."""
    seen: Counter[str] = Counter()

    @settings(MANY, max_examples=300)
    @given(WHOLE)
    def look(case: Case) -> None:
        found = verdict(case)
        if not has(case, "at_most", "check", "quorum", "cast", "go") and not case.stand_ins:
            seen[found.outcome or found.standing.value] += 1
        seen["seats"] += bool(found.seats)

    look()
    assert min(seen["approved"], seen["seats"]) > 10, seen


def _every(found: Verdict) -> list[Finding]:
    waiting = list((found.findings or {}).values())
    for finding in waiting:
        waiting.extend(finding.parts)
    return waiting
