"""The evaluator against a second one that tries everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from agreement import differences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Case
from small_policies import SPECIAL, cases, compiled, facts, whole_case

from policies.evaluate import decide

THOROUGH = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
QUICK = 600
AT_LENGTH = 20_000
PARTS = 4
"""The long run in parts, which the processes of a test run share."""


def agree(case: Case) -> None:
    """Hold the real verdict on `case` against the slow one."""
    found, verdict = differences(case)
    assert not found, verdict.sentence


@settings(THOROUGH, max_examples=150)
@given(cases())
def test_the_evaluator_agrees_with_trying_everything(case):
    """Outcome, standing, who can unblock and what is set aside are what trying every seating and future finds."""
    agree(case)


@settings(THOROUGH, max_examples=100)
@given(st.randoms(use_true_random=False).map(whole_case))
def test_the_evaluator_agrees_on_the_whole_language(case):
    """The same with every word of the language, in cases that are made smaller when one fails."""
    agree(case)


def test_the_evaluator_agrees_on_many_small_cases():
    """The same over a fixed run of cases of the whole language, each known by its number."""
    for number in range(QUICK):
        found, _ = differences(whole_case(Random(f"quick/{number}")))
        assert not found, number


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(THOROUGH, max_examples=2000)
@given(cases())
def test_the_evaluator_agrees_with_trying_everything_at_length(case):
    """The same, over many more small policies of the core words."""
    agree(case)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_evaluator_agrees_on_the_whole_language_at_length(part):
    """Twenty thousand cases of the whole language, each known by its number (`agree.py` tries any number)."""
    for number in range(part, AT_LENGTH, PARTS):
        found, _ = differences(whole_case(Random(f"1/{number}")))
        assert not found, number


# -- what is generated -------------------------------------------------------------------------------


def test_the_core_cases_come_to_every_standing():
    """The agreement is tried on cases that decide, wait and deadlock, each often enough to mean something."""
    found: Counter[str] = Counter()

    @settings(THOROUGH, max_examples=200)
    @given(cases())
    def look(case: Case) -> None:
        verdict = decide(compiled(case), facts(case))
        found[verdict.outcome or verdict.standing.value] += 1

    look()
    assert {"approved", "rejected", "go", "hold", "pending", "deadlock"} <= set(found), found
    assert min(found["approved"], found["pending"], found["deadlock"]) > 15, found


LOOKED_AT = 1_000
OFTEN = 10
"""At least so many of those looked at."""


def test_the_cases_of_the_whole_language_come_to_every_standing():
    """Each standing and each outcome comes up often among the cases generated."""
    found: Counter[str] = Counter()
    for number in range(LOOKED_AT):
        case = whole_case(Random(f"1/{number}"))
        verdict = decide(compiled(case), facts(case))
        found[verdict.standing.value] += 1
        found[str(verdict.outcome)] += 1
        found["by the deadline"] += verdict.by_deadline
    assert min(found[one] for one in ("decided", "pending", "deadlock")) > LOOKED_AT // 8, found
    assert min(found[one] for one in ("approved", "rejected", "go", "hold", "overridden", "by the deadline")) > OFTEN


def test_the_cases_of_the_whole_language_use_every_word():
    """No word of rules, of policies or of facts is so rare that agreement would say nothing about it."""
    found: Counter[str] = Counter()
    for number in range(LOOKED_AT):
        found.update(set(_words(whole_case(Random(f"1/{number}")))))
    assert {word: count for word, count in found.items() if count < OFTEN} == {}
    rules = {"all", "any", "n_of", "in_order", "for_each", "check", "after", "when", "at", "except", "exclude"}
    votes = {"at_least", "more_than", "at_most", "quorum", "weight", "distinct", "stale_on", "one_seat"}
    values = {"of cast", "of present", "distinct group", "distinct company", *(f"since {one}" for one in SINCE)}
    policy = {"settle", "chair", "deadline", "override", "except_by", "aliases", "lifted_by", "conditions"}
    acts = {"abstain", "recuse", "lift", "+1", "taken back", "stand-in", "chain", "edit", "present", "closed"}
    assert rules | votes | values | policy | acts <= set(found), (rules | votes | values | policy | acts) - set(found)
    assert len(SPECIAL) > 20


SINCE = ("opened", "last_edit", "step_opened")


def _words(case: Case) -> Iterator[str]:
    for _, rule, _, _ in case.outcomes:
        yield from _words_of(rule)
    yield from _words_of({key: value for key, value in case.words.items() if key != "positions"})
    for position in case.words.get("positions", {}).values():
        yield from position
    for said in case.said:
        yield said.position
        yield from ("taken back",) if said.taken_back else ()
    for sits in case.stand_ins:
        yield from ("stand-in", "chain") if sits.chain else ("stand-in",)
    yield from ("edit",) if case.edits else ()
    yield from ("present",) if case.present is not None else ()
    yield from ("closed",) if case.closed_at is not None else ()


def _words_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from (f"{key} {one}",) if key in ("of", "distinct", "since") and isinstance(one, str) else ()
            yield from _words_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words_of(one)
