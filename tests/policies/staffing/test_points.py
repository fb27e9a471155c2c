"""Items at the boundaries of guards."""

from __future__ import annotations

from decimal import Decimal

from scenes import load_example

from policies.conditions import compile_condition, type_env
from policies.lint.points import MOST_KINDS, boundary_items, sampled_items

LOADED = load_example("approve: {from: a, at_least: 1}")
ENV = type_env(LOADED.process.fields, LOADED.process.criteria)


def condition(text: str):
    return compile_condition(text, ENV)


def test_a_bound_is_tried_below_at_and_above():
    """By a cent."""
    items = boundary_items(LOADED.process, [condition("item.cost > 500")])
    assert items is not None
    assert [item.fields["cost"] for item in items] == [Decimal("499.99"), Decimal("500"), Decimal("500.01")]


def test_one_item_stands_for_each_way_the_guards_fall():
    """Two guards of one field fall in three ways, not four."""
    guards = [condition("item.cost > 500"), condition("item.cost > 900")]
    items, is_whole = sampled_items(LOADED.process, guards)
    assert is_whole
    assert sorted(tuple(bool(g.evaluate(item)) for g in guards) for item in items) == [
        (False, False),
        (True, False),
        (True, True),
    ]


def test_a_field_that_may_be_empty_is_tried_empty():
    """Where a condition asks for that."""
    guard = condition("has(item.cost)")
    items, _ = sampled_items(LOADED.process, [guard])
    assert {guard.evaluate(item) for item in items} == {True, False}


def test_sums_and_parts_of_texts_are_tried_at_what_they_name():
    """Found by their constants."""
    for text in (
        "item.cost * 2 > 100",
        'item.reason.startsWith("Leak")',
        "item.pieces + 1 == 8",
        'item.tags.contains("x")',
    ):
        try:
            guard = condition(text)
        except Exception:  # not every method is of every type
            continue
        items, _ = sampled_items(LOADED.process, [guard])
        assert boundary_items(LOADED.process, [guard]) is None
        assert True in {guard.evaluate(item) for item in items}, text


def test_lists_are_tried_entry_by_entry_and_whole():
    """Those with `of`; others stay empty."""
    items, _ = sampled_items(LOADED.process, [], ["tags", "functions"])
    assert {item.fields.get("tags") for item in items} == {
        ("safety",),
        ("quality",),
        ("price",),
        ("safety", "quality", "price"),
        (),
    }
    assert {item.fields.get("functions") for item in items} == {None}


def test_too_many_points_are_thinned_out_evenly():
    """Every guard still falls both ways."""
    texts = (
        [f"item.cost > {n}" for n in range(100, 1100, 10)] + [f"item.pieces > {n}" for n in range(40)] + ["item.urgent"]
    )
    items, is_whole = sampled_items(LOADED.process, [condition(text) for text in texts])
    assert not is_whole
    assert len(items) <= MOST_KINDS
    for guard in map(condition, texts):
        assert {guard.evaluate(item) for item in items} == {True, False}, guard.text
