"""One meeting as its entries tell it: `fold` reads them all, `apply` one more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from gates.ledger.entries import Kind, unstamp

Entry = Mapping[str, Any]


@dataclass
class Spell:
    """Somebody's part in a meeting: whether they are invited, as of which update, and when they were there."""

    invited: bool = False
    sequence: int = 0
    times: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    @property
    def is_present(self) -> bool:
        """Whether they are there now."""
        return bool(self.times) and self.times[-1][1] is None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for an item, or the chair did with it, and why."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What the chair wrote about an item, or (None) about the meeting; the latest counts."""

    item: str | None
    text: str
    by: str
    at: datetime


@dataclass
class Action:
    """Something somebody is to do until a day."""

    number: int
    item: str | None
    text: str
    owner: str
    due_on: date
    set_by: str
    done_at: datetime | None = None
    done_by: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was put right after the minutes were closed."""

    text: str
    reason: str
    by: str
    at: datetime


@dataclass
class Meeting:
    """See the module docstring. `state` is planned, open, closed or cancelled."""

    key: str
    process: str
    name: str
    title: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    planned_on: date | None = None
    """The day its recurrence named; None for one that was added by hand."""
    site: str | None = None
    cut_off_at: datetime | None = None
    place: str = ""
    description: str = ""
    why: str = ""
    """Why it is on another day than planned."""
    state: str = "planned"
    by_hand: bool = False
    """Added or moved by a person: a new process or calendar leaves it where it is."""
    sequence: int = 0
    chair: str | None = None
    people: dict[str, Spell] = field(default_factory=dict)
    wishes: dict[str, Wish] = field(default_factory=dict)
    taken: dict[str, Wish] = field(default_factory=dict)
    put_off: dict[str, Wish] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    agenda: tuple[Mapping[str, Any], ...] = ()
    """What was on it when it was opened."""
    opened_at: datetime | None = None
    notes: dict[str | None, Note] = field(default_factory=dict)
    actions: dict[int, Action] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_by: str | None = None
    minutes: Mapping[str, Any] | None = None
    digest: str | None = None
    corrections: list[Correction] = field(default_factory=list)
    cancelled_why: str = ""

    @property
    def present(self) -> tuple[str, ...]:
        """Who is there now."""
        return tuple(sorted(person for person, one in self.people.items() if one.is_present))

    @property
    def invited(self) -> tuple[str, ...]:
        """Who is invited."""
        return tuple(sorted(person for person, one in self.people.items() if one.invited))


def fold(entries: Iterable[Entry]) -> Meeting:
    """The meeting after all of its entries. Raises KeyError, ValueError where they cannot be followed."""
    first, *rest = entries
    data = first["data"]
    if first["kind"] != Kind.MEETING_SCHEDULED:
        raise ValueError(f"a meeting begins by being scheduled, and this one with {first['kind']}")
    meeting = Meeting(
        key=data["meeting"],
        process=data["process"],
        name=data["name"],
        title=data["title"],
        zone=data["zone"],
        starts_at=unstamp(data["starts_at"]),
        ends_at=unstamp(data["ends_at"]),
        planned_on=date.fromisoformat(data["planned_on"]) if data["planned_on"] else None,
        site=data["site"],
        cut_off_at=_moment(data["cut_off_at"]),
        place=data["place"],
        description=data["description"],
        why=data["why"],
        by_hand=data["planned_on"] is None,
    )
    for entry in rest:
        apply(meeting, entry)
    return meeting


def apply(meeting: Meeting, entry: Entry) -> None:
    """One more entry. What is not about the meeting itself, such as a mail that went, changes nothing."""
    act = _ACTS.get(Kind(entry["kind"]))
    if act is not None:
        act(meeting, entry["data"], unstamp(entry["at"]), entry["actor"]["person"])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else unstamp(text)


def _moved(meeting: Meeting, data: Entry, _at: datetime, by: str | None) -> None:
    meeting.starts_at, meeting.ends_at = unstamp(data["starts_at"]), unstamp(data["ends_at"])
    meeting.cut_off_at, meeting.why = _moment(data["cut_off_at"]), data["reason"]
    meeting.zone, meeting.site = data["zone"], data["site"]
    meeting.by_hand = meeting.by_hand or by is not None
    _updated(meeting, data["sequence"])


def _cancelled(meeting: Meeting, data: Entry, _at: datetime, _by: str | None) -> None:
    meeting.state, meeting.cancelled_why = "cancelled", data["reason"]
    _updated(meeting, data["sequence"])


def _updated(meeting: Meeting, sequence: int) -> None:
    """Whoever is invited hears of it."""
    meeting.sequence = sequence
    for one in meeting.people.values():
        if one.invited:
            one.sequence = sequence


def _invited(meeting: Meeting, data: Entry, _at: datetime, _by: str | None) -> None:
    meeting.chair, meeting.sequence = data["chair"], data["sequence"]
    for word, is_invited in (("asked", True), ("dropped", False)):
        for person in data[word]:
            one = meeting.people.setdefault(person, Spell())
            one.invited, one.sequence = is_invited, data["sequence"]


def _opened(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.state, meeting.opened_at, meeting.agenda = "open", at, tuple(data["agenda"])


def _attended(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    for person in data["came"]:
        meeting.people.setdefault(person, Spell()).times.append((at, None))
    for person in data["left"]:
        times = meeting.people[person].times
        times[-1] = (times[-1][0], at)


def _asked(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.wishes[data["item"]] = Wish(data["by"], data["reason"], at)


def _taken(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.taken[data["item"]] = Wish(data["by"], data["reason"], at)
    meeting.put_off.pop(data["item"], None)


def _put_off(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.put_off[data["item"]] = Wish(data["by"], data["reason"], at)
    meeting.taken.pop(data["item"], None)


def _ordered(meeting: Meeting, data: Entry, _at: datetime, _by: str | None) -> None:
    meeting.order = tuple(data["items"])


def _noted(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.notes[data["item"]] = Note(data["item"], data["text"], data["by"], at)


def _action_set(meeting: Meeting, data: Entry, _at: datetime, _by: str | None) -> None:
    number = data["number"]
    due = date.fromisoformat(data["due_on"])
    meeting.actions[number] = Action(number, data["item"], data["text"], data["owner"], due, data["by"])


def _action_done(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    one = meeting.actions[data["number"]]
    one.done_at, one.done_by, one.note = at, data["by"], data["note"]


def _closed(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.state, meeting.closed_at, meeting.closed_by = "closed", at, data["by"]
    meeting.minutes, meeting.digest = data["minutes"], data["digest"]
    for one in meeting.people.values():
        if one.is_present:
            one.times[-1] = (one.times[-1][0], at)


def _corrected(meeting: Meeting, data: Entry, at: datetime, _by: str | None) -> None:
    meeting.corrections.append(Correction(data["text"], data["reason"], data["by"], at))


_ACTS = {
    Kind.MEETING_MOVED: _moved,
    Kind.MEETING_CANCELLED: _cancelled,
    Kind.MEETING_INVITED: _invited,
    Kind.MEETING_OPENED: _opened,
    Kind.MEETING_ATTENDED: _attended,
    Kind.MEETING_ITEM_ASKED: _asked,
    Kind.MEETING_ITEM_TAKEN: _taken,
    Kind.MEETING_ITEM_PUT_OFF: _put_off,
    Kind.MEETING_ORDERED: _ordered,
    Kind.MEETING_NOTED: _noted,
    Kind.MEETING_ACTION_SET: _action_set,
    Kind.MEETING_ACTION_DONE: _action_done,
    Kind.MEETING_CLOSED: _closed,
    Kind.MEETING_CORRECTED: _corrected,
}
