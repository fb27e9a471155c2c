"""A compiled condition: one Python function built from our checked tree (never from text), three-valued.

`None` is UNKNOWN: a field nobody has filled in. `false && unknown` is false, `true || unknown` is true,
and everything else that reads an unknown is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, DecimalException
from typing import Any, Protocol

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


class Evaluate(Protocol):
    """Item facts -> True, False, or None (UNKNOWN). `tally` counts votes, where there are tallies. Raises
    EvaluationError where a value breaks an operation."""

    def __call__(self, item: ItemFacts, tally: Tally | None = None) -> bool | None: ...


class Condition:
    """See the module docstring. `reads` names what it looks at: `cost`, `criteria.impact`, `site`."""

    __slots__ = ("_env", "evaluate", "reads", "tallies", "text", "tree")

    evaluate: Evaluate
    """The compiled function itself, not a method around it: the call of one would cost half as much again."""

    def __init__(self, text: str, tree: Node, env: TypeEnv) -> None:
        self.text = text
        self.tree = tree
        self.reads = frozenset(_reads(tree))
        self.tallies = frozenset(_tallies(tree))
        self.evaluate = _compiled(text, tree, env)
        self._env = env

    def why(self, item: ItemFacts) -> str:
        """The condition with the values it read, for people."""
        values = ", ".join(f"{name} is {_shown(item, name, self._env)}" for name in sorted(self.reads))
        return f"{self.text} ({values})" if values else self.text


def compile_condition(text: str, env: TypeEnv) -> Condition:
    """Check `text` against `env` and compile it. Raises ConditionError with column, choices, remedy."""
    tree = parse(text)
    found = check(tree, env)
    if found.kind != "boolean":
        raise ConditionError(f"a condition is true or false; this is a {found}.", tree.column)
    return Condition(text, tree, env)


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


def _shown(item: ItemFacts, name: str, env: TypeEnv) -> str:
    if name.startswith("criteria."):
        state = item.criteria.get(name.removeprefix("criteria."))
        return "met" if state and state.met else "open"
    value = getattr(item, name) if _is_built_in(name, env) else item.fields.get(name)
    if value is None:
        return "not filled in"
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


# -- from tree to function -------------------------------------------------------------------------
#
# Each node becomes a piece of Python: what has to be read into locals by `:=`, and the value once all of
# that is known. The checks for UNKNOWN of a whole comparison stand together, and a junction puts them and
# its parts into one expression, so that the common case costs what a hand-written function would. Texts
# and numbers of the author's enter as constants; none of them ever reaches the compiler as code.

_TEMPLATE = """
def condition(item, tally=None):
    try:
        return None
    except errors as error:
        raise broken(error) from error
