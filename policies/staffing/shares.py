"""Shares as numbers: who is away is part of the whole, and only does not speak."""

from __future__ import annotations

from dataclasses import replace

from policies.errors import EvaluationError
from policies.evaluate import CompiledPolicy
from policies.evaluate.counting import asked, whole
from policies.evaluate.nodes import Bound, Combined, RuleNode, VotesNode, leaves, steps_of
from policies.evaluate.scene import Scene


def freezes(leaf: VotesNode) -> bool:
    """Whether a leaf counts a share of everybody it asks."""
    return leaf.quorum is not None or (leaf.bound.share is not None and leaf.bound.of == "roster")


def meant(scene: Scene, leaf: VotesNode) -> tuple[int, int]:
    """What the bound and the quorum of a leaf mean while everybody is there."""
    try:
        needed = max(leaf.quorum.people(whole(scene, leaf, "roster")), 1) if leaf.quorum is not None else 0
        return asked(scene, leaf), needed
    except EvaluationError:
        return 0, 0


def frozen(scene: Scene) -> CompiledPolicy:
    """The policy of a scene with its shares as the numbers they mean there."""
    policy = scene.policy
    outcomes = tuple(replace(one, rule=_rule(scene, one.rule)) for one in policy.outcomes)
    return replace(
        policy,
        outcomes=outcomes,
        leaves=tuple(leaf for one in outcomes for leaf in leaves(one.rule)),
        steps={path: steps for one in outcomes for path, steps in steps_of(one.rule)},
    )


def _rule(scene: Scene, node: RuleNode) -> RuleNode:
    if isinstance(node, Combined):
        return replace(node, parts=tuple(_rule(scene, part) for part in node.parts))
    if not isinstance(node, VotesNode) or not freezes(node):
        return node
    number, needed = meant(scene, node)
    bound = node.bound
    if bound.share is not None and bound.of == "roster" and number:
        bound = Bound("at_most" if bound.is_ceiling else "at_least", number, None, bound.of, bound.text)
    quorum = Bound("at_least", needed, None, "roster", node.quorum.text) if node.quorum is not None else None
    return replace(node, bound=bound, quorum=quorum if needed else node.quorum)
