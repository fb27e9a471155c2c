"""Past rounds as facts, so that another text of the process can be asked what it would have decided.

Who was on the roster is what the record says of the round; holders of roles that round did not ask are those whose
dates say that they held them then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.ledger.entries import Kind, unstamp
from gates.service.desk import Desk
from gates.service.gather import round_facts
from gates.store import tables as t
from policies.facts import Edit, Facts, Holding, ItemFacts, Person, Roster


@dataclass(frozen=True, slots=True)
class PastRound:
    """One closed round: what was decided, and the facts as they stood at its end."""

    key: str
    number: int
    policy: str
    outcome: str
    sentence: str
    closed_at: datetime
    facts: Facts


def past_rounds(desk: Desk, connection: Connection, process: str) -> Iterator[PastRound]:
    """Every round of a process that was closed with a verdict, oldest first."""
    rows = connection.execute(
        select(t.rounds)
        .join(t.items, t.items.c.key == t.rounds.c.item)
        .where(t.items.c.process == process, t.rounds.c.closed_at.is_not(None), t.rounds.c.outcome.is_not(None))
        .order_by(t.rounds.c.closed_at, t.rounds.c.item)
    ).all()
    for round_row in rows:
        recorded = _recorded(connection, round_row)
        if recorded is not None:
            yield _past(desk, connection, round_row, recorded)


def _recorded(connection: Connection, round_row: Row[Any]) -> dict[str, Any] | None:
    bodies = connection.execute(
        select(t.entries.c.body)
        .where(t.entries.c.chain == round_row.item, t.entries.c.kind == Kind.ROUND_CLOSED.value)
        .order_by(t.entries.c.seq)
    ).scalars()
    entries = (json.loads(body)["data"] for body in bodies)
    found: dict[str, Any] | None = next((data for data in entries if data["round"] == round_row.id), None)
    return found if found is not None and found["facts"] is not None else None


def _past(desk: Desk, connection: Connection, round_row: Row[Any], recorded: dict[str, Any]) -> PastRound:
    item = connection.execute(select(t.items).where(t.items.c.key == round_row.item)).one()
    then = _as_it_was(item, recorded)
    bound = desk.bound(connection, recorded["process_digest"])
    facts = round_facts(desk, connection, then, bound, round_row, round_row.closed_at)
    return PastRound(
        key=round_row.item,
        number=round_row.number,
        policy=round_row.policy,
        outcome=round_row.outcome,
        sentence=(recorded["verdict"] or {}).get("sentence", ""),
        closed_at=round_row.closed_at,
        facts=_as_recorded(facts, recorded["facts"]),
    )


@dataclass(frozen=True, slots=True)
class _Then:
    """An item's row as it was when a round closed: the columns that facts are made of."""

    key: str
    process: str
    kind: str
    site: str | None
    program: str | None
    project: str | None
    author: str | None
    owner: str | None
    submitter: str | None
    revision: int


def _as_it_was(item: Row[Any], recorded: dict[str, Any]) -> Any:
    facts = recorded["facts"]
    return _Then(
        key=item.key,
        process=item.process,
        kind=item.kind,
        site=item.site,
        program=item.program,
        project=item.project,
        author=facts["author"],
        owner=facts["owner"],
        submitter=facts["submitter"],
        revision=recorded["revision"],
    )


def _as_recorded(facts: Facts, recorded: dict[str, Any]) -> Facts:
    """The item as it was then, the roster of the record in place of today's for the roles the round asked."""
    asked = {role for _, role, _, _ in recorded["holdings"]}
    held = tuple(
        Holding(person, role, site, unstamp(since) if since else None)
        for person, role, site, since in recorded["holdings"]
    )
    others = tuple(one for one in facts.roster.holdings if one.role not in asked)
    people = {**facts.roster.people}
    for person, name in recorded["names"].items():
        people.setdefault(person, Person(person, name))
    roster = Roster(people, (*held, *others), facts.roster.role_titles, facts.roster.stand_ins)
    given = set(recorded["decisions"])
    said = tuple(replace(one, withdrawn=one.id not in given or one.withdrawn) for one in facts.decisions)
    return replace(facts, roster=roster, decisions=said, item=_until(facts.item, facts.now, recorded["editors"]))


def _until(item: ItemFacts, moment: datetime, editors: list[str]) -> ItemFacts:
    """The item without what was done to it later."""
    edits: dict[int, Edit] = {number: one for number, one in item.edits.items() if number <= item.revision}
    known = {number for number, one in edits.items() if one.at <= moment}
    changed = {number: names for number, names in item.changed.items() if number in known}
    return replace(item, editors=tuple(editors), edits=edits, changed=changed)
