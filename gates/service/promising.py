"""Conditions begin: what a conditional decision asks becomes a thing of its own, with an owner, a day and a clock.

Called while an item enters the state that its conditional outcome leads to, in the same commit. The acts on a
condition are in `gates.service.conditions`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, insert, select, update

from gates.items import ENGINE
from gates.ledger.entries import Kind, stamp
from gates.promises import Promise, read
from gates.service.desk import Bound, Desk
from gates.service.people import owe_mail
from gates.service.timers import calendar_for, end_of_day
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w
from gates.store.following_tables import conditions as c
from policies.durations import before, parse_duration, share_of
from policies.model import Conditions
from policies.phrases import at_moment, phrase

DUE = "condition"
REMIND = "condition-remind"
"""The first words of the names of a condition's timers; its number follows."""


@dataclass
class _Asked:
    promise: Promise
    by: list[str] = field(default_factory=list)


def set_conditions(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> None:
    """Keep each condition of the round that led the item here. The same words, owner and day are one condition."""
    here = bound.loaded.process.states[row.state].conditions
    if here is None:
        return
    calendar = calendar_for(desk, unit, row)
    number = unit.connection.execute(select(func.max(c.c.number)).where(c.c.item == row.key)).scalar() or 0
    for asked in _asked(unit, row):
        number += 1
        promise = asked.promise
        owner = promise.owner or row.owner or row.author
        due = end_of_day(promise.due, calendar.zone) if promise.due else None
        due = due or parse_duration(here.due).after(unit.now, calendar)
        values: dict[str, Any] = {"number": number, "text": promise.text, "owner": owner}
        data = {**values, "place": row.state, "due_at": stamp(due), "asked_by": asked.by}
        unit.enter(row.key, Kind.CONDITION_SET, ENGINE, {**data, "process_digest": row.process_digest})
        unit.connection.execute(
            insert(c).values(
                **values,
                item=row.key,
                place=row.state,
                due_at=due,
                state="open",
                asked_by=json.dumps(asked.by),
                evidence="",
                set_at=unit.now,
            )
        )
        start_clocks(desk, unit, row, here, number, due)
        told = phrase(
            "You own a condition of %(item)s: “%(text)s”. It is due by %(at)s.",
            item=row.key,
            text=promise.text,
            at=_day(due, calendar.zone),
        )
        _tell(desk, unit, row, owner, f"condition:{number}", told)


def _asked(unit: Unit, row: Row[Any]) -> list[_Asked]:
    """The conditions that people who count asked for in the round closed right now, in the order they were given."""
    closed = unit.connection.execute(
        select(t.entries.c.body)
        .where(t.entries.c.chain == row.key, t.entries.c.kind == Kind.ROUND_CLOSED.value, t.entries.c.at == unit.now)
        .order_by(t.entries.c.seq.desc())
    ).scalar()
    if closed is None:
        return []
    data = json.loads(closed)["data"]
    # Whoever was not needed for the verdict still asked for what they asked for.
    aside = [one for one in (data["verdict"] or {}).get("set_aside", ()) if not _merely_spare(one["reason"])]
    left_out = {one["person"] for one in aside}
    found: dict[tuple[str, str | None, date | None], _Asked] = {}
    for said in unit.connection.execute(
        select(t.decisions)
        .where(t.decisions.c.round == data["round"], t.decisions.c.withdrawn_at.is_(None))
        .order_by(t.decisions.c.seq)
    ):
        if said.person in left_out:
            continue
        for line in json.loads(said.conditions or "[]"):
            promise = read(line)
            key = (" ".join(promise.text.split()).casefold(), promise.owner, promise.due)
            found.setdefault(key, _Asked(promise)).by.append(said.person)
    return list(found.values())


def _merely_spare(reason: str) -> bool:
    return reason.startswith("already counted")


def start_clocks(desk: Desk, unit: Unit, row: Row[Any], here: Conditions, number: int, due: datetime) -> None:
    """The timers of one condition: its reminders, and its lapse."""
    calendar = calendar_for(desk, unit, row)
    set_clock(unit, row, f"{DUE}:{number}", due)
    for place, reminder in enumerate(here.remind):
        at = share_of(unit.now, due, reminder) if reminder.endswith("%") else before(due, reminder, calendar)
        if at > unit.now:
            set_clock(unit, row, f"{REMIND}:{number}:{place}", at)


def set_clock(unit: Unit, row: Row[Any], name: str, due: datetime) -> None:
    """One timer of the item's present state."""
    unit.connection.execute(insert(w.timers).values(item=row.key, state=row.state, round=None, name=name, due_at=due))


def stop_clocks(unit: Unit, key: str, number: int) -> None:
    """Cancel the timers of one condition that have not fired."""
    names = w.timers.c.name == f"{DUE}:{number}", w.timers.c.name.like(f"{REMIND}:{number}:%")
    unit.connection.execute(
        update(w.timers)
        .where(
            w.timers.c.item == key,
            names[0] | names[1],
            w.timers.c.fired_at.is_(None),
            w.timers.c.cancelled_at.is_(None),
        )
        .values(cancelled_at=unit.now)
    )


def drop_open(unit: Unit, key: str) -> None:
    """The item leaves its state: what is still open binds nobody any more. The move's own entry tells of it."""
    unit.connection.execute(update(c).where(c.c.item == key, c.c.state == "open").values(state="dropped"))


def _day(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return at_moment(f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M} {local.tzname()}", moment, zone)


def _tell(desk: Desk, unit: Unit, row: Row[Any], person: str | None, once: str, sentence: str) -> None:
    if person in desk.roster(unit.connection, unit.now).people:
        reason = phrase("You answer for a condition of this item.")
        owe_mail(unit, row.key, "notice", str(person), once, sentence=sentence, reason=reason)
