"""Counting: how much a set of people means to a leaf, and how much of it a bound asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from policies.errors import EvaluationError
from policies.evaluate.moments import due
from policies.evaluate.nodes import AfterNode, CheckNode, PlainNode, VotesNode
from policies.evaluate.scene import Scene
from policies.evaluate.standing import speakers, why_not
from policies.evaluate.standins import sitter
from policies.facts import ABSTAIN
from policies.verdict import SetAside, Status

Supporters = Callable[[VotesNode], Sequence[str]]
"""The people who could be counted for a leaf, preferred ones first."""


def measure(scene: Scene, leaf: VotesNode, people: Collection[str]) -> int:
    """How much `people` count for `leaf`: heads, weight, groups covered, or different values of an attribute."""
    if leaf.weight is not None:
        return sum(weight_of(scene, person, leaf.weight) for person in people)
    if leaf.distinct == "person":
        return len(people)
    if leaf.distinct == "group":
        return _groups(scene, leaf, people)
    values = {attribute(scene, person, leaf.distinct) for person in people}
    return len(values - {None})


def attribute(scene: Scene, person: str, name: str) -> Any:
    known = scene.facts.roster.people.get(person)
    return None if known is None else known.attributes.get(name)


def weight_of(scene: Scene, person: str, name: str) -> int:
    """A person's weight; nobody's is 0. Raises EvaluationError for one that is no whole number."""
    value = attribute(scene, person, name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise EvaluationError(f"The {name} of {scene.facts.roster.name(person)} is {value!r}, not a whole number.")
    return value


def _groups(scene: Scene, leaf: VotesNode, people: Collection[str]) -> int:
    """How many words of `from` can each be given to a person of their own (augmenting paths)."""
    site, behalf = scene.site_of(leaf), scene.behalf(leaf)
    members = {word: set(scene.people(word, site, anywhere=leaf.at is None)) for word in leaf.bodies}
    body = scene.body(leaf)

    def fits_in(person: str, word: str) -> bool:
        absent = behalf.get(person)
        if absent is None or body[person] == word:
            return (absent or person) in members[word]
        return absent in members[word] and sitter(scene.facts, absent, word, scene.facts.now) == person

    fits = {word: [p for p in people if fits_in(p, word)] for word in leaf.bodies}
    given: dict[str, str] = {}

    def place(word: str, tried: set[str]) -> bool:
        for person in fits[word]:
            if person not in tried:
                tried.add(person)
                if person not in given or place(given[person], tried):
                    given[person] = word
                    return True
        return False

    return sum(place(word, set()) for word in leaf.bodies)


def whole(scene: Scene, leaf: VotesNode, of: str) -> int:
    """What a share is a share of."""
    if of == "roster":
        empty = scene.empty_places(leaf) if leaf.weight is None and leaf.distinct == "person" else 0
        return measure(scene, leaf, scene.body(leaf)) + empty
    if of == "present":
        return measure(scene, leaf, [p for p in scene.body(leaf) if p in (scene.facts.present or ())])
    return measure(scene, leaf, [p for p in speakers(scene, leaf) if scene.standing[p].position != ABSTAIN])


def asked(scene: Scene, leaf: VotesNode) -> int:
    """How much a leaf's bound means now. Raises EvaluationError where a weight is none."""
    known = scene.asks.get(leaf.path)
    if known is None:
        known = scene.asks[leaf.path] = _least(leaf, lambda: whole(scene, leaf, leaf.bound.of))
    return known


def _least(leaf: VotesNode, size: Callable[[], int]) -> int:
    """What the bound of a leaf means where a share is one of `size`."""
    bound = leaf.bound
    is_plain = bound.share is None and leaf.weight is None
    # A share of nobody is met by nothing: an empty body never approves.
    return max(bound.people(0 if is_plain else size()), 0 if bound.is_ceiling else 1)


def supporters(scene: Scene, leaf: VotesNode) -> list[str]:
    """The members of a leaf's body whose standing position supports it, earliest first."""
    return _heard(scene, leaf)[0]


