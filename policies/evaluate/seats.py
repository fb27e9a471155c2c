"""Seats as an assignment problem: within one `all`, one person fills one seat.

Greedy counting misses what a maximum matching finds: with A holding plant and quality, and B holding plant
only, A has to sit as quality. Each way of meeting the `all` (its `any` and `n_of` parts give alternatives) is a
list of demands; the first one that can be seated whole wins, else the one with the fewest seats missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, product

from policies.evaluate.counting import View
from policies.evaluate.nodes import AllNode, Combined, RuleNode, SomeNode, VotesNode
from policies.evaluate.scene import Scene
from policies.verdict import Status

Demand = tuple[VotesNode, int]
"""A leaf, and how many people it asks."""

Way = tuple[Demand, ...]
"""One way of meeting a rule."""

FREE: tuple[Way, ...] = ((),)
"""The one way that asks nobody."""


@dataclass(slots=True)
class Seating:
    """Who sits where. `taken` maps a leaf's path to its people; `missing` counts the empty seats; `seated` are all
    who have one."""

    demands: Way = ()
    taken: dict[str, list[str]] = field(default_factory=dict)
    missing: int = 0
    seated: frozenset[str] = frozenset()


def seat(node: RuleNode, view: View) -> Seating | None:
    """The best seating of `node`; None when no way of meeting it is open at all."""
    best: tuple[int, Way, dict[str, str]] | None = None
    lists: dict[str, Sequence[str]] = {}
    for way in alternatives(node, view):
        for leaf, _ in way:
            if leaf.path not in lists:
                lists[leaf.path] = view.supporters(leaf)
        if best is None or _empty_at_least(way, lists) < best[0]:
            at, missing = _match(way, lists)
            if best is None or missing < best[0]:
                best = missing, way, at
            if missing == 0:
                break
    return None if best is None else _seating(*best)


def _empty_at_least(demands: Sequence[Demand], lists: Mapping[str, Sequence[str]]) -> int:
    """How many seats stay empty even if everybody could sit everywhere at once."""
    return sum(max(asked - len(lists[leaf.path]), 0) for leaf, asked in demands)


def alternatives(node: RuleNode, view: View) -> Iterable[Way]:
    """Every way of meeting `node` as a list of demands; none for what cannot be met."""
    if node.when is None:
        return _where_it_applies(node, view)
    status, _ = view.scene.guard(node.when)
    if status is Status.BROKEN or (status is Status.UNKNOWN and not view.hopeful):
        return _blocked(view)
    if status is Status.SKIPPED:
        return FREE
    found = _where_it_applies(node, view)
    return chain(FREE, found) if status is Status.UNKNOWN else found


def _where_it_applies(node: RuleNode, view: View) -> Iterable[Way]:
    if isinstance(node, VotesNode):
        if not node.takes_seats:
            return FREE if view.counts(node) else _blocked(view)
        return (((node, view.asks(node)),),) if view.has_quorum(node) else _blocked(view)
    if isinstance(node, AllNode):
        return _of_all(node, view)
    if isinstance(node, SomeNode):
        open_ones = applying(node.parts, view.scene)
        n = min(node.n, len(open_ones)) if view.lenient else node.n
        return chain.from_iterable(_joined(chosen, view) for chosen in combinations(open_ones, n))
    return FREE if view.holds(node) else _blocked(view)


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
    if node.when is None and not isinstance(node, Combined):
        return False
    known = scene.skips.get(node.path)
    if known is None:
        known = scene.skips[node.path] = _is_skipped(node, scene)
    return known


def _is_skipped(node: RuleNode, scene: Scene) -> bool:
    status, _ = scene.guard(node.when)
    if status is not Status.MET:  # what is unknown may yet apply
        return status is Status.SKIPPED
    if not isinstance(node, Combined):
        return False
    return all(is_skipped(part, scene) for part in node.parts)


def _of_all(node: AllNode, view: View) -> Iterable[Way]:
    open_ones = applying(node.parts, view.scene)
    if node.one_seat:
        return _joined(open_ones, view)
    # Seats that may be shared ask nothing of the others: each part is met by itself or not.
    is_met = node.parts and all(stands(part, view) for part in open_ones)
    return FREE if is_met else _blocked(view)


def _blocked(view: View) -> Iterable[Way]:
    return FREE if view.lenient else ()


def _joined(parts: Sequence[RuleNode], view: View) -> Iterable[Way]:
    """Every choice of one way of each part."""
    if not parts:
        return ()
    ways = [tuple(alternatives(part, view)) for part in parts]
    return (tuple(chain.from_iterable(chosen)) for chosen in product(*ways))


def _match(way: Way, lists: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], int]:
    """Seat as many people of each leaf's list as it asks, each in one seat (augmenting paths): who sits where, and
    how many seats stay empty."""
    at: dict[str, str] = {}
    missing = 0
    for leaf, asked in way:
        filled = 0
        while filled < asked and _place(leaf.path, lists, at, set()):
            filled += 1
        missing += asked - filled
    return at, missing


def _seating(missing: int, way: Way, at: dict[str, str]) -> Seating:
    taken: dict[str, list[str]] = {leaf.path: [] for leaf, _ in way}
    for person, path in at.items():
        taken[path].append(person)
    return Seating(way, taken, missing, frozenset(at))


def _place(path: str, lists: Mapping[str, Sequence[str]], at: dict[str, str], tried: set[str]) -> bool:
    """Fill one more seat of `path`, moving people who can sit elsewhere."""
    for person in lists[path]:
        if person in tried or at.get(person) == path:
            continue
        tried.add(person)
        if person not in at or _place(at[person], lists, at, tried):
            at[person] = path
            return True
    return False
