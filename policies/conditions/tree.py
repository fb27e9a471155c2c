"""The tree of a condition, and the parser that builds it (precedence climbing, bounded depth and size).

Precedence, loosest first, as in CEL: `||`, `&&`, comparisons and `in`, `+ -`, `* / %`, `! -`, then
selection, indexing and calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from policies.conditions.tokens import Token, tokenize, unquote
from policies.errors import ConditionError

MAX_DEPTH = 40
MAX_NODES = 500


@dataclass(frozen=True, slots=True)
class Literal:
    """A number (int, Decimal), text or truth."""

    value: int | Decimal | str | bool
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted path: `item.cost`, `item.criteria.impact.met`."""

    path: tuple[str, ...]
    column: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list literal."""

    parts: tuple[Node, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`!x` or `-x`."""

    op: str
    operand: Node
    column: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`x op y`."""

    op: str
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Junction:
    """`x && y && …` or `x || y || …`, flat however long."""

    op: str
    parts: tuple[Node, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """`has(x)`, `size(x)`, `date("…")`, or a method: `x.startsWith("…")`, with `x` the first argument."""

    function: str
    arguments: tuple[Node, ...]
    column: int


Node = Literal | Name | ListOf | Unary | Binary | Junction | Call

_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"==", "!=", "<", "<=", ">", ">=", "in"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_COMPARING = 2
METHODS = ("startsWith", "endsWith", "contains")
FUNCTIONS = ("has", "size", "date", "duration")
TALLIES = ("yes", "no", "abstained", "cast", "members", "votes")


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    if isinstance(node, ListOf | Junction):
        return node.parts
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    return node.arguments if isinstance(node, Call) else ()


def parse(text: str) -> Node:
    """The tree of `text`. Raises ConditionError with the column."""
    parser = _Parser(tokenize(text))
    tree = parser.level(0)
    parser.expect_end()
    return tree


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.nodes = 0
        self.heights: dict[int, int] = {}

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def accept(self, *texts: str) -> Token | None:
        if self.token.kind in ("op", "name") and self.token.text in texts:
            return self.take()
        return None

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            found = self.token.text or "the end"
            raise ConditionError(f"expected `{text}`, found {found!r}.", self.token.column)

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise ConditionError(f"expected the end or an operator, found {self.token.text!r}.", self.token.column)

    def made(self, node: Node, *below: Node) -> Node:
        """Count `node`, which stands over `below`. A long `a + b + c …` is a deep tree without a bracket in
        it, so height is bounded here as nesting is in `enter`: nothing later may run out of stack."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ConditionError(
                f"the condition has more than {MAX_NODES} parts.", node.column, "Split it over several rules."
            )
        height = 1 + max((self.heights.get(id(part), 0) for part in below), default=0)
        if height > MAX_DEPTH:
            raise ConditionError(
                f"the condition is nested deeper than {MAX_DEPTH}.",
                node.column,
                "Split it over several rules.",
            )
        self.heights[id(node)] = height
        return node

    def level(self, depth: int) -> Node:
        if depth == len(_LEVELS):
            return self.unary()
        if depth < _COMPARING:
            return self.junction(depth)
        left = self.level(depth + 1)
        compared = False
        while (op := self.accept(*_LEVELS[depth])) is not None:
            if compared:
                raise ConditionError("comparisons do not chain.", op.column, "Join two with `&&`.")
            compared = depth == _COMPARING
            right = self.level(depth + 1)
            left = self.made(Binary(op.text, left, right, op.column), left, right)
        return left

    def junction(self, depth: int) -> Node:
        parts = [self.level(depth + 1)]
        first = self.token
        while self.accept(*_LEVELS[depth]) is not None:
            parts.append(self.level(depth + 1))
        if len(parts) == 1:
            return parts[0]
        return self.made(Junction(first.text, tuple(parts), first.column), *parts)

    def unary(self) -> Node:
        op = self.accept("!", "-")
        if op is None:
            return self.postfix()
        self.enter(op)
        operand = self.unary()
        node = self.made(Unary(op.text, operand, op.column), operand)
        self.depth -= 1
        return node

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConditionError(f"the condition is nested deeper than {MAX_DEPTH}.", token.column)

    def postfix(self) -> Node:
        node = self.primary()
        while True:
            if (dot := self.accept(".")) is not None:
                node = self.selected(node, dot)
            elif (bracket := self.accept("[")) is not None:
                node = self.indexed(node, bracket)
            else:
                return node

    def selected(self, node: Node, dot: Token) -> Node:
        name = self.take()
        if name.kind != "name":
            raise ConditionError(f"expected a name after the point, found {name.text or 'the end'!r}.", name.column)
        if self.accept("(") is not None:
            given = (node, *self.arguments(dot))
            return self.made(Call(name.text, given, name.column), *given)
        if not isinstance(node, Name):
            raise ConditionError(f"{name.text!r} cannot be taken from this.", name.column)
        return Name((*node.path, name.text), node.column)

    def indexed(self, node: Node, bracket: Token) -> Node:
        key = self.take()
        if not isinstance(node, Name) or key.kind != "string":
            raise ConditionError('only names have parts: item["stock-disposition"].', bracket.column)
        self.expect("]")
        return Name((*node.path, unquote(key)), node.column)

    def primary(self) -> Node:
        token = self.take()
        if token.kind == "number":
            value = Decimal(token.text) if "." in token.text else int(token.text)
            return self.made(Literal(value, token.column))
        if token.kind == "string":
            return self.made(Literal(unquote(token), token.column))
        if token.kind == "name":
            return self.named(token)
        if token.text == "(":
            self.enter(token)
            node = self.level(0)
            self.expect(")")
            self.depth -= 1
            return node
        if token.text == "[":
            self.enter(token)
            parts = self.items("]")
            node = self.made(ListOf(parts, token.column), *parts)
            self.depth -= 1
            return node
        raise ConditionError(f"expected a value, found {token.text or 'the end'!r}.", token.column)

    def named(self, token: Token) -> Node:
        if token.text in ("true", "false"):
            return self.made(Literal(token.text == "true", token.column))
        if self.accept("(") is not None:
            given = self.arguments(token)
            return self.made(Call(token.text, given, token.column), *given)
        return self.made(Name((token.text,), token.column))

    def arguments(self, token: Token) -> tuple[Node, ...]:
        self.enter(token)
        found = self.items(")")
        self.depth -= 1
        return found

    def items(self, closing: str) -> tuple[Node, ...]:
        parts: list[Node] = []
        if self.accept(closing) is not None:
            return ()
        while True:
            parts.append(self.level(0))
            if self.accept(closing) is not None:
                return tuple(parts)
            self.expect(",")
