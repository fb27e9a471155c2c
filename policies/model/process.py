"""The state machine around the policies: states, acts, clocks, and the four causes of a move.

Acts by people (`acts`, `administrative`), verdicts (`round` + `when`), timers (`ladder`, `inactive`)
and dependencies (`depends_on`) are the only causes of a move, and each has its own word here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from policies.model.base import Condition, Duration, Model, Name, Text, Title
from policies.model.clocks import Due, Escalations, LadderStep
from policies.model.fields import Criterion, Field
from policies.model.following import Conditions, Expires, Review, Under
from policies.model.meetings import Meeting, MeetingName
from policies.model.policy import Policy
from policies.model.rules import Rule, Selector
from policies.model.rules import Who as Who
from policies.model.windows import WindowUse

NUMBERING = r"^[A-Za-z0-9_.\-]*(?:\{(?:n(?::0[1-9])?|[a-z][a-z0-9_-]*)\}[A-Za-z0-9_.\-]*)+$"


class Act(Model):
    """Something a person may do to an item in this state."""

    to: Name | None = None
    """The state it leads to; `previous` is the state the item came here from. None stays here."""
    by: Who = "author"
    needs: tuple[Literal["fields", "criteria", "review"], ...] = ()
    """What must be complete first. `review`: every review of this item has been held."""
    under: Under | None = None
    """The act is open only under another item that is in force; the record keeps which revision of it."""
    window: WindowUse | None = None
    """The act takes a time at the item's site, and books it."""
    when: Condition | None = None
    """The act is open only while this holds."""
    verdict: Name | tuple[Name, ...] | None = None
    """The act is open only while the round says this outcome; for policies that `settle: live`."""
    reason: Literal["required", "optional"] = "optional"
    not_before: Name | None = None
    """A date field: the act is too early before that day."""
    early: Literal["refuse", "note"] = "refuse"
    """What happens to an act before `not_before`: refused, or done and noted on the record."""
    from_ends: bool = False
    """An administrative act that is open in end states too."""
    title: Title | None = None
    description: Text | None = None


class Inactive(Model):
    """Move the item when nothing has happened to it for so long; any edit or act starts it anew."""

    after: Duration
    to: Name


class DependsOn(Model):
    """Wait here for the items this one depends on."""

    be: tuple[Name, ...]
    """States that count as done for this purpose."""
    to: Name
    """Where the item goes when all of them are."""


class Edits(Model):
    """Who may edit the item in this state."""

    by: Who


class Budget(Model):
    """The money a gate releases; part of what is signed."""

    field: Name
    """The money field that holds the tranche."""


class Announce(Model):
    """Who is told that the item has come to this state, and how their notice goes."""

    to: Who
    """Whom: `author`, `owner`, `{role: …, at: …}`, or a list of them."""
    how: Literal["immediate", "digest"] | None = None
    """`digest`: in their daily mail; `immediate`: not in it, but at once, or when their quiet hours end. Left out: as
    each of them prefers."""
    when: Condition | None = None
    """They are told only if the condition holds on entering."""


class State(Model):
    """One place an item can be."""

    title: Title | None = None
    description: Text | None = None
    acts: dict[Name, Act] = {}
    round: Name | None = None
    """Opens a round of this policy on the current revision."""
    when: dict[Name, Name] = {}
    """Where each outcome of the round leads."""
    due: Due | tuple[Due, ...] | None = None
    ladder: tuple[LadderStep, ...] = ()
    inactive: Inactive | None = None
    depends_on: DependsOn | None = None
    conditions: Conditions | None = None
    review: Review | None = None
    expires: Expires | None = None
    no_deadline: Text | None = None
    """Why nobody is hurried here."""
    edits: Edits | Literal["none"] | None = None
    """Left out: the author and the owner, until the item ends."""
    clears: tuple[Name, ...] = ()
    """Fields that lose their value on entering and must be given anew."""
    announce: Name | Selector | Announce | tuple[Name | Selector | Announce, ...] | None = None
    """Who is told that the item is here; `{to: …, how: digest}` says how, and `when` on what condition."""
    end: Name | None = None
    """This is an end, and what it is called: done, withdrawn, killed…"""

    @property
    def dues(self) -> tuple[Due, ...]:
        """The due times, in the order in which they are tried."""
        return self.due if isinstance(self.due, tuple) else () if self.due is None else (self.due,)

    @property
    def announces(self) -> tuple[Announce, ...]:
        """Who is told on entering, in the long form, in the order in which it is written."""
        told = self.announce if isinstance(self.announce, tuple) else () if self.announce is None else (self.announce,)
        return tuple(one if isinstance(one, Announce) else Announce(to=one) for one in told)


class Process(Model):
    """One YAML file: a declarative state machine with its fields, criteria, policies and clocks."""

    process: Name
    title: Title
    kind: Literal["stage_gate", "change_request", "escalation", "risk", "issue"]
    numbering: Annotated[str, StringConstraints(pattern=NUMBERING, max_length=60)]
    """The pattern of the keys: `ECR-{n:04}` counts up from 1 in each process; `{gate}-{site}` takes a
    required choice field and the item's site, in capitals."""
    description: Text | None = None
    contact: Who | None = None
    """Whom mails about its items name for questions, and where answers go. Left out: the owner, else the author."""
    fields: dict[Name, Field] = {}
    criteria: dict[Name, Criterion] = {}
    budget: Budget | None = None
    start: Name
    states: dict[Name, State]
    administrative: dict[Name, Act] = {}
    """Acts open in every state that is not their own target; the record marks them as such."""
    rules: dict[Name, Rule] = {}
    """Rules that policies use by name."""
    policies: dict[Name, Policy] = {}
    escalations: Escalations | None = None
    """What escalations about its items do to them."""
    meetings: dict[MeetingName, Meeting] = {}
    """Meetings that come again, at which rounds of its items are decided."""


Process.model_rebuild()
