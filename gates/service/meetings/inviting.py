"""Who is invited to a meeting and who leads it, by the roster of that day; and what each of them is sent.

Whoever is away sends their stand-in. A change of the roster is heard of by those it concerns, and by nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gates.errors import Refused
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind
from gates.meetings import Action, Meeting
from gates.roster import RosterBook
from gates.service import rulebook
from gates.service.desk import Desk
from gates.service.meetings.chain import chain_of, enter
from gates.service.people import owe_mail
from gates.store import Unit
from policies.model import Meeting as Words
from policies.model import Selector
from policies.phrases import both, on_day, phrase

REMINDED = time(9)
"""When people are reminded of what they are to do, by their own clock."""


def words_of(desk: Desk, connection: Connection, process: str, name: str) -> Words | None:
    """What the newest text of a process says of a meeting; None where it says nothing any more."""
    for line in rulebook.current_processes(connection):
        if line.name == process:
            return desk.bound(connection, line.digest).loaded.process.meetings.get(name)
    return None


def holders(book: RosterBook, who: Selector, process: str, at: datetime) -> list[str]:
    """The people a selector means at a moment, those who sit for somebody away in their place."""
    roster = book.at(at)
    if who.person is not None:
        found = [who.person] if who.person in roster.people else []
    else:
        held = (one for one in roster.holdings if one.role == who.role)
        found = [one.person for one in held if who.at is None or one.site in (None, who.at)]
    return list(dict.fromkeys(_or_stand_in(book, person, who, process, at) for person in found))


def _or_stand_in(book: RosterBook, person: str, who: Selector, process: str, at: datetime) -> str:
    for one in book.absences:
        is_away = one.person == person and one.since <= at < one.until and one.stand_in is not None
        fits_role = one.roles is None or who.role in one.roles
        if is_away and fits_role and (one.processes is None or process in one.processes):
            known = book.people.get(str(one.stand_in))
            if known is not None and known.active:
                return known.id
    return person


def wanted(book: RosterBook, words: Words, process: str, at: datetime) -> tuple[str | None, list[str]]:
    """Who leads a meeting at a moment, and everybody who is invited to it, whoever leads it first."""
    chairs = holders(book, words.chair, process, at)
    guests = [person for one in words.invited for person in holders(book, one, process, at)]
    return (chairs[0] if chairs else None), list(dict.fromkeys([*chairs, *guests]))


def leads(desk: Desk, connection: Connection, meeting: Meeting, person: str | None, now: datetime) -> bool:
    """Whether somebody may lead the meeting now: they hold the chair's role, or sit for who does."""
    words = words_of(desk, connection, meeting.process, meeting.name)
    if words is None or person is None:
        return person is not None and person == meeting.chair
    return person in holders(desk.book(connection), words.chair, meeting.process, now)


def demand_chair(desk: Desk, unit: Unit, meeting: Meeting, by: Actor, what: str) -> str:
    """The person who acts, where they lead the meeting. Raises Refused."""
    if not leads(desk, unit.connection, meeting, by.person, unit.now):
        words = words_of(desk, unit.connection, meeting.process, meeting.name)
        book = desk.book(unit.connection)
        found = holders(book, words.chair, meeting.process, unit.now) if words is not None else [meeting.chair or ""]
        names = both([book.people[one].name for one in found if one in book.people])
        remedy = f"Ask {names}." if names else "Nobody holds the role on the roster."
        raise Refused(f"Only the chair may {what}.", code="not-yours", remedy=remedy)
    return str(by.person)


def invite(desk: Desk, unit: Unit, meeting: Meeting, words: Words) -> bool:
    """Invite whom the roster names by now, and let those go whom it names no more. False where nobody changes."""
    book = desk.book(unit.connection)
    chair, people = wanted(book, words, meeting.process, meeting.starts_at)
    asked = [one for one in people if one not in meeting.invited]
    dropped = [one for one in meeting.invited if one not in people]
    if not asked and not dropped and chair == meeting.chair:
        return False
    data = {"chair": chair, "asked": asked, "dropped": dropped, "sequence": meeting.sequence + 1}
    enter(unit, meeting, Kind.MEETING_INVITED, ENGINE, data)
    reason = phrase("You are on the list of those invited to this meeting.")
    tell(unit, meeting, asked, "REQUEST", phrase("You are invited."), reason)
    gone = phrase("You are not invited to it any more: the roster has changed.")
    tell(unit, meeting, dropped, "CANCEL", gone, phrase("You were invited to this meeting."))
    return True


def tell(unit: Unit, meeting: Meeting, people: Iterable[str], method: str, sentence: str, reason: str) -> None:
    """Owe each of them the invitation as it is after the latest change, or that it is none any more."""
    message = "meeting-cancelled" if method == "CANCEL" else "meeting"
    for person in people:
        owe_mail(
            unit,
            chain_of(meeting.key),
            message,
            person,
            f"{meeting.sequence}",
            method=method,
            sequence=meeting.sequence,
            sentence=sentence,
            reason=reason,
        )


def tell_action(unit: Unit, meeting: Meeting, action: Action, zone: str) -> None:
    """Owe whoever is to do something that they hear of it now, the day before, and the day after it was due."""
    day = on_day(f"{action.due_on.day} {action.due_on:%b %Y}", action.due_on)
    text = action.text.rstrip(".")
    chain, once = chain_of(meeting.key), f"action:{action.number}"
    said: dict[str, Any] = {
        "action": action.number,
        "reason": phrase("It was agreed at %(meeting)s.", meeting=meeting.title),
    }
    sentence = phrase("You are to do this: %(text)s. Due %(day)s.", text=text, day=day)
    owe_mail(unit, chain, "action", action.owner, f"{once}:set", sentence=sentence, **said)
    later = (
        (-1, "before", phrase("Due tomorrow: %(text)s.", text=text)),
        (1, "after", phrase("Overdue since yesterday: %(text)s.", text=text)),
    )
    for days, word, sentence in later:
        moment = datetime.combine(action.due_on + timedelta(days=days), REMINDED, ZoneInfo(zone)).astimezone(UTC)
        if moment > unit.now:
            owe_mail(unit, chain, "action", action.owner, f"{once}:{word}", due=moment, sentence=sentence, **said)
