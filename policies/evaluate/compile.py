"""Model -> compiled policy: named rules written out, bounds made exact, conditions compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb, prod

from policies.conditions import Condition, TypeEnv, compile_condition
from policies.errors import EvaluationError
from policies.evaluate.nodes import AllNode, Bound, RuleNode, SomeNode, VotesNode, leaves
from policies.facts import RELATIONS
from policies.model.rules import AllOf, AnyOf, Named, NOf, Policy, Rule, Votes, fraction_of, is_refusal

MAX_ALTERNATIVES = 2000
"""Ways of meeting one `all`; beyond it a policy is refused rather than slow in production."""

MAX_NESTING = 40

MAX_WRITTEN = 1000
"""Nodes of one outcome with its named rules written out: rules that use rules twice double at each step."""


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
    """A policy ready to be judged. Immutable; compile once per process digest.

    `positions` are the words a signer may choose from; `supporting` those that can bring about something
    other than a refusal (an edit lets them fall); `roles` the roles its rules ask; `excluded` the words
    any of its rules exclude.
    """

    name: str
    policy: Policy
    outcomes: tuple[CompiledOutcome, ...]
    positions: tuple[str, ...]
    supporting: frozenset[str]
    roles: frozenset[str]
    leaves: tuple[VotesNode, ...]
    excluded: frozenset[str] = frozenset()


def compile_policy(name: str, policy: Policy, rules: Mapping[str, Rule], env: TypeEnv) -> CompiledPolicy:
    """Compile one policy. Raises EvaluationError for what the checks of the file would have refused."""
    outcomes = []
    for outcome_name, outcome in policy.ordered_outcomes().items():
        builder = _Builder(policy, rules, env, outcome.counts)
        node = builder.node(outcome.rule, outcome_name, depth=0)
        if ways(node) > MAX_ALTERNATIVES:
            raise EvaluationError(f"{name}.{outcome_name} can be met in more than {MAX_ALTERNATIVES} ways.")
        title = outcome.title or outcome_name.replace("_", " ").replace("-", " ").capitalize()
        outcomes.append(CompiledOutcome(outcome_name, title, node, is_refusal(outcome_name, outcome), outcome.cap))
    every = tuple(leaf for outcome in outcomes for leaf in leaves(outcome.rule))
    supporting = frozenset(
        position
        for outcome in outcomes
        if not outcome.is_refusal
        for leaf in leaves(outcome.rule)
        if not leaf.bound.is_ceiling
        for position in leaf.positions
    )
    return CompiledPolicy(
        name=name,
        policy=policy,
        outcomes=tuple(outcomes),
        positions=_positions(policy, outcomes),
        supporting=supporting,
        roles=frozenset(word for leaf in every for word in (*leaf.bodies, *leaf.except_) if word not in RELATIONS),
        leaves=every,
        excluded=frozenset(word for leaf in every for word in leaf.exclude) | frozenset(policy.exclude),
    )


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
    return tuple(words)


def ways(node: RuleNode) -> int:
    """How many ways of meeting `node` a matching may have to look at."""
    if isinstance(node, VotesNode):
        return 1
    counts = [ways(part) for part in node.parts]
    if isinstance(node, AllNode):
        return prod(counts) if counts else 1
    if node.n == 1:
        return sum(counts)
    return comb(len(counts), min(node.n, len(counts))) * int(max(counts, default=1) ** node.n)


class _Builder:
    def __init__(self, policy: Policy, rules: Mapping[str, Rule], env: TypeEnv, counts: tuple[str, ...] | None) -> None:
        self.policy = policy
        self.rules = rules
        self.env = env
        self.counts = counts
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
        if isinstance(rule, AllOf):
            parts = tuple(self.node(p, f"{path}.all[{i}]", depth + 1) for i, p in enumerate(rule.all))
            one_seat = self.policy.one_seat if rule.one_seat is None else rule.one_seat
            return AllNode(path, parts, one_seat, guard, rule.title)
        listed, n, word = (rule.any, 1, "any") if isinstance(rule, AnyOf) else _n_of(rule)
        parts = tuple(self.node(p, f"{path}.{word}[{i}]", depth + 1) for i, p in enumerate(listed))
        return SomeNode(path, parts, n, guard, rule.title)

    def guard(self, when: str | None) -> Condition | None:
        return None if when is None else compile_condition(when, self.env)

    def votes(self, rule: Votes, path: str, guard: Condition | None) -> VotesNode:
        positions = frozenset(self.counts) if self.counts and rule.at_most is None else frozenset({rule.position})
        return VotesNode(
            path=path,
            bodies=rule.bodies,
            at=rule.at,
            except_=rule.except_,
            exclude=self.policy.exclude if rule.exclude is None else rule.exclude,
            positions=positions,
            position=rule.position if rule.position in positions else min(positions),
            bound=_bound(rule, path),
            when=guard,
            title=rule.title,
        )


def _and(outer: str | None, own: str | None) -> str | None:
    """Both guards, when a rule that is used by name has one and the use of it another."""
    if outer is None or own is None:
        return outer if own is None else own
    return f"({outer}) && ({own})"


def _n_of(rule: NOf) -> tuple[tuple[Rule, ...], int, str]:
    return rule.of, rule.n_of, "of"


def _bound(rule: Votes, path: str) -> Bound:
    given = [
        (kind, value)
        for kind, value in (
            ("at_least", rule.at_least),
            ("more_than", rule.more_than),
            ("at_most", rule.at_most),
        )
        if value is not None
    ]
    if len(given) != 1:
        raise EvaluationError(f"{path}: a rule has one of at_least, more_than, at_most; this has {len(given)}.")
    kind, value = given[0]
    number = value if isinstance(value, int) else None
    return Bound(kind, number, fraction_of(value), rule.of, str(value))
