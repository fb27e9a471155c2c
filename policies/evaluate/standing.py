"""Standing positions: a person's latest decision, unless it is set aside; and who belongs to which body."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policies.conditions import Condition
from policies.errors import EvaluationError
from policies.evaluate.compile import CompiledPolicy
from policies.evaluate.nodes import VotesNode
from policies.facts import RELATIONS, Decision, Facts
from policies.verdict import SetAside, Status

Body = dict[str, str]
"""Person id -> the word (role or relation) they belong by."""


@dataclass(slots=True)
class Scene:
    """The facts of one evaluation, with what is asked of them again and again worked out once."""

    policy: CompiledPolicy
    facts: Facts
    standing: dict[str, Decision]
    aside: list[SetAside]
    by_role: dict[str, list[tuple[str, str | None]]]
    _bodies: dict[tuple[object, ...], Body] = field(default_factory=dict)
    _guards: dict[int, tuple[Status, str]] = field(default_factory=dict)

    def body(self, leaf: VotesNode) -> Body:
        """The people a leaf asks: its roles at the site, less exceptions and those excluded."""
        key = (leaf.bodies, leaf.at, leaf.except_, leaf.exclude)
        known = self._bodies.get(key)
        if known is None:
            known = self._bodies[key] = self._body(leaf)
        return known

    def _body(self, leaf: VotesNode) -> Body:
        site = self.facts.item.site if leaf.at == "item.site" else leaf.at
        found: Body = {}
        for word in leaf.bodies:
            for person in self.people(word, site, anywhere=leaf.at is None):
                found.setdefault(person, word)
        for word in (*leaf.except_, *leaf.exclude):
            for person in self.people(word, site, anywhere=True):
                found.pop(person, None)
        return found

    def people(self, word: str, site: str | None, *, anywhere: bool) -> Iterable[str]:
        """The active people a role or relation word means."""
        known = self.facts.roster.people
        if word in RELATIONS:
            return [person for person in self.facts.item.related(word) if person in known]
        held = self.by_role.get(word, ())
        return [person for person, at in held if anywhere or at is None or at == site]

    def guard(self, when: Condition | None) -> tuple[Status, str]:
        """MET when it applies, SKIPPED, UNKNOWN or BROKEN, with the sentence."""
        if when is None:
            return Status.MET, ""
        known = self._guards.get(id(when))
        if known is None:
            known = self._guards[id(when)] = _guard(when, self.facts)
        return known


def _guard(when: Condition, facts: Facts) -> tuple[Status, str]:
    try:
        holds = when.evaluate(facts.item)
    except EvaluationError as error:
        return Status.BROKEN, str(error)
    if holds is None:
        return Status.UNKNOWN, f"It depends on {when.why(facts.item)}."
    return (Status.MET, "") if holds else (Status.SKIPPED, f"Not asked: {when.why(facts.item)}.")


def set_scene(policy: CompiledPolicy, facts: Facts) -> Scene:
    """Work out standing positions and index the roster."""
    by_role: dict[str, list[tuple[str, str | None]]] = {}
    for held in facts.roster.holdings:
        if held.role in policy.roles or held.role in policy.excluded:
            by_role.setdefault(held.role, []).append((held.person, held.site))
    scene = Scene(policy, facts, {}, [], by_role)
    _stand(scene)
    return scene


def _stand(scene: Scene) -> None:
    latest: dict[str, Decision] = {}
    for decision in scene.facts.decisions:
        if decision.withdrawn:
            scene.aside.append(SetAside(decision, "taken back"))
            continue
        before = latest.get(decision.person)
        if before is not None:
            scene.aside.append(SetAside(before, "replaced by a later decision"))
        latest[decision.person] = decision
    members: set[str] | None = None
    for person, decision in latest.items():
        if members is None:
            members = {member for leaf in scene.policy.leaves for member in scene.body(leaf)}
        reason = _why_aside(scene, person, decision, person in members)
        if reason is None:
            scene.standing[person] = decision
        else:
            scene.aside.append(SetAside(decision, reason))


def _why_aside(scene: Scene, person: str, decision: Decision, is_member: bool) -> str | None:
    item, exclude = scene.facts.item, scene.policy.policy.exclude
    if not is_member:
        if person == item.author and "author" in exclude:
            return "author"
        if person in item.editors and "editors" in exclude:
            return "edited the item"
        if person not in scene.facts.roster.people:
            return "no longer on the roster"
        return "in none of the groups asked"
    if decision.position not in scene.policy.supporting:
        return None
    changed = stale_because(scene.policy, scene.facts, decision.revision)
    if changed is None:
        return None
    return f"given for revision {decision.revision}; {changed} changed since"


def stale_because(policy: CompiledPolicy, facts: Facts, revision: int) -> str | None:
    """What changed since `revision` that lets an approval fall, in words; None when nothing did."""
    stale_on = policy.policy.stale_on
    if stale_on == "never" or revision >= facts.item.revision:
        return None
    names: set[str] = set()
    for number, changed in facts.item.changed.items():
        if number > revision:
            names |= changed
    if stale_on != "any_edit":
        wanted = {*stale_on, *(f"criteria.{name}" for name in stale_on)}
        names &= wanted
    if not names:
        return None
    return ", ".join(sorted(name.removeprefix("criteria.") for name in names))
