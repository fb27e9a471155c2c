"""Conditions: what they come to."""

from datetime import date
from decimal import Decimal

import pytest
from scenes import FIELDS, HEAD, filled, item, load_example

from policies.conditions import Condition, TypeEnv, compile_condition, type_env
from policies.errors import EvaluationError
from policies.load import load_process

PROCESS = load_example("approve: {from: engineering, at_least: 1}").process
ENV: TypeEnv = type_env(PROCESS.fields, PROCESS.criteria)


def compiled(text: str) -> Condition:
    return compile_condition(text, ENV)


TRUE = """
item.cost > 50000
item.cost == 60000
item.cost == 60000.00
item.cost / 7 > 8571.4
item.cost - 10000 == 50000
item.cost * 2 == 120000
-item.cost < -59999.99
item.pieces % 4 == 3
-item.pieces % 4 == -3
item.pieces / 2 == 3.5
1 + 2 * 3 == 7
(1 + 2) * 3 == 9
10 - 2 - 3 == 5
100 / 10 / 5 == 2
item.weight + 0.1 == 2.6
item.risk == "high"
item.risk != 'low'
item.risk in ["low", "high"]
item.urgent
item.urgent == true
!(item.urgent == false)
!!item.urgent
"safety" in item.tags
!("quality" in item.tags)
size(item.tags) == 2
size(item.reason) == 14
item.reason.startsWith("Leak")
item.reason.endsWith("pump 3")
item.reason.contains("at")
item["reason"].contains('k a')
item.due < date("2026-09-02")
item.due == date("2026-09-01")
item.due + duration("5d") == date("2026-09-06")
item.due - duration("2w") == date("2026-08-18")
item.due - date("2026-08-20") == duration("12d")
item.due - date("2026-08-20") > duration("1w")
has(item.cost)
item.criteria.impact.met
has(item.cost) && item.cost > 1
item.site == "Lyon"
item.author == "zoe" || item.author == "nobody"
item.revision == 1
item.key == "EX-1"
item.pieces in [1, 3 + 4]
item.reason != "a \\" quote"
false || true && true
true || false && false
!false && true
"""

FALSE = """
item.cost > 60000
item.cost <= 59999.99
item.risk in ["low"]
!item.urgent
item.urgent && item.pieces > 7
item.reason.startsWith("leak")
item.due > date("2026-09-01")
size(item.tags) > 2
!(true || false)
false
item.revision > 1
"""

UNKNOWN = """
item.cost > 50000
!(item.cost > 50000)
item.cost + 1 > item.pieces
item.risk == "high"
item.risk in ["low", "high"]
"safety" in item.tags
size(item.tags) == 0
item.reason.startsWith("x")
item.due < date("2026-09-02")
item.urgent
!item.urgent
item.urgent == item.urgent
item.owner == "zoe"
item.program != "A"
item.pieces in [1, item.pieces]
1 in [item.pieces, 1]
item.cost > 1 && item.pieces > 1
item.cost > 1 || item.pieces > 1
true && item.urgent
false || item.urgent
"""

DECIDED_ALL_THE_SAME = {
    "false && item.urgent": False,
    "item.urgent && false": False,
    "true || item.urgent": True,
    "item.urgent || true": True,
    "has(item.cost)": False,
    "has(item.cost) && item.cost > 1": False,
    "!has(item.cost) || item.cost > 1": True,
    "item.criteria.impact.met": False,
    "item.cost > 1 || item.revision == 1 || item.urgent": True,
}


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("text", lines(TRUE))
def test_what_holds_is_true(text):
    """A condition that holds for the item is True, never merely truthy."""
    assert compiled(text).evaluate(filled()) is True


@pytest.mark.parametrize("text", lines(FALSE))
def test_what_does_not_hold_is_false(text):
    """A condition that does not hold for the item is False."""
    assert compiled(text).evaluate(filled()) is False


@pytest.mark.parametrize("text", lines(UNKNOWN))
def test_what_reads_an_empty_field_is_unknown(text):
    """A condition that reads a field nobody has filled in is UNKNOWN, and so is its contrary."""
    assert compiled(text).evaluate(item()) is None


