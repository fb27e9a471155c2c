"""Conditions: a part of CEL, held against CEL's own implementation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from cel_conditions import ENV, MISSING, NotShared, by_cel, conditions, items, mangled
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import blocks, page
from scenes import HEAD, filled, item

from policies.conditions import TypeEnv, compile_condition, type_env
from policies.errors import ConditionError, EvaluationError
from policies.facts import CriterionState, ItemFacts
from policies.load import load_process

FEW = st.lists(items, min_size=1, max_size=3)


@settings(max_examples=300, deadline=None)
@given(conditions(), FEW)
def test_both_come_to_the_same_answer(text, several):
    """True, false and unknown (in CEL: the error of a missing key) agree for every shared condition."""
    assert_same(text, several)


@pytest.mark.slow
@settings(max_examples=8000, deadline=None)
@given(conditions(16), FEW)
def test_both_come_to_the_same_answer_at_length(text, several):
    """The same, for more and longer conditions."""
    assert_same(text, several)


def assert_same(text: str, several: list[ItemFacts]) -> None:
    condition = compile_condition(text, ENV)
    for facts in several:
        assert condition.evaluate(facts) is by_cel(text, facts)


ARITHMETIC = re.compile(r"[-+*%]")


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(mangled(), items)
def test_what_is_accepted_here_is_cel(text, facts):
    """No text is a condition here that CEL cannot read, or reads differently."""
    try:
        answer = compile_condition(text, ENV).evaluate(facts)
    except (ConditionError, EvaluationError):
        return
    theirs, refusal = cel_or_refusal(text, facts)
    # Mixing whole numbers and fractions in a sum is one of the differences below.
    assert refusal == "" or MIXED in refusal
    assert refusal or ARITHMETIC.search(text) or answer is theirs


MIXED = "No matching overload"


def cel_or_refusal(text: str, facts: ItemFacts) -> tuple[bool | None, str]:
    """CEL's answer, or its words where it has none."""
    try:
        return by_cel(text, facts), ""
    except NotShared as error:
        return None, str(error)


BREAKING = [
    ("item.pieces % 0 == 1", "modulus by zero"),
    ("1 == item.pieces % (item.scrap - item.scrap)", "modulus by zero"),
    ("true && item.pieces % 0 == 1", "modulus by zero"),
    ("item.urgent && item.pieces % 0 == 1", "modulus by zero"),
]


@pytest.mark.parametrize(("text", "words"), BREAKING)
def test_what_breaks_here_is_an_error_there(text, words):
    """A remainder by nothing is no answer in either."""
    facts = item(fields={"pieces": 7, "scrap": 2, "urgent": True})
    with pytest.raises(EvaluationError):
        compile_condition(text, ENV).evaluate(facts)
    with pytest.raises(NotShared, match=words):
        by_cel(text, facts)


# -- what differs on purpose -----------------------------------------------------------------------

PAGE = page("conditions.md")
COLUMNS = re.compile(r"(.*?\S) {2,}(\S+) {2,}(\S+)$")
SAYS = {"true": True, "false": False, "unknown": None}


def differences() -> Iterator[tuple[str, str, str]]:
    """Condition, our answer, CEL's: the rows of the page."""
    (block,) = blocks(PAGE, "beside-cel")
    for line in block.splitlines():
        found = COLUMNS.match(line)
        assert found, line
        yield found[1], found[2], found[3]


def page_env() -> TypeEnv:
    """The fields of the page's own process."""
    states = "states:\n  draft: {acts: {go: {to: closed}}}\n  closed: {end: done}\n"
    text = HEAD.replace("sign-off", "draft") + blocks(PAGE, "yaml")[0] + states
    process = load_process(text, "page.yaml").process
    return type_env(process.fields, process.criteria)


def page_item() -> ItemFacts:
    """The item that the page speaks of."""
    return item(
        fields={
            "cost": Decimal("60000"),
            "risk": "high",
            "pieces": 7,
            "due": date(2026, 9, 1),
            "functions": ("quality", "supply"),
            "reason": "Leak at pump 3",
        },
        criteria={"impact": CriterionState(met=True)},
    )


def here(text: str) -> str:
    try:
        answer = compile_condition(text, page_env()).evaluate(page_item())
    except ConditionError:
        return "refused"
    except EvaluationError:
        return "broken"
    return next(word for word, value in SAYS.items() if value is answer)


def there(text: str) -> str:
    try:
        answer = by_cel(text, page_item())
    except NotShared:
        return "error"
    return next(word for word, value in SAYS.items() if value is answer)


@pytest.mark.parametrize(("text", "ours", "theirs"), list(differences()))
def test_the_differences_are_those_on_the_page(text, ours, theirs):
    """Where we differ from CEL, we mean to, and the page shows both answers."""
    assert (here(text), there(text)) == (ours, theirs)
    assert ours != theirs


def test_a_missing_field_is_the_one_error_taken_for_unknown():
    """The oracle does not pass off another error of CEL's as UNKNOWN."""
    assert by_cel("item.cost > 1", item()) is None
    assert by_cel("item.cost > 1", filled()) is True
    with pytest.raises(NotShared, match=MIXED):
        by_cel("item.cost + 1 > 1", filled())
    assert MISSING == "NOT_FOUND"
