"""What a check counts: the votes of a role's holders, who are asked like those of any other rule."""

from __future__ import annotations

from policies.evaluate.nodes import CheckNode
from policies.evaluate.scene import Scene
from policies.evaluate.standing import speakers
from policies.facts import ABSTAIN

SAID = {"yes": ("approve", "go"), "no": ("reject",), "abstained": (ABSTAIN,)}


def tally(scene: Scene, node: CheckNode, function: str, role: str, position: str) -> int:
    """`yes`, `no`, `abstained`, `cast`, `members` or `votes` of a role, at the item's site."""
    leaf = next(one for one in node.counted if one.bodies == (role,))
    if function == "members":
        return len(scene.body(leaf))
    said = [scene.standing[person].position for person in speakers(scene, leaf)]
    if function == "cast":
        return sum(1 for one in said if one != ABSTAIN)
    wanted = SAID.get(function, (position,))
    return sum(1 for one in said if one in wanted)