"""
_BREAKS = (ArithmeticError, DecimalException, TypeError, ValueError)
_PYTHON_OPS: Mapping[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "in": ast.In,
}
_ARITHMETIC: Mapping[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult}
_UNKNOWN = ast.Constant(None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """`value`, which is UNKNOWN when one of `reads` (local, its expression; in this order) is None.

    `may_break`: working out `value` may raise, so nothing after it may be looked at before.
    """

    value: ast.expr
    reads: tuple[tuple[str, ast.expr], ...] = ()
    may_break: bool = False

    @property
    def is_read(self) -> bool:
        """Whether the value is the one thing that is read, and nothing more."""
        return len(self.reads) == 1 and isinstance(self.value, ast.Name) and self.value.id == self.reads[0][0]


def _compiled(text: str, tree: Node, env: TypeEnv) -> Evaluate:
    def broken(error: Exception) -> EvaluationError:
        return EvaluationError(f"The condition {text!r} cannot be worked out: {error}.")

    builder = _Builder(env)
    module = ast.parse(_TEMPLATE)
    for found in ast.walk(module):
        if isinstance(found, ast.Return):
            found.value = _whole(builder.build(tree))
    code = compile(ast.fix_missing_locations(module), "<condition>", "exec")
    names: dict[str, Any] = {"__builtins__": {}, "errors": _BREAKS, "broken": broken, **builder.bound}
    exec(code, names)  # noqa: S102
    function: Evaluate = names["condition"]
    return function


def _whole(piece: _Piece) -> ast.expr:
    """The piece as one expression: None, or its value."""
    if not piece.reads:
        return piece.value
    if piece.is_read:
        return piece.reads[0][1]
    return ast.IfExp(_either([_is(_held(read), None) for read in piece.reads]), _UNKNOWN, piece.value)


class _Builder:
    def __init__(self, env: TypeEnv) -> None:
        self.env = env
        self.bound: dict[str, Any] = {"divide": _divide, "modulo": _modulo, "criterion": _criterion, "len": len}
        self.temporaries = 0

    def build(self, node: Node) -> _Piece:
        if isinstance(node, Literal):
            return _Piece(self.constant(node.value))
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
        if isinstance(value, str | int):
            return ast.Constant(value)
        if isinstance(value, tuple):
            return ast.Tuple([self.constant(part) for part in value], ast.Load())  # which the compiler makes one
        name = f"constant_{len(self.bound)}"  # Python's compiler has no constants of other types
        self.bound[name] = value
        return _load(name)

    def read(self, expression: ast.expr) -> _Piece:
        """A piece that is UNKNOWN when `expression` comes to None."""
        self.temporaries += 1
        name = f"t{self.temporaries}"
        return _Piece(_load(name), ((name, expression),))

    def name(self, node: Name) -> _Piece:
        if len(node.path) == 4:
            return _Piece(_call(_load("criterion"), _load("item"), ast.Constant(node.path[2])))
        return self.read(self.field(node))

    def field(self, node: Name) -> ast.expr:
        """The item's value under this name, None where there is none."""
        name = node.path[1]
        if _is_built_in(name, self.env):
            return ast.Attribute(_load("item"), name, ast.Load())
        fields = ast.Attribute(_load("item"), "fields", ast.Load())
        return _call(ast.Attribute(fields, "get", ast.Load()), ast.Constant(name))

    def over(
        self, nodes: Sequence[Node], build: Callable[[list[ast.expr]], ast.expr], *, may_break: bool = False
    ) -> _Piece:
        """`build` over the values of `nodes`, UNKNOWN when one of them is."""
        pieces = [self.build(node) for node in nodes]
        reads: list[tuple[str, ast.expr]] = []
        values: list[ast.expr] = []
        for place, piece in enumerate(pieces):
            reads += piece.reads
            if piece.may_break and any(later.reads for later in pieces[place + 1 :]):
                # What breaks is broken even if something after it is unknown: work it out in its turn.
                held = self.read(piece.value)
                reads += held.reads
                values.append(held.value)
            else:
                values.append(piece.value)
        return _Piece(build(values), tuple(reads), may_break or any(piece.may_break for piece in pieces))

    def list(self, node: ListOf) -> _Piece:
        if all(isinstance(part, Literal) for part in node.parts):
            return _Piece(self.constant(tuple(part.value for part in node.parts if isinstance(part, Literal))))
        return self.over(node.parts, lambda values: ast.Tuple(values, ast.Load()))

    def unary(self, node: Unary) -> _Piece:
        if node.op == "!":
            return self.over((node.operand,), lambda values: _not(values[0]))
        return self.over((node.operand,), lambda values: ast.UnaryOp(ast.USub(), values[0]), may_break=True)

    def binary(self, node: Binary) -> _Piece:
        pair = (node.left, node.right)
        if node.op in ("/", "%"):
            function = "divide" if node.op == "/" else "modulo"
            return self.over(pair, lambda values: _call(_load(function), *values), may_break=True)
        if node.op in _ARITHMETIC:
            op = _ARITHMETIC[node.op]()
            return self.over(pair, lambda values: ast.BinOp(values[0], op, values[1]), may_break=True)
        compare = _PYTHON_OPS[node.op]()
        return self.over(self.alike(pair), lambda values: ast.Compare(values[0], [compare], [values[1]]))

    def alike(self, pair: tuple[Node, Node]) -> tuple[Node, Node]:
        """A whole number beside an exact field as a Decimal: the same number, compared without converting."""
        left, right = pair
        return self.exact(left, beside=right), self.exact(right, beside=left)

    def exact(self, node: Node, beside: Node) -> Node:
        is_whole = isinstance(node, Literal) and isinstance(node.value, int) and not isinstance(node.value, bool)
        if not is_whole or not isinstance(beside, Name) or len(beside.path) != 2:
            return node
        known = self.env.fields.get(beside.path[1])
        assert isinstance(node, Literal)
        return Literal(Decimal(node.value), node.column) if known is not None and known.is_exact else node

    def junction(self, node: Junction) -> _Piece:
        """`&&` and `||` in Kleene's logic: the deciding value wins over an unknown, wherever it stands."""
        decisive = node.op == "||"
        pieces = [self.build(part) for part in node.parts]
        may_break = any(piece.may_break for piece in pieces)
        unknown = [_is(_load(name), None) for piece in pieces for name, _ in piece.reads]
        if not unknown:
            values = [piece.value for piece in pieces]
            return _Piece(ast.BoolOp(ast.Or() if decisive else ast.And(), values), (), may_break)
        decides = _either([_comes_to(piece, decisive) for piece in pieces])
        otherwise = ast.IfExp(_either(unknown), _UNKNOWN, ast.Constant(not decisive))
        return self.read(ast.IfExp(decides, ast.Constant(decisive), otherwise))

    def call(self, node: Call) -> _Piece:
        given = node.arguments
        if node.function == "has":
            assert isinstance(given[0], Name)
            return _Piece(ast.Constant(True) if len(given[0].path) == 4 else _is(self.field(given[0]), None, False))
        if node.function in TALLIES:
            (words,) = _tallies(node)
            return _Piece(_call(_load("tally"), *map(self.constant, words)))
        if node.function == "size":
            return self.over(given, lambda values: _call(_load("len"), *values))
        if node.function in ("date", "duration"):
            return _Piece(self.constant(_constructed(node)))
        if node.function == "contains":
            return self.over(given, lambda values: ast.Compare(values[1], [ast.In()], [values[0]]))
        method = {"startsWith": "startswith", "endsWith": "endswith"}[node.function]
        return self.over(given, lambda values: _call(ast.Attribute(values[0], method, ast.Load()), values[1]))


def _comes_to(piece: _Piece, wanted: bool) -> ast.expr:
    """True when the piece is known and `wanted`. All its reads have their locals when it is not."""
    if piece.is_read:
        return _is(_held(piece.reads[0]), wanted)
    value = piece.value if wanted else _not(piece.value)
    known = [_is(_held(read), None, False) for read in piece.reads]
    return ast.BoolOp(ast.And(), [*known, value]) if known else value


def _is_built_in(name: str, env: TypeEnv) -> bool:
    """A field of the process hides a built-in word of the same name, filled in or not."""
    return name in BUILT_IN and name not in env.fields


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _held(read: tuple[str, ast.expr]) -> ast.expr:
    return ast.NamedExpr(ast.Name(read[0], ast.Store()), read[1])


def _is(expression: ast.expr, what: bool | None, so: bool = True) -> ast.expr:
    return ast.Compare(expression, [ast.Is() if so else ast.IsNot()], [ast.Constant(what)])


def _not(expression: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), expression)


def _either(tests: list[ast.expr]) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)


def _call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


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
