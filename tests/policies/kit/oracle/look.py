"""One look at a case: who has said what and stands at one moment, and what each rule comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from oracle.case import Rule, hours
from oracle.rules import CHECKS, GUARDS, enough, exceeds, groups_filled, is_all, parts_of
from oracle.world import World

Seats = Mapping[str, int] | None


@dataclass(frozen=True)
class Word:
    """What somebody said last: when, of which revision, as which decision (they are numbered by their order)."""

    position: str
    at: int
    revision: int
    number: int


class Look:
    """`words` are everybody's last; `is_early` says whether one was given before the step of a leaf was open;
    `opened` when the step of a rule opened."""

    def __init__(
        self,
        world: World,
        at: float,
        revision: int,
        words: Mapping[str, Word],
        is_early: Callable[[Rule, Word], bool],
        opened: Callable[[Rule], float | None],
        bodies: dict[Any, Any] | None = None,
        present: frozenset[str] | None = None,
    ) -> None:
        self.world, self.at, self.revision, self.words = world, at, revision, words
        self.is_early, self.opened = is_early, opened
        self.present = (world.case.present or frozenset()) if present is None else present
        self.recused = frozenset(person for person, word in words.items() if word.position == "recuse")
        self.bodies: dict[Any, dict[str, list[tuple[str, str]]]] = {} if bodies is None else bodies
        self.heard: dict[tuple[int, str], str | None] = {}
        self.standing = {p for p in words if any(self.counts(leaf, p) for leaf in world.leaves)}

    # -- who is asked ----------------------------------------------------------------------------

    def body(self, leaf: Rule) -> dict[str, list[tuple[str, str]]]:
        """Who sits in a leaf's body -> the members (and the word each belongs by) in whose places they sit."""
        key = (id(leaf), self.recused)
        known = self.bodies.get(key)
        if known is None:
            known = self.bodies[key] = self._body(leaf)
        return known

    def _places(self, leaf: Rule) -> tuple[set[str], dict[str, str]]:
        """Who is kept out of a leaf's body, and its members with the word each belongs by."""
        world = self.world
        out = set(self.recused) | world.excluded(tuple(leaf.get("exclude", world.case.exclude)), int(self.at))
        for word in leaf.get("except", ()):
            out |= world.people(word, None, True)
        belongs: dict[str, str] = {}
        for word in leaf["from"]:
            for person in sorted(world.members(leaf, word)):
                if person not in out:
                    belongs.setdefault(person, word)
        return out, belongs

    def _body(self, leaf: Rule) -> dict[str, list[tuple[str, str]]]:
        out, belongs = self._places(leaf)
        found: dict[str, list[tuple[str, str]]] = {}
        for person, word in belongs.items():
            sitter = self.sitter(person, word, out | set(belongs))
            if sitter is not None and sitter not in out:
                found.setdefault(sitter, []).append((person, word))
        return {p: [own for own in seats if own[0] == p] or seats for p, seats in found.items()}

    def sitter(self, person: str, word: str, out: set[str]) -> str | None:
        """Who sits for a member now; somebody back from an absence leaves what was signed for them until they
        speak themselves; not by those who are kept out, or have a seat of their own."""
        world = self.world
        now = world.sitter(person, word, int(self.at))
        if now != person or not world.case.stand_ins:
            return now
        own = self.words[person].number if person in self.words else -1
        signed = [
            (said.number, other)
            for other, said in self.words.items()
            if other != person
            and other not in out
            and said.number > own
            and world.sitter(person, word, said.at) == other
        ]
        return max(signed)[1] if signed else person

    # -- what counts -----------------------------------------------------------------------------

    def why_not(self, leaf: Rule, person: str) -> str | None:
        """Why the word of somebody in the body does not count for a leaf; None when it does."""
        key = (id(leaf), person)
        if key not in self.heard:
            self.heard[key] = self._why_not(leaf, person)
        return self.heard[key]

    def _why_not(self, leaf: Rule, person: str) -> str | None:
        world, word = self.world, self.words[person]
        reasons = [self._why_not_for(leaf, person, member, role) for member, role in self.body(leaf)[person]]
        if None not in reasons:
            return reasons[0]
        if word.position in world.supporting and world.falls(leaf, word.revision, self.revision):
            return "stale"
        return "early" if self.is_early(leaf, word) else None

    def _why_not_for(self, leaf: Rule, person: str, member: str, role: str) -> str | None:
        """They have to have sat there when they spoke."""
        at = self.words[person].at
        if self.world.sitter(member, role, at) != person:
            return "absent" if member == person else "not there"
        return "not there" if at < self.world.joined(member, leaf) else None

    def counts(self, leaf: Rule, person: str) -> bool:
        return person in self.words and person in self.body(leaf) and self.why_not(leaf, person) is None

    def speakers(self, leaf: Rule) -> set[str]:
        return {person for person in self.body(leaf) if self.counts(leaf, person)}

    def cast(self, leaf: Rule) -> set[str]:
        return {person for person in self.speakers(leaf) if self.words[person].position != "abstain"}

    def supporting(self, leaf: Rule, counts: tuple[str, ...]) -> set[str]:
        positions = counts if counts and "at_most" not in leaf else (leaf.get("position", "approve"),)
        found = {person for person in self.speakers(leaf) if self.words[person].position in positions}
        return found & self.present if leaf.get("of") == "present" else found

    # -- counting --------------------------------------------------------------------------------

    def measure(self, leaf: Rule, people: set[str]) -> int:
        attributes = self.world.case.attributes
        if "weight" in leaf:
            return sum(attributes.get(person, {}).get(leaf["weight"], 0) for person in people)
        distinct = leaf.get("distinct", "person")
        if distinct == "person":
            return len(people)
        if distinct == "group":
            return groups_filled([self._fit(leaf, word) & people for word in leaf["from"]])
        return len({attributes.get(person, {}).get(distinct) for person in people} - {None})

    def _fit(self, leaf: Rule, word: str) -> set[str]:
        """Who may stand for a word of `from`: its members, and who sits for one of them as that."""
        world, members = self.world, self.world.members(leaf, word)
        return {
            sitter
            for sitter, seats in self.body(leaf).items()
            for member, role in seats
            if member in members
            and (sitter == member or role == word or world.sitter(member, word, int(self.at)) == sitter)
        }

    def size(self, leaf: Rule, of: str) -> int:
        if of == "cast":
            return self.measure(leaf, self.cast(leaf))
        body = set(self.body(leaf))
        if of == "present":
            return self.measure(leaf, body & self.present)
        heads = "weight" not in leaf and leaf.get("distinct", "person") == "person"
        return self.measure(leaf, body) + (self.empty(leaf) if heads else 0)

    def empty(self, leaf: Rule) -> int:
        """Members whose place nobody takes; they count in every share of the roster."""
        return len(self._places(leaf)[1]) - len(self.body(leaf))

    def tally(self, check: Rule) -> Callable[[str, str, str], int]:
        def count(function: str, role: str, position: str) -> int:
            (leaf,) = (one for one in check["counted"] if one["from"] == [role])
            said = [self.words[person].position for person in self.speakers(leaf)]
            if function == "members":
                return len(self.body(leaf))
            if function == "cast":
                return sum(one != "abstain" for one in said)
            wanted = {"yes": ("approve", "go"), "no": ("reject",), "abstained": ("abstain",)}
            return sum(one in wanted.get(function, (position,)) for one in said)

        return count

    # -- judging ---------------------------------------------------------------------------------

    def status(self, rule: Rule, counts: tuple[str, ...], seats: Seats = None) -> str:
        """met, unmet, skipped or broken; what is unknown is unmet."""
        guard = GUARDS[rule["when"]](self.world.fields) if rule.get("when") else True
        if guard == "broken":
            return "broken"
        if guard is not True:
            return "skipped" if guard is False else "unmet"
        if "from" in rule:
            return "met" if self.leaf(rule, counts, seats) else "unmet"
        if "after" in rule:
            due = self.due(rule)
            return "met" if due is not None and self.at >= due else "unmet"
        if "check" in rule:
            return "met" if CHECKS[rule["check"]](self.tally(rule), self.world.fields) is True else "unmet"
        if "unknown" in rule:
            return "unmet"
        if not is_all(rule):
            return self.combined(rule, counts, seats, rule.get("n_of", 1))
        if not rule.get("one_seat", self.world.case.one_seat):
            return self.combined(rule, counts, None, None)
        if seats is not None:
            return self.combined(rule, counts, seats, None)
        found = {self.combined(rule, counts, seating, None) for seating in self.seatings(rule, counts)}
        return next(status for status in ("broken", "met", "skipped", "unmet") if status in found)

    def combined(self, rule: Rule, counts: tuple[str, ...], seats: Seats, n: int | None) -> str:
        found = [self.status(part, counts, seats) for part in parts_of(rule)]
        applying = [status for status in found if status != "skipped"]
        if "broken" in applying:
            return "broken"
        if not applying:
            return "skipped"
        return "met" if applying.count("met") >= (len(applying) if n is None else n) else "unmet"

    def leaf(self, leaf: Rule, counts: tuple[str, ...], seats: Seats) -> bool:
        if not self.has_quorum(leaf):
            return False
        supporting = self.supporting(leaf, counts)
        size = self.size(leaf, leaf.get("of", "roster"))
        if "at_most" in leaf:
            return not exceeds(self.measure(leaf, supporting), leaf["at_most"], size)
        if seats is not None and takes_seats(leaf):
            supporting = {person for person in supporting if seats.get(person) == id(leaf)}
        return enough(self.measure(leaf, supporting), leaf, size)

    def has_quorum(self, leaf: Rule) -> bool:
        quorum = leaf.get("quorum")
        if quorum is None:
            return True
        floor = quorum if isinstance(quorum, dict) else {"at_least": quorum}
        return enough(self.measure(leaf, self.speakers(leaf)), floor, self.size(leaf, "roster"))

    def due(self, rule: Rule) -> float | None:
        since = rule.get("since", "opened")
        begun: float | None = 0
        if since == "last_edit":
            begun = max([0, *(at for _, at in self.world.case.edits[: self.revision - 1])])
        if since == "step_opened":
            begun = self.opened(rule)
        return None if begun is None else begun + hours(rule["after"])

    def seatings(self, rule: Rule, counts: tuple[str, ...]) -> Iterator[dict[str, int]]:
        """Every way of giving each person one of the seats they could fill, or none."""
        options: dict[str, list[int]] = {}
        for leaf in self.seats_in(rule):
            for person in sorted(self.supporting(leaf, counts)):
                options.setdefault(person, [0]).append(id(leaf))
        for chosen in product(*options.values()):
            yield dict(zip(options, chosen, strict=True))

    def seats_in(self, rule: Rule) -> Iterator[Rule]:
        if "from" in rule:
            if takes_seats(rule):
                yield rule
        elif not (is_all(rule) and not rule.get("one_seat", self.world.case.one_seat)):
            for part in parts_of(rule):
                yield from self.seats_in(part)

    def asked(self, rule: Rule) -> Iterator[Rule]:
        """The leaves below a rule that apply."""
        if not self.is_skipped(rule):
            yield from (rule,) if "from" in rule else rule.get("counted", ())
            for part in parts_of(rule):
                yield from self.asked(part)

    def is_skipped(self, rule: Rule) -> bool:
        if rule.get("when") and GUARDS[rule["when"]](self.world.fields) is False:
            return True
        return bool(is_all(rule) or "any" in rule or "n_of" in rule) and all(map(self.is_skipped, parts_of(rule)))

    def outcome(self) -> str | None:
        """The first outcome met, "broken", or None."""
        statuses = [(name, refusal, self.status(rule, counts)) for name, rule, refusal, counts in self.world.outcomes]
        if any(status == "broken" for _, _, status in statuses):
            return "broken"
        for name, refusal, status in statuses:
            if status == "met" or (status == "skipped" and self.world.case.none_required and not refusal):
                return name
        return None

    def has_everybody_spoken(self) -> bool:
        leaves = [leaf for _, rule, _, _ in self.world.outcomes for leaf in self.asked(rule)]
        people = {person for leaf in leaves for person in self.body(leaf)}
        return bool(people) and people <= self.standing

    def earlier_met(self, step: tuple[Rule, int]) -> bool:
        """Whether every step before this one is met."""
        rule, place = step
        before = {"all": rule["in_order"][:place], "one_seat": rule.get("one_seat", self.world.case.one_seat)}
        return self.status(before, self.world.counted_by[id(rule)]) in ("met", "skipped")


def takes_seats(leaf: Rule) -> bool:
    return "at_most" not in leaf and "weight" not in leaf and leaf.get("distinct", "person") == "person"
