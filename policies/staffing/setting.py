"""One policy asked what the people of one roster could still bring it to.

People who are away stay in the bodies they belong to, so that shares keep their size, and say nothing. Answers are
kept by the shape of the bodies alone: two people with the same memberships are the same to a policy, and so are two
sites.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from policies.conditions import Condition
from policies.evaluate import CompiledPolicy, deadline_at, deadline_outcome
from policies.evaluate.judge import judge_outcome
from policies.evaluate.nodes import (
    AfterNode,
    CheckNode,
    VotesNode,
    walk,
)
from policies.evaluate.possible import is_possible
from policies.evaluate.scene import Held, Scene, index_roles
from policies.evaluate.seats import is_skipped
from policies.facts import RELATIONS, Facts, ItemFacts, Person, Roster
from policies.lint.points import sampled_items
from policies.load import LoadedProcess
from policies.shifts import WorkCalendar
from policies.staffing.ideal import ideal_roster
from policies.staffing.model import Away
from policies.staffing.shares import freezes, frozen, meant
from policies.verdict import Status

NOBODY = {word: f"~{word}" for word in RELATIONS}
"""People of no role, who stand for the author, owner, editors… while nobody in particular is meant."""

Ties = tuple[tuple[str, tuple[str, ...]], ...]
"""Relation words with the people who have it to the item: `(("author", ("mei",)),)`."""


@dataclass
class Ask:
    """One policy, the items it is asked about, and the answers so far."""

    loaded: LoadedProcess
    policy: CompiledPolicy
    items: list[ItemFacts]
    is_whole: bool
    """Whether every way its guards may fall was found."""
    conditions: list[Condition]
    has_shares: bool
    sites: tuple[str, ...] = ()
    """The sites it is asked about, where it looks at any."""
    memo: dict[object, frozenset[str]] = field(default_factory=dict)
    frozen: dict[object, CompiledPolicy] = field(default_factory=dict)
    reachable: dict[object, tuple[str, ...]] = field(default_factory=dict)
    _written: dict[int, CompiledPolicy] = field(default_factory=dict)
    _leaves: tuple[VotesNode, ...] | None = None

    def written(self, place: int) -> CompiledPolicy:
        """The policy as one of the items has it."""
        if place not in self._written:
            self._written[place] = self.policy.for_item(self.items[place])
        return self._written[place]

    @classmethod
    def of(cls, loaded: LoadedProcess, policy: CompiledPolicy) -> Ask:
        nodes = [node for outcome in policy.outcomes for node in walk(outcome.rule)]
        found = {n.when.text: n.when for n in nodes if n.when is not None}
        found |= {n.condition.text: n.condition for n in nodes if isinstance(n, CheckNode)}
        conditions = [*found.values()]
        items, is_whole = sampled_items(loaded.process, conditions, policy.lists)
        items = [replace(item, process=loaded.process.process, kind=loaded.process.kind) for item in items]
        shares = any(freezes(leaf) for leaf in policy.leaves)
        return cls(loaded, policy, items, is_whole, conditions, shares)

    @property
    def leaves(self) -> tuple[VotesNode, ...]:
        """The leaves of the policy as each of the items has it."""
        if self._leaves is None:
            every = (leaf for place in range(len(self.items)) for leaf in self.written(place).leaves)
            self._leaves = tuple({(leaf.path, leaf.bodies, leaf.at): leaf for leaf in every}.values())
        return self._leaves

    @property
    def roles(self) -> frozenset[str]:
        """The roles that any of the items makes it ask or exclude."""
        return frozenset(role for place in range(len(self.items)) for role in self.written(place).roles)

    @property
    def words(self) -> frozenset[str]:
        """Every word for people that decides who counts."""
        found = {w for leaf in self.leaves for w in (*leaf.bodies, *leaf.except_, *leaf.exclude)}
        return frozenset(found | set(self.policy.policy.exclude))

    @property
    def tallied(self) -> tuple[str, ...]:
        """Roles whose votes a check counts."""
        return tuple(sorted({role for one in self.conditions for _, role, _ in one.tallies if role}))

    @property
    def looks_at_site(self) -> bool:
        return (
            bool(self.tallied)
            or any(leaf.at == "item.site" for leaf in self.leaves)
            or any("site" in one.reads for one in self.conditions)
        )


@dataclass
class Setting:
    """A policy at one site with the roster of one moment."""

    ask: Ask
    roster: Roster
    """Without stand-ins: those come with the leaves that are looked at."""
    now: datetime
    site: str | None
    calendar: WorkCalendar
    _by_role: dict[str, list[Held]] = field(default_factory=dict)
    _guards: dict[int, dict[int, object]] = field(default_factory=dict)
    _rosters: dict[frozenset[Away], Roster] = field(default_factory=dict)
    _reachable: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, ask: Ask, roster: Roster, now: datetime, site: str | None, calendar: WorkCalendar) -> Setting:
        standing_for = {name: Person(name, word.replace("_", " ")) for word, name in NOBODY.items()}
        bare = replace(roster, people={**roster.people, **standing_for}, stand_ins=())
        setting = cls(ask, bare, now, site, calendar)
        setting._by_role, _ = index_roles(replace(ask.policy, roles=ask.roles), setting.facts(0))
        return setting

    # -- scenes --------------------------------------------------------------------------------------

    def facts(self, place: int, ties: Ties = (), away: frozenset[Away] = frozenset()) -> Facts:
        """The facts of one of the items, tied to these people, while these are away."""
        known = self._rosters.get(away)
        if known is None:
            ordered = sorted(away, key=lambda one: one.place)
            sitting = tuple(one.sits for one in ordered if one.sits is not None)
            known = self._rosters[away] = replace(self.roster, stand_ins=sitting)
        item = tied(self.ask.items[place], ties, self.site)
        return Facts(item, known, self.now, opened_at=self.now, calendar=self.calendar)

    def scene(
        self,
        place: int,
        ties: Ties = (),
        away: frozenset[Away] = frozenset(),
        silent: frozenset[str] = frozenset(),
    ) -> Scene:
        """Nobody has spoken, and those who are silent never will."""
        facts = self.facts(place, ties, away)
        policy = self.ask.written(place)
        ends = deadline_at(policy.policy, facts) if deadline_outcome(policy.policy) is not None else None
        guards = self._guards.setdefault(place, {})
        scene = Scene(policy, facts, until=ends, by_role=self._by_role, _guards=guards)  # type: ignore[arg-type]
        if not silent:
            return scene
        if self.ask.has_shares:
            policy = self._with_frozen_shares(scene)
        return Scene(policy, facts, silent=silent, until=ends, by_role=self._by_role, _guards=guards)  # type: ignore[arg-type]

    def _with_frozen_shares(self, scene: Scene) -> CompiledPolicy:
        """The policy with shares of the whole body as the numbers they mean now: who is away is part of it."""
        numbers = tuple(number for leaf in scene.policy.leaves if freezes(leaf) for number in meant(scene, leaf))
        key = (id(scene.policy), numbers)
        known = self.ask.frozen.get(key)
        if known is None:
            known = self.ask.frozen[key] = frozen(scene)
        return known

    def forget(self) -> None:
        """Drop what hangs on the moment, when it is moved."""
        self._guards.clear()
        self._rosters.clear()

    # -- answers -------------------------------------------------------------------------------------

    def blocked(
        self,
        place: int,
        ties: Ties = (),
        away: frozenset[Away] = frozenset(),
        silent: frozenset[str] = frozenset(),
    ) -> frozenset[str]:
        """The outcomes other than refusals that this item could come to, and cannot with these people."""
        wanted = self.reachable(place)
        if not wanted:
            return frozenset()
        silent = silent | {one.person for one in away}
        scene = self.scene(place, ties, away, silent)
        key = (place, self.site if self.ask.looks_at_site else None, *self._shape(scene))
        known = self.ask.memo.get(key)
        if known is None:
            known = frozenset(wanted) - frozenset(coming(scene))
            self.ask.memo[key] = known
        return known

    def reachable(self, place: int) -> tuple[str, ...]:
        """The outcomes that this item could come to with the people there are, or if there were people enough."""
        known = self._reachable.get(place)
        if known is None:
            key = (place, self.site)
            if key not in self.ask.reachable:
                self.ask.reachable[key] = coming(self._ideal(place))
            found = {*self.ask.reachable[key], *coming(self.scene(place))}
            known = self._reachable[place] = tuple(o.name for o in self.ask.policy.outcomes if o.name in found)
        return known

    def _ideal(self, place: int) -> Scene:
        facts = self.facts(place)
        policy = self.ask.written(place)
        facts = replace(facts, roster=ideal_roster(policy, facts.roster, NOBODY.values()))
        ends = deadline_at(policy.policy, facts) if deadline_outcome(policy.policy) is not None else None
        return Scene(policy, facts, until=ends, by_role=index_roles(policy, facts)[0])

    def _shape(self, scene: Scene) -> tuple[object, ...]:
        """All that the answer depends on: how many people there are of each kind, never who."""
        counting = sorted({a for leaf in scene.policy.leaves for a in (leaf.weight, leaf.distinct) if a})
        rows: dict[str, list[object]] = {}
        seen: dict[object, int] = {}
        for leaf in scene.policy.leaves:
            key = (leaf.bodies, leaf.at, leaf.except_, leaf.exclude, leaf.distinct == "group")
            if key not in seen:
                seen[key] = number = len(seen)
                for person in scene.body(leaf):
                    rows.setdefault(person, []).append((number, *_groups_of(scene, leaf, person)))
        kept_out = scene.excluded(scene.policy.policy.exclude) | scene.silent if self.ask.tallied else frozenset()
        for role in self.ask.tallied:
            for person in {*scene.people(role, self.site, anywhere=False)} - kept_out:
                rows.setdefault(person, []).append(role)
        kinds = Counter((tuple(row), _attributes(scene, person, counting)) for person, row in rows.items())
        waits = any(isinstance(n, AfterNode) for o in scene.policy.outcomes for n in walk(o.rule))
        return id(scene.policy), frozenset(kinds.items()), self.now if waits and scene.until is not None else None


def coming(scene: Scene) -> tuple[str, ...]:
    """The outcomes other than refusals that the people could bring about, or the deadline does; none where a rule
    cannot be worked out, since that stops a policy."""
    if any(judge_outcome(one, scene).finding.status is Status.BROKEN for one in scene.policy.outcomes):
        return ()
    by_time = deadline_outcome(scene.policy.policy)
    applying = (one for one in scene.policy.outcomes if not one.is_refusal and not is_skipped(one.rule, scene))
    return tuple(one.name for one in applying if one.name == by_time or is_possible(one, scene))


def tied(item: ItemFacts, ties: Ties, site: str | None) -> ItemFacts:
    """The item at the site, tied to people; to nobody in particular where nothing is said."""
    by_word: Mapping[str, tuple[str, ...]] = dict(ties)
    people = {word: by_word.get(word, (name,)) for word, name in NOBODY.items()}
    return replace(
        item,
        site=site,
        author=people["author"][0],
        owner=people["owner"][0],
        submitter=people["submitter"][0],
        editors=people["editors"],
        performers=people["performed_by"],
    )


def _groups_of(scene: Scene, leaf: VotesNode, person: str) -> tuple[str, ...]:
    if leaf.distinct != "group":
        return ()
    member, site = scene.behalf(leaf).get(person, person), scene.site_of(leaf)
    return tuple(w for w in leaf.bodies if member in scene.people(w, site, anywhere=leaf.at is None))


def _attributes(scene: Scene, person: str, names: Iterable[str]) -> tuple[str, ...]:
    known = scene.facts.roster.people.get(person)
    return tuple(repr(known.attributes.get(name)) for name in names) if known is not None else ()
