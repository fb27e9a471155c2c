"""Minutes: what was decided (read from the items' own records), what the chair notes, and what is to be done.

Closing them makes one entry that holds all of it, with its digest. Nothing is changed afterwards: what was wrong is
put right by a further entry.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.meetings import Meeting
from gates.service.desk import Desk
from gates.service.meetings.agenda import agenda_of, keys_on
from gates.service.meetings.chain import enter, locked
from gates.service.meetings.inviting import demand_chair, leads, tell_action
from gates.service.meetings.typed import fault_of, plain, typed
from gates.store import Unit
from policies.canonical import canonical, digest

MOST_AHEAD = timedelta(days=3660)
"""How far ahead something may be due that was agreed."""


def note(desk: Desk, unit: Unit, key: str, item: str | None, text: str, by: Actor) -> None:
    """Write about an item, or (None) about the meeting; a later note takes its place. Raises NotFound, BadInput,
    Refused."""
    meeting = _open(unit, key)
    person = demand_chair(desk, unit, meeting, by, "keep the minutes")
    _on_agenda(desk, unit, meeting, item)
    said = typed("text", text, "Write something.")
    held = meeting.notes.get(item)
    if held is None or held.text != said:
        enter(unit, meeting, Kind.MEETING_NOTED, by, {"item": item, "text": said, "by": person})


def set_action(
    desk: Desk, unit: Unit, key: str, text: str, owner: str, due_on: date, item: str | None, by: Actor
) -> int:
    """Agree that somebody does something until the end of a day. Returns its number. Raises NotFound, BadInput (every
    fault), Refused."""
    meeting = _open(unit, key)
    person = demand_chair(desk, unit, meeting, by, "keep the minutes")
    _on_agenda(desk, unit, meeting, item)
    book, faults = desk.book(unit.connection), {}
    known = desk.roster(unit.connection, unit.now).people
    if fault := fault_of(text, "Say what is to be done."):
        faults["text"] = fault
    if owner not in known:
        faults["owner"] = f"{owner!r} is nobody on the roster. {choices(owner, list(known))}"
    if due_on < unit.now.date():
        faults["due"] = f"{due_on.isoformat()} is past."
    elif due_on - unit.now.date() > MOST_AHEAD:
        faults["due"] = f"{due_on.isoformat()} is more than ten years ahead; is the year right?"
    if faults:
        raise BadInput(faults)
    number = len(meeting.actions) + 1
    data = {"number": number, "item": item, "text": plain(text), "owner": owner, "due_on": due_on.isoformat()}
    enter(unit, meeting, Kind.MEETING_ACTION_SET, by, {**data, "by": person})
    tell_action(unit, meeting, meeting.actions[number], book.people[owner].zone)
    return number


def do_action(desk: Desk, unit: Unit, key: str, number: int, text: str, by: Actor) -> None:
    """Say that something is done, and how; for its owner and the chair, after the minutes are closed too. Raises
    NotFound, BadInput, Refused."""
    meeting = locked(unit, key)
    action = meeting.actions.get(number)
    if action is None:
        raise NotFound(f"{key} agreed on no action {number}. {choices(str(number), [str(n) for n in meeting.actions])}")
    if by.person != action.owner and not leads(desk, unit.connection, meeting, by.person, unit.now):
        name = desk.book(unit.connection).people[action.owner].name
        raise Refused(f"That is for {name} or the chair to say.", code="not-yours")
    if action.done_at is not None:
        raise Refused(f"Action {number} of {key} is done already.", code="done")
    data = {"number": number, "by": str(by.person), "note": typed("note", text, "Write something.")}
    enter(unit, meeting, Kind.MEETING_ACTION_DONE, by, data)


def close(desk: Desk, unit: Unit, key: str, by: Actor) -> str:
    """Close the minutes, and the meeting with them. Returns their digest. Raises NotFound, Refused."""
    meeting = _open(unit, key)
    person = demand_chair(desk, unit, meeting, by, "close the minutes")
    made = minutes_of(desk, unit.connection, meeting, unit)
    mark = digest("text", canonical(made))
    enter(unit, meeting, Kind.MEETING_CLOSED, by, {"minutes": made, "digest": mark, "by": person})
    return mark


def correct(desk: Desk, unit: Unit, key: str, text: str, reason: str, by: Actor) -> None:
    """Put right what closed minutes say; they stay as they are. Raises NotFound, BadInput, Refused."""
    meeting = locked(unit, key)
    if meeting.state != "closed":
        raise Refused(f"The minutes of {key} are not closed.", code="not-closed", remedy="Change them as they are.")
    person = demand_chair(desk, unit, meeting, by, "correct the minutes")
    said = {"text": text, "reason": reason}
    faults = {name: fault for name, one in said.items() if (fault := fault_of(one, "is needed."))}
    if faults:
        raise BadInput(faults)
    data = {"text": plain(text), "reason": plain(reason), "by": person, "corrects": meeting.digest}
    enter(unit, meeting, Kind.MEETING_CORRECTED, by, data)


def minutes_of(desk: Desk, connection: Connection, meeting: Meeting, unit: Unit) -> dict[str, Any]:
    """The minutes as they would be closed now. Names are those of today; ids stand beside them."""
    people = desk.book(connection).people

    def named(person: str | None) -> dict[str, Any] | None:
        return None if person is None else {"person": person, "name": people[person].name}

    there = [
        {
            "person": person,
            "name": people[person].name,
            "times": [
                [stamp(since), stamp(min(until or unit.now, unit.now))] for since, until in meeting.people[person].times
            ],
        }
        for person in sorted(meeting.people)
        if meeting.people[person].times
    ]
    attended = {one["person"] for one in there}
    lines = agenda_of(desk, connection, meeting, unit.now).on
    return {
        "meeting": meeting.key,
        "title": meeting.title,
        "process": meeting.process,
        "planned_from": stamp(meeting.starts_at),
        "planned_until": stamp(meeting.ends_at),
        "opened_at": stamp(meeting.opened_at or unit.now),
        "closed_at": stamp(unit.now),
        "zone": meeting.zone,
        "place": meeting.place,
        "chair": named(meeting.chair),
        "present": there,
        "absent": [named(one) for one in meeting.invited if one not in attended],
        "items": [
            {
                "item": line.item.key,
                "title": line.item.title,
                "revision": line.item.revision,
                "why": line.why,
                "decided": list(line.decided),
                "entries": [{"seq": seq, "digest": mark} for seq, mark in line.entries],
                "state": line.item.state_title,
                "says": "" if line.decided else line.sentence,
                "note": line.note,
            }
            for line in lines
        ],
        "note": meeting.notes[None].text if None in meeting.notes else "",
        "actions": [
            {
                "number": one.number,
                "item": one.item,
                "text": one.text,
                "owner": named(one.owner),
                "due_on": one.due_on.isoformat(),
                "is_done": one.done_at is not None,
            }
            for one in meeting.actions.values()
        ],
    }


def _open(unit: Unit, key: str) -> Meeting:
    meeting = locked(unit, key)
    if meeting.state != "open":
        why = {
            "planned": "has not been opened; call the roll first.",
            "closed": "has its minutes closed.",
            "cancelled": "is cancelled.",
        }[meeting.state]
        remedy = "What was wrong is put right by a correction." if meeting.state == "closed" else ""
        raise Refused(f"{key} {why}", code=f"is-{meeting.state}", remedy=remedy)
    return meeting


def _on_agenda(desk: Desk, unit: Unit, meeting: Meeting, item: str | None) -> None:
    on = keys_on(desk, unit.connection, meeting, unit.now)
    if item is not None and item not in on:
        raise NotFound(f"{item} is not on the agenda. {choices(item, on)}")
