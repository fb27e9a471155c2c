"""What people do about a meeting before it begins: add, move, cancel, ask for an item, take one in, put one off, order.

Each goes on the meeting's record with its reason. All but asking is for the chair.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.meetings import Meeting, Occurrence
from gates.service.desk import MEETINGS, Desk, item_row
from gates.service.meetings import planning
from gates.service.meetings.agenda import keys_on
from gates.service.meetings.chain import enter, locked
from gates.service.meetings.inviting import demand_chair, holders, words_of
from gates.service.meetings.rollcall import hand_attendance
from gates.service.meetings.typed import typed
from gates.store import Unit
from gates.windows import moment_of
from policies.model import Meeting as Words

MOST_AHEAD_DAYS = 730


def said_why(reason: str, what: str) -> str:
    """The reason, tidied. Raises BadInput where there is none, or none that can be kept."""
    return typed("reason", reason, f"Say why {what}; it stands on the record.")


def add(desk: Desk, unit: Unit, process: str, name: str, when: datetime, by: Actor, reason: str) -> Meeting:
    """Put one more meeting of a kind into the calendar, at a time by the clock of its site. Raises NotFound, BadInput,
    Refused."""
    unit.lock(MEETINGS)
    found = {(one.process, one.name): one for one in planning.series(desk, unit.connection) if one.words is not None}
    one = found.get((process, name))
    if one is None or one.words is None:
        known = [f"{key[0]} {key[1]}" for key in found]
        raise NotFound(f"There is no meeting {name!r} of {process!r}. {choices(f'{process} {name}', known)}")
    book = desk.book(unit.connection)
    if by.person not in holders(book, one.words.chair, process, unit.now):
        raise Refused(f"Only whoever chairs {one.words.title} may add one.", code="not-yours")
    why = said_why(reason, "it is held")
    site = planning.site_of(book, one.words, process, unit.now)
    starts = _moment(when, site.zone, unit.now)
    occurrence = Occurrence(when.date(), starts, None, "")
    made = planning.schedule(desk, unit, one, occurrence, by, by_hand=True, reason=why)
    planning.invite_in_time(desk, unit, made, one.words)
    return made


def move(desk: Desk, unit: Unit, key: str, when: datetime, by: Actor, reason: str) -> Meeting:
    """Hold it at another time, by the clock of its site. Raises NotFound, BadInput, Refused."""
    meeting = _planned(unit, key, "moved")
    demand_chair(desk, unit, meeting, by, "move it")
    why = said_why(reason, "it is moved")
    starts = _moment(when, meeting.zone, unit.now)
    if starts == meeting.starts_at:
        raise BadInput({"when": "It is held at that time already."})
    planning.move(desk, unit, meeting, _words(desk, unit, meeting), starts, by, why)
    return meeting


def cancel(desk: Desk, unit: Unit, key: str, by: Actor, reason: str) -> Meeting:
    """It is not held. Raises NotFound, BadInput, Refused."""
    meeting = _planned(unit, key, "cancelled")
    demand_chair(desk, unit, meeting, by, "cancel it")
    planning.cancel(unit, meeting, by, said_why(reason, "it is not held"))
    return meeting


def ask_for(desk: Desk, unit: Unit, key: str, item: str, by: Actor, reason: str) -> None:
    """Ask that an item be dealt with at a meeting; the chair decides. Raises NotFound, BadInput, Refused."""
    meeting, row = _live(unit, key), item_row(unit.connection, item)
    if by.person not in desk.roster(unit.connection, unit.now).people:
        raise NotFound(f"{by.person!r} is nobody on the roster.")
    _fits(meeting, row)
    data = {"item": item, "by": by.person, "reason": said_why(reason, "it should be dealt with there")}
    enter(unit, meeting, Kind.MEETING_ITEM_ASKED, by, data)


def take_in(desk: Desk, unit: Unit, key: str, item: str, by: Actor, reason: str) -> None:
    """Deal with an item although it came late or is not ready. Raises NotFound, BadInput, Refused."""
    meeting, row = _live(unit, key), item_row(unit.connection, item)
    person = demand_chair(desk, unit, meeting, by, "take an item in")
    _fits(meeting, row)
    if row.ended is not None:
        raise Refused(f"{item} has ended; there is nothing to decide about it.", code="ended")
    data = {"item": item, "by": person, "reason": said_why(reason, "it is taken in")}
    enter(unit, meeting, Kind.MEETING_ITEM_TAKEN, by, data)
    if meeting.opened_at is not None:
        hand_attendance(desk, unit, meeting, (item,), by)


def put_off(desk: Desk, unit: Unit, key: str, item: str, by: Actor, reason: str) -> None:
    """Leave an item to the next meeting. Raises NotFound, BadInput, Refused."""
    meeting = _live(unit, key)
    person = demand_chair(desk, unit, meeting, by, "put an item off")
    on = keys_on(desk, unit.connection, meeting, unit.now)
    if item not in on:
        raise NotFound(f"{item} is not on the agenda. {choices(item, on)}")
    data = {"item": item, "by": person, "reason": said_why(reason, "it is put off")}
    enter(unit, meeting, Kind.MEETING_ITEM_PUT_OFF, by, data)


def order(desk: Desk, unit: Unit, key: str, items: Sequence[str], by: Actor) -> None:
    """Deal with `items` in this order, before all others. Raises NotFound, Refused."""
    meeting = _live(unit, key)
    person = demand_chair(desk, unit, meeting, by, "order the agenda")
    on = keys_on(desk, unit.connection, meeting, unit.now)
    for item in items:
        if item not in on:
            raise NotFound(f"{item} is not on the agenda. {choices(item, on)}")
    wanted = list(dict.fromkeys(items))
    if wanted != list(meeting.order):
        enter(unit, meeting, Kind.MEETING_ORDERED, by, {"items": wanted, "by": person})


def _moment(when: datetime, zone: str, now: datetime) -> datetime:
    try:
        found = moment_of(when, zone)
    except OverflowError:  # at the ends of what a calendar counts
        raise BadInput({"when": f"{when.isoformat(' ', 'minutes')} is no time to meet; is the year right?"}) from None
    if found is None:
        raise BadInput({"when": f"{when:%Y-%m-%d %H:%M} is no time in {zone}: the clock is put forward over it."})
    if found <= now:
        raise BadInput({"when": f"{when:%Y-%m-%d %H:%M} in {zone} is past."})
    if (found - now).days > MOST_AHEAD_DAYS:
        raise BadInput({"when": f"{when:%Y-%m-%d} is more than two years ahead; is the year right?"})
    return found


def _planned(unit: Unit, key: str, what: str) -> Meeting:
    unit.lock(MEETINGS)
    meeting = locked(unit, key)
    if meeting.state != "planned":
        raise Refused(f"{key} is {meeting.state} and cannot be {what}.", code=f"is-{meeting.state}")
    return meeting


def _live(unit: Unit, key: str) -> Meeting:
    meeting = locked(unit, key)
    if meeting.state not in ("planned", "open"):
        remedy = "What was forgotten goes into a correction." if meeting.state == "closed" else ""
        raise Refused(
            f"{key} is {meeting.state}: its agenda changes no more.", code=f"is-{meeting.state}", remedy=remedy
        )
    return meeting


def _fits(meeting: Meeting, row: Row[tuple[object, ...]]) -> None:
    if row.process != meeting.process:
        raise Refused(
            f"{meeting.key} deals with {meeting.process}, and {row.key} is of {row.process}.", code="elsewhere"
        )


def _words(desk: Desk, unit: Unit, meeting: Meeting) -> Words:
    words = words_of(desk, unit.connection, meeting.process, meeting.name)
    if words is None:
        raise Refused(f"{meeting.process} holds {meeting.title} no more.", code="no-series", remedy="Cancel it.")
    return words
