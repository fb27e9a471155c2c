"""Why an outcome cannot be met, in a few words: the rule that lacks people, how many it takes and who is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from policies.errors import EvaluationError
from policies.evaluate.counting import asked, measure, whole
from policies.evaluate.nodes import Combined, RuleNode, VotesNode
from policies.evaluate.scene import Scene
from policies.evaluate.seats import is_skipped
from policies.evaluate.words import label_of
from policies.phrases import both
from policies.staffing.model import Away
from policies.staffing.setting import Setting, Ties

MOST_NAMES = 6
MOST_REASONS = 2
MOST_TOGETHER = 4
OTHERWISE = "each rule has people enough, and nothing that they may say meets all of them"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that lacks people. `need` counts heads or `unit`; `holders` are all it means while nobody is away or
    kept apart, `left` those who may still speak."""

    rule: str
    label: str
    need: int
    holders: tuple[str, ...]
    left: tuple[str, ...]
    unit: str = ""
    there: int = 0
    is_seats: bool = False
    """Several rules of which each has people enough, and who may fill one seat only."""

    broken: str = ""
    """Why the rule cannot be met, where it is not for want of people."""

    @property
    def key(self) -> object:
        """What makes two reasons the same; who was taken out does not count, nor who is left."""
        _, _, place = self.rule.partition(".")
        return place, self.label, self.broken, self.need, self.there, bool(self.left), bool(self.holders)

    def words(self, setting: Setting, away: Mapping[str, str], *, other: bool, by_name: bool) -> str:
        """One clause. `away` are people (ids, with their names) whose absence it comes of; `other` says that
        somebody is left out, `by_name` that those who are left may be named."""
        if self.broken:
            return f"{self.broken[:1].lower()}{self.broken[1:]}"
        if not self.holders:
            return f"nobody is {self.label}"
        gone = [person for person in away if person in self.holders]
        if gone and not self.left and len(gone) == len(self.holders):
            are = "is" if len(gone) == 1 else "are"
            return f"only {both(away[person] for person in gone)} {are} {self.label}, and {are} away"
        if self.is_seats:
            one = "is" if self.there == 1 else "are"
            return f"{self.label} together take {self.need} people, each in one seat, and only {self.there} {one} left"
        takes = f"{self.label} takes {self.need:,}{f' {self.unit}' if self.unit else ''}"
        return f"{takes} and {self._left(setting, other=other, by_name=by_name)}"

    def _left(self, setting: Setting, *, other: bool, by_name: bool) -> str:
        if self.unit:
            return f"{self.there:,} {'are' if self.there != 1 else 'is'} left"
        if not self.left:
            return "nobody else is left" if other else "nobody is left"
        if not by_name:
            return f"only {self.there} {'is' if self.there == 1 else 'are'} left"
        return f"only {names(setting, self.left)} {'is' if len(self.left) == 1 else 'are'} left"


def names(setting: Setting, people: Sequence[str]) -> str:
    """`Ana, Ben and 3 others`."""
    said = [setting.roster.name(person) for person in people]
    if len(said) > MOST_NAMES:
        said = [*said[: MOST_NAMES - 1], f"{len(said) - MOST_NAMES + 1} others"]
    return both(said)


def reasons(
    setting: Setting,
    place: int,
    outcome: str,
    ties: Ties = (),
    away: frozenset[Away] = frozenset(),
    silent: frozenset[str] = frozenset(),
) -> tuple[Reason, ...]:
    """The rules of a blocked outcome that lack people; where each has enough by itself, all of them as seats."""
    silent = silent | {one.person for one in away}
    plain, full = setting.scene(place), setting.scene(place, ties, away)
    now = setting.scene(place, ties, away, silent)
    rule = next(one.rule for one in now.policy.outcomes if one.name == outcome)
    holders = {leaf.path: tuple(plain.body(leaf)) for leaf in plain.policy.leaves}
    found, seats = [], []
    for leaf in asking(rule, now):
        left = tuple(now.body(leaf))
        label = label_of(leaf, setting.roster, None)
        try:
            need, there, unit = _measured(full, now, leaf)
        except EvaluationError as error:
            return (Reason(leaf.path, label, 0, holders.get(leaf.path, ()), left, broken=str(error).rstrip(".")),)
        if there < need:
            found.append(Reason(leaf.path, label, need, holders.get(leaf.path, ()), left, unit, there))
        elif leaf.takes_seats:
            seats.append(Reason(leaf.path, label, need, holders.get(leaf.path, ()), left))
    if found:
        return tuple(found[:MOST_REASONS])
    few = _too_few(seats)
    return (_seats(rule.path, few) if few else Reason(rule.path, "", 0, (), (), broken=OTHERWISE),)


def _too_few(seats: list[Reason]) -> list[Reason]:
    """The fewest rules that together take more people than they have; none where it is not for want of seats."""
    some: tuple[Reason, ...]
    for size in [*range(2, min(len(seats), MOST_TOGETHER) + 1), len(seats)]:
        for some in combinations(seats, size):
            if sum(one.need for one in some) > len({person for one in some for person in one.left}):
                return list(some)
    return []


def _seats(rule: str, seats: list[Reason]) -> Reason:
    left = tuple(dict.fromkeys(person for one in seats for person in one.left))
    everybody = tuple(dict.fromkeys(person for one in seats for person in one.holders))
    label = both(dict.fromkeys(one.label for one in seats))
    need = sum(one.need for one in seats)
    return Reason(rule, label, need, everybody, left, there=len(left), is_seats=True)


def _measured(full: Scene, now: Scene, leaf: VotesNode) -> tuple[int, int, str]:
    """How much a leaf takes, how much is left, and of what where it is not heads."""
    twin = next((one for one in full.policy.leaves if one.path == leaf.path), leaf)
    need = asked(full, leaf if leaf.bound.share is None else twin)
    if twin.quorum is not None:
        need = max(need, twin.quorum.people(whole(full, twin, "roster")))
    return need, measure(now, leaf, now.body(leaf)), leaf.weight or _unit(leaf)


def _unit(leaf: VotesNode) -> str:
    if leaf.distinct == "person":
        return ""
    return "groups" if leaf.distinct == "group" else f"of different {leaf.distinct}"


def asking(node: RuleNode, scene: Scene) -> Iterator[VotesNode]:
    """The leaves below a rule that apply and ask for somebody."""
    if is_skipped(node, scene):
        return
    if isinstance(node, VotesNode):
        if not node.bound.is_ceiling:
            yield node
    elif isinstance(node, Combined):
        for part in node.parts:
            yield from asking(part, scene)
