"""Standing positions: a person's latest decision, unless it is set aside, with the reason a signer would accept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from policies.evaluate.compile import CompiledPolicy
from policies.evaluate.moments import is_early
from policies.evaluate.nodes import VotesNode
from policies.evaluate.scene import Scene, index_roles
from policies.evaluate.standins import sitter, stand_in
from policies.facts import RECUSE, Decision, Facts
from policies.phrases import phrase
from policies.verdict import SetAside, fallen


def set_scene(policy: CompiledPolicy, facts: Facts, until: datetime | None = None) -> Scene:
    """Work out standing positions and index the roster. `until`: what is said after it is set aside."""
    by_role, has_dates = index_roles(policy, facts)
    scene = Scene(policy, facts, until=until, by_role=by_role, has_dates=has_dates)
    latest = _latest(scene)
    # Bodies depend on who recused themselves and who signed for whom, so these come first.
    scene.recused = frozenset(person for person, one in latest.items() if one.position == RECUSE)
    scene.latest = latest
    scene.standing = dict(latest)
    reasons = {person: _why_aside(scene, person, one) for person, one in latest.items()}
    for person, reason in reasons.items():
        if reason is not None:
            scene.aside.append(SetAside(latest[person], reason))
            del scene.standing[person]
    return scene


def _latest(scene: Scene) -> dict[str, Decision]:
    latest: dict[str, Decision] = {}
    lifting: list[Decision] = []
    for decision in scene.facts.decisions:
        reason = _void(scene, decision)
        if reason is not None:
            scene.aside.append(SetAside(decision, reason))
        elif decision.lifts is not None:
            lifting.append(decision)
        else:
            before = latest.get(decision.person)
            if before is not None:
                scene.aside.append(SetAside(before, phrase("replaced by a later decision")))
            latest[decision.person] = _plainly(scene.policy, decision)
    for lift in lifting:
        _lift(scene, lift, latest)
    return latest


def _plainly(policy: CompiledPolicy, decision: Decision) -> Decision:
    """The decision under its position's own name."""
    word = policy.aliases.get(decision.position)
    return decision if word is None else replace(decision, position=word)


def _void(scene: Scene, decision: Decision) -> str | None:
    """Why a decision counts nowhere, whoever gave it; None when it may."""
    if decision.withdrawn:
        return phrase("taken back")
    closed = scene.facts.closed_at
    if closed is not None and decision.at > closed:
        return phrase("given after the round closed")
    if scene.until is not None and decision.at > scene.until:
        return phrase("given after the deadline")
    entry = stand_in(scene.facts, decision.person, None, decision.at) if scene.facts.roster.stand_ins else None
    if entry is not None:
        return phrase("absent, replaced by %(name)s", name=scene.facts.roster.name(entry.person))
    if decision.lifts is not None or not scene.policy.policy.positions:
        return None
    word = scene.policy.policy.positions.get(scene.policy.aliases.get(decision.position, decision.position))
    if word is not None and word.conditions is not None and not decision.conditions:
        return phrase("names no condition")
    return None


def _lift(scene: Scene, lift: Decision, latest: dict[str, Decision]) -> None:
    target = next((one for one in latest.values() if one.id == lift.lifts), None)
    name = scene.facts.roster.name(lift.person)
    if target is None:
        scene.aside.append(SetAside(lift, phrase("what it would lift does not stand")))
    elif not may_lift(scene, lift.person, target):
        scene.aside.append(SetAside(lift, phrase("may not lift it")))
    else:
        scene.aside.append(SetAside(target, phrase("lifted by %(name)s", name=name)))
        del latest[target.person]


def may_lift(scene: Scene, person: str, decision: Decision) -> bool:
    """Its holder always may; others where the policy names them and does not keep them apart."""
    policy = scene.policy.policy
    word = policy.positions.get(decision.position)
    if person == decision.person:
        return True
    allowed = word is not None and scene.holds(person, word.lifted_by) is not None
    return allowed and person not in scene.excluded(policy.exclude)


