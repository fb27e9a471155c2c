"""Model -> compiled policy: named rules written out, bounds made exact, conditions compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import comb, prod
from typing import Any

from policies.conditions import Condition, TypeEnv, compile_condition
from policies.durations import parse_duration
from policies.errors import EvaluationError
from policies.evaluate.nodes import (
    AfterNode,
    AllNode,
    Bound,
    CheckNode,
    Combined,
    PlainNode,
    RuleNode,
    SomeNode,
    Step,
    UnknownNode,
    VotesNode,
    bodies,
    leaves,
    steps_of,
    walk,
)
from policies.facts import RELATIONS, ItemFacts
from policies.model import (
    After,
    AllOf,
    AnyOf,
    Check,
    ForEach,
    InOrder,
    Named,
    NOf,
    Outcome,
    Policy,
    Quorum,
    Rule,
    Votes,
    is_refusal,
)
from policies.model.rules import fraction_of
from policies.phrases import title_of

MAX_ALTERNATIVES = 2000
"""Ways of meeting one `all`; beyond it a policy is refused rather than slow in production."""

MAX_NESTING = 40

MAX_WRITTEN = 1000
"""Nodes of one outcome with its named rules written out: rules that use rules twice double at each step."""

MAX_EACH = 100
"""Entries of a list that one `for_each` asks for."""

PERSON = "person:"


@dataclass(frozen=True, slots=True)
class CompiledOutcome:
    """One outcome: its rule, whether it is a refusal, the share it may release."""

    name: str
    title: str
    rule: RuleNode
    is_refusal: bool
    cap: str | None


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy ready to be judged. Compile once per process digest.

    `positions` are the words a signer may choose from; `supporting` those that can bring about something
    other than a refusal (an edit lets them fall); `roles` the roles its rules ask or exclude; `steps` the
    steps of `in_order` a node (by path) stands in; `lists` the list fields that a `for_each` of it reads, and
    then `for_item` gives the policy with them written out.
    """

    name: str
    policy: Policy
    outcomes: tuple[CompiledOutcome, ...]
    positions: tuple[str, ...]
    supporting: frozenset[str]
    roles: frozenset[str]
    leaves: tuple[VotesNode, ...]
    steps: Mapping[str, tuple[Step, ...]]
    aliases: Mapping[str, str]
    guards: tuple[Condition, ...] = ()
    """Every `when` of its rules."""
    weighs: bool = False
    """Whether a weight or a check is worked out of what people say, which may turn out not to be possible."""
    lists: tuple[str, ...] = ()
    traits: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    """What is found out of the rules once and asked at every judgement."""
    _rules: Mapping[str, Rule] = field(default_factory=dict, repr=False)
    _env: TypeEnv = field(default_factory=TypeEnv, repr=False)
    _written: dict[tuple[Any, ...], CompiledPolicy] = field(default_factory=dict, compare=False, repr=False)

    @property
    def asks(self) -> frozenset[str]:
        """The roles whose holders are asked or counted, not those that are only kept apart."""
        words = {word for leaf in self.leaves for word in leaf.bodies}
        return frozenset(word for word in words if word in self.roles and "{" not in word)

    def for_item(self, item: ItemFacts) -> CompiledPolicy:
        """This policy with each `for_each` written out over the item's lists. Raises EvaluationError when a
        list holds more entries than may be asked."""
        if not self.lists:
            return self
        values = tuple(item.fields.get(name) for name in self.lists)
        known = self._written.get(values)
        if known is None:
            if len(self._written) > MAX_EACH:
                self._written.clear()
            lists = dict(zip(self.lists, values, strict=True))
            known = self._written[values] = _compile(self.name, self.policy, self._rules, self._env, lists)
        return known


def compile_policy(name: str, policy: Policy, rules: Mapping[str, Rule], env: TypeEnv) -> CompiledPolicy:
    """Compile one policy. Raises EvaluationError for what the checks of the file would have refused."""
    return _compile(name, policy, rules, env, None)


