"""How an item's clocks stand: when it is due and was due first, who moved that, and whether they stand still."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.calendars import UTC_SITE, calendar_of
from gates.ledger.entries import Kind, unstamp
from gates.moves import may
from gates.service.desk import Desk, item_row
from gates.service.escalating import raised_in
from gates.service.extending import against, due_at
from gates.service.gather import item_facts
from gates.service.moving import title_of_state
from gates.service.pausing import pause_of
from gates.service.timers import PAUSE, due_now
from gates.store import tables as t
from gates.store import work_tables as w
from gates.store.clock_tables import escalations as e
from gates.store.clock_tables import extensions as x
from policies.durations import parse_duration


@dataclass(frozen=True, slots=True)
class ExtensionLine:
    """One extension of the present stay, as people read it. `standing` is asked, granted or refused."""

    number: int
    standing: str
    due_at: datetime
    until: datetime
    asked_by: str
    settled_by: str
    reason: str
    answer: str


@dataclass(frozen=True, slots=True)
class EscalationLine:
    """One escalation about the item. `state` is its state's title."""

    key: str
    title: str
    state: str
    is_open: bool
    owner_name: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class ClockView:
    """See the module docstring. `first_due_at` is set where the due time was moved by an extension, or by going on
    under another text."""

    due_at: datetime | None
    first_due_at: datetime | None
    extensions: tuple[ExtensionLine, ...]
    paused_since: datetime | None
    paused_by: str
    """The escalation that the clocks wait for."""
    paused_until: datetime | None
    """When they run again all the same; None where there is no end to it."""
    escalations: tuple[EscalationLine, ...]
    escalates_in: str
    """The process that people raise escalations in; '' where there is none for them to raise one in."""
    may_ask: bool = False
    may_answer: bool = False
    longest: str = ""
    """How much more time there is to be had at most, in words."""
    not_to_grant: str = ""
    """Why nobody can grant what was asked for and is not answered, a sentence; '' where somebody can."""

    @property
    def granted(self) -> tuple[ExtensionLine, ...]:
        return tuple(one for one in self.extensions if one.standing == "granted")

    @property
    def waiting(self) -> ExtensionLine | None:
        """What was asked for and is not answered."""
        return next((one for one in self.extensions if one.standing == "asked"), None)


def clock_view(desk: Desk, connection: Connection, key: str, person: str | None, now: datetime) -> ClockView:
    """See the module docstring. Raises NotFound."""
    row = item_row(connection, key)
    bound, roster = desk.bound(connection, row.process_digest), desk.roster(connection, now)
    facts = item_facts(connection, row, bound.loaded.process)
    lines = _extensions(desk, connection, key, row.entered_at)
    granted = [one for one in lines if one.standing == "granted"]
    asked = next((one for one in lines if one.standing == "asked"), None)
    at = due_at(connection, row) if row.ended is None else None
    due = due_now(connection, row, bound)
    earlier = [*(one.due_at for one in granted), *_under_earlier_texts(connection, row)]
    extend = due.extend if due is not None and at is not None else None
    still = pause_of(connection, key)
    found = None
    if extend is not None and asked is not None and at is not None:
        calendar = calendar_of(desk.book(connection).sites.get(row.site or "", UTC_SITE), now.year)
        found = against(extend, at, asked.until, now, calendar)
    waits = asked is not None and found is None
    open_to = extend is not None and not waits and len(granted) < extend.at_most
    return ClockView(
        due_at=at,
        first_due_at=None if row.ended is not None else min(earlier, default=None),
        extensions=lines,
        paused_since=still.since if still is not None else None,
        paused_until=_pause_ends(connection, key) if still is not None else None,
        paused_by=still.escalation if still is not None else "",
        escalations=_escalations(desk, connection, key),
        escalates_in=raised_in(connection, bound) or "",
        may_ask=open_to and extend is not None and person is not None and may(extend.by, person, facts, roster),
        may_answer=extend is not None
        and extend.approve is not None
        and asked is not None
        and person is not None
        and may(extend.approve, person, facts, roster)
        and asked.asked_by != roster.name(person),
        longest=parse_duration(extend.longest).words if extend is not None else "",
        not_to_grant=found[1] if found is not None else "",
    )


def _pause_ends(connection: Connection, key: str) -> datetime | None:
    mine = w.timers.c.item == key, w.timers.c.name == PAUSE, w.timers.c.fired_at.is_(None)
    query = select(w.timers.c.due_at).where(*mine, w.timers.c.cancelled_at.is_(None))
    found: datetime | None = connection.execute(query).scalar()
    return found


def _under_earlier_texts(connection: Connection, row: Row[Any]) -> list[datetime]:
    """When the present stay was due under the texts it went on from, where another one counted that anew."""
    mine = t.entries.c.chain == row.key, t.entries.c.kind == Kind.ITEM_MIGRATED.value, t.entries.c.at >= row.entered_at
    found = (json.loads(body)["data"] for body in connection.execute(select(t.entries.c.body).where(*mine)).scalars())
    return [unstamp(data["was_due_at"]) for data in found if "was_due_at" in data]


def _extensions(desk: Desk, connection: Connection, key: str, stay: datetime) -> tuple[ExtensionLine, ...]:
    people = desk.book(connection).people
    query = select(x).where(x.c.item == key, x.c.stay == stay, x.c.standing != "dropped").order_by(x.c.number)
    return tuple(
        ExtensionLine(
            one.number,
            one.standing,
            one.due_at,
            one.until,
            people[one.asked_by].name,
            people[one.settled_by].name if one.settled_by else "",
            one.reason,
            one.answer,
        )
        for one in connection.execute(query)
    )


def _escalations(desk: Desk, connection: Connection, key: str) -> tuple[EscalationLine, ...]:
    people = desk.book(connection).people
    query = select(t.items).join(e, e.c.escalation == t.items.c.key).where(e.c.item == key).order_by(e.c.raised_at)
    return tuple(
        EscalationLine(
            row.key,
            row.title,
            title_of_state(desk.bound(connection, row.process_digest), row.state),
            row.ended is None,
            people[row.owner].name if row.owner in people else "",
            row.created_at,
        )
        for row in connection.execute(query)
    )
