"""Could it still be? Whether anything the present roster may say, and the passing of time, meets an outcome.

First a bound from above: everybody says what it takes, nobody objects, time passes. Where that fails, nothing
can help. Where it holds, it is exact for most policies; for those it may flatter (see `_flatters`) people who are
alike are counted together and every way they may speak is tried, up to a limit beyond which the policy is taken
to be open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import combinations_with_replacement, islice, product

from policies.evaluate.asked import all_spoke, closers, deadline_at
from policies.evaluate.compile import PERSON, CompiledOutcome, CompiledPolicy
from policies.evaluate.counting import as_it_stands, at_best
from policies.evaluate.moments import due, earlier_met
from policies.evaluate.nodes import AfterNode, CheckNode, Combined, RuleNode, UnknownNode, VotesNode, walk
from policies.evaluate.scene import Scene
from policies.evaluate.seats import is_skipped, stands
from policies.evaluate.standing import set_scene
from policies.evaluate.standins import turns
from policies.facts import ABSTAIN, RELATIONS, Decision
from policies.verdict import Status

MOST_TRIED = 4000
"""Ways of speaking tried before a policy is taken to be open."""

MOST_WAITS = 3
"""Waiting times, one after the other, that are followed to their end."""


def is_open(scene: Scene) -> bool:
    """Whether an outcome other than a refusal can still come: now, or when somebody comes back or goes."""
    if _is_within_reach(scene):
        return True
    for moment in turns(scene.facts, _concerned(scene)) if scene.facts.roster.stand_ins else ():
        counts = scene.until is None or moment <= scene.until
        if counts and _is_within_reach(set_scene(scene.policy, replace(scene.facts, now=moment), scene.until)):
            return True
    return False


def _concerned(scene: Scene) -> set[str]:
    held = {person for holders in scene.by_role.values() for person, _, _ in holders}
    words = {word for leaf in scene.policy.leaves for word in (*leaf.bodies, *leaf.except_, *leaf.exclude)}
    held |= {word.removeprefix(PERSON) for word in words if word.startswith(PERSON)}
    return held | {person for word in RELATIONS for person in scene.facts.item.related(word)}


def _is_within_reach(scene: Scene) -> bool:
    return any(is_possible(outcome, scene) for outcome in scene.policy.outcomes if not outcome.is_refusal)


def is_possible(outcome: CompiledOutcome, scene: Scene) -> bool:
    """Whether the present roster could meet this outcome, as the first of all."""
    if is_skipped(outcome.rule, scene):
        # It may yet apply to nobody for good, which only `none_required` lets pass.
        if scene.policy.policy.none_required is None:
            return False
    elif scene.policy.policy.none_required is not None and _may_not_apply(outcome.rule, scene):
        return True
    elif not stands(outcome.rule, at_best(scene, few_speak=_flatters(scene.policy))):
        return False
    flatters = _flatters(scene.policy) or _needs_all_to_speak(scene) or _has_returned(scene)
    flatters = flatters or _may_wait_too_long(outcome, scene)
    if not flatters or _hangs_on_unknown(outcome.rule, scene):
        return True
    return _can_be_reached(outcome, scene)


def _has_returned(scene: Scene) -> bool:
    """Whether somebody who is back may take their seat from the stand-in who signed for them."""
    return bool(scene.facts.roster.stand_ins) and any(scene.returned(leaf) for leaf in scene.policy.leaves)


def _needs_all_to_speak(scene: Scene) -> bool:
    """Whether nothing else closes a round that is judged at its close."""
    policy = scene.policy.policy
    return policy.settle == "at_close" and policy.deadline is None and not closers(scene)


def _may_wait_too_long(outcome: CompiledOutcome, scene: Scene) -> bool:
    """Whether a time runs that begins with a step still closed, and may end after the deadline."""
    waits = (node for node in walk(outcome.rule) if isinstance(node, AfterNode) and node.since == "step_opened")
    return scene.until is not None and any(due(scene, node) is None for node in waits)


def _hangs_on_unknown(node: RuleNode, scene: Scene) -> bool:
    """Somebody may still fill in the field, so a way that hangs on it is not closed."""
    return any(scene.guard(one.when)[0] is Status.UNKNOWN or _is_unknown(one, scene) for one in walk(node))


def _may_not_apply(node: RuleNode, scene: Scene) -> bool:
    """Whether a field that nobody has filled in may yet say that nothing of a rule applies."""
    status, _ = scene.guard(node.when)
    if status is not Status.MET:
        return status is not Status.BROKEN
    if isinstance(node, Combined):
        return all(_may_not_apply(part, scene) for part in node.parts)
    return isinstance(node, UnknownNode)


def _is_unknown(node: RuleNode, scene: Scene) -> bool:
    plain = not isinstance(node, VotesNode | Combined)
    return plain and scene.plain(node)[0] is Status.UNKNOWN  # type: ignore[arg-type]


def _flatters(policy: CompiledPolicy) -> bool:
    """Whether the bound from above may be met and the outcome still not: where somebody would have to say two
    things, where saying one thing raises what another part asks, or where a refusal may come of the same."""
    if "flatters" not in policy.traits:
        policy.traits["flatters"] = _may_flatter(policy)
    return policy.traits["flatters"]


def _may_flatter(policy: CompiledPolicy) -> bool:
    refusing = {p for o in policy.outcomes if o.is_refusal for leaf in _leaves(o) for p in leaf.positions}
    if any(not _only_asks(o.rule, o.is_refusal) for o in policy.outcomes):
        return True
    for outcome in policy.outcomes:
        floors = [leaf for leaf in _leaves(outcome) if not leaf.bound.is_ceiling]
        ceilings = {p for leaf in _leaves(outcome) if leaf.bound.is_ceiling for p in leaf.positions}
        if not outcome.is_refusal:
            if sum(leaf.bound.of == "cast" and leaf.bound.share is not None for leaf in floors) > 1:
                return True
            said = {leaf.positions for leaf in floors}
            wanted = {p for leaf in floors for p in leaf.positions}
            if len(said) > 1 or wanted & (refusing | ceilings):
                return True
    return False


def _leaves(outcome: CompiledOutcome) -> list[VotesNode]:
    return [one for one in walk(outcome.rule) if isinstance(one, VotesNode)]


def _only_asks(rule: RuleNode, refusal: bool) -> bool:
    """Whether a rule only asks for so many of a roster to say one thing (a refusal: and nothing else)."""
    for node in walk(rule):
        if isinstance(node, CheckNode) and node.condition.tallies:
            return False
        if isinstance(node, AfterNode | CheckNode) and refusal:
            return False
        if isinstance(node, VotesNode):
            odd = node.weight is not None or node.distinct != "person" or node.quorum is not None
            if odd or (refusal and node.bound.is_ceiling):
                return False
    return True


# -- trying ----------------------------------------------------------------------------------------------


def _can_be_reached(outcome: CompiledOutcome, scene: Scene) -> bool:
    alike = _alike(scene)
    moments = _moments(scene)
    tried = 0
    for spoken in _ways_to_speak(alike):
        for moment in moments:
            tried += 1
            if _reaches(outcome, scene, spoken, moment):
                return True
        if tried >= MOST_TRIED:
            return True
    return False


def _words(policy: CompiledPolicy) -> list[str | None]:
    """What anybody may say: nothing, a position of the policy, or that they abstain. Nobody is counted on to step
    aside, nor who did to come back."""
    counts = [one for one in policy.leaves if one.quorum is not None or one.bound.share is not None]
    tallies = any(isinstance(n, CheckNode) and n.condition.tallies for o in policy.outcomes for n in walk(o.rule))
    extra = (ABSTAIN,) if counts or tallies or policy.policy.settle == "at_close" else ()
    return [*dict.fromkeys((*policy.positions, *extra)), None]


Alike = tuple[list[str], list[str | None]]
"""People, and what each of them may say."""


def _alike(scene: Scene) -> list[Alike]:
    """People in the same bodies, by the same words, with the same attributes: it is all the same which of them
    speaks. Who has said something that the policy does not offer may leave it at that."""
    groups: dict[tuple[object, ...], Alike] = {}
    words = _words(scene.policy)
    counting = {a for leaf in scene.policy.leaves for a in (leaf.weight, leaf.distinct) if a}
    for person in scene.everybody():
        known = scene.facts.roster.people.get(person)
        attributes = known.attributes if known else {}
        said = scene.standing[person].position if person in scene.standing else None
        kept = [] if said in words else [said]
        key = (
            tuple(kept),
            tuple(_words_of(scene, leaf, person) for leaf in scene.policy.leaves),
            tuple(str(attributes.get(name)) for name in sorted(counting)),
            person in (scene.facts.present or ()),
        )
        groups.setdefault(key, ([], [*words, *kept]))[0].append(person)
    return list(groups.values())


def _words_of(scene: Scene, leaf: VotesNode, person: str) -> tuple[str, ...]:
    if person not in scene.body(leaf):
        return ("back",) if person in scene.returned(leaf) else ()
    if leaf.distinct != "group":
        return ("in",)
    site = scene.site_of(leaf)
    return tuple(w for w in leaf.bodies if person in scene.people(w, site, anywhere=leaf.at is None)) or ("in",)


def _ways_to_speak(alike: list[Alike]) -> Iterator[dict[str, str]]:
    """Everybody the same first, which decides most; then every way."""
    everybody = [person for group, _ in alike for person in group]
    for word in dict.fromkeys(word for _, words in alike for word in words if all(word in w for _, w in alike)):
        if word is not None:
            yield dict.fromkeys(everybody, word)
    each = [list(islice(combinations_with_replacement(words, len(group)), MOST_TRIED)) for group, words in alike]
    for chosen in product(*each):
        yield {
            person: word
            for (group, _), said in zip(alike, chosen, strict=True)
            for person, word in zip(group, said, strict=True)
            if word is not None
        }


def _moments(scene: Scene) -> list[datetime]:
    """Now, when each waiting time is over, one of steps that open later too, and the deadline."""
    nodes = [n for o in scene.policy.outcomes for n in walk(o.rule) if isinstance(n, AfterNode)]
    found = {instant for node in nodes if (instant := due(scene, node)) is not None}
    later = [node for node in nodes if node.since == "step_opened"]
    for _ in later[:MOST_WAITS]:  # one may wait for the other
        found |= {node.duration.after(at, scene.facts.calendar) for at in (*found, scene.facts.now) for node in later}
    ends = deadline_at(scene.policy.policy, scene.facts)
    found |= {ends} if ends is not None else set()
    after = sorted(moment for moment in found if moment > scene.facts.now)
    return [scene.facts.now, *(moment for moment in after if scene.until is None or moment <= scene.until)]


def _reaches(outcome: CompiledOutcome, scene: Scene, spoken: dict[str, str], moment: datetime) -> bool:
    """Whether these positions, taken now and standing at `moment`, make this outcome the first that is met."""
    revision = scene.facts.item.revision
    standing = {
        person: Decision(f"might:{person}", person, word, scene.facts.now, revision) for person, word in spoken.items()
    }
    imagined = scene.imagined(standing, moment)
    if not _is_judged(imagined):
        return False
    for one in scene.policy.outcomes:
        skipped = is_skipped(one.rule, imagined)
        by_nobody = skipped and not one.is_refusal and scene.policy.policy.none_required is not None
        if by_nobody or (not skipped and stands(one.rule, as_it_stands(imagined))):
            return not one.is_refusal and one.name == outcome.name
    return False


def _is_judged(scene: Scene) -> bool:
    """Whether the round could be closed then, or all have spoken."""
    if scene.policy.policy.settle != "at_close" or closers(scene):
        return True
    if all_spoke(scene) and all(_is_heard(scene, person) for person in scene.standing):
        return True
    ends = deadline_at(scene.policy.policy, scene.facts)
    return ends is not None and scene.facts.now >= ends


def _is_heard(scene: Scene, person: str) -> bool:
    """Whether what somebody says stands anywhere: in a step that never opens, it is always too early."""
    steps = scene.policy.steps
    return any(
        person in scene.body(leaf) and all(earlier_met(scene, step) for step in steps.get(leaf.path, ()) if step[1] > 0)
        for leaf in scene.policy.leaves
    )


__all__ = ["is_open", "is_possible"]