def _why_aside(scene: Scene, person: str, decision: Decision) -> str | None:
    """Why a latest decision stands nowhere; None when some leaf counts it."""
    if decision.position == RECUSE:
        return phrase("recused")
    first: str | None = None
    for leaf in scene.policy.leaves:
        if person in scene.body(leaf):
            reason = why_not(scene, leaf, person, decision)
            if reason is None:
                return None
            first = first or reason
    return first or _outsider(scene, person)


def _outsider(scene: Scene, person: str) -> str:
    item, exclude = scene.facts.item, scene.policy.policy.exclude
    if person == item.author and "author" in exclude:
        return phrase("author")
    if person in item.editors and "editors" in exclude:
        return phrase("edited the item")
    if person not in scene.facts.roster.people:
        return phrase("no longer on the roster")
    kept_out = _sits_for_excluded(scene, person)
    if kept_out is not None:
        name = scene.facts.roster.name(kept_out)
        return phrase("stands in for %(name)s, who is kept apart from this decision", name=name)
    away = [one for one in scene.facts.roster.stand_ins if one.absent == person and one.is_in_force(scene.facts.now)]
    if away:
        return phrase("absent, replaced by %(name)s", name=scene.facts.roster.name(away[0].person))
    return phrase("in none of the groups asked")


def _sits_for_excluded(scene: Scene, person: str) -> str | None:
    if person not in scene.excluded(scene.policy.policy.exclude):
        return None
    sitting = (one for one in scene.facts.roster.stand_ins if one.person == person)
    return next((one.absent for one in sitting if one.is_in_force(scene.facts.now)), None)


def why_not(scene: Scene, leaf: VotesNode, person: str, decision: Decision) -> str | None:
    """Why the decision of a member does not count for `leaf`; None when it does."""
    key = (leaf.path, decision.id)
    if key in scene._reasons:
        return scene._reasons[key]
    reason = _why_not(scene, leaf, person, decision)
    scene._reasons[key] = reason
    return reason


def _why_not(scene: Scene, leaf: VotesNode, person: str, decision: Decision) -> str | None:
    away = _was_away(scene, leaf, person, decision) if scene.facts.roster.stand_ins else None
    if away is not None:
        return away
    since = scene.joined_at(person, leaf)
    if since is not None and decision.at < since:
        return phrase("not in the group at the time")
    if decision.position in scene.policy.supporting:
        changed = stale_because(scene, leaf, decision.revision)
        if changed:
            return fallen(decision.revision, changed)
    return phrase("step not open yet") if is_early(scene, leaf, decision) else None


def _was_away(scene: Scene, leaf: VotesNode, person: str, decision: Decision) -> str | None:
    """They have to have sat there when they spoke: who was absent did not, nor who became a stand-in later."""
    member, word = scene.behalf(leaf).get(person, person), scene.body(leaf)[person]
    sat = sitter(scene.facts, member, word, decision.at)
    if sat == person:
        return None
    if member != person:
        return phrase("not in the group at the time")
    return phrase(
        "absent, replaced by %(name)s",
        name=scene.facts.roster.name(sat) if sat is not None else phrase("somebody absent too"),
    )


def stale_because(scene: Scene, leaf: VotesNode, revision: int) -> list[str]:
    """What changed since `revision` that lets an approval fall; nothing where it stands."""
    item = scene.facts.item
    if leaf.stale_on == "never" or revision >= item.revision:
        return []
    names: set[str] = set()
    for number, changed in item.changed.items():
        if revision < number <= item.revision and not _edited_by(scene, number):
            names |= changed
    if leaf.stale_on != "any_edit":
        names &= {*leaf.stale_on, *(f"criteria.{name}" for name in leaf.stale_on)}
    return sorted(name.removeprefix("criteria.") for name in names)


def _edited_by(scene: Scene, number: int) -> bool:
    """Whether the edit that made revision `number` is one that asks nobody again."""
    words, edit = scene.policy.policy.except_by, scene.facts.item.edits.get(number)
    return bool(words) and edit is not None and edit.by is not None and scene.holds(edit.by, words) is not None


def speakers(scene: Scene, leaf: VotesNode) -> list[str]:
    """The members of a leaf's body whose standing position counts for it, whatever it is; earliest first."""
    body = scene.body(leaf)
    return [p for p, one in scene.standing.items() if p in body and why_not(scene, leaf, p, one) is None]
