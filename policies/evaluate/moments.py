"""Moments: when a waiting time is over, when a step of `in_order` opened, and who spoke before it did.

An earlier step is judged as things stood at that moment: the decisions until then, the revision that was on the
screen, the roster and the item's fields as they are now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from policies.evaluate.nodes import AfterNode, AllNode, Step, VotesNode, walk
from policies.evaluate.scene import Scene
from policies.facts import Decision
from policies.phrases import at_moment, capitalised, phrase
from policies.verdict import Status


def after_status(scene: Scene, node: AfterNode) -> tuple[Status, str]:
    """Whether the time has passed, and the sentence."""
    waits = phrase("%(time)s after %(since)s", time=node.duration.words, since=SINCE[node.since])
    instant = due(scene, node)
    if instant is None:
        return Status.UNMET, phrase("Waits until %(waits)s, which is not yet.", waits=waits)
    local = instant.astimezone(ZoneInfo(scene.facts.calendar.zone))
    zone = scene.facts.calendar.zone
    said = at_moment(f"{local:%a} {local.day} {local:%b %Y %H:%M} ({zone})", instant, zone)
    if scene.facts.now >= instant:
        return Status.MET, phrase("%(waits)s have passed on %(at)s.", waits=capitalised(waits), at=said)
    return Status.UNMET, phrase("Waits until %(at)s: %(waits)s.", at=said, waits=waits)


JUST_AFTER = timedelta(microseconds=1)
"""An edit has its effect after the votes of the same instant."""

SINCE = {
    "opened": phrase("the round opened"),
    "last_edit": phrase("the last edit"),
    "step_opened": phrase("this step opened"),
}


def due(scene: Scene, node: AfterNode) -> datetime | None:
    """The moment a waiting time is over; None while it has not begun."""
    begun = _begun(scene, node)
    return None if begun is None else node.duration.after(begun, scene.facts.calendar)


def _begun(scene: Scene, node: AfterNode) -> datetime | None:
    facts = scene.facts
    if node.since == "step_opened":
        steps = scene.policy.steps.get(node.path, ())
        return opened_at(scene, steps)
    if node.since == "last_edit":
        edits = [one.at for number, one in facts.item.edits.items() if number <= facts.item.revision]
        return max((at for at in (*edits, facts.opened_at) if at is not None), default=None)
    return facts.opened_at


def opened_at(scene: Scene, steps: tuple[Step, ...]) -> datetime | None:
    """When the innermost of `steps` opened, this time round; None while it is closed."""
    start = scene.facts.opened_at
    for step in steps:
        if step[1] > 0:
            found = _opening(scene, step)
            if found is None:
                return None
            start = found if start is None else max(start, found)
    return start


def _opening(scene: Scene, step: Step) -> datetime | None:
    """The moment from which the parts before a step have been met until now."""
    if scene.real is not None:
        return _imagined_opening(scene, step, scene.real)
    found = None
    for moment in sorted(_turns(scene, step), reverse=True):
        if not earlier_met(_at(scene, moment), step):
            break
        found = moment
    edits = {one.at for one in scene.facts.item.edits.values()}
    return found - JUST_AFTER if found is not None and found - JUST_AFTER in edits else found


def _imagined_opening(scene: Scene, step: Step, real: Scene) -> datetime | None:
    """When the parts before a step would be met first, everybody speaking at the moment of `real`: then, or when the
    time has passed that one of them waits for. A step that is open already stays so."""
    start = real.facts.now
    waits = {instant for instant in _waits_before(scene, step) if start < instant <= scene.facts.now}
    for moment in (start, *sorted(waits)):
        key = ("imagined", moment)
        known = scene if moment == scene.facts.now else scene._before.get(key)
        if known is None:
            known = scene._before[key] = scene.imagined(scene.standing, moment)
        if earlier_met(known, step):
            return (_opening(real, step) or moment) if moment == start else moment
    return None


def _waits_before(scene: Scene, step: Step) -> list[datetime]:
    """When each waiting time among the parts before a step is over."""
    nodes = (below for part in step[0].parts[: step[1]] for below in walk(part))
    return [at for node in nodes if isinstance(node, AfterNode) and (at := due(scene, node)) is not None]


def _turns(scene: Scene, step: Step) -> set[datetime]:
    """Every moment at which the parts before a step may have turned."""
    facts = scene.facts
    moments = {one.at for one in facts.decisions} | {one.at for one in facts.item.edits.values()}
    moments |= {facts.opened_at} if facts.opened_at is not None else set()
    moments |= {one.at + JUST_AFTER for one in facts.item.edits.values()}
    moments |= {at for one in facts.roster.stand_ins for at in (one.since, one.until)}
    moments |= set(_waits_before(scene, step))
    return {moment for moment in moments if moment <= facts.now} | {facts.now}


def _at(scene: Scene, moment: datetime) -> Scene:
    """The scene as it stood at `moment`, that moment included."""
    said = tuple(one for one in scene.facts.decisions if one.at <= moment)
    item = scene.facts.item
    edited = [number for number, one in item.edits.items() if one.at < moment or moment == scene.facts.now]
    revision = max((number for number in edited if number <= item.revision), default=1 if item.edits else item.revision)
    return _earlier(scene, ("at", moment), said, moment, revision)


def _earlier(scene: Scene, key: object, said: tuple[Decision, ...], now: datetime, revision: int) -> Scene:
    from policies.evaluate.standing import set_scene

    known = scene._before.get(key)
    if known is None:
        item = scene.facts.item
        facts = replace(scene.facts, decisions=said, now=now, item=replace(item, revision=min(revision, item.revision)))
        known = scene._before[key] = set_scene(scene.policy, facts, scene.until)
    return known


def earlier_met(scene: Scene, step: Step) -> bool:
    """Whether every part before the step is met here, nobody in two seats of them where that matters."""
    from policies.evaluate.counting import as_it_stands
    from policies.evaluate.seats import is_skipped, stands

    node, place = step
    before = AllNode(f"{node.path}[:{place}]", node.parts[:place], node.one_seat, None, None)
    return is_skipped(before, scene) or stands(before, as_it_stands(scene))


def is_early(scene: Scene, leaf: VotesNode, decision: Decision) -> bool:
    """Whether a decision was given before the leaf's step was open."""
    if not scene.policy.steps or scene.real is not None:
        return False
    return any(not earlier_met(_before(scene, decision), step) for step in _later_steps(scene, leaf))


def _later_steps(scene: Scene, leaf: VotesNode) -> Iterator[Step]:
    return (step for step in scene.policy.steps.get(leaf.path, ()) if step[1] > 0)


def _before(scene: Scene, decision: Decision) -> Scene:
    """The scene at the instant of a decision, without it: of the same instant, what the list has before it; at the
    revision of then, even where an older one was on the screen."""
    place = next((i for i, one in enumerate(scene.facts.decisions) if one.id == decision.id), 0)
    revision = max((number for number, one in scene.facts.item.edits.items() if one.at < decision.at), default=1)
    said = scene.facts.decisions[:place]
    return _earlier(scene, ("before", place), said, decision.at, max(revision, decision.revision))
