"""The compiled nodes of an approval tree: plain frozen data with everything worked out that facts do not change.

A new word of the language is one more class here, one branch in `compile`, and one in `judge` and `seats`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from policies.conditions import Condition
from policies.durations import Duration


@dataclass(frozen=True, slots=True)
class Bound:
    """`floor` a count is asked to reach, or `ceiling` it may not pass.

    `kind` is at_least, more_than or at_most; `number` people, or `share` of the body (`of` roster, cast or
    present).
    """

    kind: str
    number: int | None
    share: Fraction | None
    of: str
    text: str
    is_ceiling: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_ceiling", self.kind == "at_most")

    def people(self, body: int) -> int:
        """How many people the bound means for a body of `body`; for `more_than` already one more."""
        if self.share is None:
            return (self.number or 0) + (self.kind == "more_than")
        whole, rest = divmod(self.share.numerator * body, self.share.denominator)
        if self.kind == "at_most":
            return whole
        if self.kind == "more_than" or self.text == "majority":
            return whole + 1
        return whole + (rest > 0)


class Combined:
    """A node with parts: `AllNode` or `SomeNode`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class VotesNode:
    """How many of whom hold which position. `positions` are those that support it."""

    path: str
    bodies: tuple[str, ...]
    at: str | None
    except_: tuple[str, ...]
    exclude: tuple[str, ...]
    positions: frozenset[str]
    position: str
    bound: Bound
    when: Condition | None
    title: str | None
    quorum: Bound | None = None
    weight: str | None = None
    distinct: str = "person"
    stale_on: str | tuple[str, ...] = "any_edit"
    takes_seats: bool = field(init=False)
    """Whether each supporter fills one seat of it; ceilings and weighted or grouped counts look at all."""

    def __post_init__(self) -> None:
        seats = not self.bound.is_ceiling and self.weight is None and self.distinct == "person"
        object.__setattr__(self, "takes_seats", seats)


@dataclass(frozen=True, slots=True)
class AfterNode:
    """Time has passed since the round opened, the last edit, or the opening of the step it stands in."""

    path: str
    duration: Duration
    since: str
    when: Condition | None
    title: str | None


@dataclass(frozen=True, slots=True)
class CheckNode:
    """A condition that has to hold. `counted` are the bodies whose votes it counts, one a role."""

    path: str
    condition: Condition
    when: Condition | None
    title: str | None
    counted: tuple[VotesNode, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownNode:
    """A `for_each` over a list nobody has filled in."""

    path: str
    field: str
    when: Condition | None
    title: str | None


@dataclass(frozen=True, slots=True)
class AllNode(Combined):
    """Every part; with `one_seat` no person fills two seats below it; `ordered` opens one part after the other."""

    path: str
    parts: tuple[RuleNode, ...]
    one_seat: bool
    when: Condition | None
    title: str | None
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class SomeNode(Combined):
    """At least `n` of the parts (`any` is n = 1)."""

    path: str
    parts: tuple[RuleNode, ...]
    n: int
    when: Condition | None
    title: str | None


PlainNode = AfterNode | CheckNode | UnknownNode
"""Leaves that nobody votes in."""
RuleNode = VotesNode | PlainNode | AllNode | SomeNode

Step = tuple[AllNode, int]
"""The part at an index of an ordered node."""


def walk(node: RuleNode) -> Iterator[RuleNode]:
    """`node` and everything below it, in the order they are written."""
    yield node
    if isinstance(node, Combined):
        for part in node.parts:
            yield from walk(part)


def leaves(node: RuleNode) -> list[VotesNode]:
    """The leaves below `node` that people vote in, in the order they are written."""
    return [one for one in walk(node) if isinstance(one, VotesNode)]


def bodies(node: RuleNode) -> list[VotesNode]:
    """As `leaves`, with those whose votes a check counts."""
    found: list[VotesNode] = []
    for one in walk(node):
        found += [one] if isinstance(one, VotesNode) else one.counted if isinstance(one, CheckNode) else []
    return found


def steps_of(node: RuleNode, above: tuple[Step, ...] = ()) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Each node's path with the steps of `in_order` it stands in, outermost first; only those in any."""
    if above:
        yield node.path, above
        for leaf in node.counted if isinstance(node, CheckNode) else ():
            yield leaf.path, above
    if isinstance(node, Combined):
        ordered = isinstance(node, AllNode) and node.ordered
        for place, part in enumerate(node.parts):
            yield from steps_of(part, (*above, (node, place)) if ordered and isinstance(node, AllNode) else above)
