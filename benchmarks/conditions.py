"""A condition against the same rule written by hand in Python, and against CEL.

    item.cost > 50000 && item.site in ["A", "B"]

One call judges three items in turn: the rule holds, the cost is too low, the site is another. The floor is a
compiled Python lambda over the same ItemFacts that may rely on every field being filled in; ours may not.
CEL's packages get the item as the plain map they want, made beforehand: the making is not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from benchmarks.rounds import Contender, arguments, interleaved, show
from policies.conditions import compile_condition, type_env
from policies.facts import ItemFacts
from policies.model import Field

RULE = 'item.cost > 50000 && item.site in ["A", "B"]'
BY_HAND = 'lambda item: item.fields["cost"] > 50000 and item.site in ("A", "B")'
FLOOR = "a Python lambda (floor)"
OURS = "a compiled condition"
GOAL = 0.5

ITEMS = tuple(
    ItemFacts(
        key="EX-1",
        process="example",
        kind="change_request",
        revision=1,
        author="zoe",
        site=site,
        fields={"cost": Decimal(cost)},
    )
    for cost, site in ((60_000, "A"), (40_000, "A"), (60_000, "C"))
)
EXPECTED = [True, False, False]
MAPS = tuple({"item": {"cost": int(item.fields["cost"]), "site": item.site}} for item in ITEMS)


def over(judge: Callable[[Any], Any], facts: tuple[Any, ...]) -> Contender:
    """Three judgements in one call, so that the loop around them weighs less. Refuses a wrong answer."""
    assert [judge(one) for one in facts] == EXPECTED
    first, second, third = facts

    def call() -> None:
        judge(first)
        judge(second)
        judge(third)

    return call


def contenders() -> Iterator[tuple[str, Contender]]:
    """The floor, ours, and those CEL packages that are installed."""
    env = type_env({"cost": Field(type="money", currency="EUR")}, {})
    yield FLOOR, over(eval(BY_HAND), ITEMS)
    yield OURS, over(compile_condition(RULE, env).evaluate, ITEMS)
    for find in (_cel_expr_python, _common_expression_language, _cel_python):
        try:
            yield find()
        except ImportError:
            continue


def _cel_expr_python() -> tuple[str, Contender]:
    from cel_expr_python import cel

    cel_env = cel.NewEnv(variables={"item": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
    compiled = cel_env.compile(RULE)
    ready = tuple(cel_env.Activation(one) for one in MAPS)
    return "cel-expr-python (C++)", over(lambda activation: compiled.eval(activation).value(), ready)


def _common_expression_language() -> tuple[str, Contender]:
    import cel

    return "common-expression-language (Rust)", over(cel.compile(RULE).execute, MAPS)


def _cel_python() -> tuple[str, Contender]:
    import celpy

    environment = celpy.Environment()
    program = environment.program(environment.compile(RULE))
    ready = tuple({"item": celpy.json_to_cel(one["item"])} for one in MAPS)
    return "cel-python (Python)", over(program.evaluate, ready)


def main() -> None:
    """Measure and print."""
    options = arguments(RULE)
    figures = interleaved(dict(contenders()), FLOOR, rounds=options.rounds, round_s=options.seconds)
    ratio = next(figure.ratio for figure in figures if figure.name == OURS)
    show(
        f"conditions: three judgements of {RULE}",
        figures,
        FLOOR,
        f"{OURS} at least {GOAL}× the floor",
        ratio >= GOAL,
        as_json=options.json,
    )


if __name__ == "__main__":
    main()
