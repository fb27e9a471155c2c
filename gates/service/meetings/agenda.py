"""The agenda of a meeting, worked out from the items: what is ready, what is not and why, what came too late.

Until the meeting is opened it is worked out anew at each look; from then on it is what the opening put on the record,
with what the chair took in since.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from gates.ledger.entries import Kind
from gates.meetings import Meeting, Wish
from gates.service.desk import Bound, Desk
from gates.service.gather import open_round_of, round_facts
from gates.service.lines import item_line
from gates.service.meetings.chain import load
from gates.service.meetings.inviting import words_of
from gates.service.meetings.readiness import lacks_before, lacks_in_round
from gates.service.meetings.views import AgendaLine, Lack
from gates.service.moving import title_of_state
from gates.service.roundview import round_view
from gates.service.timeline import Writer
from gates.store import tables as t
from gates.store.meeting_tables import meetings as m
from policies.evaluate.counting import whole
from policies.evaluate.standing import set_scene
from policies.facts import Facts
from policies.model.walk import counts_present
from policies.phrases import phrase

_TOLD = (Kind.ROUND_CLOSED, Kind.ROUND_OVERRIDDEN, Kind.ITEM_MOVED)
"""The entries of an item that say what became of it."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is dealt with, in order, and what is not."""

    on: tuple[AgendaLine, ...]
    waiting: tuple[AgendaLine, ...]


def keys_on(desk: Desk, connection: Connection, meeting: Meeting, now: datetime) -> list[str]:
    """The keys of what is on the agenda, in order."""
    return [line.item.key for line in lines_on(desk, connection, meeting, now)]


def has(desk: Desk, connection: Connection, meeting: Meeting, key: str, now: datetime) -> bool:
    """Whether an item is on the agenda. No other item is looked at: every page of an item asks."""
    if meeting.opened_at is not None:
        return key in _keys(meeting)
    if meeting.state == "cancelled":
        return False
    found = _there_or_taken(desk, connection, meeting, now, t.items.c.key == key)
    return any(line.is_on for _, _, line in found)


def lines_on(desk: Desk, connection: Connection, meeting: Meeting, now: datetime) -> tuple[AgendaLine, ...]:
    """What is on the agenda, in order, without who has signed and what was decided: for whoever asks no more."""
    if meeting.opened_at is not None:
        keys = _keys(meeting)
        rows = connection.execute(select(t.items).where(t.items.c.key.in_(keys))).all()
        return _ordered(meeting, [_opened(desk, connection, meeting, row) for row in rows])
    if meeting.state == "cancelled":
        return ()
    lines = (line for _, _, line in _there_or_taken(desk, connection, meeting, now))
    return _ordered(meeting, [line for line in lines if line.is_on])


def agenda_of(desk: Desk, connection: Connection, meeting: Meeting, now: datetime) -> Agenda:
    """See the module docstring."""
    if meeting.opened_at is not None:
        lines = [_recorded(desk, connection, meeting, key, now) for key in _keys(meeting)]
        return Agenda(_ordered(meeting, lines), ())
    if meeting.state == "cancelled":
        return Agenda((), ())
    lines = list(_planned(desk, connection, meeting, now))
    waiting = tuple(line for line in lines if not line.is_on)
    return Agenda(_ordered(meeting, [line for line in lines if line.is_on]), waiting)


def _keys(meeting: Meeting) -> list[str]:
    """What was on it when it was opened, and what was taken in since; what was put off is off it."""
    opened = [one["item"] for one in meeting.agenda]
    return [key for key in dict.fromkeys([*opened, *meeting.taken]) if key not in meeting.put_off]


def _ordered(meeting: Meeting, lines: list[AgendaLine]) -> tuple[AgendaLine, ...]:
    """In the chair's order; what it does not name by the time it is due."""
    places = {key: n for n, key in enumerate(meeting.order)}
    opened = {one["item"]: n for n, one in enumerate(meeting.agenda)}

    def place(line: AgendaLine) -> tuple[int, int, float, str]:
        due = line.item.due_at.timestamp() if line.item.due_at else float("inf")
        key = line.item.key
        return places.get(key, len(places)), opened.get(key, len(opened)), due, key

    return tuple(sorted(lines, key=place))


