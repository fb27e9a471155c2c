"""Outcomes that the people as they are cannot meet: whoever writes the item, when one of them does, when two edit it,
when somebody is away at any time; and outcomes that one of them meets alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations_with_replacement

from policies.staffing.findings import Finding
from policies.staffing.people import Alike, Way, alike, is_somebody, ways
from policies.staffing.setting import Setting


def whoever(setting: Setting, since: date | None = None) -> Iterator[Finding]:
    """TG203: what cannot be met even when nobody is kept apart and nobody is away."""
    for place in range(len(setting.ask.items)):
        for outcome in sorted(setting.blocked(place)):
            yield Finding("TG203", setting, place, outcome, since=since)


def tied_people(setting: Setting) -> Iterator[Finding]:
    """TG203 for authors, TG204 for owners, editors and pairs of editors."""
    groups = alike(setting)
    for place in range(len(setting.ask.items)):
        always = setting.blocked(place)
        if not set(setting.reachable(place)) - always:
            continue
        for way in ways(setting.ask.policy):
            code = "TG203" if "author" in way.words else "TG204"
            single: dict[str, frozenset[str]] = {}
            for group in groups:
                found = setting.blocked(place, ((way.word, (group.one,)),)) - always
                single[group.one] = found
                for outcome in sorted(found):
                    ties = ((way.word, (group.one,)),)
                    yield Finding(code, setting, place, outcome, (group.one,), way.verb, ties, alike=group.people)
            if "editors" in way.words:
                yield from _pairs(setting, place, way, groups, single, always)


def _pairs(
    setting: Setting,
    place: int,
    way: Way,
    groups: list[Alike],
    single: dict[str, frozenset[str]],
    always: frozenset[str],
) -> Iterator[Finding]:
    """Two editors of whom neither blocks it alone."""
    for one, other in combinations_with_replacement(groups, 2):
        if one is other and len(one.people) < 2:
            continue
        pair = (one.one, other.people[1] if one is other else other.one)
        ties = (("editors", pair),)
        known = single[one.one] | single[other.one] | always
        verb = "both edit it" if way.words == ("editors",) else "edit it, or one writes and one edits it"
        for outcome in sorted(setting.blocked(place, ties) - known):
            yield Finding("TG204", setting, place, outcome, pair, verb, ties)


def single_points(setting: Setting) -> Iterator[Finding]:
    """TG206: people without whom, whenever they are away and nobody sits for them, an outcome cannot be met."""
    for place in range(len(setting.ask.items)):
        always = setting.blocked(place)
        if not set(setting.reachable(place)) - always:
            continue
        for group in alike(setting):
            silent = frozenset({group.one})
            for outcome in sorted(setting.blocked(place, silent=silent) - always):
                yield Finding(
                    "TG206", setting, place, outcome, (group.one,), "is away", silent=silent, alike=group.people
                )


def alone(setting: Setting) -> Iterator[Finding]:
    """TG207: people who meet an outcome though everybody else is silent. What silence meets is said elsewhere."""
    everybody = frozenset(setting.roster.people)
    for place in range(len(setting.ask.items)):
        could = set(setting.reachable(place)) - setting.blocked(place)
        by_silence = could - setting.blocked(place, silent=everybody)
        for group in alike(setting) if could - by_silence else ():
            if not is_somebody(group.one):
                continue
            silent = everybody - {group.one}
            met = could - by_silence - setting.blocked(place, silent=silent)
            for outcome in sorted(met):
                yield Finding("TG207", setting, place, outcome, (group.one,), silent=silent, alike=group.people)
