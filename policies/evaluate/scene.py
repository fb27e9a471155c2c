"""The facts of one evaluation, indexed: who belongs to which body, who sits for whom, what each guard says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from policies.conditions import Condition
from policies.errors import EvaluationError
from policies.evaluate.compile import PERSON, CompiledPolicy
from policies.evaluate.nodes import CheckNode, PlainNode, UnknownNode, VotesNode
from policies.facts import ABSTAIN, RELATIONS, Decision, Facts, StandIn
from policies.verdict import SetAside, Status

Body = dict[str, str]
"""Person id -> the word (role or relation) they belong by."""

Held = tuple[str, str | None, datetime | None]
"""Person, site, since."""


@dataclass(slots=True)
class Scene:
    """See the module docstring. `standing` maps people to the decision of theirs that stands; `aside` are the
    others; `recused` stepped aside altogether; `until` is the deadline that ends the counting, where one does."""

    policy: CompiledPolicy
    facts: Facts
    standing: dict[str, Decision] = field(default_factory=dict)
    aside: list[SetAside] = field(default_factory=list)
    recused: frozenset[str] = frozenset()
    until: datetime | None = None
    ignores_order: bool = False
    """What could be: whoever has to wait for a step will."""
    by_role: dict[str, list[Held]] = field(default_factory=dict)
    has_dates: bool = False
    """Whether somebody holds a role since a day that is known."""
    _by_path: dict[str, Body] = field(default_factory=dict)
    counted: dict[str, tuple[list[str], int]] = field(default_factory=dict)
    """What `counting` has worked out of each leaf: its supporters, and how much it asks."""
    skips: dict[str, bool] = field(default_factory=dict)
    _bodies: dict[tuple[object, ...], Body] = field(default_factory=dict)
    _behalf: dict[tuple[object, ...], dict[str, str]] = field(default_factory=dict)
    _empty: dict[tuple[object, ...], list[str]] = field(default_factory=dict)
    _guards: dict[int, tuple[Status, str]] = field(default_factory=dict)
    _excluded: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)
    _reasons: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _before: dict[object, Scene] = field(default_factory=dict)

    # -- who belongs where ---------------------------------------------------------------------------

    def body(self, leaf: VotesNode) -> Body:
        """The people a leaf asks: its roles at the site, stand-ins in the places of the absent, less exceptions,
        those excluded and those who recused themselves."""
        known = self._by_path.get(leaf.path)
        if known is None:
            key = (leaf.bodies, leaf.at, leaf.except_, leaf.exclude)
            known = self._bodies.get(key)
            if known is None:
                known = self._bodies[key] = self._body(leaf, key)
            self._by_path[leaf.path] = known
        return known

    def behalf(self, leaf: VotesNode) -> dict[str, str]:
        """Stand-ins of a leaf's body: person -> the absent one they sit for."""
        if not self.facts.roster.stand_ins:
            return {}
        self.body(leaf)
        return self._behalf.get((leaf.bodies, leaf.at, leaf.except_, leaf.exclude), {})

    def _body(self, leaf: VotesNode, key: tuple[object, ...]) -> Body:
        site = self.site_of(leaf)
        found: Body = {}
        for word in leaf.bodies:
            for person in self.people(word, site, anywhere=leaf.at is None):
                found.setdefault(person, word)
        for word in leaf.except_:
            for person in self.people(word, site, anywhere=True):
                found.pop(person, None)
        if self.facts.roster.stand_ins:
            found = self._seated(found, key)
            for word in leaf.except_:
                for person in self.people(word, site, anywhere=True):
                    found.pop(person, None)
        for person in self.excluded(leaf.exclude) | self.recused if found else ():
            found.pop(person, None)
        return found

    def _seated(self, body: Body, key: tuple[object, ...]) -> Body:
        """Stand-ins take the places of the absent; a person who sits there already sits once, and a place nobody
        takes stays empty: it counts in every share of the roster."""
        found: Body = {}
        behalf: dict[str, str] = {}
        empty: list[str] = []
        for person, word in body.items():
            instead = self.instead_of(person, word)
            if instead is None:
                found.setdefault(person, word)
            elif instead and instead not in body and instead not in found:
                found[instead] = word
                behalf[instead] = person
            else:
                empty.append(person)
        self._behalf[key] = behalf
        self._empty[key] = [p for p in empty if p not in self.recused]
        return found

    def empty_places(self, leaf: VotesNode) -> list[str]:
        """The absent members of a leaf's body for whom nobody sits."""
        if not self.facts.roster.stand_ins:
            return []
        self.body(leaf)
        return self._empty.get((leaf.bodies, leaf.at, leaf.except_, leaf.exclude), [])

    def instead_of(self, person: str, word: str) -> str | None:
        """Who sits for `person` as `word` now: None when they sit themselves, "" when nobody does."""
        entry = self.stand_in(person, word, self.facts.now)
        if entry is None:
            return self._signed_for(person, word)
        seen = {person}
        while True:
            seen.add(entry.person)
            following = self.stand_in(entry.person, word, self.facts.now)
            if following is None:
                return entry.person if entry.person in self.facts.roster.people else ""
            if not following.chain or following.person in seen:
                return ""
            entry = following

    def _signed_for(self, person: str, word: str) -> str | None:
        """A stand-in whose signature stands although the absent one is back, until they speak themselves."""
        if person in self.standing:
            return None
        for other, decision in self.standing.items():
            entry = self.stand_in(person, word, decision.at)
            if entry is not None and entry.person == other:
                return other
        return None

    def stand_in(self, person: str, word: str | None, at: datetime) -> StandIn | None:
        """The first stand-in of `person` in force at `at` for this item; `word` None looks at every role."""
        item = self.facts.item
        for one in self.facts.roster.stand_ins:
            if (
                one.absent == person
                and one.is_in_force(at)
                and (one.roles is None or word is None or word in one.roles)
                and (one.sites is None or item.site in one.sites)
                and (one.processes is None or item.process in one.processes)
            ):
                return one
        return None

    def site_of(self, leaf: VotesNode) -> str | None:
        return self.facts.item.site if leaf.at == "item.site" else leaf.at

    def people(self, word: str, site: str | None, *, anywhere: bool) -> Iterable[str]:
        """The active people a role, a relation or `person:<id>` means."""
        known = self.facts.roster.people
        if word in RELATIONS:
            return [person for person in self.facts.item.related(word) if person in known]
        if word.startswith(PERSON):
            person = word.removeprefix(PERSON)
            return [person] if person in known else []
        held = self.by_role.get(word, ())
        return [person for person, at, _ in held if anywhere or at is None or at == site]

    def holds(self, person: str, words: Iterable[str]) -> str | None:
        """The first of `words` that means `person`, at the item's site or everywhere."""
        site = self.facts.item.site
        return next((word for word in words if person in self.people(word, site, anywhere=False)), None)

    def excluded(self, words: tuple[str, ...]) -> frozenset[str]:
        """The people `words` exclude, and those who sit for them now."""
        known = self._excluded.get(words)
        if known is None:
            found = {person for word in words for person in self.people(word, None, anywhere=True)}
            for one in self.facts.roster.stand_ins:
                if one.is_in_force(self.facts.now) and self._is_kept_out(one.absent, words):
                    found.add(one.person)
            known = self._excluded[words] = frozenset(found)
        return known

    def _is_kept_out(self, person: str, words: tuple[str, ...]) -> bool:
        item = self.facts.item
        return any(
            person in item.related(word) if word in RELATIONS else person in self.people(word, None, anywhere=True)
            for word in words
        )

    def joined(self, person: str, leaf: VotesNode) -> datetime | None:
        """Since when `person` belongs to the leaf's body; None for always."""
        if not self.has_dates:
            return None
        found: list[datetime | None] = []
        site = self.site_of(leaf)
        sitting_for = self.behalf(leaf).get(person, person)
        for word in leaf.bodies:
            if word in RELATIONS or word.startswith(PERSON):
                found += [None] if sitting_for in self.people(word, site, anywhere=True) else []
                continue
            for holder, at, since in self.by_role.get(word, ()):
                if holder == sitting_for and (leaf.at is None or at is None or at == site):
                    found.append(since)
        if not found or None in found:
            return None
        return min(moment for moment in found if moment is not None)

    # -- what conditions say -------------------------------------------------------------------------

    def guard(self, when: Condition | None) -> tuple[Status, str]:
        """MET when it applies, SKIPPED, UNKNOWN or BROKEN, with the sentence."""
        if when is None:
            return Status.MET, ""
        known = self._guards.get(id(when))
        if known is None:
            known = self._guards[id(when)] = self._guard(when)
        return known

    def _guard(self, when: Condition) -> tuple[Status, str]:
        item = self.facts.item
        try:
            holds = when.evaluate(item)
        except EvaluationError as error:
            return Status.BROKEN, str(error)
        if holds is None:
            return Status.UNKNOWN, f"It depends on {when.why(item)}."
        return (Status.MET, "") if holds else (Status.SKIPPED, f"Not asked: {when.why(item)}.")

    def plain(self, node: PlainNode) -> tuple[Status, str]:
        """What a leaf comes to that nobody votes in; its guard apart."""
        if isinstance(node, UnknownNode):
            return Status.UNKNOWN, f"It depends on {node.field} (not filled in)."
        if isinstance(node, CheckNode):
            return self._check(node)
        # Imported late: opening moments are found by looking at earlier scenes.
        from policies.evaluate.moments import after_status

        return after_status(self, node)

    def _check(self, node: CheckNode) -> tuple[Status, str]:
        item, condition = self.facts.item, node.condition
        try:
            holds = condition.evaluate(item, self.tally)
        except EvaluationError as error:
            return Status.BROKEN, str(error)
        counted = ", ".join(
            f"{function}({', '.join(filter(None, (role, position)))}) is {self.tally(function, role, position)}"
            for function, role, position in sorted(condition.tallies)
        )
        why = f"{condition.why(item)}{f' [{counted}]' if counted else ''}"
        if holds is None:
            return Status.UNKNOWN, f"It depends on {why}."
        return (Status.MET, f"It holds that {why}.") if holds else (Status.UNMET, f"It does not hold that {why}.")

    def tallied(self) -> Body:
        """The people whose votes a `check` counts: person -> role."""
        kept_out = self.excluded(self.policy.policy.exclude) | self.recused if self.policy.tallies else frozenset()
        return {
            person: role
            for role, _ in sorted(self.policy.tallies)
            for person in self.people(role, self.facts.item.site, anywhere=False)
            if person not in kept_out
        }

    def is_tallied(self, person: str) -> bool:
        """Whether a `check` counts this person's vote."""
        return bool(self.policy.tallies) and person in self.tallied()

    def tally(self, function: str, role: str, position: str) -> int:
        """Votes among the holders of `role` at the item's site, those the policy excludes left out."""
        members = set(self.people(role, self.facts.item.site, anywhere=False))
        members -= self.excluded(self.policy.policy.exclude) | self.recused
        said = [self.standing[person].position for person in members if person in self.standing]
        if function == "members":
            return len(members)
        if function == "cast":
            return sum(1 for one in said if one != ABSTAIN)
        wanted = {"yes": ("approve", "go"), "no": ("reject",), "abstained": (ABSTAIN,)}.get(function, (position,))
        return sum(1 for one in said if one in wanted)

    # -- other scenes --------------------------------------------------------------------------------

    def imagined(self, standing: dict[str, Decision], now: datetime, recused: frozenset[str]) -> Scene:
        """The same item and roster with these positions taken, whatever was said before; where attendance is not
        recorded yet, everybody may come."""
        present = frozenset(self.facts.roster.people) if self.facts.present is None else self.facts.present
        return Scene(
            self.policy,
            replace(self.facts, now=now, present=present),
            standing,
            recused=recused,
            until=self.until,
            ignores_order=True,
            by_role=self.by_role,
            has_dates=self.has_dates,
            _guards=self._guards,
        )

    def everybody(self) -> Iterator[str]:
        """Everybody any leaf may ask, once."""
        return iter(dict.fromkeys(person for leaf in self.policy.leaves for person in self.body(leaf)))


def index_roles(policy: CompiledPolicy, facts: Facts) -> dict[str, list[Held]]:
    """The holdings of the roles a policy names."""
    by_role: dict[str, list[Held]] = {}
    for held in facts.roster.holdings:
        if held.role in policy.roles:
            by_role.setdefault(held.role, []).append((held.person, held.site, held.since))
    return by_role
