"""People enough for everything, so that what the item itself rules out is told from what people do."""

from __future__ import annotations

from collections.abc import Iterable

from policies.evaluate import CompiledPolicy
from policies.facts import Holding, Person, Roster

PERSON = "person:"
MOST_IDEAL = 60
"""People given to each role."""


def ideal_roster(policy: CompiledPolicy, roster: Roster, kept: Iterable[str]) -> Roster:
    """So many people in each role that numbers never fail, each with one role and unlike all others; `kept` are people
    of the roster who stay, without roles."""
    bounds = [b for leaf in policy.leaves if leaf.weight is None for b in (leaf.bound, leaf.quorum) if b is not None]
    many = min(sum((bound.number or 0) + 1 for bound in bounds) + 2, MOST_IDEAL)
    counting = {a for leaf in policy.leaves for a in (leaf.weight, leaf.distinct) if a}
    people = {name: roster.people[name] for name in kept}
    named = {w.removeprefix(PERSON) for leaf in policy.leaves for w in leaf.bodies if w.startswith(PERSON)}
    people |= {name: Person(name, name, dict.fromkeys(counting, 10**6)) for name in named}
    holdings = []
    for role in sorted(policy.roles):
        for number in range(many):
            name = f"~{role}~{number}"
            people[name] = Person(name, name, dict.fromkeys(counting, 10**6 + len(people)))
            holdings.append(Holding(name, role))
    return Roster(people, tuple(holdings))