def uncounted(scene: Scene, leaf: VotesNode) -> list[SetAside]:
    """The decisions of members that stand, would support the leaf, and yet do not count for it."""
    return _heard(scene, leaf)[1]


def _heard(scene: Scene, leaf: VotesNode) -> tuple[list[str], list[SetAside]]:
    """Both, once a scene: its standing positions are settled by then."""
    known = scene.heard.get(leaf.path)
    if known is not None:
        return known
    found: list[str] = []
    aside: list[SetAside] = []
    body = scene.body(leaf)
    for person, decision in scene.standing.items():
        if decision.position in leaf.positions and person in body:
            reason = why_not(scene, leaf, person, decision)
            if reason is None:
                found.append(person)
            else:
                aside.append(SetAside(decision, reason))
    if leaf.bound.of == "present":
        # A share of those present is one of their votes; whoever is not there has none.
        found = [p for p in found if p in (scene.facts.present or ())]
    scene.heard[leaf.path] = found, aside
    return found, aside


def quorum(scene: Scene, leaf: VotesNode) -> tuple[int, int]:
    """How much takes part, and how much has to; (0, 0) where no quorum is asked."""
    if leaf.quorum is None:
        return 0, 0
    needed = max(leaf.quorum.people(whole(scene, leaf, "roster")), 1)
    return measure(scene, leaf, speakers(scene, leaf)), needed


@dataclass(frozen=True, slots=True)
class View:
    """How leaves are looked at: as things stand, or as they could become at best."""

    scene: Scene
    supporters: Supporters
    asks: Callable[[VotesNode], int]
    hopeful: bool
    lenient: bool = False
    """What cannot be met asks for no seat, so that the rest can still be shown as it sits."""

    def has_quorum(self, leaf: VotesNode) -> bool:
        """Whether enough take part; hopefully, everybody does."""
        if leaf.quorum is None:
            return True
        if self.hopeful:
            size = whole(self.scene, leaf, "roster")
            return size >= max(leaf.quorum.people(size), 1)
        there, needed = quorum(self.scene, leaf)
        return there >= needed

    def counts(self, leaf: VotesNode) -> bool:
        """Whether a leaf that takes no seats is met."""
        try:
            if not self.has_quorum(leaf):
                return False
            if leaf.bound.is_ceiling:
                return self.hopeful or measure(self.scene, leaf, self.supporters(leaf)) <= self.asks(leaf)
            return measure(self.scene, leaf, self.supporters(leaf)) >= self.asks(leaf)
        except EvaluationError:
            return False

    def holds(self, node: PlainNode) -> bool:
        """Whether a leaf that nobody votes in is met."""
        status, _ = self.scene.plain(node)
        if not self.hopeful or status in (Status.MET, Status.BROKEN):
            return status is Status.MET
        if isinstance(node, AfterNode):
            instant = due(self.scene, node)
            return self.scene.until is None or instant is None or instant <= self.scene.until
        return status is Status.UNKNOWN or (isinstance(node, CheckNode) and bool(node.condition.tallies))


def as_it_stands(scene: Scene) -> View:
    """The view of what has been said."""
    return View(scene, lambda leaf: supporters(scene, leaf), lambda leaf: asked(scene, leaf), hopeful=False)


def at_best(scene: Scene, *, few_speak: bool = False) -> View:
    """The view of what could be: everybody says what it takes, nobody objects, and time passes. `few_speak`: of
    those who vote, a share may be that of one."""

    def size(leaf: VotesNode) -> int:
        found = whole(scene, leaf, "roster") if leaf.bound.of == "roster" else measure(scene, leaf, there(leaf))
        return 1 if few_speak and leaf.bound.of == "cast" else found

    def able(leaf: VotesNode) -> list[str]:
        return [*there(leaf), *scene.returned(leaf)]

    def there(leaf: VotesNode) -> Collection[str]:
        present = scene.facts.present
        if leaf.bound.of != "present" or present is None:  # attendance may still be recorded
            return scene.body(leaf)
        return [p for p in scene.body(leaf) if p in present]

    return View(scene, able, lambda leaf: _least(leaf, lambda: size(leaf)), hopeful=True)
