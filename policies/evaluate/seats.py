"""Seats as an assignment problem: within one `all`, one person fills one seat.

Greedy counting misses what a maximum matching finds: with A holding plant and quality, and B holding plant
only, A has to sit as quality. Each way of meeting the `all` (its `any` and `n_of` parts give alternatives) is a
list of demands; the first one that can be seated whole wins, else the one with the fewest seats missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

from policies.evaluate.counting import Supporters, View
from policies.evaluate.nodes import AllNode, RuleNode, SomeNode, VotesNode
from policies.evaluate.scene import Scene
from policies.verdict import Status

Demand = tuple[VotesNode, int]
"""A leaf, and how many people it asks."""


@dataclass(slots=True)
class Seating:
    """Who sits where. `taken` maps a leaf's path to its people; `missing` counts the empty seats."""

    demands: tuple[Demand, ...] = ()
    taken: dict[str, list[str]] = field(default_factory=dict)
    missing: int = 0

    @property
    def seated(self) -> set[str]:
        return {person for people in self.taken.values() for person in people}


def seat(node: RuleNode, view: View) -> Seating | None:
    """The best seating of `node`; None when no way of meeting it is open at all."""
    best: Seating | None = None
    for demands in alternatives(node, view):
        seating = match(demands, view.supporters)
        if seating.missing == 0:
            return seating
        if best is None or seating.missing < best.missing:
            best = seating
    return best


def alternatives(node: RuleNode, view: View) -> Iterator[tuple[Demand, ...]]:
    """Every way of meeting `node` as a list of demands; none for what cannot be met."""
    status, _ = view.scene.guard(node.when)
    if status is Status.BROKEN or (status is Status.UNKNOWN and not view.hopeful):
        yield from _blocked(view)
        return
    if status is Status.SKIPPED:
        yield ()
        return
    if status is Status.UNKNOWN:
        yield ()
    if isinstance(node, VotesNode):
        yield from _of_leaf(node, view)
    elif isinstance(node, AllNode):
        yield from _of_all(node, view)
    elif not isinstance(node, SomeNode):
        if view.holds(node):
            yield ()
        else:
            yield from _blocked(view)
    else:
        open_ones = applying(node.parts, view.scene)
        for chosen in combinations(open_ones, min(node.n, len(open_ones)) if view.lenient else node.n):
            yield from _joined(chosen, view)


def stands(node: RuleNode, view: View) -> bool:
    """Whether `node` is met by itself: seats bind within one `all`; outside of one each part stands alone."""
    status, _ = view.scene.guard(node.when)
    if status is Status.BROKEN:
        return False
    if status is Status.UNKNOWN:
        return view.hopeful
    if isinstance(node, SomeNode):
        return sum(stands(part, view) for part in applying(node.parts, view.scene)) >= node.n
    if isinstance(node, AllNode) and not node.one_seat:
        return all(stands(part, view) for part in applying(node.parts, view.scene))
    if not isinstance(node, AllNode | VotesNode):
        return view.holds(node)
    seating = seat(node, view)
    return seating is not None and seating.missing == 0


def applying(parts: Sequence[RuleNode], scene: Scene) -> list[RuleNode]:
    """The parts that ask anybody at all."""
    return [part for part in parts if not is_skipped(part, scene)]


def is_skipped(node: RuleNode, scene: Scene) -> bool:
    """Whether nothing of `node` applies: its own guard is false, or that of every part."""
    if node.when is None and not isinstance(node, AllNode | SomeNode):
        return False
    known = scene.skips.get(node.path)
    if known is None:
        known = scene.skips[node.path] = _is_skipped(node, scene)
    return known


def _is_skipped(node: RuleNode, scene: Scene) -> bool:
    if scene.guard(node.when)[0] is Status.SKIPPED:
        return True
    if not isinstance(node, AllNode | SomeNode):
        return False
    return all(is_skipped(part, scene) for part in node.parts)


def _of_leaf(node: VotesNode, view: View) -> Iterator[tuple[Demand, ...]]:
    if node.takes_seats and view.has_quorum(node):
        yield ((node, view.asks(node)),)
    elif not node.takes_seats and view.counts(node):
        yield ()
    else:
        yield from _blocked(view)


def _of_all(node: AllNode, view: View) -> Iterator[tuple[Demand, ...]]:
    open_ones = applying(node.parts, view.scene)
    if node.one_seat:
        yield from _joined(open_ones, view)
    elif node.parts and all(stands(part, view) for part in open_ones):
        # Seats that may be shared ask nothing of the others: each part is met by itself or not.
        yield ()
    else:
        yield from _blocked(view)


def _blocked(view: View) -> Iterator[tuple[Demand, ...]]:
    if view.lenient:
        yield ()


def _joined(parts: Sequence[RuleNode], view: View) -> Iterator[tuple[Demand, ...]]:
    if not parts:
        return
    for chosen in product(*(tuple(alternatives(part, view)) for part in parts)):
        yield tuple(demand for demands in chosen for demand in demands)


def match(demands: Sequence[Demand], supporters: Supporters) -> Seating:
    """Seat as many people as the demands ask, each in one seat (augmenting paths)."""
    seating = Seating(tuple(demands), {leaf.path: [] for leaf, _ in demands})
    at: dict[str, str] = {}
    lists = {leaf.path: supporters(leaf) for leaf, _ in demands}
    for leaf, asked in demands:
        filled = 0
        while filled < asked and _place(leaf.path, lists, at, set()):
            filled += 1
        seating.missing += asked - filled
    for person, path in at.items():
        seating.taken[path].append(person)
    return seating


def _place(path: str, lists: dict[str, Sequence[str]], at: dict[str, str], tried: set[str]) -> bool:
    """Fill one more seat of `path`, moving people who can sit elsewhere."""
    for person in lists[path]:
        if person in tried or at.get(person) == path:
            continue
        tried.add(person)
        if person not in at or _place(at[person], lists, at, tried):
            at[person] = path
            return True
    return False
