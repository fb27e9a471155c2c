"""Conditions as lists and pages show them. Looking changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.moves import may
from gates.service.desk import Desk, item_row
from gates.service.gather import item_facts
from gates.store.following_tables import conditions as c
from policies.facts import ItemFacts, Roster
from policies.model import Conditions


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One condition. `state` is open, met, waived, lapsed or dropped; `acts` is what the person looking may do."""

    item: str
    item_title: str
    number: int
    text: str
    owner: str
    owner_name: str
    due_at: datetime
    state: str
    evidence: str = ""
    claimed_by: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None
    is_late: bool = False
    acts: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Its state for people."""
        if self.state == "open" and self.claimed_by:
            return "Waits to be confirmed"
        return self.state.capitalize()


def conditions(
    desk: Desk,
    connection: Connection,
    now: datetime,
    *,
    item: str | None = None,
    owner: str | None = None,
    until: datetime | None = None,
    open_only: bool = False,
    person: str | None = None,
    limit: int = 500,
) -> list[ConditionLine]:
    """Conditions, the soonest due first; of an item in their order. `person` is whoever looks. Raises NotFound."""
    query = select(c).limit(limit)
    if item is not None:
        item_row(connection, item)
        query = query.where(c.c.item == item).order_by(c.c.number)
    query = query.order_by(c.c.due_at, c.c.item, c.c.number)
    if owner is not None:
        query = query.where(c.c.owner == owner)
    if until is not None:
        query = query.where(c.c.due_at <= until)
    if open_only:
        query = query.where(c.c.state.in_(("open", "lapsed")))
    return [_line(desk, connection, one, now, person) for one in connection.execute(query).all()]


def inbox(desk: Desk, connection: Connection, now: datetime, person: str) -> list[ConditionLine]:
    """The conditions that wait for a person: to be met, or to be confirmed."""
    found = conditions(desk, connection, now, open_only=True, person=person)
    return [line for line in found if ("met" in line.acts and line.owner == person) or "confirm" in line.acts]


def _line(desk: Desk, connection: Connection, one: Row[Any], now: datetime, person: str | None) -> ConditionLine:
    row = item_row(connection, one.item)
    bound = desk.bound(connection, row.process_digest)
    here = bound.loaded.process.states[row.state].conditions
    roster = desk.roster(connection, now)
    binds = here is not None and one.set_at >= row.entered_at and one.state in ("open", "lapsed")
    acts: tuple[str, ...] = ()
    if person is not None and binds and here is not None:
        acts = _acts(here, one, item_facts(connection, row, bound.loaded.process), roster, person)

    def name(who: str | None) -> str:
        return roster.name(who) if who else ""

    return ConditionLine(
        item=one.item,
        item_title=row.title,
        number=one.number,
        text=one.text,
        owner=one.owner,
        owner_name=name(one.owner),
        due_at=one.due_at,
        state=one.state,
        evidence=one.evidence,
        claimed_by=name(one.claimed_by),
        settled_by=name(one.settled_by),
        settled_at=one.settled_at,
        is_late=one.state == "lapsed" and binds,
        acts=acts,
    )


def _acts(here: Conditions, one: Row[Any], facts: ItemFacts, roster: Roster, person: str) -> tuple[str, ...]:
    """What a person may do about a condition that stands."""

    def among(who: Any) -> bool:
        return who is not None and may(who, person, facts, roster)

    found = []
    owns = one.owner == person
    if one.claimed_by is None and (owns or among(here.met_by)) and person in roster.people:
        found.append("met")
    if one.claimed_by is not None and among(here.confirmed_by) and not owns and one.claimed_by != person:
        found += ["confirm", "return"]
    if among(here.waived_by) and not owns:
        found += ["waive", "extend"]
    return tuple(found)
