"""The rows of the meetings' tables as their entries say they must be. Pure."""

from __future__ import annotations

from typing import Any

from gates.meetings.fold import Meeting

Row = dict[str, Any]

KEYS = {
    "meetings": ("key",),
    "meeting_people": ("meeting", "person"),
    "meeting_actions": ("meeting", "number"),
}
"""Table -> the columns that name a row."""


def rows_of(meeting: Meeting) -> dict[str, list[Row]]:
    """Every row of one meeting, by table."""
    return {
        "meetings": [
            {
                "key": meeting.key,
                "process": meeting.process,
                "name": meeting.name,
                "title": meeting.title,
                "planned_on": meeting.planned_on.isoformat() if meeting.planned_on else None,
                "site": meeting.site,
                "zone": meeting.zone,
                "starts_at": meeting.starts_at,
                "ends_at": meeting.ends_at,
                "cut_off_at": meeting.cut_off_at,
                "state": meeting.state,
                "by_hand": meeting.by_hand,
                "sequence": meeting.sequence,
                "chair": meeting.chair,
                "digest": meeting.digest,
            }
        ],
        "meeting_people": [
            {
                "meeting": meeting.key,
                "person": person,
                "invited": one.invited,
                "sequence": one.sequence,
                "came_at": one.times[0][0] if one.times else None,
                "left_at": one.times[-1][1] if one.times else None,
            }
            for person, one in meeting.people.items()
        ],
        "meeting_actions": [
            {
                "meeting": meeting.key,
                "number": one.number,
                "item": one.item,
                "text": one.text,
                "owner": one.owner,
                "due_on": one.due_on.isoformat(),
                "done_at": one.done_at,
                "done_by": one.done_by,
                "note": one.note,
            }
            for one in meeting.actions.values()
        ],
    }