def _compile(
    name: str, policy: Policy, rules: Mapping[str, Rule], env: TypeEnv, lists: Mapping[str, Any] | None
) -> CompiledPolicy:
    outcomes, read = [], []
    for outcome_name, outcome in policy.ordered_outcomes().items():
        builder = _Builder(policy, rules, env, outcome.counts, lists)
        outcomes.append(_outcome(name, outcome_name, outcome, builder))
        read += builder.read
    every = tuple(leaf for outcome in outcomes for leaf in bodies(outcome.rule))
    nodes = [node for outcome in outcomes for node in walk(outcome.rule)]
    return CompiledPolicy(
        name=name,
        policy=policy,
        outcomes=tuple(outcomes),
        positions=_positions(policy, outcomes),
        supporting=_supporting(outcomes),
        roles=_roles(policy, every),
        leaves=every,
        steps={path: steps for outcome in outcomes for path, steps in steps_of(outcome.rule)},
        aliases={alias: word for word, one in policy.positions.items() for alias in one.aliases},
        guards=tuple(node.when for node in nodes if node.when is not None),
        weighs=any(isinstance(n, CheckNode) or (isinstance(n, VotesNode) and n.weight is not None) for n in nodes),
        lists=() if lists is not None else tuple(dict.fromkeys(read)),
        _rules=rules,
        _env=env,
    )


def _supporting(outcomes: list[CompiledOutcome]) -> frozenset[str]:
    """What can bring about something other than a refusal: the positions of floors, and what a check counts as yes."""
    found: set[str] = set()
    for node in (node for outcome in outcomes if not outcome.is_refusal for node in walk(outcome.rule)):
        if isinstance(node, VotesNode) and not node.bound.is_ceiling:
            found |= node.positions
        elif isinstance(node, CheckNode) and any(function == "yes" for function, _, _ in node.condition.tallies):
            found |= {"approve", "go"}
    return frozenset(found)


def _outcome(policy: str, name: str, outcome: Outcome, builder: _Builder) -> CompiledOutcome:
    node = builder.node(outcome.rule, name, depth=0)
    if ways(node) > MAX_ALTERNATIVES:
        raise EvaluationError(f"{policy}.{name} can be met in more than {MAX_ALTERNATIVES} ways.")
    title = outcome.title or title_of(name)
    return CompiledOutcome(name, title, node, is_refusal(name, outcome), outcome.cap)


def _roles(policy: Policy, every: tuple[VotesNode, ...]) -> frozenset[str]:
    words = {word for leaf in every for word in (*leaf.bodies, *leaf.except_, *leaf.exclude)}
    words |= {*policy.exclude, *policy.except_by, *((policy.chair,) if policy.chair else ())}
    words |= {word for one in policy.positions.values() for word in one.lifted_by}
    if policy.override is not None:
        words |= set(override_by(policy))
    return frozenset(word for word in words if word not in RELATIONS and not word.startswith(PERSON))


def override_by(policy: Policy) -> tuple[str, ...]:
    """The words of those who may override; empty where nobody may."""
    if policy.override is None:
        return ()
    by = policy.override.by
    return (by,) if isinstance(by, str) else by


def _positions(policy: Policy, outcomes: list[CompiledOutcome]) -> tuple[str, ...]:
    """The words a signer may choose from: those of supporting outcomes first, then refusals, then declared."""
    words: dict[str, None] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.is_refusal):
        for leaf in leaves(outcome.rule):
            words.setdefault(leaf.position)
            for position in sorted(leaf.positions):
                words.setdefault(position)
        if outcome.name in {p for leaf in leaves(outcome.rule) for p in leaf.positions}:
            words.setdefault(outcome.name)
    for position in policy.positions:
        words.setdefault(position)
    for function, position in sorted({(f, p) for o in outcomes for f, _, p in _tallied(o)}):
        if function == "yes" and "go" not in words:
            words.setdefault("approve")
        elif function in ("no", "votes"):
            words.setdefault(position or "reject")
    return tuple(words)


