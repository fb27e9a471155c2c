"""The words of a `*.cases.yaml`: people, what happens, and what is expected."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field as Key
from pydantic import StringConstraints

from policies.model.base import Duration, Model, Name, Text, Title

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Held(Model):
    """One role somebody holds."""

    role: Name
    at: str | None = None
    from_: Day | None = Key(default=None, alias="from")
    """Since when; left out, always."""


class CasePerson(Model):
    """One person of the cases."""

    name: Title | None = None
    roles: tuple[Name | Held, ...] = ()
    attributes: dict[Name, Any] = {}
    """What weights and `distinct` count by."""


class CaseStandIn(Model):
    """Somebody sits for somebody absent, from a day until the end of a day."""

    absent: Name
    person: Name
    from_: Day = Key(alias="from")
    until: Day
    roles: tuple[Name, ...] | None = None
    sites: tuple[str, ...] | None = None
    chain: bool = False


class Event(Model):
    """One thing that happens, an hour after the one before it, or `after` so long. Without anything else time
    only passes."""

    after: Duration | None = None
    by: Name | None = None
    says: str | None = None
    """A position, or an alias of one."""
    conditions: tuple[Text, ...] = ()
    """What has to be done, with a conditional position."""
    edits: tuple[str, ...] | None = None
    """A list of names: the fields and criteria that a new revision by this person changes, `[cost, drawing]`. Their
    values stay as the case has them."""
    takes_back: bool = False
    lifts: Name | None = None
    """Whose standing position this person lifts."""
    overrides: Name | None = None
    """The outcome decided over the heads of all."""
    reason: Text | None = None
    closes: bool = False
    """The chair closes the round."""
    present: tuple[Name, ...] | None = None
    """Who is recorded as present."""


class Expected(Model):
    """What the policy then says. `pending` and `deadlock` are verdicts too."""

    verdict: Name
    standing: Literal["decided", "overridden", "pending", "deadlock"] | None = None
    sentence: str | None = None
    can_unblock: tuple[Name, ...] | None = None
    """Everybody whose decision alone would decide it, whichever way: those who could reject it too."""
    together: tuple[Name, ...] | None = None
    """A smallest set of people who could decide it together."""
    set_aside: tuple[Name, ...] | dict[Name, str] | None = None
    """Whose decisions do not count, or with the reason of each."""
    next_change: str | None = None
    """When the clock alone changes it, as `2026-01-08 09:00` UTC, or `never`."""


class Case(Model):
    """One case."""

    case: Title
    policy: Name
    author: Name = "author"
    owner: Name | None = None
    performers: tuple[Name, ...] = ()
    site: str | None = None
    fields: dict[Name, Any] = {}
    criteria_met: tuple[Name, ...] = ()
    stand_ins: tuple[CaseStandIn, ...] = ()
    events: tuple[Event, ...] = ()
    expect: Expected


class ItemFile(Model):
    """One item that is in no register, for `tollgate process explain FILE --item`: a case without what is expected.
    The round opened on `opened`, at 9:00 UTC."""

    policy: Name | None = None
    opened: Day = "2026-01-05"
    author: Name
    owner: Name | None = None
    performers: tuple[Name, ...] = ()
    site: str | None = None
    fields: dict[Name, Any] = {}
    criteria_met: tuple[Name, ...] = ()
    people: dict[Name, CasePerson] = {}
    """Left out where a roster is given."""
    stand_ins: tuple[CaseStandIn, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """Everybody who does something."""
        return tuple(dict.fromkeys(one.by for one in self.events if one.by))


class CasesFile(Model):
    """One `*.cases.yaml`. The clock begins on Monday 5 January 2026 at 9:00 UTC, when the round opens."""

    process: Name
    description: Text | None = None
    people: dict[Name, CasePerson]
    stand_ins: tuple[CaseStandIn, ...] = ()
    cases: tuple[Case, ...]
