"""What pages and commands are told of meetings: frozen, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gates.items import ItemLine, TimelineLine
from gates.meetings import Correction


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting in a list. `state` is planned, open, closed or cancelled; `words` is that for people."""

    key: str
    title: str
    process: str
    process_title: str
    state: str
    words: str
    zone: str
    site: str
    starts_at: datetime
    ends_at: datetime
    chair_name: str
    planned_on: date | None
    invited: bool = False
    """Whether whoever looks is."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that keeps an item from being decided, and who has to do what about it."""

    what: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One item on an agenda, or why it is not.

    `standing` is ready, taken (the chair took it in), late (after the cut-off), deferred, or lacking.
    """

    item: ItemLine
    standing: str
    lacks: tuple[Lack, ...] = ()
    why: str = ""
    """How it came on the agenda, or why it waits for the next one."""
    asked: str = ""
    """Who asked that it be put on, and why; '' where nobody did."""
    sentence: str = ""
    """What its policy says now."""
    signed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    """Those who have signed, with what they said, and the names of those asked who have not."""
    presence: str = ""
    """How many of those it asks are there, where its policy counts them."""
    counts_present: bool = False
    decided: tuple[str, ...] = ()
    """What became of it at the meeting, as its own record says."""
    entries: tuple[tuple[int, str], ...] = ()
    """Number and digest of the entries that `decided` is read from."""
    note: str = ""

    @property
    def is_on(self) -> bool:
        """Whether it is dealt with at this meeting."""
        return self.standing in ("ready", "taken")


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person of a meeting. `times` says from when until when they were there (None: still)."""

    person: str
    name: str
    roles: tuple[str, ...]
    invited: bool
    is_present: bool
    times: tuple[tuple[datetime, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True)
class ActionLine:
    """Something to be done. `acts` whether whoever looks may say that it is."""

    meeting: str
    meeting_title: str
    number: int
    item: str
    text: str
    owner: str
    owner_name: str
    due_on: date
    is_late: bool
    done_at: datetime | None = None
    done_by: str = ""
    note: str = ""
    may_do: bool = False


@dataclass(frozen=True, slots=True)
class MeetingView:
    """Everything about one meeting, as somebody sees it."""

    line: MeetingLine
    description: str
    place: str
    why: str
    cut_off_at: datetime | None
    sequence: int
    chair: str
    leads: bool
    """Whether whoever looks may lead it."""
    people: tuple[Attendee, ...]
    agenda: tuple[AgendaLine, ...]
    """What is dealt with, in order."""
    waiting: tuple[AgendaLine, ...]
    """What is not: it lacks something, came late, or was put off."""
    actions: tuple[ActionLine, ...]
    """Agreed at this meeting."""
    carried: tuple[ActionLine, ...]
    """Open from earlier meetings of the kind."""
    note: str
    opened_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    minutes: Mapping[str, Any] | None
    digest: str
    corrections: tuple[Correction, ...]
    timeline: tuple[TimelineLine, ...]
    next_key: str
    """The next meeting of the kind after this one; '' where none is planned."""
    others: tuple[tuple[str, str], ...] = ()
    """People who are not invited, for whoever calls the roll: id and name."""