def _planned(desk: Desk, connection: Connection, meeting: Meeting, now: datetime) -> Iterator[AgendaLine]:
    seen = set()
    for row, bound, line in _there_or_taken(desk, connection, meeting, now):
        seen.add(row.key)
        yield _told(desk, connection, meeting, row, bound, line, now)
    is_next = not _earlier(connection, meeting, now)
    items = _decides(desk, connection, meeting)
    for row in _open_items(connection, meeting):
        if row.key in seen or row.state in items or not (is_next or row.key in meeting.wishes):
            continue
        bound = desk.bound(connection, row.process_digest)
        way = _on_its_way(desk, connection, meeting, row, bound, items, now)
        if way is not None:
            yield _told(desk, connection, meeting, row, bound, way, now)


def _there_or_taken(
    desk: Desk, connection: Connection, meeting: Meeting, now: datetime, *only: ColumnElement[bool]
) -> Iterator[tuple[Row[Any], Bound, AgendaLine]]:
    """The items that are where the meeting decides, and those that were taken in from elsewhere."""
    items, before = _decides(desk, connection, meeting), _earlier(connection, meeting, now)
    wanted = or_(t.items.c.state.in_(items), t.items.c.key.in_(list(meeting.taken)))
    for row in _open_items(connection, meeting, wanted, *only):
        bound = desk.bound(connection, row.process_digest)
        line = (
            _there(desk, connection, meeting, row, bound, before, now)
            if row.state in items
            else _on_its_way(desk, connection, meeting, row, bound, items, now)
        )
        if line is not None:
            yield row, bound, line


def _decides(desk: Desk, connection: Connection, meeting: Meeting) -> tuple[str, ...]:
    """The states whose items are decided there."""
    words = words_of(desk, connection, meeting.process, meeting.name)
    return words.items if words is not None else ()


