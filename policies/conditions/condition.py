"""A compiled condition: one Python function built from our checked tree (never from text), three-valued.

`None` is UNKNOWN: a field nobody has filled in. `false && unknown` is false, `true || unknown` is true,
and everything else that reads an unknown is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from policies.conditions.tree import (
    TALLIES,
    Binary,
    Call,
    Junction,
    ListOf,
    Literal,
    Name,
    Node,
    Unary,
    parse,
    parts_of,
)
from policies.conditions.types import BUILT_IN, TypeEnv, check
from policies.durations import parse_duration
from policies.errors import ConditionError, EvaluationError
from policies.facts import ItemFacts

MAX_DAYS = 366 * 1000

Tally = Callable[[str, str, str], int]
"""(`yes`, role, "") -> how many; `votes` takes the position last."""


class Condition:
    """See the module docstring. `reads` names what it looks at: `cost`, `criteria.impact`, `site`."""

    __slots__ = ("_run", "reads", "tallies", "text", "tree")

    def __init__(self, text: str, tree: Node, run: Callable[[ItemFacts, Tally | None], bool | None]) -> None:
        self.text = text
        self.tree = tree
        self.reads = frozenset(_reads(tree))
        self.tallies = frozenset(_tallies(tree))
        self._run = run

    def evaluate(self, item: ItemFacts, tally: Tally | None = None) -> bool | None:
        """True, False, or None (UNKNOWN). `tally` counts votes, where `tallies` is not empty. Raises
        EvaluationError where a value breaks an operation."""
        try:
            return self._run(item, tally)
        except (ArithmeticError, DecimalException, TypeError, ValueError) as error:
            raise EvaluationError(f"The condition {self.text!r} cannot be worked out: {error}.") from error

    def why(self, item: ItemFacts) -> str:
        """The condition with the values it read, for people."""
        values = ", ".join(f"{name} is {_shown(item, name)}" for name in sorted(self.reads))
        return f"{self.text} ({values})" if values else self.text


def compile_condition(text: str, env: TypeEnv) -> Condition:
    """Check `text` against `env` and compile it. Raises ConditionError with column, choices, remedy."""
    tree = parse(text)
    found = check(tree, env)
    if found.kind != "boolean":
        raise ConditionError(f"a condition is true or false; this is a {found}.", tree.column)
    return Condition(text, tree, _compiled(tree))


def _reads(node: Node) -> list[str]:
    if isinstance(node, Name):
        path = node.path
        return [f"criteria.{path[2]}"] if path[1] == "criteria" and len(path) == 4 else [path[1]]
    return [name for part in parts_of(node) for name in _reads(part)]


def _tallies(node: Node) -> list[tuple[str, str, str]]:
    if isinstance(node, Call) and node.function in TALLIES:
        role, position = (*(str(one.value) for one in node.arguments if isinstance(one, Literal)), "")[:2]
        return [(node.function, role, position)]
    return [name for part in parts_of(node) for name in _tallies(part)]


def _shown(item: ItemFacts, name: str) -> str:
    if name.startswith("criteria."):
        state = item.criteria.get(name.removeprefix("criteria."))
        return "met" if state and state.met else "open"
    value = item.fields.get(name, getattr(item, name, None) if name in BUILT_IN else None)
    if value is None:
        return "not filled in"
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


# -- from tree to function -------------------------------------------------------------------------
#
# Each node becomes a Python expression tree. Values that may be missing are read once into a local by
# `:=`, and an operation on them yields None when any is None. Constants are bound by name, so no text of
# the author's ever reaches the compiler as code.

_PYTHON_OPS: Mapping[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "in": ast.In,
}
_ARITHMETIC: Mapping[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "%": ast.Mod}


def _compiled(tree: Node) -> Callable[[ItemFacts, Tally | None], bool | None]:
    builder = _Builder()
    body = builder.build(tree)
    given = [ast.arg("item"), ast.arg("tally")]
    arguments = ast.arguments(posonlyargs=[], args=given, kwonlyargs=[], kw_defaults=[], defaults=[])
    module = ast.Expression(ast.Lambda(arguments, body))
    code = compile(ast.fix_missing_locations(module), "<condition>", "eval")
    function: Callable[[ItemFacts, Tally | None], bool | None] = eval(code, {"__builtins__": {}, **builder.bound})  # noqa: S307
    return function


class _Builder:
    def __init__(self) -> None:
        self.bound: dict[str, Any] = {
            "divide": _divide,
            "modulo": _modulo,
            "criterion": _criterion,
            "len": len,
        }
        self.temporaries = 0

    def build(self, node: Node) -> ast.expr:
        if isinstance(node, Literal):
            return self.constant(node.value)
        if isinstance(node, Name):
            return self.name(node)
        if isinstance(node, ListOf):
            return self.list(node)
        if isinstance(node, Unary):
            return self.unary(node)
        if isinstance(node, Binary):
            return self.binary(node)
        if isinstance(node, Junction):
            return self.junction(node)
        return self.call(node)

    def constant(self, value: Any) -> ast.expr:
        name = f"constant_{len(self.bound)}"
        self.bound[name] = value
        return _load(name)

    def temporary(self) -> str:
        self.temporaries += 1
        return f"t{self.temporaries}"

    def name(self, node: Name) -> ast.expr:
        path = node.path
        item = _load("item")
        if len(path) == 4:
            return _call(_load("criterion"), item, self.constant(path[2]))
        fields = ast.Attribute(item, "fields", ast.Load())
        get = ast.Attribute(fields, "get", ast.Load())
        if path[1] in BUILT_IN:
            # A field of the process hides a built-in word of the same name.
            return _call(get, self.constant(path[1]), ast.Attribute(item, path[1], ast.Load()))
        return _call(get, self.constant(path[1]))

    def known(self, nodes: tuple[Node, ...], build: Callable[[list[ast.expr]], ast.expr]) -> ast.expr:
        """`build` over the values of `nodes`, or None when one of them is unknown."""
        checks: list[ast.expr] = []
        values: list[ast.expr] = []
        for node in nodes:
            expression = self.build(node)
            if _never_unknown(node):
                values.append(expression)
                continue
            temporary = self.temporary()
            held = ast.NamedExpr(ast.Name(temporary, ast.Store()), expression)
            checks.append(ast.Compare(held, [ast.Is()], [ast.Constant(None)]))
            values.append(_load(temporary))
        result = build(values)
        if not checks:
            return result
        test = checks[0] if len(checks) == 1 else ast.BoolOp(ast.Or(), checks)
        return ast.IfExp(test, ast.Constant(None), result)

    def list(self, node: ListOf) -> ast.expr:
        if all(isinstance(part, Literal) for part in node.parts):
            return self.constant(tuple(part.value for part in node.parts if isinstance(part, Literal)))
        return self.known(node.parts, lambda values: ast.Tuple(values, ast.Load()))

    def unary(self, node: Unary) -> ast.expr:
        op = ast.Not() if node.op == "!" else ast.USub()
        return self.known((node.operand,), lambda values: ast.UnaryOp(op, values[0]))

    def binary(self, node: Binary) -> ast.expr:
        pair = (node.left, node.right)
        if node.op == "/":
            return self.known(pair, lambda values: _call(_load("divide"), *values))
        if node.op == "%":
            return self.known(pair, lambda values: _call(_load("modulo"), *values))
        if node.op in _ARITHMETIC:
            op = _ARITHMETIC[node.op]()
            return self.known(pair, lambda values: ast.BinOp(values[0], op, values[1]))
        compare = _PYTHON_OPS[node.op]()
        return self.known(pair, lambda values: ast.Compare(values[0], [compare], [values[1]]))

    def junction(self, node: Junction) -> ast.expr:
        """`&&` and `||` in Kleene's logic: the deciding value wins over an unknown, wherever it stands."""
        decisive = node.op == "||"
        held = [(self.temporary(), self.build(part)) for part in node.parts]
        decides: list[ast.expr] = [
            ast.Compare(ast.NamedExpr(ast.Name(name, ast.Store()), part), [ast.Is()], [ast.Constant(decisive)])
            for name, part in held
        ]
        unknown: list[ast.expr] = [ast.Compare(_load(name), [ast.Is()], [ast.Constant(None)]) for name, _ in held]
        return ast.IfExp(
            ast.BoolOp(ast.Or(), decides),
            ast.Constant(decisive),
            ast.IfExp(ast.BoolOp(ast.Or(), unknown), ast.Constant(None), ast.Constant(not decisive)),
        )

    def call(self, node: Call) -> ast.expr:
        if node.function == "has":
            return ast.Compare(self.build(node.arguments[0]), [ast.IsNot()], [ast.Constant(None)])
        if node.function in TALLIES:
            function, role, position = _tallies(node)[0]
            return _call(_load("tally"), self.constant(function), self.constant(role), self.constant(position))
        if node.function == "size":
            return self.known(node.arguments, lambda values: _call(_load("len"), *values))
        if node.function in ("date", "duration"):
            return self.constant(_constructed(node))
        if node.function == "contains":
            return self.known(node.arguments, lambda values: ast.Compare(values[1], [ast.In()], [values[0]]))
        method = {"startsWith": "startswith", "endsWith": "endswith"}[node.function]
        return self.known(node.arguments, lambda values: _call(ast.Attribute(values[0], method, ast.Load()), values[1]))


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


def _never_unknown(node: Node) -> bool:
    if isinstance(node, ListOf):
        return all(_never_unknown(part) for part in node.parts)
    sure = ("date", "duration", "has", *TALLIES)
    return isinstance(node, Literal) or (isinstance(node, Call) and node.function in sure)


def _constructed(node: Call) -> date | timedelta:
    given = node.arguments[0]
    assert isinstance(given, Literal)
    text = str(given.value)
    if node.function == "date":
        return date.fromisoformat(text)
    duration = parse_duration(text)
    days = duration.count * (7 if duration.unit == "w" else 1)
    return timedelta(days=min(days, MAX_DAYS))


def _divide(left: int | Decimal, right: int | Decimal) -> Decimal:
    return Decimal(left) / Decimal(right)


def _modulo(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    """The remainder with the sign of `left`, as in CEL, for whole numbers and decimals alike."""
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return Decimal(left) % Decimal(right)


def _criterion(item: ItemFacts, name: str) -> bool:
    state = item.criteria.get(name)
    return state is not None and state.met
