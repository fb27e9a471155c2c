"""Invitations to meetings as iCalendar (RFC 5545, RFC 5546): a request, its updates, its cancellation.

One meeting keeps one UID for ever; each change that people hear of has the next SEQUENCE, so that a calendar puts it
in the place of what it had. Answers are not asked for: attendance is taken at the meeting.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from gates.letters import LetterFacts, MeetingFacts
from notifications.addresses import normal_address
from notifications.errors import BadAddress
from notifications.languages import language_of

PRODUCT = "-//Tollgate//Gate meetings//EN"


def invitation(letter: LetterFacts, sender: str) -> bytes:
    """The calendar of one letter about a meeting; `sender` stands for a chair without a mailbox. Raises ValueError for
    a letter without an invitation."""
    meeting = letter.meeting
    if meeting is None or not meeting.method:
        raise ValueError("the letter invites to no meeting")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", meeting.method)
    calendar.add_component(_event(letter, meeting, sender))
    year = meeting.starts_at.year
    calendar.add_missing_timezones(first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1))
    return bytes(calendar.to_ical())


def _event(letter: LetterFacts, meeting: MeetingFacts, sender: str) -> Event:
    zone, event = ZoneInfo(meeting.zone), Event()
    is_off = meeting.method == "CANCEL"
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", letter.now)
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", meeting.title)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("url", meeting.url)
    event.add("description", _description(letter, meeting))
    if meeting.place:
        event.add("location", meeting.place)
    chair = meeting.chair
    mailbox = _mailbox(chair.email) if chair is not None else ""
    event.add("organizer", _person(chair.name if chair and mailbox else "", mailbox or sender), encode=False)
    # Whoever is asked no more hears of themselves alone: for the others it is held.
    for one in (letter.to,) if is_off else meeting.guests:
        if not _mailbox(one.email):
            continue
        guest = _person(one.name, _mailbox(one.email))
        guest.params["ROLE"] = vText("CHAIR" if chair is not None and one.id == chair.id else "REQ-PARTICIPANT")
        guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
        guest.params["RSVP"] = vText("FALSE")
        event.add("attendee", guest, encode=False)
    return event


def _mailbox(address: str) -> str:
    """The address as it is written; one that is none keeps nobody else from being invited."""
    try:
        return normal_address(address)
    except BadAddress:
        return ""


def _person(name: str, address: str) -> vCalAddress:
    found = vCalAddress(f"mailto:{address}")
    if name:
        found.params["CN"] = vText(" ".join(name.replace('"', "'").split()))
    return found


def _description(letter: LetterFacts, meeting: MeetingFacts) -> str:
    heading = language_of(letter.to.locale).gettext("Agenda")
    agenda = [f"{heading}:", *(f"- {line}" for line in meeting.agenda)] if meeting.agenda else []
    parts = [letter.sentence, meeting.description, *agenda, meeting.url]
    return "\n".join(part for part in parts if part)


def file_name(meeting: MeetingFacts) -> str:
    """What the attachment is called."""
    return "cancelled.ics" if meeting.method == "CANCEL" else "invite.ics"
