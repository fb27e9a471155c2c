"""Which of the mails owed go now, which wait, and which go together: by what their readers prefer.

Looked at when a mail is claimed, so that it is judged by what holds then. What goes is settled in the same commit,
before anything is handed over: a row is in one mail, however often that mail is tried.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

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
from gates.store import work_tables as w
from policies.errors import POISON
from policies.shifts import WorkCalendar

log = logging.getLogger(__name__)

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


@dataclass(frozen=True, slots=True)
class Pressing:
    """Until when mails may wait: what asks are due, and the clocks of items that run. Read once for all mails of a
    delivery, which sorts them under the write lock."""

    dues: Mapping[tuple[str, str], datetime | None]
    """By round and person."""
    clocks: Mapping[str, Sequence[tuple[str | None, datetime]]]
    """By item: whom each reminds (None: whoever is concerned), and when."""

    def presses(self, one: Owed, until: datetime) -> bool:
        """Whether a mail comes too late at `until`: its round is due by then, or a clock of the item runs out."""
        person = str(one.payload["person"])
        due = self.dues.get((str(one.payload.get("round")), person))
        clocks = (at for whom, at in self.clocks.get(one.item_key, ()) if whom in (None, person))
        return any(moment is not None and moment <= until for moment in (due, *clocks))


def sort_mails(desk: Desk, unit: Unit, owed: Sequence[Owed], bundle_s: float) -> Sorted:
    """Settle the claimed mails in `owed`. Asks to one person go together when they were owed within `bundle_s`."""
    go = list(_grouped([one for one in owed if one.mail is not None], lambda one: str(one.mail)).values())
    wait: list[tuple[Owed, datetime]] = []
    fresh = _grouped([one for one in owed if one.mail is None], lambda one: str(one.payload["person"]))
    pressing, window = _pressing(unit.connection, owed), timedelta(seconds=bundle_s)
    settled: list[tuple[Owed, ...]] = []
    for person, rows in fresh.items():
        try:
            mine, later = _of_one(_reader(desk, unit, person), rows, pressing, unit.now, window)
        except POISON:
            # Better at once than never: what somebody prefers cannot be made out, and the mails of others go on.
            log.exception("the mails to %s are sent as they are", person)
            mine, later = [_mail([one]) for one in rows], []
        settled += mine
        wait += later
    _settle(unit, settled, wait)
    return Sorted((*go, *settled), tuple(wait))


def _of_one(
    reader: Reader, rows: Sequence[Owed], pressing: Pressing, now: datetime, window: timedelta
) -> tuple[list[tuple[Owed, ...]], list[tuple[Owed, datetime]]]:
    """The mails to one person that go, and the rows that wait."""
    asks, more = _asks(reader, rows, pressing, now, window)
    told, later = _told(reader, rows, pressing, now)
    plain = [_mail([one]) for one in rows if one.payload["message"] not in ASKS | TOLD]
    return [*([_mail(asks)] if asks else []), *told, *plain], [*more, *later]


def _settle(unit: Unit, go: Sequence[tuple[Owed, ...]], wait: Sequence[tuple[Owed, datetime]]) -> None:
    """Write it down, rows that are treated alike in one statement."""
    several = [group for group in go if group[0].mail != group[0].key]
    outbox.settle(unit, {str(group[0].mail): [one.id for one in group] for group in several})
    alone = [group[0].id for group in go if group[0].mail == group[0].key]
    if alone:
        outbox.settle_alone(unit, alone)
    until: dict[datetime, list[int]] = {}
    for one, moment in wait:
        until.setdefault(moment, []).append(one.id)
    for moment, owed_ids in until.items():
        outbox.put_back(unit, owed_ids, moment)


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
    reader: Reader, rows: Sequence[Owed], pressing: Pressing, now: datetime, window: timedelta
) -> tuple[list[Owed], list[tuple[Owed, datetime]]]:
    """Asks that go, all in one mail, and those that wait: for quiet to end, or for others to come along."""
    quiet = reader.quiet_end(now)
    go: list[Owed] = []
    gathering: list[Owed] = []
    wait: list[tuple[Owed, datetime]] = []
    for one in (row for row in rows if row.payload["message"] in ASKS):
        until = max(quiet or now, one.owed_at + window)
        if until <= now or pressing.presses(one, until):
            go.append(one)
        elif quiet is None:
            gathering.append(one)
        else:
            wait.append((one, until))
    if go:
        return [*go, *gathering], wait
    return [], [*wait, *((one, one.owed_at + window) for one in gathering)]


def _told(
    reader: Reader, rows: Sequence[Owed], pressing: Pressing, now: datetime
) -> tuple[list[tuple[Owed, ...]], list[tuple[Owed, datetime]]]:
    """Notices that go, those for the daily mail in one, and those that wait."""
    alone: list[Owed] = []
    daily: list[Owed] = []
    wait: list[tuple[Owed, datetime]] = []
    for one in (row for row in rows if row.payload["message"] in TOLD):
        how = one.payload.get("how") or ("digest" if reader.wish.notices == "daily" else "immediate")
        until = _told_at(reader, one, how, now)
        if until <= now:
            (daily if how == "digest" else alone).append(one)
        elif one.payload["message"] == "escalated" and pressing.presses(one, until):
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


def _pressing(connection: Connection, owed: Sequence[Owed]) -> Pressing:
    """What may press any of `owed` that is not settled yet."""
    waits = [one for one in owed if one.mail is None and one.payload["message"] in ASKS | {"escalated"}]
    if not waits:
        return Pressing({}, {})
    rounds = {str(one.payload["round"]) for one in waits if one.payload.get("round") is not None}
    due = (
        select(t.asks.c.round, t.asks.c.person, func.coalesce(t.asks.c.due_at, t.rounds.c.due_at).label("due_at"))
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(t.asks.c.round.in_(rounds))
    )
    running = select(w.timers.c.item, w.timers.c.person, w.timers.c.name, w.timers.c.due_at).where(
        w.timers.c.item.in_({one.item_key for one in waits}),
        w.timers.c.fired_at.is_(None),
        w.timers.c.cancelled_at.is_(None),
    )
    clocks: dict[str, list[tuple[str | None, datetime]]] = {}
    for row in connection.execute(running):
        if row.name.partition(":")[0] in HURRIES:
            clocks.setdefault(row.item, []).append((row.person, row.due_at))
    return Pressing({(row.round, row.person): row.due_at for row in connection.execute(due)}, clocks)