def _tallied(outcome: CompiledOutcome) -> list[tuple[str, str, str]]:
    """What the checks of an outcome count."""
    checks = [node for node in walk(outcome.rule) if isinstance(node, CheckNode)]
    return [one for node in checks for one in node.condition.tallies]


def ways(node: RuleNode) -> int:
    """How many ways of meeting `node` a matching may have to look at."""
    if not isinstance(node, Combined):
        return 1
    counts = [ways(part) for part in node.parts]
    if isinstance(node, AllNode):
        return prod(counts) if counts else 1
    if node.n == 1:
        return sum(counts)
    return comb(len(counts), min(node.n, len(counts))) * int(max(counts, default=1) ** node.n)


class _Builder:
    """Builds one outcome's tree. `lists` holds the item's lists, None while no item is known: a `for_each` is
    then written with its word standing for itself, so that the checks can read it. `each` are the words that
    stand for an entry here."""

    def __init__(
        self,
        policy: Policy,
        rules: Mapping[str, Rule],
        env: TypeEnv,
        counts: tuple[str, ...] | None,
        lists: Mapping[str, Any] | None,
    ) -> None:
        self.policy = policy
        self.rules = rules
        self.env = env
        self.counts = counts
        self.lists = lists
        self.read: list[str] = []
        self.each: dict[str, str] = {}
        self.written = 0

    def node(self, rule: Rule, path: str, depth: int, when: str | None = None) -> RuleNode:
        if depth > MAX_NESTING:
            raise EvaluationError(f"{path}: rules are nested deeper than {MAX_NESTING}, or use each other in a circle.")
        self.written += 1
        if self.written > MAX_WRITTEN:
            raise EvaluationError(f"with its named rules written out it has more than {MAX_WRITTEN:,} parts.")
        if isinstance(rule, str):
            rule = Named(rule=rule)
        if isinstance(rule, Named):
            if rule.rule not in self.rules:
                raise EvaluationError(f"{path}: there is no rule {rule.rule!r}.")
            return self.node(self.rules[rule.rule], path, depth + 1, _and(when, rule.when))
        guard = self.guard(_and(when, rule.when))
        if isinstance(rule, Votes):
            return self.votes(rule, path, guard)
        if isinstance(rule, After):
            return AfterNode(path, parse_duration(rule.after), rule.since, guard, self.put(rule.title))
        if isinstance(rule, Check):
            return self.check(rule, path, guard)
        if isinstance(rule, ForEach):
            return self.for_each(rule, path, depth, guard)
        return self.combined(rule, path, depth, guard)

    def check(self, rule: Check, path: str, guard: Condition | None) -> CheckNode:
        condition = compile_condition(rule.check, replace(self.env, tallies=True))
        roles = sorted({role for _, role, _ in condition.tallies})
        counted = [self.votes(Votes(from_=role, at="item.site", at_least=1), f"{path}.{role}", None) for role in roles]
        return CheckNode(path, condition, guard, self.put(rule.title), tuple(counted))

    def combined(
        self, rule: AllOf | AnyOf | NOf | InOrder, path: str, depth: int, guard: Condition | None
    ) -> AllNode | SomeNode:
        word, listed = _listed(rule)
        parts = tuple(self.node(p, f"{path}.{word}[{i}]", depth + 1) for i, p in enumerate(listed))
        title = self.put(rule.title)
        if isinstance(rule, AllOf | InOrder):
            return AllNode(path, parts, self.seats(rule), guard, title, ordered=isinstance(rule, InOrder))
        return SomeNode(path, parts, rule.n_of if isinstance(rule, NOf) else 1, guard, title)

    def seats(self, rule: AllOf | InOrder | ForEach) -> bool:
        return self.policy.one_seat if rule.one_seat is None else rule.one_seat

    def for_each(self, rule: ForEach, path: str, depth: int, guard: Condition | None) -> AllNode | UnknownNode:
        self.read.append(rule.for_each)
        values = self.lists.get(rule.for_each) if self.lists is not None else (f"{{{rule.as_}}}",)
        title = self.put(rule.title)
        if values is None:
            return UnknownNode(path, rule.for_each, guard, title)
        if len(values) > MAX_EACH:
            raise EvaluationError(f"{rule.for_each} holds {len(values)} entries; at most {MAX_EACH} can be asked for.")
        outer, parts = dict(self.each), []
        for value in dict.fromkeys(values):
            self.each = {**outer, f"{{{rule.as_}}}": str(value)}
            parts.append(self.node(rule.rule, f"{path}.for_each[{value}]", depth + 1))
        self.each = outer
        return AllNode(path, tuple(parts), self.seats(rule), guard, title)

    def put(self, text: str | None) -> str | None:
        """`text` with the entries in place of the words that stand for them."""
        if text is None or "{" not in text:
            return text
        for word, value in self.each.items():
            text = text.replace(word, value)
        return text

    def parties(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """As `put`; a role is written as roles are: `Quality Lead` -> `quality-lead`."""
        return tuple(
            str(self.put(word)) if "{" not in word or word.startswith(PERSON) else _as_role(str(self.put(word)))
            for word in words
        )

    def guard(self, when: str | None) -> Condition | None:
        return None if when is None else compile_condition(when, self.env)

    def votes(self, rule: Votes, path: str, guard: Condition | None) -> VotesNode:
        positions = frozenset(self.counts) if self.counts and rule.at_most is None else frozenset({rule.position})
        return VotesNode(
            path=path,
            bodies=self.parties(rule.bodies),
            at=self.put(rule.at),
            except_=self.parties(rule.except_),
            exclude=self.policy.exclude if rule.exclude is None else self.parties(rule.exclude),
            positions=positions,
            position=rule.position if rule.position in positions else min(positions),
            bound=_bound(rule, path, rule.of),
            when=guard,
            title=self.put(rule.title),
            quorum=_quorum(rule, path),
            weight=rule.weight,
            distinct=rule.distinct,
            stale_on=self.policy.stale_on if rule.stale_on is None else rule.stale_on,
        )


def _as_role(text: str) -> str:
    return text if text.startswith("{") else "-".join(text.lower().split())


def _and(outer: str | None, own: str | None) -> str | None:
    """Both guards, when a rule that is used by name has one and the use of it another."""
    if outer is None or own is None:
        return outer if own is None else own
    return f"({outer}) && ({own})"


def _listed(rule: AllOf | AnyOf | NOf | InOrder) -> tuple[str, tuple[Rule, ...]]:
    if isinstance(rule, AllOf):
        return "all", rule.all
    if isinstance(rule, AnyOf):
        return "any", rule.any
    return ("of", rule.of) if isinstance(rule, NOf) else ("in_order", rule.in_order)


def _quorum(rule: Votes, path: str) -> Bound | None:
    if rule.quorum is None:
        return None
    quorum = rule.quorum if isinstance(rule.quorum, Quorum) else Quorum(at_least=rule.quorum)
    return _bound(quorum, f"{path}.quorum", "roster")


def _bound(rule: Votes | Quorum, path: str, of: str) -> Bound:
    words = ("at_least", "more_than", "at_most")
    given = [(word, getattr(rule, word)) for word in words if getattr(rule, word, None) is not None]
    if len(given) != 1:
        raise EvaluationError(f"{path}: a rule has one of at_least, more_than, at_most; this has {len(given)}.")
    kind, value = given[0]
    number = value if isinstance(value, int) else None
    return Bound(kind, number, fraction_of(value), of, str(value))


__all__ = ["CompiledOutcome", "CompiledPolicy", "PlainNode", "compile_policy", "override_by"]
