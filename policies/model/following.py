"""What follows a decision: conditions to be met, a review afterwards, an expiry, and what an act rests on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Key
from pydantic import StringConstraints

from policies.model.base import DURATION, SHARE, Duration, Model, Name
from policies.model.rules import Who

Reminder = Annotated[str, StringConstraints(pattern=f"(?:{SHARE})|(?:{DURATION})")]


class Demand(Model):
    """What each condition of a conditional position has to name."""

    owner: Literal["required", "optional"] = "optional"
    """A person on the roster who answers for it."""
    due: Literal["required", "optional"] = "optional"
    """The day by whose end it is met."""


class Met(Model):
    """What follows once every condition is met or waived."""

    to: Name
    """Where the item goes; on the record the cause is a dependency, `conditions`."""


class Lapse(Model):
    """What follows when a condition is not met in time: one of the two, or both."""

    to: Name | None = None
    """The state a timer moves the item to."""
    raise_: Name | None = Key(default=None, alias="raise")
    """The process an escalation is raised in."""


class Conditions(Model):
    """Each condition of the conditional decision that led here is kept as a thing of its own: text, owner, due date,
    evidence, and whether it is open, met, waived or lapsed."""

    due: Duration
    """By when a condition is met that names no day of its own, from entering the state."""
    remind: tuple[Reminder, ...] = ()
    """When its owner is reminded: shares of the time (`80%`), or how long before it is due (`1d`)."""
    met: Met
    """Where the item goes once all of them are met or waived."""
    lapse: Lapse
    """What follows when one is not met in time."""
    met_by: Who | None = None
    """Who else may call a condition met; its own owner always may."""
    confirmed_by: Who | None = None
    """Who confirms that it is met, never the person who called it met. Left out: nobody has to."""
    waived_by: Who | None = None
    """Who may waive a condition or give it more time, never its own owner. Left out: nobody."""


class Review(Model):
    """On entering the state an item of its own is made about this one: a review after the fact."""

    process: Name
    """The process of the review."""
    within: Duration
    """By when it has ended. It is late even when this item has moved on."""
    raise_: Name | None = Key(default=None, alias="raise")
    """The process an escalation is raised in when it is late. Left out: the author and the owner are told."""


class Expires(Model):
    """What is in force here is in force for so long. Past its time it counts for nothing, however late the timer."""

    after: Duration | None = None
    """So long after entering the state: `12mo`."""
    on: Name | None = None
    """Or at the end of the day in this date field."""
    to: Name
    """The state a timer moves the item to."""
    remind: tuple[Reminder, ...] = ()
    """When the author and the owner are told that it nears its end: `30d` before, or shares of the time."""


class Under(Model):
    """The act rests on another item that is in force: a standard change on its approved model."""

    item: Name
    """The field of type `item` that names it."""
    be: Annotated[tuple[Name, ...], Key(min_length=1)]
    """The states of that item in which it is in force."""
