"""Stand-ins: who sits in somebody's place at a moment. Entries count for this item's site and process."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from policies.facts import Facts, StandIn


def stand_in(facts: Facts, person: str, word: str | None, at: datetime) -> StandIn | None:
    """The first stand-in of `person` as `word` in force at `at`; `word` None asks for one in all roles."""
    for one in facts.roster.stand_ins_of.get(person, ()):
        in_role = one.roles is None or (word is not None and word in one.roles)
        if in_role and one.is_in_force(at) and concerns(facts, one):
            return one
    return None


def concerns(facts: Facts, one: StandIn) -> bool:
    """Whether an entry is about items of this site and process."""
    item = facts.item
    return (one.sites is None or item.site in one.sites) and (one.processes is None or item.process in one.processes)


def sitter(facts: Facts, person: str, word: str, at: datetime) -> str | None:
    """Who sits for `person` as `word` at `at`: themselves, a stand-in, or (None) nobody.

    A stand-in of a stand-in sits only where the second entry says `chain`; one who left the roster does not.
    """
    entry = stand_in(facts, person, word, at)
    if entry is None:
        return person
    seen = {person}
    while True:
        seen.add(entry.person)
        following = stand_in(facts, entry.person, word, at)
        if following is None:
            return entry.person if entry.person in facts.roster.people else None
        if not following.chain or following.person in seen:
            return None
        entry = following


def sitting_for(facts: Facts, kept_out: Collection[str]) -> set[str]:
    """Those who now stand in for somebody of `kept_out`, whatever for; where a chain goes on, its end too."""
    found: set[str] = set()
    entries = [one for one in facts.roster.stand_ins if one.is_in_force(facts.now)]
    for _ in entries:
        found |= {one.person for one in entries if one.absent in kept_out or (one.chain and one.absent in found)}
    return found


def turns(facts: Facts, people: Collection[str]) -> list[datetime]:
    """The moments to come at which somebody of `people`, or their stand-in, goes or comes back."""
    found: set[datetime] = set()
    for one in facts.roster.stand_ins:
        if (one.absent in people or one.person in people) and one.until > facts.now:
            found |= {one.since, one.until}
    return sorted(moment for moment in found if moment > facts.now)
