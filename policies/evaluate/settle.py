"""A policy's verdict over a whole history: where it says `settle: first`, the first verdict is final.

The register closes a round the moment it is decided, so there `decide` is asked at every act and alarm. Whoever
has only the list of what happened (cases, a past log, a verifier) walks it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from policies.evaluate.compile import CompiledPolicy
from policies.evaluate.decide import decide
from policies.evaluate.unblock import evaluate, next_change_at
from policies.facts import Facts
from policies.verdict import Verdict

MOST_ALARMS = 100
"""Moments at which the clock alone changes something between two acts."""


def settled(policy: CompiledPolicy, facts: Facts) -> tuple[Verdict, Facts]:
    """The verdict and the facts it came of: those of the moment it became final, or of now."""
    if policy.policy.settle == "first":
        for earlier in history(policy, facts):
            if decide(policy, earlier).is_decided:
                return evaluate(policy, earlier), earlier
    return evaluate(policy, facts), facts


def history(policy: CompiledPolicy, facts: Facts) -> Iterator[Facts]:
    """The facts as they stood after each act and each alarm, oldest first; the last are those of now."""
    place, before = 0, None
    for moment in _moments(facts):
        yield from _alarms(policy, before, moment)
        while place < len(facts.decisions) and facts.decisions[place].at <= moment:
            place += 1
            before = as_of(facts, moment, place)
            yield before
        before = as_of(facts, moment, place)
        yield before
    yield from _alarms(policy, before, facts.now)
    yield facts


def _alarms(policy: CompiledPolicy, before: Facts | None, until: datetime) -> Iterator[Facts]:
    """The moments after `before` and up to `until` at which the clock alone changes the verdict."""
    for _ in range(MOST_ALARMS if before is not None else 0):
        assert before is not None
        moment = next_change_at(policy, before, decide(policy, before))
        if moment is None or moment > until:
            return
        before = replace(before, now=moment)
        yield before


def _moments(facts: Facts) -> list[datetime]:
    found = {one.at for one in facts.decisions}
    found |= {one.at for one in facts.item.edits.values()} | {one.at for one in facts.overrides}
    found |= {at for at in (facts.opened_at, facts.closed_at) if at is not None}
    return sorted(at for at in found if at <= facts.now)


def as_of(facts: Facts, moment: datetime, decisions: int | None = None) -> Facts:
    """The facts at `moment`: what was said, edited, overridden and closed until then. Roster and fields are
    those given; of decisions the first `decisions` when that is said."""
    said = facts.decisions[:decisions] if decisions is not None else facts.decisions
    item = facts.item
    if item.edits:
        numbers = [number for number, one in item.edits.items() if one.at <= moment and number <= item.revision]
        item = replace(item, revision=max(numbers, default=1))
    return replace(
        facts,
        item=item,
        now=moment,
        decisions=tuple(one for one in said if one.at <= moment),
        overrides=tuple(one for one in facts.overrides if one.at <= moment),
        closed_at=facts.closed_at if facts.closed_at is not None and facts.closed_at <= moment else None,
    )
