"""A second, slow evaluator to hold the real one against: no matching, no shortcuts, only trying everything.

It reads rules as plain mappings (`{"from": ["a"], "at_least": 1}`), tries every way of giving people seats,
and every future: each person saying anything, keeping what they said, or taking it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

Rule = Mapping[str, Any]
Said = tuple[str, str, int, bool]
"""Person, position, the revision seen, taken back?"""

GUARDS = {
    "item.urgent": lambda fields: fields.get("urgent"),
    "!item.urgent": lambda fields: None if "urgent" not in fields else not fields["urgent"],
    "6 / item.pieces > 1": lambda fields: "broken" if fields["pieces"] == 0 else 6 / fields["pieces"] > 1,
}
NAMED_SHARES = {"all": Fraction(1), "majority": Fraction(1, 2)}


@dataclass(frozen=True)
class Case:
    """One small policy and the facts around it."""

    outcomes: tuple[tuple[str, Rule, bool, tuple[str, ...]], ...]
    """Name, rule, is it a refusal, the positions it counts (empty: each leaf's own)."""
    people: Mapping[str, tuple[tuple[str, str | None], ...]]
    """Person -> (role, site)."""
    positions: tuple[str, ...]
    said: tuple[Said, ...] = ()
    exclude: tuple[str, ...] = ("author", "editors")
    one_seat: bool = True
    stale_on: Any = "any_edit"
    none_required: bool = False
    author: str = "zoe"
    editors: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


Standing = Mapping[str, str]
Seats = Mapping[str, int] | None


def leaves_of(rule: Rule) -> Iterator[Rule]:
    if "from" in rule:
        yield rule
    for part in parts_of(rule):
        yield from leaves_of(part)


def parts_of(rule: Rule) -> list[Rule]:
    return list(rule.get("all") or rule.get("any") or (rule["of"] if "n_of" in rule else ()))


class Trial:
    """The case with its standing positions, to be asked what it comes to."""

    def __init__(self, case: Case, fields: Mapping[str, Any] | None = None) -> None:
        self.case = case
        self.fields = case.fields if fields is None else fields
        self.bodies = {id(leaf): self.body(leaf) for _, rule, _, _ in case.outcomes for leaf in leaves_of(rule)}

    def people(self, word: str, site: str | None, anywhere: bool) -> set[str]:
        case = self.case
        if word == "author":
            return {case.author} & set(case.people)
        if word == "editors":
            return set(case.editors) & set(case.people)
        return {
            person
            for person, held in case.people.items()
            for role, at in held
            if role == word and (anywhere or at is None or at == site)
        }

    def body(self, leaf: Rule) -> set[str]:
        at = leaf.get("at")
        site = "Lyon" if at == "item.site" else at
        found: set[str] = set()
        for word in leaf["from"]:
            found |= self.people(word, site, at is None)
        for word in (*leaf.get("except", ()), *leaf.get("exclude", self.case.exclude)):
            found -= self.people(word, None, True)
        return found

    def standing(self) -> dict[str, str]:
        latest: dict[str, Said] = {}
        for one in self.case.said:
            if not one[3]:
                latest[one[0]] = one
        members = set().union(*self.bodies.values())
        return {
            person: one[1]
            for person, one in latest.items()
            if person in members and not (self.falls(one) and one[1] not in ("reject", "hold"))
        }

    def falls(self, one: Said) -> bool:
        """Revision 2 changed the cost."""
        stale_on = self.case.stale_on
        return one[2] < 2 and (stale_on == "any_edit" or (stale_on != "never" and "cost" in stale_on))

    # -- judging ---------------------------------------------------------------------------------

    def outcome(self, standing: Standing) -> str | None:
        """The outcome, "broken", or None."""
        statuses = [
            (name, is_refusal, self.status(rule, counts, standing, None))
            for name, rule, is_refusal, counts in self.case.outcomes
        ]
        if any(status == "broken" for _, _, status in statuses):
            return "broken"
        for name, is_refusal, status in statuses:
            if status == "met" or (status == "skipped" and self.case.none_required and not is_refusal):
                return name
        return None

    def status(self, rule: Rule, counts: tuple[str, ...], standing: Standing, seats: Seats) -> str:
        guard = GUARDS[rule["when"]](self.fields) if rule.get("when") else True
        if guard == "broken":
            return "broken"
        if guard is not True:
            return "skipped" if guard is False else "unmet"
        if "from" in rule:
            return "met" if self.leaf(rule, counts, standing, seats) else "unmet"
        if "all" not in rule:
            return self.combined(rule, counts, standing, seats, rule.get("n_of", 1))
        if not rule.get("one_seat", self.case.one_seat):
            return self.combined(rule, counts, standing, None, None)
        if seats is not None:
            return self.combined(rule, counts, standing, seats, None)
        found = {
            self.combined(rule, counts, standing, seating, None) for seating in self.seatings(rule, counts, standing)
        }
        return next(status for status in ("broken", "met", "skipped", "unmet") if status in found)

    def combined(self, rule: Rule, counts: tuple[str, ...], standing: Standing, seats: Seats, n: int | None) -> str:
        found = [self.status(part, counts, standing, seats) for part in parts_of(rule)]
        applying = [status for status in found if status != "skipped"]
        if "broken" in applying:
            return "broken"
        if not applying:
            return "skipped"
        return "met" if applying.count("met") >= (len(applying) if n is None else n) else "unmet"

    def leaf(self, leaf: Rule, counts: tuple[str, ...], standing: Standing, seats: Seats) -> bool:
        body = self.bodies[id(leaf)]
        supporting = self.supporting(leaf, counts, standing)
        size = len(body) if leaf.get("of", "roster") == "roster" else len(body & set(standing))
        if "at_most" in leaf:
            return not exceeds(len(supporting), leaf["at_most"], size)
        seated = supporting if seats is None else {p for p in supporting if seats.get(p) == id(leaf)}
        return len(seated) > 0 and enough(len(seated), leaf, size)

    def supporting(self, leaf: Rule, counts: tuple[str, ...], standing: Standing) -> set[str]:
        positions = counts if counts and "at_most" not in leaf else (leaf.get("position", "approve"),)
        return {p for p in self.bodies[id(leaf)] if standing.get(p) in positions}

    def seatings(self, rule: Rule, counts: tuple[str, ...], standing: Standing) -> Iterator[dict[str, int]]:
        """Every way of giving each person one of the seats they could fill, or none."""
        options: dict[str, list[int]] = {}
        for leaf in self.seats_in(rule):
            for person in self.supporting(leaf, counts, standing):
                options.setdefault(person, [0]).append(id(leaf))
        for chosen in product(*options.values()):
            yield dict(zip(options, chosen, strict=True))

    def seats_in(self, rule: Rule) -> Iterator[Rule]:
        if "from" in rule:
            if "at_most" not in rule:
                yield rule
        elif not ("all" in rule and not rule.get("one_seat", self.case.one_seat)):
            for part in parts_of(rule):
                yield from self.seats_in(part)

    # -- futures ---------------------------------------------------------------------------------

    def can_be_reached(self) -> bool:
        """Whether an outcome that is no refusal can come of anything the people may say from now on."""
        refusals = {name for name, _, is_refusal, _ in self.case.outcomes if is_refusal}
        now, members = self.standing(), sorted(set().union(*self.bodies.values()))
        choices = [dict.fromkeys((*self.case.positions, now.get(person), None)) for person in members]
        for chosen in product(*choices):
            future = {person: says for person, says in zip(members, chosen, strict=True) if says}
            if self.outcome(future) not in (None, "broken", *refusals):
                return True
        return False

    def unblocking(self) -> set[tuple[str, str, str]]:
        """Everybody whose single decision decides it: (person, position, outcome)."""
        now, members = self.standing(), set().union(*self.bodies.values())
        found = set()
        for person in self.case.people:
            for position in self.case.positions:
                outcome = self.outcome({**now, person: position}) if person in members else None
                if outcome not in (None, "broken"):
                    found.add((person, position, str(outcome)))
        return found


def exact_share(bound: Any) -> Fraction:
    if bound in NAMED_SHARES:
        return NAMED_SHARES[bound]
    return Fraction(int(bound[:-1]), 100) if bound.endswith("%") else Fraction(bound)


def enough(count: int, leaf: Rule, size: int) -> bool:
    kind = "more_than" if "more_than" in leaf else "at_least"
    bound = leaf[kind]
    limit = Fraction(bound) if isinstance(bound, int) else exact_share(bound) * size
    return count > limit if kind == "more_than" or bound == "majority" else count >= limit


def exceeds(count: int, bound: Any, size: int) -> bool:
    return count > (Fraction(bound) if isinstance(bound, int) else exact_share(bound) * size)
