"""Could it still be? Whether anything the present roster may say, and the passing of time, meets an outcome.

First a bound from above: everybody says what it takes, nobody objects, time passes. Where that fails, nothing
can help. Where it holds, it is exact for most policies; for those it may flatter (see `_flatters`) people who are
alike are counted together and every way they may speak is tried, up to a limit beyond which the policy is taken
to be open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations_with_replacement, islice, product

from policies.evaluate.compile import CompiledOutcome, CompiledPolicy
from policies.evaluate.counting import as_it_stands, at_best
from policies.evaluate.moments import due
from policies.evaluate.nodes import AfterNode, AllNode, CheckNode, RuleNode, SomeNode, VotesNode, walk
from policies.evaluate.scene import Scene
from policies.evaluate.seats import applying, is_skipped, stands
from policies.facts import ABSTAIN, RECUSE, Decision
from policies.verdict import Status

MOST_TRIED = 4000
"""Ways of speaking tried before a policy is taken to be open."""


def is_possible(outcome: CompiledOutcome, scene: Scene) -> bool:
    """Whether the present roster could meet this outcome, as the first of all."""
    if is_skipped(outcome.rule, scene):
        # It may yet apply to nobody for good, which only `none_required` lets pass.
        return scene.policy.policy.none_required is not None
    if not stands(outcome.rule, at_best(scene)):
        return False
    if not _flatters(scene.policy) or _hangs_on_unknown(outcome.rule, scene):
        return True
    return _can_be_reached(outcome, scene)


def _hangs_on_unknown(node: RuleNode, scene: Scene) -> bool:
    """Somebody may still fill in the field, so a way that hangs on it is not closed."""
    return any(scene.guard(one.when)[0] is Status.UNKNOWN or _is_unknown(one, scene) for one in walk(node))


def _is_unknown(node: RuleNode, scene: Scene) -> bool:
    plain = not isinstance(node, VotesNode | AllNode | SomeNode)
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
    words = _words(scene.policy)
    alike = _alike(scene)
    moments = _moments(scene)
    tried = 0
    for spoken in _ways_to_speak(alike, words):
        for moment in moments:
            tried += 1
            if _reaches(outcome, scene, spoken, moment):
                return True
        if tried >= MOST_TRIED:
            return True
    return False


def _words(policy: CompiledPolicy) -> list[str | None]:
    """What anybody may say: nothing, a position of the policy, or that they abstain or recuse themselves."""
    counts = [one for one in policy.leaves if one.quorum is not None or one.bound.share is not None]
    tallies = any(isinstance(n, CheckNode) and n.condition.tallies for o in policy.outcomes for n in walk(o.rule))
    extra = (ABSTAIN, RECUSE) if counts or tallies else ()
    return [*dict.fromkeys((*policy.positions, *extra)), None]


def _alike(scene: Scene) -> list[list[str]]:
    """People in the same bodies, by the same words, with the same attributes: it is all the same which of them
    speaks."""
    groups: dict[tuple[object, ...], list[str]] = {}
    counting = {a for leaf in scene.policy.leaves for a in (leaf.weight, leaf.distinct) if a}
    tallies = {
        role
        for outcome in scene.policy.outcomes
        for node in walk(outcome.rule)
        if isinstance(node, CheckNode)
        for _, role, _ in node.condition.tallies
    }
    site = scene.facts.item.site
    in_tallies = {role: set(scene.people(role, site, anywhere=False)) - scene.recused for role in tallies}
    people = dict.fromkeys([*scene.everybody(), *(p for found in in_tallies.values() for p in found)])
    for person in people:
        known = scene.facts.roster.people.get(person)
        attributes = known.attributes if known else {}
        key = (
            tuple(_words_of(scene, leaf, person) for leaf in scene.policy.leaves),
            tuple(person in members for members in in_tallies.values()),
            tuple(str(attributes.get(name)) for name in sorted(counting)),
            person in (scene.facts.present or ()),
        )
        groups.setdefault(key, []).append(person)
    return list(groups.values())


def _words_of(scene: Scene, leaf: VotesNode, person: str) -> tuple[str, ...]:
    if person not in scene.body(leaf):
        return ()
    if leaf.distinct != "group":
        return ("in",)
    site = scene.site_of(leaf)
    return tuple(w for w in leaf.bodies if person in scene.people(w, site, anywhere=leaf.at is None)) or ("in",)


def _ways_to_speak(alike: list[list[str]], words: list[str | None]) -> Iterator[dict[str, str]]:
    """Everybody the same first, which decides most; then every way."""
    everybody = [person for group in alike for person in group]
    for word in words:
        if word is not None:
            yield dict.fromkeys(everybody, word)
    each = [list(islice(combinations_with_replacement(words, len(group)), MOST_TRIED)) for group in alike]
    for chosen in product(*each):
        yield {
            person: word
            for group, said in zip(alike, chosen, strict=True)
            for person, word in zip(group, said, strict=True)
            if word is not None
        }


def _moments(scene: Scene) -> list[datetime]:
    """Now, and just after each waiting time is over, until the deadline."""
    waits = [
        instant
        for outcome in scene.policy.outcomes
        for node in walk(outcome.rule)
        if isinstance(node, AfterNode) and (instant := due(scene, node)) is not None
    ]
    begun = [
        node.duration.after(scene.facts.now, scene.facts.calendar)
        for outcome in scene.policy.outcomes
        for node in walk(outcome.rule)
        if isinstance(node, AfterNode)
    ]
    later = {moment for moment in (*waits, *begun) if moment > scene.facts.now}
    later |= {moment + timedelta(seconds=1) for moment in later}
    return [scene.facts.now, *sorted(m for m in later if scene.until is None or m <= scene.until)]


def _reaches(outcome: CompiledOutcome, scene: Scene, spoken: dict[str, str], moment: datetime) -> bool:
    """Whether these positions, taken now and standing at `moment`, make this outcome the first that is met."""
    recused = frozenset(person for person, word in spoken.items() if word == RECUSE)
    revision = scene.facts.item.revision
    standing = {
        person: Decision(f"might:{person}", person, word, scene.facts.now, revision)
        for person, word in spoken.items()
        if word != RECUSE
    }
    imagined = scene.imagined(standing, moment, recused)
    for one in scene.policy.outcomes:
        view = as_it_stands(imagined)
        if not is_skipped(one.rule, imagined) and stands(one.rule, view):
            return not one.is_refusal and one.name == outcome.name
    return False


__all__ = ["applying", "is_possible"]
