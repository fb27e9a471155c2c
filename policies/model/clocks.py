"""Clocks of a state: by when, how much longer, and what happens when nobody answers; and what an escalation does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Key

from policies.model.base import Condition, Duration, Model, Name
from policies.model.following import Reminder
from policies.model.rules import Who

Plain = str | int | bool
"""A value of a field as the YAML writes it."""


class Extend(Model):
    """How the due time may be moved. Left out: not at all."""

    by: Who
    """Who may ask for more time."""
    approve: Who | None = None
    """Who grants it; never whoever asked. Left out: asking is enough."""
    at_most: Annotated[int, Key(ge=1, le=20)] = 1
    """How often in one stay."""
    longest: Duration
    """How much longer each time at most, from the due time as it stands."""
    reason: Literal["required", "optional"] = "required"
    """Whether whoever asks has to say why."""


class Due(Model):
    """By when, and when to remind."""

    within: Duration
    remind: tuple[Reminder, ...] = ()
    """Shares of the time (`50%`), or how long before it is due (`1d`)."""
    when: Condition | None = None
    """This due time applies only if the condition holds on entering. Of several the first that applies does."""
    extend: Extend | None = None
    """How the due time may be moved."""


class OfThoseAsked(Model):
    """People beside those who were asked in the round and have not answered; exactly one of the words."""

    stand_in: Literal[True] | None = None
    """Whoever stands in for each of them, by the roster."""
    line_manager: Literal[True] | None = None
    """Whoever each of them reports to, by the roster's `manager`."""


class Raise(Model):
    """An escalation to raise, with what it begins with."""

    process: Name
    """The process of the escalation."""
    fields: dict[Name, Plain] = {}
    """Fields that are filled in: `{colour: red}`."""


class LadderStep(Model):
    """What happens `after` so long in this state, if the item is still here."""

    after: Duration
    when: Condition | None = None
    """The step is taken only if the condition holds when its time comes."""
    every: Duration | None = None
    """Repeat what the step tells, so often: `15m`. Goes with `times`."""
    times: Annotated[int, Key(ge=2, le=200)] | None = None
    """How many times in all. After an outage those that were missed are one."""
    set_: dict[Name, Plain] = Key(default={}, alias="set")
    """Fields that change: `{level: L2}`; a revision of its own, by nobody."""
    owner: Who | None = None
    """The item goes to the first of these people."""
    hand_to: Literal["stand_in"] | None = None
    """Ask the stand-in of each person who has not answered; they sign for them from then on."""
    notify: Who | OfThoseAsked | None = None
    """Who is told: people as elsewhere, or `{stand_in: true}` or `{line_manager: true}`, of those who were asked and
    have not answered."""
    raise_: Name | Raise | None = Key(default=None, alias="raise")
    """The process an escalation is raised in, or `{process: …, fields: …}`. One that is open already is enough."""
    to: Name | None = None
    """The state a timer moves the item to."""

    @property
    def raises(self) -> Raise | None:
        """What is raised, in its long form."""
        return Raise(process=self.raise_) if isinstance(self.raise_, str) else self.raise_


class Pausing(Model):
    """Clocks that stand still while an escalation is open, and no longer than so."""

    pause: Duration
    """`10wd`: so long after they were first stopped in a stay they run again for good, by the calendar of the item's
    site."""


class Escalations(Model):
    """What escalations about an item of this process do to it."""

    process: Name
    """The process they are raised in: by a person, at a deadlock, and where a deadline says `then: escalate`."""
    clock: Literal["pause", "run"] | Pausing = "run"
    """`pause`: while one is open, due time, reminders, ladder and inactivity of the item stand still; `{pause: 10wd}`:
    no longer than that in a stay."""
    act: dict[Name, Name] = {}
    """What a verdict signed in one does here, once it has ended: the verdict, and the act of this process."""

    @property
    def pauses(self) -> bool:
        """Whether the clocks of an item stand still while one is open."""
        return self.clock != "run"

    @property
    def longest(self) -> str | None:
        """How long they may in a stay; None where there is no end to it."""
        return self.clock.pause if isinstance(self.clock, Pausing) else None
