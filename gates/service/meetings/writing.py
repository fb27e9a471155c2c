"""What a mail about a meeting needs, gathered when it is sent; or why it is not to be sent any more."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from gates.items import Owed, PersonView
from gates.letters import MeetingFacts
from gates.service.desk import MEETING, Desk
from gates.service.lines import person_view
from gates.service.meetings.agenda import lines_on
from gates.service.meetings.chain import load

MOST_LINES = 12
"""Items of an agenda that an invitation names; its page has them all."""


def meeting_facts(
    desk: Desk, connection: Connection, owed: Owed, person: PersonView, now: datetime
) -> MeetingFacts | str:
    """The meeting as the mail tells of it, or the reason to skip the mail."""
    meeting, payload = load(connection, owed.item_key.removeprefix(MEETING)), owed.payload
    if "action" in payload:
        if meeting.actions[payload["action"]].done_at is not None:
            return "it is done"
    elif meeting.people[person.id].sequence > payload["sequence"]:
        return "a later mail tells of a later change"
    elif payload["method"] == "REQUEST" and meeting.ends_at <= now:
        return "the meeting is over"
    host = urlsplit(desk.public_url).hostname or "tollgate.invalid"
    lines = lines_on(desk, connection, meeting, now)
    named = tuple(f"{line.item.key} {line.item.title}" for line in lines[:MOST_LINES])
    more = (f"and {len(lines) - MOST_LINES} more",) if len(lines) > MOST_LINES else ()
    chair = person_view(desk, connection, meeting.chair) if meeting.chair is not None else None
    guests = (person_view(desk, connection, one) for one in meeting.invited)
    return MeetingFacts(
        key=meeting.key,
        title=meeting.title,
        method=payload.get("method", ""),
        sequence=payload.get("sequence", meeting.sequence),
        uid=f"{meeting.key}@{host}",
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        place=meeting.place,
        description=meeting.description,
        url=f"{desk.public_url}/meetings/{meeting.key}",
        chair=chair,
        guests=tuple(one for one in guests if one is not None and one.email),
        agenda=named + more,
        is_held=meeting.state != "cancelled",
    )
