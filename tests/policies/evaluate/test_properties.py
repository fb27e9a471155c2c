"""Properties of every policy, whatever its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Case, Said
from small_policies import cases, compiled, facts

from policies.evaluate import decide, evaluate
from policies.facts import Decision, Facts
from policies.verdict import Finding, Standing, Verdict

pytestmark = pytest.mark.slow

MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def verdict(case: Case) -> Verdict:
    return decide(compiled(case), facts(case))


def at_one_time(known: Facts, decisions: list[Decision]) -> Facts:
    return replace(known, decisions=tuple(replace(one, at=known.now) for one in decisions))


@MANY
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_decisions_by_different_people_never_matters(case, chance):
    """However decisions of the same time by different people are listed, the outcome is the same."""
    policy, known = compiled(case), facts(case)
    latest = list({one.person: one for one in known.decisions}.values())
    shuffled = chance.sample(latest, len(latest))
    one, other = (decide(policy, at_one_time(known, order)) for order in (latest, shuffled))
    assert (one.standing, one.outcome) == (other.standing, other.outcome)
    assert sum(m.count for m in one.missing) == sum(m.count for m in other.missing)


@MANY
@given(cases())
def test_one_person_never_fills_two_seats(case):
    """Within one `all`, no person sits twice, and every seat is filled by somebody who decided (I2, PR-04)."""
    if not case.one_seat or any(_shares_seats(rule) for _, rule, _, _ in case.outcomes):
        case = replace(case, outcomes=tuple((n, _one_seat(r), f, c) for n, r, f, c in case.outcomes))
        case = replace(case, one_seat=True)
    found = verdict(case)
    decided = {one.person for one in case.said if not one.taken_back}
    for scope in _scopes(case, found):
        seats = Counter(seat.person for seat in scope)
        assert set(seats) <= decided
        assert max(seats.values(), default=0) <= 1, found


@MANY
@given(cases())
def test_one_person_counts_once_in_a_leaf_however_often_they_decide(case):
    """A person who says the same again, or holds two roles that a rule asks, is still one person (I2, PR-04)."""
    known, policy = facts(case), compiled(case)
    again = replace(known, decisions=tuple(d for one in known.decisions for d in (one, one)))
    one, other = decide(policy, known), decide(policy, again)
    assert (one.standing, one.outcome) == (other.standing, other.outcome)
    for finding in _leaves(one):
        people = [decision.person for decision in finding.counted]
        assert len(people) == len(set(people))


AGREEABLE = cases(ceilings=False, gates=False, agreeable=True)


@MANY
@given(AGREEABLE, st.randoms(use_true_random=False))
def test_one_more_approval_never_undoes_an_approval(case, chance):
    """Where no rule sets a limit, somebody approving never turns approved into anything else."""
    one_more = Said(chance.choice(sorted(case.people)), "approve", 2)
    before, after = verdict(case), verdict(replace(case, said=(*case.said, one_more)))
    assert before.outcome != "approved" or after.outcome == "approved"


@MANY
@given(AGREEABLE, st.randoms(use_true_random=False))
def test_taking_an_approval_back_never_approves(case, chance):
    """Where no rule sets a limit, taking one's approval back never turns what is open into approved."""
    standing = {one.person: one.position for one in case.said if not one.taken_back}
    approving = sorted(person for person, position in standing.items() if position == "approve")
    if not approving:
        return
    person = chance.choice(approving)
    # All of it: taking back only the last word would bring an earlier one of theirs back.
    fewer = tuple(one._replace(taken_back=one.taken_back or one.person == person) for one in case.said)
    before, after = verdict(case), verdict(replace(case, said=fewer))
    assert before.standing is Standing.DECIDED or after.outcome != "approved"


@MANY
@given(cases(ceilings=False, cast=False, agreeable=True))
def test_where_one_seat_is_missing_each_candidate_could_fill_it(case):
    """When all that lacks is one person for one seat, every candidate named for it could decide it alone."""
    found = evaluate(compiled(case), facts(case))
    if found.standing is Standing.PENDING and sum(one.count for one in found.missing) == 1:
        (one,) = found.missing
        deciding = {unblock.person for unblock in found.who_can_unblock}
        assert "It depends on" in found.sentence or set(one.candidates) <= deciding, found.sentence


def test_the_properties_are_tried_where_they_could_fail():
    """Approved and waiting cases are common among those the properties are tried on."""
    seen: Counter[str] = Counter()

    @settings(MANY, max_examples=100, database=None, derandomize=True)
    @given(AGREEABLE)
    def look(case: Case) -> None:
        found = verdict(case)
        seen[found.outcome or found.standing.value] += 1

    look()
    assert min(seen["approved"], seen["pending"]) > 20, seen


@MANY
@given(cases())
def test_a_verdict_is_whole(case):
    """An outcome is set exactly when it is decided, people are told in a sentence, and asked people exist."""
    found = evaluate(compiled(case), facts(case))
    assert (found.outcome is not None) is (found.standing is Standing.DECIDED)
    assert found.sentence.endswith(".")
    assert set(found.eligible or {}) <= set(case.people)
    aside = {one.decision.id for one in found.set_aside}
    assert all(one.reason for one in found.set_aside)
    assert all(d.id not in aside or _is_seated_elsewhere(found, d) for leaf in _leaves(found) for d in leaf.counted)


def _is_seated_elsewhere(found: Verdict, decision: Decision) -> bool:
    reasons = {one.reason for one in found.set_aside if one.decision == decision}
    return all(reason.startswith("already counted as") for reason in reasons)


def _leaves(found: Verdict) -> Iterator[Finding]:
    def below(finding: Finding) -> Iterator[Finding]:
        if not finding.parts:
            yield finding
        for part in finding.parts:
            yield from below(part)

    for finding in (found.findings or {}).values():
        yield from below(finding)


def _shares_seats(rule: object) -> bool:
    if isinstance(rule, dict):
        return rule.get("one_seat") is False or any(_shares_seats(one) for one in rule.values())
    return isinstance(rule, list) and any(_shares_seats(one) for one in rule)


def _one_seat(rule: object) -> object:
    if isinstance(rule, dict):
        return {key: _one_seat(one) for key, one in rule.items() if key != "one_seat"}
    return [_one_seat(one) for one in rule] if isinstance(rule, list) else rule


def _scopes(case: Case, found: Verdict) -> Iterator[list[object]]:
    """The seats of each outermost `all`: below `any` or `n_of` there may be several."""
    by_scope: dict[str, list[object]] = {}
    for seat in found.seats:
        outermost = seat.rule.split(".all[")[0]
        by_scope.setdefault(outermost, []).append(seat)
    yield from by_scope.values()
