"""What comes of a round if nobody says anything from now on: every moment at which the clock alone changes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from policies.evaluate import CompiledPolicy, evaluate
from policies.facts import Facts
from policies.verdict import Verdict

MOST_MOMENTS = 20


@dataclass(frozen=True, slots=True)
class Change:
    """At `at` the clock alone makes the verdict this one."""

    at: datetime
    verdict: Verdict


def if_silent(policy: CompiledPolicy, facts: Facts) -> Iterator[Change]:
    """The changes to come, soonest first; ends with the verdict that decides, or when nothing more changes."""
    verdict = evaluate(policy, facts)
    for _ in range(MOST_MOMENTS):
        if verdict.is_decided or verdict.next_change_at is None:
            return
        facts = replace(facts, now=verdict.next_change_at)
        verdict = evaluate(policy, facts)
        yield Change(facts.now, verdict)


def silence_in_words(policy: CompiledPolicy, facts: Facts) -> list[str]:
    """The same as sentences, in the time of the item's site."""
    zone = facts.calendar.zone
    said = []
    for change in if_silent(policy, facts):
        local = change.at.astimezone(ZoneInfo(zone))
        said.append(f"On {local:%a} {local.day} {local:%b %Y %H:%M} ({zone}): {change.verdict.sentence}")
    return said or ["Nothing changes by time alone; somebody has to speak."]
