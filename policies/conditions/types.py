"""The types of a condition: what each name holds, and the check that every operation makes sense.

Types: text, number (int, decimal and money alike), boolean, date, duration, and lists of one of them. A
choice is text that knows its values, so that comparing it with a value it cannot take is an error here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from policies.conditions.tree import (
    FUNCTIONS,
    METHODS,
    TALLIES,
    Binary,
    Call,
    Junction,
    ListOf,
    Literal,
    Name,
    Node,
    Unary,
)
from policies.durations import DurationError, parse_duration
from policies.errors import ConditionError
from policies.model.fields import Criterion, Field


@dataclass(frozen=True, slots=True)
class Type:
    """`kind` is text, number, boolean, date, moment, duration or list; `of` a list's part; `values` a choice's;
    `is_exact` a number that is kept as a Decimal."""

    kind: str
    of: Type | None = None
    values: tuple[str, ...] | None = None
    is_exact: bool = False

    def __str__(self) -> str:
        return f"list of {self.of}" if self.of else self.kind


TEXT, NUMBER, BOOLEAN = Type("text"), Type("number"), Type("boolean")
DATE, MOMENT, DURATION = Type("date"), Type("moment"), Type("duration")
SHOWN = 60
"""Characters of an author's word that a message repeats."""

_FIELD_TYPES = {
    "text": TEXT,
    "link": TEXT,
    "person": TEXT,
    "number": Type("number", is_exact=True),
    "integer": NUMBER,
    "money": Type("number", is_exact=True),
    "date": DATE,
    "moment": MOMENT,
    "boolean": BOOLEAN,
}
BUILT_IN: Mapping[str, Type] = {
    "key": TEXT,
    "kind": TEXT,
    "site": TEXT,
    "program": TEXT,
    "project": TEXT,
    "author": TEXT,
    "owner": TEXT,
    "revision": NUMBER,
}


@dataclass(frozen=True, slots=True)
class TypeEnv:
    """The names a condition may read: `item.<name>` and `item.criteria.<name>.met`."""

    fields: Mapping[str, Type] = field(default_factory=dict)
    criteria: frozenset[str] = frozenset()
    tallies: bool = False
    """Whether `yes('council')` and the other tallies may be asked, which a `check` of a rule may."""


def type_env(fields: Mapping[str, Field], criteria: Mapping[str, Criterion]) -> TypeEnv:
    """The names and types of one process."""
    return TypeEnv({name: _of_field(f) for name, f in fields.items()}, frozenset(criteria))


def _of_field(f: Field) -> Type:
    if f.type == "choice":
        return Type("text", values=f.of)  # one without values is a fault of its own, said elsewhere
    if f.type == "item":
        return Type("text")
    if f.type == "list":
        return Type("list", of=Type("text", values=f.of))
    return _FIELD_TYPES[f.type]


def check(node: Node, env: TypeEnv) -> Type:
    """The type of `node`. Raises ConditionError where it makes no sense, with the choices."""
    if isinstance(node, Literal):
        return _of_literal(node)
    if isinstance(node, Name):
        return _of_name(node, env)
    if isinstance(node, ListOf):
        return _of_list(node, env)
    if isinstance(node, Unary):
        return _of_unary(node, env)
    if isinstance(node, Binary):
        return _of_binary(node, env)
    if isinstance(node, Junction):
        return _of_junction(node, env)
    return _of_call(node, env)


def _of_junction(node: Junction, env: TypeEnv) -> Type:
    for part in node.parts:
        found = check(part, env)
        if found.kind != "boolean":
            raise ConditionError(f"`{node.op}` joins conditions, found {found}.", part.column)
    return BOOLEAN


def _of_literal(node: Literal) -> Type:
    if isinstance(node.value, bool):
        return BOOLEAN
    return TEXT if isinstance(node.value, str) else NUMBER


def _of_name(node: Name, env: TypeEnv) -> Type:
    path = node.path
    if path[0] != "item":
        raise ConditionError(
            f"{_short(path[0])} is not known; names start with `item`.",
            node.column,
            f"Write item.{path[0][:SHOWN]}?",
        )
    if len(path) == 4 and path[1] == "criteria" and path[3] == "met":
        _known(path[2], env.criteria, "criterion", node.column)
        return BOOLEAN
    if len(path) != 2:
        raise ConditionError(
            f"{_short('.'.join(path))} is not known.",
            node.column,
            "Write item.<field> or item.criteria.<name>.met.",
        )
    if path[1] in env.fields:
        return env.fields[path[1]]
    if path[1] in BUILT_IN:
        return BUILT_IN[path[1]]
    _known(path[1], {*env.fields, *BUILT_IN}, "field", node.column)
    raise AssertionError("unreachable: _known raises")


def _known(name: str, known: frozenset[str] | set[str], what: str, column: int) -> None:
    if name in known:
        return
    near = get_close_matches(name, sorted(known), n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(sorted(known)) or 'none'}."
    raise ConditionError(f"there is no {what} {_short(name)}.", column, remedy)


def _short(name: str) -> str:
    return repr(name if len(name) <= SHOWN else f"{name[:SHOWN]}…")


def _of_list(node: ListOf, env: TypeEnv) -> Type:
    if not node.parts:
        raise ConditionError("an empty list holds nothing to compare with.", node.column)
    kinds = [check(part, env) for part in node.parts]
    for part, kind in zip(node.parts, kinds, strict=True):
        if kind.kind != kinds[0].kind:
            raise ConditionError(f"a list holds one type; this is {kind}, not {kinds[0]}.", part.column)
    return Type("list", of=Type(kinds[0].kind))


