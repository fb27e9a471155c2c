"""The compiled nodes of an approval tree: plain frozen data with everything worked out that facts do not change.

A new word of the language is one more class here, one branch in `compile`, and one function in `judge` or
`seats`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from policies.conditions import Condition


@dataclass(frozen=True, slots=True)
class Bound:
    """`floor` a count is asked to reach, or `ceiling` it may not pass.

    `kind` is at_least, more_than or at_most; `number` people, or `share` of the body (`of` roster or cast).
    """

    kind: str
    number: int | None
    share: Fraction | None
    of: str
    text: str

    @property
    def is_ceiling(self) -> bool:
        return self.kind == "at_most"

    def people(self, body: int) -> int:
        """How many people the bound means for a body of `body`; for `more_than` already one more."""
        if self.share is None:
            return (self.number or 0) + (self.kind == "more_than")
        exact = self.share * body
        if self.kind == "at_most":
            return exact.numerator // exact.denominator
        if self.kind == "more_than" or self.text == "majority":
            return exact.numerator // exact.denominator + 1
        return -(-exact.numerator // exact.denominator)


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


@dataclass(frozen=True, slots=True)
class AllNode:
    """Every part; with `one_seat` no person fills two seats below it."""

    path: str
    parts: tuple[RuleNode, ...]
    one_seat: bool
    when: Condition | None
    title: str | None


@dataclass(frozen=True, slots=True)
class SomeNode:
    """At least `n` of the parts (`any` is n = 1)."""

    path: str
    parts: tuple[RuleNode, ...]
    n: int
    when: Condition | None
    title: str | None


RuleNode = VotesNode | AllNode | SomeNode


def leaves(node: RuleNode) -> list[VotesNode]:
    """The leaves below `node`, in the order they are written."""
    if isinstance(node, VotesNode):
        return [node]
    return [leaf for part in node.parts for leaf in leaves(part)]
