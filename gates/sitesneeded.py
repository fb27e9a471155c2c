"""Whether an item has to say its site before a round: where rules ask people at it, and nobody without one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gates.machine import PREVIOUS
from gates.moves import acts_in
from policies.errors import EvaluationError
from policies.evaluate.compile import PERSON, CompiledPolicy
from policies.evaluate.nodes import CheckNode, Combined, RuleNode, SomeNode, VotesNode, walk
from policies.evaluate.scene import Scene
from policies.evaluate.standing import set_scene
from policies.facts import RELATIONS, Facts, ItemFacts, Roster
from policies.load import LoadedProcess
from policies.load.document import Path
from policies.model import Act
from policies.phrases import both

AT = "item.site"


@dataclass(frozen=True, slots=True)
class NoSite:
    """That the site is missing, who is asked there, and which sites there are: `here` for the round of the item's own
    state, `acts` by the act that leads to a round; nothing where it is not missing."""

    here: str = ""
    acts: Mapping[str, str] = field(default_factory=dict)


def missing_site(
    loaded: LoadedProcess,
    item: ItemFacts,
    roster: Roster,
    known: Sequence[str],
    now: datetime,
    state: str,
    previous: str | None,
) -> NoSite:
    """Where an item without a site lacks one: only where a rule asks people at it, asks nobody without it, and would
    ask somebody at one of the sites there are. Whoever holds the role everywhere is asked without one.

    An act leads to the round of the state it leads to; where that has none, to those its own ways on lead to, and then
    only if every one of them lacks the site. An act of a state in which nothing may be edited is never held up: the
    site could not be filled in there.
    """
    if item.site is not None or not known:
        return NoSite()
    asked = _Asked(loaded, item, roster, known, now)
    process = loaded.process
    here = process.states[state]
    acts: dict[str, str] = {}
    for name, act in acts_in(process, state).items() if here.edits != "none" else ():
        lacking = [asked.roles(policy) for policy in _rounds_after(loaded, state, name, act, item, previous)]
        if lacking and all(lacking):
            acts[name] = asked.sentence([role for roles in lacking for role in roles])
    return NoSite(asked.sentence(asked.roles(here.round)) if here.round is not None else "", acts)


def _rounds_after(
    loaded: LoadedProcess, state: str, name: str, act: Act, item: ItemFacts, previous: str | None
) -> list[str]:
    """The policies of the rounds that an act leads to next."""
    states = loaded.process.states
    to = previous if act.to == PREVIOUS else act.to
    if to is None or to == state or _is_shut(loaded, state, name, item):
        return []
    there = states[to]
    if there.round is not None:
        return [there.round]
    if to == loaded.process.start:
        return []
    ahead = [one.to for key, one in there.acts.items() if not _is_shut(loaded, to, key, item)]
    ahead += [there.depends_on.to] if there.depends_on is not None else []
    found = [states[one].round for one in ahead if one in states and one != state]
    return [policy for policy in found if policy is not None]


def _is_shut(loaded: LoadedProcess, state: str, act: str, item: ItemFacts) -> bool:
    """Whether the condition of an act is false for the item."""
    paths: tuple[Path, ...] = (("states", state, "acts", act, "when"), ("administrative", act, "when"))
    condition = loaded.conditions.get(paths[0]) or loaded.conditions.get(paths[1])
    try:
        return condition is not None and condition.evaluate(item) is False
    except EvaluationError:
        return False


class _Asked:
    """Who the rules of a policy ask about one item: without a site, and at each there is."""

    def __init__(
        self, loaded: LoadedProcess, item: ItemFacts, roster: Roster, known: Sequence[str], now: datetime
    ) -> None:
        self._loaded, self._item, self._roster, self._known, self._now = loaded, item, roster, known, now
        self._found: dict[str, list[str]] = {}

    def sentence(self, roles: Sequence[str]) -> str:
        """That the site is missing; '' where no role is asked there."""
        titles = list(dict.fromkeys(self._roster.title(role) for role in roles))
        if not titles:
            return ""
        verb = "is" if len(titles) == 1 else "are"
        return f"Site is empty, and {both(titles)} {verb} asked there (there is: {', '.join(self._known)})"

    def roles(self, name: str) -> list[str]:
        """The roles that a round of the policy would ask at the site, and cannot without one."""
        if name not in self._found:
            try:
                self._found[name] = self._of(self._loaded.policies[name].for_item(self._item))
            except EvaluationError:
                self._found[name] = []
        return self._found[name]

    def _of(self, policy: CompiledPolicy) -> list[str]:
        if all(leaf.at != AT for leaf in policy.leaves):
            return []
        bare = self._scene(policy, None)
        sited = [self._scene(policy, site) for site in self._known]
        found = [role for outcome in policy.outcomes for role in self._lacking(outcome.rule, bare, sited) or ()]
        return list(dict.fromkeys(found))

    def _scene(self, policy: CompiledPolicy, site: str | None) -> Scene:
        item = replace(self._item, site=site)
        return set_scene(policy, Facts(item, self._roster.about(item), self._now, opened_at=self._now))

    def _lacking(self, node: RuleNode, bare: Scene, sited: Sequence[Scene]) -> list[str] | None:
        """The roles a rule cannot ask without a site; None where its condition is false for the item."""
        if node.when is not None and _is_false(node, self._item):
            return None
        if isinstance(node, VotesNode):
            return self._of_leaf(node, bare, sited)
        if isinstance(node, CheckNode):
            return [role for leaf in node.counted for role in self._of_leaf(leaf, bare, sited)]
        if not isinstance(node, Combined):
            return []
        parts = [one for one in (self._lacking(part, bare, sited) for part in node.parts) if one is not None]
        if isinstance(node, SomeNode) and sum(not one for one in parts) >= node.n:
            return []  # enough of them can be met without
        return [role for one in parts for role in one]

    def _of_leaf(self, leaf: VotesNode, bare: Scene, sited: Sequence[Scene]) -> list[str]:
        if leaf.at != AT or bare.body(leaf):
            return []
        there = {word for scene in sited for word in scene.body(leaf).values()}
        return [word for word in leaf.bodies if word in there]


def _is_false(node: RuleNode, item: ItemFacts) -> bool:
    try:
        return node.when is not None and node.when.evaluate(item) is False
    except EvaluationError:
        return False


def may_need_site(loaded: LoadedProcess, roster: Roster) -> bool:
    """Whether an item of the process may have to say its site: a rule asks at it, and nobody holds its roles
    everywhere, while somebody does at one site."""
    everywhere = {held.role for held in roster.holdings if held.site is None}
    at_one = {held.role for held in roster.holdings if held.site is not None}
    return any(
        at_one & set(leaf.bodies)
        and not any(word in RELATIONS or word.startswith(PERSON) or word in everywhere for word in leaf.bodies)
        for policy in loaded.policies.values()
        for leaf in _leaves(policy)
    )


def _leaves(policy: CompiledPolicy) -> Iterator[VotesNode]:
    for outcome in policy.outcomes:
        for node in walk(outcome.rule):
            found = (node,) if isinstance(node, VotesNode) else node.counted if isinstance(node, CheckNode) else ()
            yield from (leaf for leaf in found if leaf.at == AT)
