"""The facts of one evaluation, indexed: who belongs to which body, who sits for whom, what each guard says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from policies.conditions import Condition
from policies.errors import EvaluationError
from policies.evaluate.compile import PERSON, CompiledPolicy
from policies.evaluate.nodes import CheckNode, PlainNode, UnknownNode, VotesNode
from policies.evaluate.standins import sitter, sitting_for, stand_in
from policies.facts import RECUSE, RELATIONS, Decision, Facts
from policies.phrases import joined, phrase
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
    latest: dict[str, Decision] = field(default_factory=dict)
    """What each said last, whether it stands or not."""
    aside: list[SetAside] = field(default_factory=list)
    recused: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    """People who never speak; who sits for them may."""
    until: datetime | None = None
    real: Scene | None = None
    """Of what could be: the scene as it is. Everybody speaks at its moment, or later where a step has yet to open."""
    by_role: dict[str, list[Held]] = field(default_factory=dict)
    has_dates: bool = False
    """Whether somebody holds a role since a day that is known."""
    _by_path: dict[str, Body] = field(default_factory=dict)
    heard: dict[str, tuple[list[str], list[SetAside]]] = field(default_factory=dict)
    """What `counting` has worked out of each leaf: its supporters, and who of them does not count."""
    asks: dict[str, int] = field(default_factory=dict)
    """And how much it asks."""
    skips: dict[str, bool] = field(default_factory=dict)
    _bodies: dict[tuple[object, ...], Body] = field(default_factory=dict)
    _empty: dict[tuple[object, ...], int] = field(default_factory=dict)
    _behalf: dict[tuple[object, ...], dict[str, str]] = field(default_factory=dict)
    _returned: dict[tuple[object, ...], dict[str, str]] = field(default_factory=dict)
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

    def empty_places(self, leaf: VotesNode) -> int:
        """How many absent members of a leaf's body nobody sits for. They count in every share of the roster: who is
        away without anybody in their place has not agreed."""
        if not self.facts.roster.stand_ins:
            return 0
        self.body(leaf)
        return self._empty.get((leaf.bodies, leaf.at, leaf.except_, leaf.exclude), 0)

    def _body(self, leaf: VotesNode, key: tuple[object, ...]) -> Body:
        site = self.site_of(leaf)
        out = self.excluded(leaf.exclude) | self.recused
        for word in leaf.except_:
            out |= frozenset(self.people(word, site, anywhere=True))
        found: Body = {}
        for word in leaf.bodies:
            for person in self.people(word, site, anywhere=leaf.at is None):
                if person not in out and person not in found:
                    found[person] = word
        if self.facts.roster.stand_ins:
            found = self._seated(found, key, out)
        return {person: word for person, word in found.items() if person not in self.silent} if self.silent else found

    def _seated(self, body: Body, key: tuple[object, ...], out: frozenset[str]) -> Body:
        """Stand-ins take the places of the absent; a person who sits there already sits once, and a place that nobody
        takes stays empty."""
        sitters = {person: self.sitter(person, word, out | body.keys()) for person, word in body.items()}
        found: Body = {}
        behalf: dict[str, str] = {}
        for person, word in body.items():
            sits = sitters[person]
            if sits == person:
                found[person] = word
            elif sits is None or sits in out or sitters.get(sits) == sits:
                continue
            elif sits not in behalf or not self._sat(sits, behalf[sits], found[sits]):
                # Of several absent ones, one in whose place they sat when they spoke.
                found[sits], behalf[sits] = word, person
        now = self.facts.now
        back = [p for p in body if sitters[p] != p and stand_in(self.facts, p, body[p], now) is None]
        self._behalf[key], self._returned[key] = behalf, {person: body[person] for person in back}
        self._empty[key] = len(body) - len(found)
        return found

    def _sat(self, person: str, absent: str, word: str) -> bool:
        said = self.latest.get(person)
        return said is None or sitter(self.facts, absent, word, said.at) == person

    def sitter(self, person: str, word: str, out: frozenset[str] = frozenset()) -> str | None:
        """Who sits for `person` as `word` now. Somebody back from an absence leaves what a stand-in signed for
        them until they speak themselves; not one of `out`, who is kept out or sits there already."""
        now = sitter(self.facts, person, word, self.facts.now)
        return now if now != person else self._signed_for(person, word, out) or person

    def _signed_for(self, person: str, word: str, out: frozenset[str]) -> str | None:
        places = {one.id: place for place, one in enumerate(self.facts.decisions)}
        last, found = -1 if person not in self.latest else places.get(self.latest[person].id, len(places)), None
        for other, said in self.latest.items():
            place = places.get(said.id, len(places) + 1)
            may_sign = other != person and other not in out and said.position != RECUSE
            if may_sign and place > last and sitter(self.facts, person, word, said.at) == other:
                last, found = place, other
        return found

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
        if anywhere:
            return [person for person, _, _ in held]
        return [person for person, at, _ in held if at is None or at == site]

    def holds(self, person: str, words: Iterable[str]) -> str | None:
        """The first of `words` that means `person`, at the item's site or everywhere."""
        site = self.facts.item.site
        return next((word for word in words if person in self.people(word, site, anywhere=False)), None)

    def excluded(self, words: tuple[str, ...]) -> frozenset[str]:
        """The people `words` exclude, and those who sit for them now."""
        known = self._excluded.get(words)
        if known is None:
            found = {person for word in words for person in self.people(word, None, anywhere=True)}
            if self.facts.roster.stand_ins:
                kept_out = {p for word in words if word in RELATIONS for p in self.facts.item.related(word)} | found
                found |= sitting_for(self.facts, kept_out)
            known = self._excluded[words] = frozenset(found)
        return known

    def joined_at(self, person: str, leaf: VotesNode) -> datetime | None:
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
            return Status.UNKNOWN, phrase("It depends on %(why)s.", why=when.why(item))
        return (Status.MET, "") if holds else (Status.SKIPPED, phrase("Not asked: %(why)s.", why=when.why(item)))

    def plain(self, node: PlainNode) -> tuple[Status, str]:
        """What a leaf comes to that nobody votes in; its guard apart."""
        if isinstance(node, UnknownNode):
            return Status.UNKNOWN, phrase("It depends on %(field)s (not filled in).", field=node.field)
        if isinstance(node, CheckNode):
            return self._check(node)
        # Imported late: opening moments are found by looking at earlier scenes.
        from policies.evaluate.moments import after_status

        return after_status(self, node)

    def _check(self, node: CheckNode) -> tuple[Status, str]:
        # Imported late: tallies are counted in scenes.
        from policies.evaluate.tallies import tally

        item, condition, counts = self.facts.item, node.condition, partial(tally, self, node)
        try:
            holds = condition.evaluate(item, counts)
        except EvaluationError as error:
            return Status.BROKEN, str(error)
        counted = ", ".join(
            f"{function}({', '.join(filter(None, (role, position)))}) is {counts(function, role, position)}"
            for function, role, position in sorted(condition.tallies)
        )
        why = joined([condition.why(item), f"[{counted}]" if counted else ""])
        if holds is None:
            return Status.UNKNOWN, phrase("It depends on %(why)s.", why=why)
        if holds:
            return Status.MET, phrase("It holds that %(why)s.", why=why)
        return Status.UNMET, phrase("It does not hold that %(why)s.", why=why)

    # -- other scenes --------------------------------------------------------------------------------

    def imagined(self, standing: dict[str, Decision], now: datetime) -> Scene:
        """The same item and roster with these positions taken now and looked at then, whatever was said before;
        where attendance is not recorded yet, everybody may come."""
        present = frozenset(self.facts.roster.people) if self.facts.present is None else self.facts.present
        return Scene(
            self.policy,
            replace(self.facts, now=now, present=present),
            standing,
            standing,
            recused=self.recused,
            silent=self.silent,
            until=self.until,
            real=self.real or self,
            by_role=self.by_role,
            has_dates=self.has_dates,
            _guards=self._guards,
        )

    def returned(self, leaf: VotesNode) -> dict[str, str]:
        """Those who are back and may speak again, while what a stand-in signed for them stays; with their word."""
        if not self.facts.roster.stand_ins:
            return {}
        self.body(leaf)
        return self._returned.get((leaf.bodies, leaf.at, leaf.except_, leaf.exclude), {})

    def everybody(self) -> Iterator[str]:
        """Everybody any leaf may ask, once."""
        leaves = self.policy.leaves
        return iter(dict.fromkeys(p for leaf in leaves for p in (*self.body(leaf), *self.returned(leaf))))


def index_roles(policy: CompiledPolicy, facts: Facts) -> tuple[dict[str, list[Held]], bool]:
    """The holdings of the roles a policy names, and whether one of them is held since a day that is known."""
    by_role: dict[str, list[Held]] = {role: [] for role in policy.roles}
    has_dates = False
    for held in facts.roster.holdings:
        if held.role in by_role:
            by_role[held.role].append((held.person, held.site, held.since))
            has_dates = has_dates or held.since is not None
    return by_role, has_dates