def _open_items(connection: Connection, meeting: Meeting, *more: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query = select(t.items).where(t.items.c.process == meeting.process, t.items.c.ended.is_(None), *more)
    return connection.execute(query.order_by(t.items.c.key)).all()


def _there(
    desk: Desk,
    connection: Connection,
    meeting: Meeting,
    row: Row[Any],
    bound: Bound,
    before: list[Meeting],
    now: datetime,
) -> AgendaLine | None:
    """An item that is where the meeting decides; None where an earlier meeting deals with it."""
    lacks = lacks_in_round(desk, connection, row, bound, now)
    line = AgendaLine(item_line(desk, connection, row), "ready", lacks)
    off, taken = meeting.put_off.get(row.key), meeting.taken.get(row.key)
    if off is not None:
        return replace(line, standing="deferred", why=f"{_by(desk, connection, off)} put it off")
    if taken is not None:
        return replace(line, standing="taken", why=f"{_by(desk, connection, taken)} took it in")
    if any(_takes(one, row, lacks) for one in before) and row.key not in meeting.wishes:
        return None
    if lacks:
        return replace(line, standing="lacking")
    if meeting.cut_off_at is not None and row.entered_at > meeting.cut_off_at:
        return replace(line, standing="late", why="It was ready after the cut-off and goes to the next meeting")
    return line


def _takes(meeting: Meeting, row: Row[Any], lacks: tuple[Lack, ...]) -> bool:
    """Whether an earlier meeting deals with an item."""
    if row.key in meeting.put_off:
        return False
    if row.key in meeting.taken:
        return True
    return bool(lacks) or meeting.cut_off_at is None or row.entered_at <= meeting.cut_off_at


def _earlier(connection: Connection, meeting: Meeting, now: datetime) -> list[Meeting]:
    """The meetings of the kind that are held before this one, and still to come."""
    query = select(m.c.key).where(
        m.c.process == meeting.process,
        m.c.name == meeting.name,
        m.c.state.in_(("planned", "open")),
        m.c.ends_at > now,
        m.c.starts_at < meeting.starts_at,
    )
    return [load(connection, key) for key in connection.execute(query.order_by(m.c.starts_at)).scalars()]


def _on_its_way(
    desk: Desk,
    connection: Connection,
    meeting: Meeting,
    row: Row[Any],
    bound: Bound,
    items: tuple[str, ...],
    now: datetime,
) -> AgendaLine | None:
    """An item that is not there yet; None where it is not on its way, and nobody asked for it."""
    lacks = lacks_before(desk, connection, row, bound, items, now)
    taken = meeting.taken.get(row.key)
    if lacks is None:
        if row.key not in meeting.wishes and taken is None:
            return None
        lacks = (Lack(f"It is in {title_of_state(bound, row.state)}, where this meeting decides nothing."),)
    line = AgendaLine(item_line(desk, connection, row), "lacking", lacks)
    if taken is not None:
        return replace(line, standing="taken", why=f"{_by(desk, connection, taken)} took it in")
    return line


def _by(desk: Desk, connection: Connection, wish: Wish) -> str:
    known = desk.book(connection).people.get(wish.by)
    name = known.name if known is not None else wish.by
    return f"{name} ({wish.reason.rstrip('.')})"


def _told(
    desk: Desk,
    connection: Connection,
    meeting: Meeting,
    row: Row[Any],
    bound: Bound,
    line: AgendaLine,
    now: datetime,
) -> AgendaLine:
    """The line with who has signed, who is there, and who asked for it."""
    wish, note = meeting.wishes.get(row.key), meeting.notes.get(row.key)
    line = replace(
        line,
        asked=_by(desk, connection, wish) if wish is not None else "",
        note=note.text if note is not None else "",
    )
    round_row = open_round_of(connection, row.key)
    if round_row is None:
        return line
    view = round_view(desk, connection, row, bound, round_row, now)
    counts = counts_present(bound.loaded.process, round_row.policy)
    return replace(
        line,
        sentence=view.verdict.sentence if view.verdict is not None else "",
        signed=tuple(
            phrase("%(name)s (%(position)s)", name=one.name, position=one.position_title)
            for one in view.asks
            if one.position is not None and not one.set_aside
        ),
        open=tuple(one.name for one in view.asks if one.needed and (one.position is None or one.set_aside)),
        counts_present=counts,
        presence=_presence(round_facts(desk, connection, row, bound, round_row, now), bound, round_row, meeting)
        if counts
        else "",
    )


def _presence(facts: Facts, bound: Bound, round_row: Row[Any], meeting: Meeting) -> str:
    """`4 of 5 present, quorum of 3 met`, from the facts that the policy is judged by."""
    if meeting.opened_at is None and facts.present is None:
        return "Attendance is not recorded yet"
    scene = set_scene(bound.policy(round_row.policy).for_item(facts.item), facts)
    here, everybody = facts.present or frozenset(), list(scene.everybody())
    said = [f"{sum(1 for one in everybody if one in here)} of {len(everybody)} present"]
    for leaf in scene.policy.leaves:
        if leaf.quorum is not None:
            needed = max(leaf.quorum.people(whole(scene, leaf, "roster")), 1)
            there = sum(1 for one in scene.body(leaf) if one in here)
            met = "met" if there >= needed else f"not met, {needed - there} more needed"
            said.append(f"quorum of {needed} {met}")
    return ", ".join(dict.fromkeys(said))


def _recorded(desk: Desk, connection: Connection, meeting: Meeting, key: str, now: datetime) -> AgendaLine:
    """An item of a meeting that was opened: as it is now, and what its record says became of it since."""
    row = connection.execute(select(t.items).where(t.items.c.key == key)).one()
    bound = desk.bound(connection, row.process_digest)
    line = _told(desk, connection, meeting, row, bound, _opened(desk, connection, meeting, row), now)
    decided, entries = decided_since(desk, connection, bound, key, meeting.opened_at, meeting.closed_at)
    return replace(line, decided=decided, entries=entries)


def _opened(desk: Desk, connection: Connection, meeting: Meeting, row: Row[Any]) -> AgendaLine:
    taken = meeting.taken.get(row.key)
    line = AgendaLine(item_line(desk, connection, row), "taken" if taken is not None else "ready")
    return line if taken is None else replace(line, why=f"{_by(desk, connection, taken)} took it in")


def decided_since(
    desk: Desk, connection: Connection, bound: Bound, key: str, since: datetime | None, until: datetime | None
) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """What an item's record says became of it between two moments, and the entries that say so."""
    e = t.entries
    query = select(e).where(e.c.chain == key, e.c.kind.in_([kind.value for kind in _TOLD]), e.c.at >= since)
    query = query if until is None else query.where(e.c.at <= until)
    people = desk.book(connection).people
    writer = Writer(bound, lambda who: people[who].name if who in people else (who or "Tollgate"))
    said, entries = [], []
    for row in connection.execute(query.order_by(e.c.seq)):
        said.append(writer.write(Kind(row.kind), json.loads(row.body)["data"])[0])
        entries.append((row.seq, row.digest))
    return tuple(said), tuple(entries)
