"""Leaves on file during which an outcome cannot be met, those that overlap looked at together; and stand-ins that
will not do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product

from policies.facts import Roster, StandIn
from policies.phrases import both
from policies.powers import is_role
from policies.staffing.findings import Finding, day
from policies.staffing.model import Away, Level, Staff, StaffRemark
from policies.staffing.people import alike, touching, ways
from policies.staffing.setting import Setting, Ties


def together(staff: Staff) -> Iterator[tuple[datetime, frozenset[Away]]]:
    """Each moment from which another set of people is away, with the set."""
    window = [one for one in staff.away if one.since < staff.until and one.until > staff.start]
    edges = {max(one.since, staff.start) for one in window} | {one.until for one in window if one.until < staff.until}
    edges |= {moment for moment, _ in staff.rosters if moment < staff.until}
    for moment in sorted(edges):
        there = frozenset(one for one in window if one.since <= moment < one.until)
        if there:
            yield moment, there


def away_now(setting: Setting, leaves: frozenset[Away], seen: set[object]) -> Iterator[Finding]:
    """TG205: what these leaves block, and what they block together with somebody's part in the item."""
    relevant = touching(setting, leaves)
    key = (setting.site, id(setting.roster.holdings), relevant)
    if not relevant or key in seen:
        return
    seen.add(key)
    groups = [(way, group) for way in ways(setting.ask) for group in alike(setting, relevant)]
    for place in range(len(setting.ask.items)):
        always = setting.blocked(place)
        open_ones = set(setting.reachable(place)) - always
        if not open_ones:
            continue
        bare = setting.blocked(place, away=relevant) - always
        for outcome in sorted(bare):
            for fewest in _smallest(setting, place, (), relevant, outcome):
                yield Finding("TG205", setting, place, outcome, away=fewest)
        if not open_ones - bare:
            continue
        for way, group in groups:
            ties: Ties = ((way.word, (group.one,)),)
            both_ways = setting.blocked(place, ties, relevant) - bare - always
            for outcome in sorted(both_ways and both_ways - setting.blocked(place, ties)):
                for fewest, person in product(_smallest(setting, place, ties, relevant, outcome), group.people):
                    own: Ties = ((way.word, (person,)),)
                    yield Finding("TG205", setting, place, outcome, (person,), way.verb, own, fewest)


def _smallest(
    setting: Setting, place: int, ties: Ties, leaves: frozenset[Away], outcome: str
) -> Iterator[frozenset[Away]]:
    """Single leaves that block it by themselves; of the others a smallest set that does."""

    def blocks(some: frozenset[Away]) -> bool:
        return outcome in setting.blocked(place, ties, some)

    ordered = sorted(leaves, key=lambda one: one.place)
    rest = []
    for one in ordered:
        if blocks(frozenset({one})):
            yield frozenset({one})
        else:
            rest.append(one)
    found = frozenset(rest)
    if not found or not blocks(found):
        return
    for one in rest:
        if blocks(found - {one}):
            found -= {one}
    yield found


# -- stand-ins -------------------------------------------------------------------------------------------


def circles(staff: Staff, roster: Roster) -> Iterator[StaffRemark]:
    """TG208: stand-ins who sit for one another at the same time."""
    seen: set[frozenset[int]] = set()
    sitting = [one for one in staff.away if one.sits is not None]
    for start in sitting:
        path = [start]
        while True:
            following = next((one for one in sitting if _follows(path, one)), None)
            if following is None:
                break
            if following in path:
                ring = path[path.index(following) :]
                if frozenset(one.place for one in ring) not in seen:
                    seen.add(frozenset(one.place for one in ring))
                    yield _circle(ring, roster)
                break
            path.append(following)


def _follows(path: list[Away], one: Away) -> bool:
    last = path[-1].sits
    return last is not None and one.person == last.person and all(_overlap(one, other) for other in path)


def _overlap(one: Away, other: Away) -> bool:
    return one.since < other.until and other.since < one.until


def _circle(ring: list[Away], roster: Roster) -> StaffRemark:
    names = [f"{roster.name(one.sits.person)} for {roster.name(one.person)}" for one in ring if one.sits]
    first, last = max(one.first for one in ring), min(one.last for one in ring)
    return StaffRemark(
        "TG208",
        Level.WARNING,
        f"stand-ins go round in a circle from {day(first)} to {day(last)}: {both(names)}; nobody sits there.",
        "Name somebody who is there.",
        ("absences", ring[0].place, "stand_in"),
        on_roster=True,
        people=tuple(one.person for one in ring),
        first=first,
        last=last,
    )


def useless(staff: Staff, roster: Roster, settings: Iterable[Setting]) -> Iterator[StaffRemark]:
    """TG209: stand-ins who are away too, and those whom a policy keeps apart."""
    for one in staff.away:
        if one.sits is None or one.until <= staff.start or one.since >= staff.until:
            continue
        for other in staff.away:
            if other.person == one.sits.person and _overlap(one, other) and not _is_circle(one, other):
                yield _on_leave(one, other, one.sits, roster)
    told: set[object] = set()
    for setting in settings:
        for one in staff.away:
            if one.sits is not None and one.since < staff.until and one.until > staff.start:
                yield from _kept_apart(setting, one, one.sits, told)


def _is_circle(one: Away, other: Away) -> bool:
    return other.sits is not None and other.sits.person == one.person


def _on_leave(one: Away, other: Away, sits: StandIn, roster: Roster) -> StaffRemark:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return StaffRemark(
        "TG209",
        Level.WARNING,
        f"{roster.name(sits.person)}, who sits for {roster.name(one.person)}, is away too "
        f"from {day(first)} to {day(last)}.",
        "Name somebody who is there.",
        ("absences", one.place, "stand_in"),
        on_roster=True,
        people=(sits.person, one.person),
        first=first,
        last=last,
    )


def _kept_apart(setting: Setting, one: Away, sits: StandIn, told: set[object]) -> Iterator[StaffRemark]:
    """Whoever a rule excludes by a role cannot sit in it for somebody else."""
    roster, policy = setting.roster, setting.ask.policy.name
    scene = setting.scene(0)
    for leaf in setting.ask.leaves:
        body = scene.body(leaf)
        roles = [
            word for word in leaf.exclude if is_role(word) and sits.person in scene.people(word, None, anywhere=True)
        ]
        if one.person not in body or not roles or (policy, one.place) in told:
            continue
        if sits.roles is not None and body[one.person] not in sits.roles:
            continue
        told.add((policy, one.place))
        said = f"{roster.name(sits.person)}, who sits for {roster.name(one.person)}"
        yield StaffRemark(
            "TG209",
            Level.WARNING,
            f"{said}, is kept apart from `{policy}` as {roster.title(roles[0])}.",
            "Name somebody whom the policy does not keep apart.",
            ("absences", one.place, "stand_in"),
            on_roster=True,
            policy=policy,
            rule=leaf.path,
            people=(sits.person, one.person),
            first=one.first,
            last=one.last,
        )
