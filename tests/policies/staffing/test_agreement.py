"""What the checks say cannot be met, against everything that people could say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from oracle import Case
from roster_examples import process
from scenes import NOW
from small_policies import PEOPLE, cases, compiled, facts

from policies.evaluate import CompiledPolicy, decide
from policies.evaluate.nodes import walk
from policies.facts import Decision, Facts, Roster, StandIn
from policies.staffing import Away
from policies.staffing.setting import Ask, Setting, Ties, coming
from policies.verdict import Status

pytestmark = pytest.mark.slow

LOADED = process("approve: {from: a, at_least: 1}")
MANY = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def ask_of(case: Case) -> Ask:
    policy = compiled(case)
    nodes = [node for outcome in policy.outcomes for node in walk(outcome.rule)]
    conditions = [node.when for node in nodes if node.when is not None]
    shares = any(leaf.bound.share is not None for leaf in policy.leaves)
    return Ask(LOADED, policy, [facts(case).item], True, conditions, shares)


def ever_reached(policy: CompiledPolicy, about: Facts, silent: frozenset[str]) -> tuple[set[str], set[str]]:
    """The outcomes that some way of speaking comes to, and those met with no refusal before them (one that always
    comes second to another is met and never reached); those who are silent say nothing."""
    speakers = [person for person in about.roster.people if person not in silent and not person.startswith("~")]
    refusals = {one.name for one in policy.outcomes if one.is_refusal}
    reached, met = set(), set()
    for words in product((None, *policy.positions), repeat=len(speakers)):
        said = tuple(
            Decision(f"d-{person}", person, word, about.now, about.item.revision)
            for person, word in zip(speakers, words, strict=True)
            if word is not None
        )
        verdict = decide(policy, replace(about, decisions=said))
        if verdict.outcome is not None:
            reached.add(verdict.outcome)
        if verdict.outcome not in {None, *refusals}:
            met |= {name for name, one in (verdict.findings or {}).items() if one.status is Status.MET}
    return reached, reached | met


def away(person: str, sits: str | None) -> Away:
    since, until = NOW - timedelta(days=1), NOW + timedelta(days=1)
    stand_in = None if sits is None else StandIn(person, sits, since, until)
    return Away(person, since, until, date(2026, 8, 16), date(2026, 8, 18), stand_in)


leaves = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from([None, *PEOPLE])).filter(lambda pair: pair[0] != pair[1]),
    max_size=2,
    unique_by=lambda pair: pair[0],
)
ties = st.sampled_from([(), (("author", ("ana",)),), (("editors", ("ben", "eva")),), (("author", ("tom",)),)])


@MANY
@given(cases(cast=False), leaves, ties)
def test_what_is_blocked_is_what_nobody_can_bring_about(
    case: Case, off: list[tuple[str, str | None]], tie: Ties
) -> None:
    """Whoever is away, sits in or wrote the item: an outcome is blocked when no way of speaking meets it, and only
    then."""
    assume("urgent" in case.fields)
    ask = ask_of(case)
    known = facts(case)
    gone = frozenset(
        replace(away(person, sits), place=place)
        for place, (person, sits) in enumerate(off)
        if person in case.people and (sits is None or sits in case.people)
    )
    setting = Setting.of(ask, known.roster, known.now, "Lyon", known.calendar)
    wanted = set(setting.reachable(0))
    blocked = setting.blocked(0, tie, gone)
    about = setting.facts(0, tie, gone)
    reached, met = ever_reached(ask.policy, about, frozenset(one.person for one in gone))
    event(f"away {len(gone)}, blocked {bool(blocked)}")
    assert not blocked & reached
    assert blocked >= wanted - met


@MANY
@given(cases(cast=False, agreeable=True))
def test_what_cannot_be_met_with_people_enough_is_no_matter_of_people(case: Case) -> None:
    """Whatever somebody can bring about with the people there are is among what could be brought about at all."""
    assume("urgent" in case.fields)
    ask = ask_of(case)
    known = facts(case)
    setting = Setting.of(ask, known.roster, known.now, "Lyon", known.calendar)
    assert set(coming(setting.scene(0))) <= set(setting.reachable(0))


@MANY
@given(cases(cast=False))
def test_names_never_matter(case: Case) -> None:
    """People of other names with the same roles block the same."""
    known = facts(case)
    other = {person: f"x-{person}" for person in known.roster.people}
    renamed = Roster(
        {other[p]: replace(one, id=other[p]) for p, one in known.roster.people.items()},
        tuple(replace(one, person=other[one.person]) for one in known.roster.holdings),
    )
    ask = ask_of(case)
    found = []
    for roster, name in ((known.roster, lambda person: person), (renamed, lambda person: other[person])):
        setting = Setting.of(ask, roster, known.now, "Lyon", known.calendar)
        found.append([setting.blocked(0, (("author", (name(p),)),)) for p in known.roster.people])
    assert found[0] == found[1]
