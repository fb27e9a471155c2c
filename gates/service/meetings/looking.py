"""Meetings as lists and pages show them. Looking changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from gates.items import TimelineLine
from gates.ledger.entries import Kind
from gates.meetings import Meeting
from gates.service import rulebook
from gates.service.desk import Desk
from gates.service.meeting_lines import MeetingWriter
from gates.service.meetings.agenda import agenda_of, has
from gates.service.meetings.chain import chain_of, load
from gates.service.meetings.inviting import holders, leads
from gates.service.meetings.planning import next_of, series
from gates.service.meetings.views import ActionLine, Attendee, MeetingLine, MeetingView
from gates.store import tables as t
from gates.store.meeting_tables import meeting_actions as a
from gates.store.meeting_tables import meeting_people as p
from gates.store.meeting_tables import meetings as m

WORDS = {"planned": "Planned", "open": "Open", "closed": "Minutes closed", "cancelled": "Cancelled"}
BEHIND = timedelta(days=90)
"""How far back lists look, unless they are asked for all."""


def meeting_lines(
    desk: Desk, connection: Connection, person: str | None, now: datetime, *, is_all: bool = False
) -> list[MeetingLine]:
    """The meetings to come, the soonest first, and after them those that were, the latest first."""
    query = select(m) if is_all else select(m).where(m.c.ends_at > now - BEHIND)
    rows = connection.execute(query.order_by(m.c.starts_at)).all()
    mine = set(connection.execute(select(p.c.meeting).where(p.c.person == person, p.c.invited)).scalars())
    titles = {line.name: line.title for line in rulebook.current_processes(connection)}
    to_come = [row for row in rows if row.ends_at > now or row.state == "open"]
    past = [row for row in reversed(rows) if row not in to_come]
    return [_line(desk, connection, row, titles, row.key in mine, now) for row in (*to_come, *past)]


def _line(
    desk: Desk, connection: Connection, row: Row[Any], titles: dict[str, str], invited: bool, now: datetime
) -> MeetingLine:
    chair = desk.book(connection).people.get(row.chair or "")
    over = row.state == "planned" and row.ends_at <= now
    return MeetingLine(
        key=row.key,
        title=row.title,
        process=row.process,
        process_title=titles.get(row.process, row.process),
        state=row.state,
        words="Not held" if over else WORDS[row.state],
        zone=row.zone,
        site=row.site or "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        chair_name=chair.name if chair is not None else "",
        planned_on=date.fromisoformat(row.planned_on) if row.planned_on else None,
        invited=invited,
    )


def meeting_view(desk: Desk, connection: Connection, key: str, person: str | None, now: datetime) -> MeetingView:
    """Everything about one meeting, as `person` sees it. Raises NotFound."""
    meeting = load(connection, key)
    row = connection.execute(select(m).where(m.c.key == key)).one()
    titles = {line.name: line.title for line in rulebook.current_processes(connection)}
    agenda = agenda_of(desk, connection, meeting, now)
    people = desk.book(connection).people
    is_lead = leads(desk, connection, meeting, person, now)
    closer = people.get(meeting.closed_by or "")
    attendees = _people(desk, connection, meeting, now)
    listed = {one.person for one in attendees}
    return MeetingView(
        line=_line(desk, connection, row, titles, person in meeting.invited, now),
        description=meeting.description,
        place=meeting.place,
        why=meeting.cancelled_why or meeting.why,
        cut_off_at=meeting.cut_off_at,
        sequence=meeting.sequence,
        chair=meeting.chair or "",
        leads=is_lead,
        people=attendees,
        agenda=agenda.on,
        waiting=agenda.waiting,
        actions=tuple(_actions(desk, connection, [meeting], person, now)),
        carried=tuple(carried(desk, connection, meeting, person, now)),
        note=meeting.notes[None].text if None in meeting.notes else "",
        opened_at=meeting.opened_at,
        closed_at=meeting.closed_at,
        closed_by=closer.name if closer is not None else "",
        minutes=meeting.minutes,
        digest=meeting.digest or "",
        corrections=tuple(meeting.corrections),
        timeline=timeline(desk, connection, key),
        next_key=next_of(connection, meeting.process, meeting.name, max(now, meeting.ends_at)) or "",
        others=tuple((one.id, one.name) for one in people.values() if one.active and one.id not in listed),
    )


def _people(desk: Desk, connection: Connection, meeting: Meeting, now: datetime) -> tuple[Attendee, ...]:
    book = desk.book(connection)
    found = [
        Attendee(
            person,
            book.people[person].name,
            book.roles_of(person, now),
            one.invited,
            one.is_present,
            tuple(one.times),
        )
        for person, one in meeting.people.items()
        if one.invited or one.times
    ]
    return tuple(sorted(found, key=lambda one: (one.person != meeting.chair, one.name)))


def carried(
    desk: Desk, connection: Connection, meeting: Meeting, person: str | None, now: datetime
) -> list[ActionLine]:
    """What earlier meetings of the kind agreed on and is still to be done."""
    query = (
        select(a.c.meeting)
        .join(m, m.c.key == a.c.meeting)
        .where(m.c.process == meeting.process, m.c.name == meeting.name, m.c.starts_at < meeting.starts_at)
        .where(a.c.done_at.is_(None))
        .distinct()
    )
    earlier = [load(connection, key) for key in sorted(connection.execute(query).scalars())]
    return [one for one in _actions(desk, connection, earlier, person, now) if one.done_at is None]


def actions_of(desk: Desk, connection: Connection, person: str, now: datetime) -> list[ActionLine]:
    """What a person is still to do, the soonest due first."""
    query = select(a.c.meeting).where(a.c.owner == person, a.c.done_at.is_(None)).distinct()
    found = [load(connection, key) for key in sorted(connection.execute(query).scalars())]
    lines = _actions(desk, connection, found, person, now)
    return sorted((one for one in lines if one.owner == person and one.done_at is None), key=lambda one: one.due_on)


def _actions(
    desk: Desk, connection: Connection, meetings: Iterable[Meeting], person: str | None, now: datetime
) -> list[ActionLine]:
    people, found = desk.book(connection).people, []
    for meeting in meetings:
        is_lead = leads(desk, connection, meeting, person, now)
        for one in meeting.actions.values():
            owner = people[one.owner]
            today = now.astimezone(ZoneInfo(owner.zone)).date()
            found.append(
                ActionLine(
                    meeting=meeting.key,
                    meeting_title=meeting.title,
                    number=one.number,
                    item=one.item or "",
                    text=one.text,
                    owner=one.owner,
                    owner_name=owner.name,
                    due_on=one.due_on,
                    is_late=one.done_at is None and one.due_on < today,
                    done_at=one.done_at,
                    done_by=people[one.done_by].name if one.done_by else "",
                    note=one.note,
                    may_do=one.done_at is None and (person == one.owner or is_lead),
                )
            )
    return found


def timeline(desk: Desk, connection: Connection, key: str) -> tuple[TimelineLine, ...]:
    """Every entry of a meeting as a line, oldest first."""
    people = desk.book(connection).people

    def name(person: str | None) -> str:
        return people[person].name if person in people else (person or "Tollgate")

    writer, lines = MeetingWriter(name), []
    query = select(t.entries).where(t.entries.c.chain == chain_of(key)).order_by(t.entries.c.seq)
    for row in connection.execute(query):
        body = json.loads(row.body)
        sentence, details = writer.write(Kind(row.kind), body["data"])
        who = name(body["actor"]["person"])
        lines.append(TimelineLine(row.seq, row.at, row.kind, who, sentence, row.digest, details))
    return tuple(lines)


def chaired_by(desk: Desk, connection: Connection, person: str, now: datetime) -> list[tuple[str, str, str]]:
    """The kinds of meeting that somebody leads today: process, name, title."""
    book = desk.book(connection)
    return [
        (one.process, one.name, one.words.title)
        for one in series(desk, connection)
        if one.words is not None and person in holders(book, one.words.chair, one.process, now)
    ]


def for_item(desk: Desk, connection: Connection, key: str, now: datetime) -> MeetingLine | None:
    """The next meeting that decides what the item is in, or would lead to; None where there is none."""
    item = connection.execute(select(t.items).where(t.items.c.key == key)).first()
    if item is None or item.ended is not None:
        return None
    process = desk.bound(connection, item.process_digest).loaded.process
    names = [name for name, one in process.meetings.items() if item.state in one.items]
    if not names:
        return None
    query = select(m).where(
        m.c.process == item.process,
        m.c.name.in_(names),
        m.c.ends_at > now,
        m.c.state.in_(("planned", "open")),
    )
    for row in connection.execute(query.order_by(m.c.starts_at)):
        if has(desk, connection, load(connection, row.key), key, now):
            return _line(desk, connection, row, {item.process: process.title}, False, now)
    return None
