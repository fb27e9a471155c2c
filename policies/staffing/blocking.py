"""Outcomes that the people as they are cannot meet: whoever writes the item, when one of them does, when two edit it,
when somebody is away at any time; and outcomes that one of them meets alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations, combinations_with_replacement, islice, product

from policies.staffing.findings import Finding
from policies.staffing.people import Alike, Way, alike, is_somebody, ways
from policies.staffing.setting import Setting, Ties

MOST_PAIRS = 500
"""Pairs of people alike that are named one by one."""


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
        for way in ways(setting.ask):
            code = "TG203" if "author" in way.words else "TG204"
            single: dict[str, frozenset[str]] = {}
            for group in groups:
                found = setting.blocked(place, ((way.word, (group.one,)),)) - always
                single[group.one] = found
                for outcome, person in product(sorted(found), group.people):
                    ties: Ties = ((way.word, (person,)),)
                    yield Finding(code, setting, place, outcome, (person,), way.verb, ties)
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
        pairs = _members(one, other)
        if not pairs:
            continue
        known = single[one.one] | single[other.one] | always
        verb = "both edit it" if way.words == ("editors",) else "edit it, or one writes and one edits it"
        for outcome in sorted(setting.blocked(place, (("editors", pairs[0]),)) - known):
            for pair in pairs:
                yield Finding("TG204", setting, place, outcome, pair, verb, (("editors", pair),))


def _members(one: Alike, other: Alike) -> list[tuple[str, str]]:
    """Pairs of two people, one of each group; of very many the first."""
    pairs = combinations(one.people, 2) if one is other else product(one.people, other.people)
    return list(islice(pairs, MOST_PAIRS))


def single_points(setting: Setting) -> Iterator[Finding]:
    """TG206: people without whom, whenever they are away and nobody sits for them, an outcome cannot be met."""
    for place in range(len(setting.ask.items)):
        always = setting.blocked(place)
        if not set(setting.reachable(place)) - always:
            continue
        for group in alike(setting):
            found = setting.blocked(place, silent=frozenset({group.one})) - always
            for outcome, person in product(sorted(found), group.people):
                silent = frozenset({person})
                yield Finding("TG206", setting, place, outcome, (person,), "is away", silent=silent)


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
            for outcome, person in product(sorted(met), group.people):
                silent = everybody - {person}
                yield Finding("TG207", setting, place, outcome, (person,), silent=silent)
