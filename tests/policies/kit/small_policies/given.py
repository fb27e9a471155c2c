"""A small case as the evaluator takes it: a compiled policy, and facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from oracle import Case
from oracle.case import CHANGED, PROCESS, SITE
from scenes import NOW

from policies.conditions import type_env
from policies.evaluate import CompiledPolicy, compile_policy
from policies.facts import Decision, Edit, Facts, Holding, ItemFacts, Overriding, Person, Roster, StandIn
from policies.model import Field, Policy

ENV = type_env({"urgent": Field(type="boolean"), "pieces": Field(type="integer"), "functions": Field(type="list")}, {})


def compiled(case: Case) -> CompiledPolicy:
    """The case's policy, as a file would say it."""
    said: dict[str, Any] = {
        "outcomes": {
            name: {"rule": rule} | ({"counts": counts} if counts else {}) for name, rule, _, counts in case.outcomes
        },
        "exclude": case.exclude,
        "one_seat": case.one_seat,
        "stale_on": case.stale_on,
        "none_required": "nobody need be asked" if case.none_required else None,
        **case.words,
    }
    return compile_policy("small", Policy.model_validate(as_file(said)), {}, ENV)


def as_file(value: Any) -> Any:
    """Lists as the reader of files gives them."""
    if isinstance(value, dict):
        return {key: as_file(one) for key, one in value.items()}
    return tuple(as_file(one) for one in value) if isinstance(value, list | tuple) else value


def facts(case: Case) -> Facts:
    """The facts of the case: an item in Lyon whose one edit, if any, changed the cost."""
    revision = 1 + len(case.edits) if case.edits else case.revision
    about = ItemFacts(
        key="EX-1",
        process=PROCESS,
        kind="change_request",
        revision=revision,
        author=case.author,
        site=SITE,
        editors=case.editors,
        fields=case.fields,
        changed={2: frozenset({CHANGED})} if revision == 2 else {},
        edits={number: Edit(by, hour(at)) for number, (by, at) in enumerate(case.edits, start=2)},
    )
    return Facts(
        about,
        roster(case),
        hour(case.now),
        decisions(case),
        opened_at=NOW,
        present=case.present,
        closed_at=None if case.closed_at is None else hour(case.closed_at),
        overrides=tuple(
            Overriding(f"o{number}", one.person, one.outcome, one.reason, hour(one.at))
            for number, one in enumerate(case.overrides)
        ),
    )


def hour(number: int) -> Any:
    return NOW + timedelta(hours=number)


def roster(case: Case) -> Roster:
    holdings = []
    for person, roles in case.people.items():
        for role, site, *since in roles:
            holdings.append(Holding(person, role, site, hour(since[0]) if since else None))
    stand_ins = tuple(
        StandIn(
            one.absent, one.person, hour(one.since), hour(one.until), one.roles, one.sites, one.processes, one.chain
        )
        for one in case.stand_ins
    )
    people = {person: Person(person, person.capitalize(), case.attributes.get(person, {})) for person in case.people}
    return Roster(people, tuple(holdings), stand_ins=stand_ins)


def decisions(case: Case) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            f"d{number}",
            one.person,
            one.position,
            hour(case.time_of(number)),
            one.revision,
            withdrawn=one.taken_back,
            conditions=("what has to be done",) if one.asks else (),
            lifts=None if one.lifts is None else f"d{one.lifts}",
        )
        for number, one in enumerate(case.said)
    )
