"""Which of the mails owed go now, which wait, and which go together: by what their readers prefer.

Looked at when a mail is claimed, so that it is judged by what holds then. What goes is settled in the same commit,
before anything is handed over: a row is in one mail, however often that mail is tried.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from gates.items import Owed
from gates.letters import BUNDLE, DAILY, Sorted
from gates.preferences import Preferences
from gates.service import outbox
from gates.service.desk import Desk
from gates.service.outbox import ASKS, TOLD
from gates.service.people import NOW
from gates.service.preferring import calendar_for
from gates.service.timers import ALARM, EXPIRES
from gates.store import Unit
from gates.store import tables as t
from policies.shifts import WorkCalendar

HURRIES = ("remind", "ladder", "due", "inactive", ALARM, EXPIRES)
"""The clocks of an item that somebody has to have heard of before they run out."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a mail, as far as its time is concerned."""

    wish: Preferences
    zone: str
    calendar: WorkCalendar

    def quiet_end(self, now: datetime) -> datetime | None:
        """Until when it is quiet for them; None where it is not."""
        return self.wish.quiet_end(now, self.zone, self.calendar)


def sort_mails(desk: Desk, unit: Unit, owed: Sequence[Owed], bundle_s: float) -> Sorted:
    """Settle the claimed mails in `owed`. Asks to one person go together when they were owed within `bundle_s`."""
    go = list(_grouped([one for one in owed if one.mail is not None], lambda one: str(one.mail)).values())
    wait: list[tuple[Owed, datetime]] = []
    alone: list[int] = []
    fresh = _grouped([one for one in owed if one.mail is None], lambda one: str(one.payload["person"]))
    for person, rows in fresh.items():
        reader = _reader(desk, unit, person)
        asks, more = _asks(unit, reader, rows, timedelta(seconds=bundle_s))
        told, later = _told(unit, reader, rows)
        plain = [_mail([one]) for one in rows if one.payload["message"] not in ASKS | TOLD]
        settled = [*([_mail(asks)] if asks else []), *told, *plain]
        several = [group for group in settled if group[0].mail != group[0].key]
        outbox.settle(unit, {str(group[0].mail): [one.id for one in group] for group in several})
        alone += [group[0].id for group in settled if group[0].mail == group[0].key]
        go += settled
        wait += [*more, *later]
    if alone:
        outbox.settle_alone(unit, alone)
    for one, moment in wait:
        outbox.put_back(unit, [one.id], moment)
    return Sorted(tuple(go), tuple(wait))


def _grouped(rows: Sequence[Owed], by: Callable[[Owed], str]) -> dict[str, tuple[Owed, ...]]:
    found: dict[str, list[Owed]] = {}
    for one in rows:
        found.setdefault(by(one), []).append(one)
    return {name: tuple(group) for name, group in found.items()}


def _mail(rows: Sequence[Owed], *, is_daily: bool = False) -> tuple[Owed, ...]:
    """One mail, named by the one thing in it, or for several by the first of them."""
    group = sorted(rows, key=lambda one: one.id)
    name = group[0].key
    if is_daily or len(group) > 1:
        mark = hashlib.sha256(name.encode()).hexdigest()[:40]
        name = f"{DAILY if is_daily else BUNDLE}{mark}"
    return tuple(replace(one, mail=name) for one in group)


def _reader(desk: Desk, unit: Unit, person: str) -> Reader:
    book = desk.book(unit.connection)
    known, wish = book.people.get(person), book.preferences_of(person)
    calendar = calendar_for(book, person, unit.now)[1] if wish.days_off else WorkCalendar()
    return Reader(wish, known.zone if known else "UTC", calendar)


def _asks(
    unit: Unit, reader: Reader, rows: Sequence[Owed], window: timedelta
) -> tuple[list[Owed], list[tuple[Owed, datetime]]]:
    """Asks that go, all in one mail, and those that wait: for quiet to end, or for others to come along."""
    quiet = reader.quiet_end(unit.now)
    go: list[Owed] = []
    gathering: list[Owed] = []
    wait: list[tuple[Owed, datetime]] = []
    for one in (row for row in rows if row.payload["message"] in ASKS):
        until = max(quiet or unit.now, one.owed_at + window)
        if until <= unit.now or _presses(unit.connection, one, until):
            go.append(one)
        elif quiet is None:
            gathering.append(one)
        else:
            wait.append((one, until))
    if go:
        return [*go, *gathering], wait
    return [], [*wait, *((one, one.owed_at + window) for one in gathering)]


def _told(
    unit: Unit, reader: Reader, rows: Sequence[Owed]
) -> tuple[list[tuple[Owed, ...]], list[tuple[Owed, datetime]]]:
    """Notices that go, those for the daily mail in one, and those that wait."""
    alone: list[Owed] = []
    daily: list[Owed] = []
    wait: list[tuple[Owed, datetime]] = []
    for one in (row for row in rows if row.payload["message"] in TOLD):
        how = one.payload.get("how") or ("digest" if reader.wish.notices == "daily" else "immediate")
        until = _told_at(reader, one, how, unit.now)
        if until <= unit.now:
            (daily if how == "digest" else alone).append(one)
        elif one.payload["message"] == "escalated" and _presses(unit.connection, one, until):
            alone.append(one)
        else:
            wait.append((one, until))
    return [*(_mail([one]) for one in alone), *([_mail(daily, is_daily=True)] if daily else [])], wait


def _told_at(reader: Reader, one: Owed, how: str, now: datetime) -> datetime:
    """When a notice goes, by its reader's day."""
    if how == NOW:
        return now
    at = reader.wish.digest_at(one.owed_at, reader.zone) if how == "digest" else now
    return at if at > now else reader.quiet_end(now) or now


def _presses(connection: Connection, one: Owed, until: datetime) -> bool:
    """Whether a mail comes too late at `until`: its round is due by then, or a clock of the item runs out."""
    person = one.payload["person"]
    moments = [_next_clock(connection, one.item_key, person)]
    if one.payload.get("round") is not None:
        due = (
            select(func.coalesce(t.asks.c.due_at, t.rounds.c.due_at))
            .join(t.rounds, t.rounds.c.id == t.asks.c.round)
            .where(t.asks.c.round == one.payload["round"], t.asks.c.person == person)
        )
        moments.append(connection.execute(due).scalar())
    return any(moment is not None and moment <= until for moment in moments)


def _next_clock(connection: Connection, key: str, person: str) -> Any:
    mine = (
        t.timers.c.item == key,
        t.timers.c.fired_at.is_(None),
        t.timers.c.cancelled_at.is_(None),
        or_(t.timers.c.person.is_(None), t.timers.c.person == person),
        or_(*(or_(t.timers.c.name == name, t.timers.c.name.like(f"{name}:%")) for name in HURRIES)),
    )
    return connection.execute(select(func.min(t.timers.c.due_at)).where(*mine)).scalar()