def _of_unary(node: Unary, env: TypeEnv) -> Type:
    wanted = BOOLEAN if node.op == "!" else NUMBER
    found = check(node.operand, env)
    if found.kind != wanted.kind:
        raise ConditionError(f"`{node.op}` takes a {wanted}, found {found}.", node.column)
    return wanted


def _of_binary(node: Binary, env: TypeEnv) -> Type:
    left, right = check(node.left, env), check(node.right, env)
    if node.op == "in":
        return _of_in(node, left, right)
    if node.op in ("+", "-", "*", "/", "%"):
        return _of_arithmetic(node, left, right)
    return _of_comparison(node, left, right)


def _of_in(node: Binary, left: Type, right: Type) -> Type:
    if right.of is None:
        raise ConditionError(f"`in` looks into a list, found {right}.", node.right.column)
    if left.kind != right.of.kind:
        raise ConditionError(f"a {left} is never in a {right}.", node.column)
    parts = node.right.parts if isinstance(node.right, ListOf) else ()
    for part in parts:
        _value_fits(left, part)
    _value_fits(right.of, node.left)
    return BOOLEAN


def _of_arithmetic(node: Binary, left: Type, right: Type) -> Type:
    pair = (left.kind, right.kind)
    if pair == ("number", "number"):
        return NUMBER
    if pair == ("date", "duration") and node.op in ("+", "-"):
        return DATE
    if pair == ("date", "date") and node.op == "-":
        return DURATION
    raise ConditionError(f"`{node.op}` does not go between {left} and {right}.", node.column)


def _of_comparison(node: Binary, left: Type, right: Type) -> Type:
    if left.kind != right.kind or left.kind == "list":
        raise ConditionError(f"a {left} is not compared with a {right}.", node.column)
    if node.op not in ("==", "!=") and left.kind == "boolean":
        raise ConditionError(f"`{node.op}` does not order true and false.", node.column)
    if node.op not in ("==", "!=") and (left.values or right.values):
        raise ConditionError(f"`{node.op}` would order the choices by their letters.", node.column, "Use `in [...]`.")
    _value_fits(left, node.right)
    _value_fits(right, node.left)
    return BOOLEAN


def _value_fits(choice: Type, node: Node) -> None:
    if choice.values is None or not isinstance(node, Literal) or node.value in choice.values:
        return
    near = get_close_matches(str(node.value), choice.values, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"There is: {', '.join(choice.values)}."
    raise ConditionError(f"{node.value!r} is a value it never takes.", node.column, remedy)


def _of_call(node: Call, env: TypeEnv) -> Type:
    name, given = node.function, node.arguments
    if name in METHODS:
        return _of_method(node, env)
    if name in TALLIES and name not in FUNCTIONS:
        return _of_tally(node, env)
    if name not in FUNCTIONS:
        _known(name, {*FUNCTIONS, *METHODS, *(TALLIES if env.tallies else ())}, "function", node.column)
    if len(given) != 1:
        raise ConditionError(f"{name}() takes one value, found {len(given)}.", node.column)
    if name == "has":
        if not isinstance(given[0], Name):
            raise ConditionError("has() takes a field: has(item.cost).", node.column)
        check(given[0], env)
        return BOOLEAN
    if name == "size":
        found = check(given[0], env)
        if found.kind not in ("text", "list"):
            raise ConditionError(f"size() takes text or a list, found {found}.", node.column)
        return NUMBER
    return _of_constructor(node, given[0])


def _of_tally(node: Call, env: TypeEnv) -> Type:
    if not env.tallies:
        raise ConditionError(
            f"{node.function}() counts votes, and there are none to count here.", node.column, "Ask it in a `check`."
        )
    wanted = 2 if node.function == "votes" else 1
    texts = [one for one in node.arguments if isinstance(one, Literal) and isinstance(one.value, str) and one.value]
    if len(node.arguments) != wanted or len(texts) != wanted:
        example = "votes('council', 'hold')" if wanted == 2 else f"{node.function}('council')"
        raise ConditionError(f"{node.function}() takes names in quotes: {example}.", node.column)
    return NUMBER


def _of_method(node: Call, env: TypeEnv) -> Type:
    if len(node.arguments) != 2:
        raise ConditionError(f"{node.function}() takes one text.", node.column)
    for argument in node.arguments:
        found = check(argument, env)
        if found.kind != "text":
            raise ConditionError(f"{node.function}() takes text, found {found}.", argument.column)
    return BOOLEAN


def _of_constructor(node: Call, given: Node) -> Type:
    if not isinstance(given, Literal) or not isinstance(given.value, str):
        raise ConditionError(
            f"{node.function}() takes a text in quotes, such as {_EXAMPLES[node.function]}.", node.column
        )
    try:
        if node.function == "date":
            date.fromisoformat(given.value)
            return DATE
        if parse_duration(given.value).unit not in ("d", "w"):
            raise DurationError
    except (ValueError, DurationError):
        raise ConditionError(
            f"{given.value!r} is no {node.function}.", given.column, f"Write {_EXAMPLES[node.function]}."
        ) from None
    return DURATION


_EXAMPLES = {"date": 'date("2026-08-20")', "duration": 'duration("5d") or duration("2w")'}
