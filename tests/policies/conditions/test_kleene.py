"""Conditions: three-valued logic, against tables."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import item

from policies.conditions import compile_condition, type_env
from policies.model import Field

NAMES = ("p", "q", "r")
ENV = type_env({name: Field(type="boolean") for name in NAMES}, {})

# Kleene's strong logic of indeterminacy, written out.
NOT = {True: False, False: True, None: None}
AND = {
    (True, True): True, (True, False): False, (True, None): None,
    (False, True): False, (False, False): False, (False, None): False,
    (None, True): None, (None, False): False, (None, None): None,
}  # fmt: skip
OR = {
    (True, True): True, (True, False): True, (True, None): True,
    (False, True): True, (False, False): False, (False, None): None,
    (None, True): True, (None, False): None, (None, None): None,
}  # fmt: skip

Tree = Any
"""A name, a truth, or (word, parts…)."""

trees = st.recursive(
    st.sampled_from(NAMES) | st.booleans(),
    lambda inner: (
        st.tuples(st.just("!"), inner)
        | st.tuples(st.sampled_from(["&&", "||"]), inner, inner)
        | st.tuples(st.sampled_from(["==", "!="]), inner, inner)
        | st.tuples(st.sampled_from(["&&", "||"]), inner, inner, inner)
    ),
    max_leaves=10,
)
values = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in NAMES})


def written(tree: Tree) -> str:
    if isinstance(tree, bool):
        return "true" if tree else "false"
    if isinstance(tree, str):
        return f"item.{tree}"
    word, *parts = tree
    if word == "!":
        return f"!({written(parts[0])})"
    return f" {word} ".join(f"({written(part)})" for part in parts)


def by_table(tree: Tree, known: dict[str, bool | None]) -> bool | None:
    if isinstance(tree, bool):
        return tree
    if isinstance(tree, str):
        return known[tree]
    word, first, *rest = tree
    answer = by_table(first, known)
    if word == "!":
        return NOT[answer]
    for part in rest:
        other = by_table(part, known)
        if word in ("==", "!="):
            unknown = answer is None or other is None
            answer = None if unknown else (answer == other) is (word == "==")
        else:
            answer = (AND if word == "&&" else OR)[answer, other]
    return answer


@settings(max_examples=400, deadline=None)
@given(trees, values)
def test_every_condition_agrees_with_the_tables(tree, known):
    """However negation, and, or are nested, an unknown spreads exactly as Kleene's tables say."""
    facts = item(fields={name: value for name, value in known.items() if value is not None})
    assert compile_condition(written(tree), ENV).evaluate(facts) is by_table(tree, known)


def test_and_binds_tighter_than_or():
    """`a || b && c` is `a || (b && c)`, for all values."""
    plain = compile_condition("item.p || item.q && item.r", ENV)
    for known in product([True, False, None], repeat=3):
        given_values = dict(zip(NAMES, known, strict=True))
        facts = item(fields={name: value for name, value in given_values.items() if value is not None})
        assert plain.evaluate(facts) is by_table(("||", "p", ("&&", "q", "r")), given_values)