@pytest.mark.parametrize(("text", "expected"), DECIDED_ALL_THE_SAME.items())
def test_an_unknown_that_cannot_matter_does_not(text, expected):
    """False and unknown is false, true or unknown is true, wherever the unknown stands."""
    assert compiled(text).evaluate(item()) is expected


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("item.cost / item.pieces > 1", {"pieces": 0}),
        ("item.pieces % 0 == 1", {}),
        ("item.cost % item.weight == 1", {"weight": Decimal(0)}),
        ('item.due + duration("2000w") > item.due', {"due": date.max}),
    ],
)
def test_what_cannot_be_worked_out_says_so(text, values):
    """A division by nothing and a date past the calendar are errors in words, not answers."""
    with pytest.raises(EvaluationError, match="cannot be worked out"):
        compiled(text).evaluate(filled(**values))


def test_a_field_of_the_process_hides_the_built_in_word():
    """Where a process has a field named like a built-in word, the field is meant."""
    text = HEAD + FIELDS.replace("criteria:", "  owner: {type: choice, of: [plant, office]}\ncriteria:")
    text += "states:\n  sign-off: {acts: {go: {to: closed, when: item.owner == 'plant'}}}\n"
    text += "  closed: {end: done}\n"
    loaded = load_process(text, "x.yaml")
    (condition,) = loaded.conditions.values()
    assert condition.evaluate(item(owner="zoe", fields={"owner": "plant"})) is True
    assert condition.evaluate(item(owner="plant")) is None
    assert condition.why(item(owner="zoe")) == "item.owner == 'plant' (owner is not filled in)"


@pytest.mark.parametrize(
    "text",
    [
        "item.pieces % 0 == item.weight",
        "item.pieces % 0 in [item.weight, 1]",
        "item.pieces % 0 + item.weight > 1",
        "(item.pieces + 1) % 0 == item.pieces || item.urgent",
        "!(item.pieces % 0 == item.weight)",
        "(item.pieces % 0 == 1 || item.urgent) == item.urgent",
    ],
)
def test_what_breaks_before_an_unknown_is_broken(text):
    """An unknown further on does not hide an operation that cannot be worked out."""
    with pytest.raises(EvaluationError, match="cannot be worked out"):
        compiled(text).evaluate(filled(weight=None, urgent=None))


@pytest.mark.parametrize("text", ["item.weight == item.pieces % 0", "item.weight + item.pieces % 0 > 1"])
def test_what_comes_after_an_unknown_is_not_worked_out(text):
    """Where the left side is unknown, so is the whole."""
    assert compiled(text).evaluate(filled(weight=None)) is None


def test_an_exact_field_is_compared_with_a_whole_number_as_one():
    """50000 and 50000.00 are one number, whichever type the value has."""
    for text in ("item.cost == 50000", "50000 == item.cost", "item.cost in [50000]", "item.cost == 50000.00"):
        for value in (Decimal(50000), Decimal("50000.00"), 50000):
            assert compiled(text).evaluate(filled(cost=value)) is True


def test_what_a_condition_reads_is_known():
    """A page can say which fields and criteria a condition depends on."""
    text = 'item.cost > 1 && (item.criteria.impact.met || size(item.tags) > 0) && !(item.risk in ["low"])'
    assert compiled(text).reads == {"cost", "criteria.impact", "tags", "risk"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("item.cost > 50000", "item.cost > 50000 (cost is 60,000)"),
        ("item.urgent", "item.urgent (urgent is True)"),
        ('"price" in item.tags', '"price" in item.tags (tags is safety, price)'),
        ("item.criteria.impact.met", "item.criteria.impact.met (criteria.impact is met)"),
        ('item.owner == "x"', 'item.owner == "x" (owner is not filled in)'),
        ("1 < 2", "1 < 2"),
    ],
)
def test_a_condition_is_shown_with_the_values_it_read(text, expected):
    """People see why a rule applies: the condition, and what it looked at."""
    assert compiled(text).why(filled()) == expected


@pytest.mark.parametrize("digits", range(1, 18))
def test_money_is_exact(digits):
    """A threshold is met to the cent: no binary fraction is in the way."""
    limit = Decimal(10) ** digits
    at_limit, below = filled(cost=limit), filled(cost=limit - Decimal("0.01"))
    condition = compiled(f"item.cost >= {limit}")
    assert (condition.evaluate(at_limit), condition.evaluate(below)) == (True, False)
