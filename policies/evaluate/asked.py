"""Who is asked, whether they have all spoken, and whether the round can be judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from policies.durations import parse_duration
from policies.evaluate.nodes import CheckNode, Combined, RuleNode, VotesNode
from policies.evaluate.scene import Scene
from policies.evaluate.seats import is_skipped
from policies.facts import Facts
from policies.model import Policy


def asked(node: RuleNode, scene: Scene) -> Iterable[VotesNode]:
    """The leaves that apply, which those under a guard that is false do not."""
    if is_skipped(node, scene):
        return
    if isinstance(node, VotesNode):
        yield node
    elif isinstance(node, CheckNode):
        yield from node.counted
    elif isinstance(node, Combined):
        for part in node.parts:
            yield from asked(part, scene)


def all_spoke(scene: Scene) -> bool:
    """Whether everybody who is asked has a position that stands."""
    people = [person for one in scene.policy.outcomes for leaf in asked(one.rule, scene) for person in scene.body(leaf)]
    return bool(people) and all(person in scene.standing for person in people)


def deadline_at(policy: Policy, facts: Facts) -> datetime | None:
    """When the policy's deadline is; None without one, or while the round is not open."""
    if policy.deadline is None or facts.opened_at is None:
        return None
    return parse_duration(policy.deadline.in_).after(facts.opened_at, facts.calendar)


def closers(scene: Scene) -> list[str]:
    """Those who may close the round."""
    chair = scene.policy.policy.chair
    return [] if chair is None else list(scene.people(chair, scene.facts.item.site, anywhere=False))
