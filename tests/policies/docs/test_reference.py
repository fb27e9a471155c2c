"""The reference pages say what is so: their tables, words and examples are held against the code."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from pages import REFERENCE, blocks, page
from scenes import FIELDS, HEAD, item

from policies.conditions import compile_condition, type_env
from policies.conditions.tokens import MAX_DIGITS, MAX_LENGTH
from policies.conditions.tree import FUNCTIONS, MAX_DEPTH, MAX_NODES, METHODS
from policies.conditions.types import BUILT_IN
from policies.errors import ConditionError
from policies.facts import RELATIONS, CriterionState
from policies.load import LoadedProcess, load_process, read_document
from policies.model import (
    After,
    AllOf,
    AnyOf,
    Check,
    Deadline,
    ForEach,
    InOrder,
    Named,
    NOf,
    Outcome,
    Override,
    Policy,
    PositionWord,
    Signature,
    Votes,
)

CONDITIONS = page("conditions.md")
LANGUAGE = page("policy-language.md")


def whole(block: str) -> LoadedProcess:
    """An example of the pages inside a process with a state for each of its policies."""
    said = read_document(block, "example").data
    policies = said.get("policies", {})
    acts = ", ".join(["leave: {to: over}", *(f"open-{name}: {{to: at-{name}}}" for name in policies)])
    text = f"states:\n  sign-off: {{acts: {{{acts}}}}}\n  over: {{end: done}}\n"
    for name, policy in policies.items():
        outcomes = list(policy.get("outcomes", ())) or [
            outcome for word, outcome in (("reject", "rejected"), ("approve", "approved")) if word in policy
        ]
        when = ", ".join(f"{outcome}: over" for outcome in outcomes)
        text += f"  at-{name}: {{round: {name}, when: {{{when}}}, no_deadline: example}}\n"
    return load_process(HEAD + ("" if "fields" in said else FIELDS) + text + block, "example.yaml")


FIELDS_OF_PAGE = whole(blocks(CONDITIONS, "yaml")[0]).process
ENV = type_env(FIELDS_OF_PAGE.fields, FIELDS_OF_PAGE.criteria)
ITEM_OF_PAGE = item(
    fields={
        "cost": Decimal(60000),
        "risk": "high",
        "pieces": 7,
        "due": date(2026, 9, 1),
        "functions": ("quality", "supply"),
        "reason": "Leak at pump 3",
    },
    criteria={"impact": CriterionState(met=True)},
)
ANSWERS = {"true": True, "false": False, "unknown": None}


def examples() -> list[tuple[str, str]]:
    lines = [line for block in blocks(CONDITIONS, "condition") for line in block.splitlines()]
    return [(text.strip(), answer) for text, answer in (line.rsplit(maxsplit=1) for line in lines)]


def refused() -> list[tuple[str, str]]:
    lines = [line for block in blocks(CONDITIONS, "refused") for line in block.splitlines()]
    return list(zip(lines[::2], [line.strip() for line in lines[1::2]], strict=True))


@pytest.mark.parametrize(("text", "answer"), examples())
def test_the_examples_of_conditions_come_to_what_the_page_says(text, answer):
    """Each condition on the page compiles and has the value beside it, for the item described there."""
    assert compile_condition(text, ENV).evaluate(ITEM_OF_PAGE) is ANSWERS[answer]


@pytest.mark.parametrize(("text", "message"), refused())
def test_the_refusals_of_conditions_read_as_the_page_says(text, message):
    """Each refused example is refused in the very words on the page."""
    with pytest.raises(ConditionError) as error:
        compile_condition(text, ENV)
    assert str(error.value) == message


def test_the_page_shows_every_answer_and_enough_refusals():
    """No block of the page is lost to the test by a slip in its fence."""
    assert {answer for _, answer in examples()} == set(ANSWERS)
    assert len(examples()) >= 20
    assert len(refused()) >= 6


@pytest.mark.parametrize("word", [*FUNCTIONS, *METHODS, *(f"item.{name}" for name in BUILT_IN)])
def test_every_word_of_conditions_is_on_the_page(word):
    """Nothing that a condition may say is missing from its page."""
    assert word in CONDITIONS


@pytest.mark.parametrize(
    "limit",
    [f"{MAX_LENGTH:,} characters", f"{MAX_NODES} parts", f"{MAX_DEPTH} deep", f"{MAX_DIGITS} digits"],
)
def test_the_limits_on_the_page_are_those_in_force(limit):
    """Length, parts, depth and digits are what the page says."""
    assert limit in CONDITIONS


@pytest.mark.parametrize("block", blocks(LANGUAGE, "yaml"))
def test_the_examples_of_policies_load_without_a_fault_or_a_warning(block):
    """Each example on the page can be copied into a process and used. Silence that approves is always said."""
    silent = "after: 72h" in block
    assert [fault.code for fault in whole(block).warnings] == (["TG127"] if silent else [])


def test_the_example_that_asks_nobody_is_no_fault_either():
    """`none_required` is what keeps a policy that may ask nobody from being warned of."""
    (block,) = [block for block in blocks(LANGUAGE, "yaml") if "none_required" in block]
    assert whole(block).warnings == ()
    warned = whole(re.sub(r"\n *none_required:.*", "", block)).warnings
    assert [fault.code for fault in warned] == ["TG111"]


def words() -> list[str]:
    models = (
        *(Policy, Deadline, Override, Outcome, PositionWord, Signature),
        *(Votes, After, Check, AllOf, AnyOf, NOf, InOrder, ForEach, Named),
    )
    return sorted({info.alias or name for model in models for name, info in model.model_fields.items()})


@pytest.mark.parametrize("word", [*words(), *RELATIONS])
def test_every_word_of_policies_is_on_the_page(word):
    """Nothing that a policy may say is missing from its page."""
    assert f"`{word}`" in LANGUAGE


@pytest.mark.parametrize("name", ["checks.md", "conditions.md", "policy-language.md"])
def test_links_between_the_pages_lead_somewhere(name):
    """A link to a page beside it has that page."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page(name)):
        assert (REFERENCE / target).is_file(), target
