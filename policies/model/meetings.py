"""Meetings that come again: when, who chairs, who is invited, and which states are decided there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Key
from pydantic import StringConstraints

from policies.model.base import NAME, Duration, Model, Name, Text, Title
from policies.model.rules import Selector

_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
EVERY = (
    rf"^(?:workday|(?:week|[2-9] weeks) on {_DAY}(?:, {_DAY})*"
    rf"|(?:month|[2-9] months|1[0-2] months) on (?:first|second|third|fourth|last) {_DAY}) {_CLOCK}$"
)
Every = Annotated[str, StringConstraints(pattern=EVERY, max_length=120)]
"""`week on tuesday 10:00`, `2 weeks on monday, thursday 14:00`, `month on first friday 09:30`, `workday 08:30`."""
MeetingName = Annotated[str, StringConstraints(pattern=NAME, max_length=30)]
"""A name that, with a day, makes the key of each meeting."""


class Meeting(Model):
    """A meeting that comes again, at which rounds of items are decided."""

    title: Title
    every: Every
    """When: `week on tuesday 10:00`, `2 weeks on monday, thursday 14:00`, `month on first friday 09:30`, `workday
    08:30`; by the clock of the site."""
    from_: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Key(default=None, alias="from")
    """The day from which it is held; of every second week, the first of them."""
    at: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    """The site whose clock and holidays count. Left out: the site of whoever chairs."""
    lasts: Duration = "60m"
    """How long it takes, in minutes or hours."""
    chair: Selector
    """Who leads it: `{role: …}`, or one person. They call the roll, order the agenda and close the minutes."""
    invite: Selector | tuple[Selector, ...] = ()
    """Who else is invited: `{role: …, at: …}`, or a list of them."""
    items: tuple[Name, ...]
    """The states whose items are decided there."""
    cut_off: Duration | None = None
    """How long before it an item has to be ready; what comes later waits for the next one, unless the chair takes it
    in."""
    holiday: Literal["skip", "next", "before"] = "next"
    """On a day that is not worked: it is left out, or held on the next day that is, or on the one before."""
    invite_ahead: Duration = "2w"
    """How long before it the invitations go out."""
    place: Text | None = None
    """Where it is held: a room, or the address of a call."""
    description: Text | None = None

    @property
    def invited(self) -> tuple[Selector, ...]:
        """Those of `invite`, as a list."""
        return self.invite if isinstance(self.invite, tuple) else (self.invite,)
