"""The record of a meeting as sentences, one per entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from gates.ledger.entries import Kind, unstamp

Data = Mapping[str, Any]


class MeetingWriter:
    """One method per kind of entry of a meeting's chain."""

    def __init__(self, name: Callable[[str | None], str]) -> None:
        self.name = name

    def write(self, kind: Kind, data: Data) -> tuple[str, tuple[str, ...]]:
        """The sentence and the details of one entry."""
        said = getattr(self, kind.value.replace(":", "_"))(data)
        return said if isinstance(said, tuple) else (said, ())

    def meeting_scheduled(self, data: Data) -> tuple[str, tuple[str, ...]]:
        why = tuple(one for one in (data["why"], data["reason"]) if one)
        return f"{data['title']} planned for {clock(data['starts_at'], data['zone'])}.", why

    def meeting_moved(self, data: Data) -> str:
        was, now = clock(data["was"], data["zone"]), clock(data["starts_at"], data["zone"])
        return f"Moved from {was} to {now}: {data['reason'].rstrip('.')}."

    def meeting_cancelled(self, data: Data) -> str:
        return f"Cancelled: {data['reason'].rstrip('.')}."

    def meeting_people_invited(self, data: Data) -> str:
        said = [f"Invited: {self._names(data['asked'])}."] if data["asked"] else []
        said += [f"Invited no more: {self._names(data['dropped'])}."] if data["dropped"] else []
        return " ".join([*said, f"{self.name(data['chair'])} chairs it." if data["chair"] else "Nobody chairs it."])

    def meeting_item_asked(self, data: Data) -> str:
        return f"{self.name(data['by'])} asked for {data['item']}: {data['reason'].rstrip('.')}."

    def meeting_item_taken(self, data: Data) -> str:
        return f"{data['item']} taken in by {self.name(data['by'])}: {data['reason'].rstrip('.')}."

    def meeting_item_deferred(self, data: Data) -> str:
        return f"{data['item']} put off by {self.name(data['by'])}: {data['reason'].rstrip('.')}."

    def meeting_agenda_ordered(self, data: Data) -> str:
        return f"Order of the agenda: {', '.join(data['items']) or 'by due time'}."

    def meeting_opened(self, data: Data) -> tuple[str, tuple[str, ...]]:
        lines = tuple(f"{one['item']} {one['title']}, revision {one['revision']}" for one in data["agenda"])
        return f"Opened with {len(lines)} {'item' if len(lines) == 1 else 'items'}.", lines

    def meeting_attendance_recorded(self, data: Data) -> tuple[str, tuple[str, ...]]:
        came = (f"Came: {self._names(data['came'])}.",) if data["came"] else ()
        left = (f"Left: {self._names(data['left'])}.",) if data["left"] else ()
        return f"Present: {self._names(data['present']) or 'nobody'}.", (*came, *left)

    def meeting_note_recorded(self, data: Data) -> tuple[str, tuple[str, ...]]:
        return f"Note on {data['item'] or 'the meeting'}.", (data["text"],)

    def meeting_action_set(self, data: Data) -> tuple[str, tuple[str, ...]]:
        return f"Action {data['number']} for {self.name(data['owner'])}, due {data['due_on']}.", (data["text"],)

    def meeting_action_done(self, data: Data) -> tuple[str, tuple[str, ...]]:
        return f"Action {data['number']} done, says {self.name(data['by'])}.", (data["note"],)

    def meeting_minutes_closed(self, data: Data) -> str:
        return f"Minutes closed by {self.name(data['by'])}; their digest is {data['digest'][:12]}…"

    def meeting_minutes_corrected(self, data: Data) -> tuple[str, tuple[str, ...]]:
        return f"Minutes corrected by {self.name(data['by'])}: {data['text']}", (f"Reason: {data['reason']}",)

    def item_notice_sent(self, data: Data) -> str:
        return f"Mail “{data['message']}” went to {self.name(data['person'])}."

    def item_notice_failed(self, data: Data) -> tuple[str, tuple[str, ...]]:
        return f"Mail “{data['message']}” to {self.name(data['person'])} was given up.", (data["error"],)

    def _names(self, people: Iterable[str]) -> str:
        return ", ".join(self.name(person) for person in people)


def clock(moment: str, zone: str) -> str:
    local = unstamp(moment).astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {local.tzname()}"
