"""The evaluator against a second one that tries everything."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, seed, settings
from oracle import Case, Trial
from small_policies import cases, compiled, facts

from policies.evaluate import decide, evaluate
from policies.verdict import Standing

THOROUGH = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)


def agree(case: Case) -> Standing:
    """Hold the real verdict on `case` against the slow one."""
    policy, known = compiled(case), facts(case)
    case = replace(case, positions=policy.positions)  # what no rule counts is not offered
    trial = Trial(case)
    verdict = evaluate(policy, known)
    expected = trial.outcome(trial.standing())
    assert verdict.outcome == (None if expected == "broken" else expected), verdict.sentence
    assert decide(policy, known).sentence == verdict.sentence
    if expected == "broken":
        assert verdict.standing is Standing.DEADLOCK
        return verdict.standing
    if expected is not None:
        assert (verdict.standing, verdict.who_can_unblock) == (Standing.DECIDED, ())
        return verdict.standing
    found = {(one.person, one.position, one.outcome) for one in verdict.who_can_unblock}
    assert found == trial.unblocking()
    if "urgent" in case.fields:
        assert (verdict.standing is Standing.PENDING) == trial.can_be_reached(), verdict.sentence
    elif any(Trial(case, {**case.fields, "urgent": filled}).can_be_reached() for filled in (True, False)):
        # Somebody may still fill in the field, so a way that hangs on it is not closed.
        assert verdict.standing is Standing.PENDING
    return verdict.standing


def agreeing(number: int, start: int) -> int:
    """Try `number` generated cases that follow from the seed `start`. Returns how many agree: all, or it fails."""
    tried = 0

    @seed(start)
    @settings(THOROUGH, max_examples=number, derandomize=False)
    @given(cases())
    def look(case: Case) -> None:
        nonlocal tried
        agree(case)
        tried += 1

    look()
    return tried


@settings(THOROUGH, max_examples=400)
@given(cases())
def test_the_evaluator_agrees_with_trying_everything(case):
    """Outcome, deadlock and who can unblock are what trying every seating and every future finds."""
    agree(case)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(10))
def test_the_evaluator_agrees_with_trying_everything_at_length(number):
    """The same, over twenty thousand small policies in all; `agree.py` beside this file tries as many as you like."""
    assert agreeing(2000, number) == 2000


def test_the_generated_cases_come_to_every_standing():
    """The agreement is tried on cases that decide, wait and deadlock, each often enough to mean something."""
    found: Counter[str] = Counter()

    @settings(THOROUGH, max_examples=200, database=None, derandomize=True)
    @given(cases())
    def look(case: Case) -> None:
        verdict = decide(compiled(case), facts(case))
        found[verdict.outcome or verdict.standing.value] += 1

    look()
    assert {"approved", "rejected", "go", "hold", "pending", "deadlock"} <= set(found), found
    assert min(found["approved"], found["pending"], found["deadlock"]) > 15, found
