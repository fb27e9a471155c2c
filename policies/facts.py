"""What an evaluation may look at: the item, the roster, the decisions so far, and the time.

Plain frozen data. Whoever gathers it (the register, a cases file, a simulator, the verifier) passes
it in whole; nothing here fetches anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from policies.shifts import WorkCalendar

APPROVE = "approve"
REJECT = "reject"
ABSTAIN = "abstain"
"""Takes part, and votes for nothing: counts for a quorum, not among those cast."""
RECUSE = "recuse"
"""Steps aside: leaves the body, and every share of it."""

RELATIONS = ("author", "owner", "editors", "last_editor", "submitter", "performed_by")
"""Words for people by what they did to the item; usable wherever a role is."""


UTC_DAYS = WorkCalendar()


@dataclass(frozen=True, slots=True)
class Person:
    """One human, one id, whatever the mailboxes. `attributes` are what weights and `distinct` count by."""

    id: str
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Holding:
    """`person` holds `role`, at one `site` or (None) everywhere, `since` a moment (None: always); where `program` or
    `vendor` is set, for items of that program or vendor only."""

    person: str
    role: str
    site: str | None = None
    since: datetime | None = None
    program: str | None = None
    vendor: str | None = None

    def concerns(self, item: ItemFacts) -> bool:
        """Whether it is held for this item; its site apart, which each rule asks for itself."""
        of_program = self.program is None or self.program == item.program
        return of_program and (self.vendor is None or self.vendor == item.fields.get("vendor"))


@dataclass(frozen=True, slots=True)
class StandIn:
    """`person` sits for `absent` from `since` until before `until`; None for a scope means all of it.

    A stand-in of a stand-in counts only where the second one says `chain`.
    """

    absent: str
    person: str
    since: datetime
    until: datetime
    roles: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    chain: bool = False

    def is_in_force(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True)
class Roster:
    """The people and roles as of now: holdings past their end date and inactive people are left out.

    `stand_ins` keep their dates, past ones too: what was signed for somebody absent stays signed.
    """

    people: Mapping[str, Person]
    holdings: tuple[Holding, ...] = ()
    role_titles: Mapping[str, str] = field(default_factory=dict)
    stand_ins: tuple[StandIn, ...] = ()

    @cached_property
    def stand_ins_of(self) -> Mapping[str, tuple[StandIn, ...]]:
        """The stand-ins by whom they sit for, in their order: a verdict asks for one person's many times."""
        found: dict[str, tuple[StandIn, ...]] = {}
        for one in self.stand_ins:
            found[one.absent] = (*found.get(one.absent, ()), one)
        return found

    def about(self, item: ItemFacts) -> Roster:
        """The roster without what is held for other programs and vendors than the item's."""
        if all(held.concerns(item) for held in self.holdings):
            return self
        return replace(self, holdings=tuple(held for held in self.holdings if held.concerns(item)))

    def name(self, person: str) -> str:
        """The printed name, or the id of somebody the roster no longer knows."""
        known = self.people.get(person)
        return known.name if known else person

    def title(self, role: str) -> str:
        """`quality-lead` -> its title on the roster, else `quality lead`."""
        return self.role_titles.get(role) or role.replace("-", " ")


@dataclass(frozen=True, slots=True)
class CriterionState:
    """What is on file for one criterion of the current revision."""

    met: bool = False
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Who made a revision, and when."""

    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item at its current revision.

    `fields` holds Python values by the field's type: text and choice str; number Decimal; integer int;
    money Decimal (in the field's one currency); date date; moment
    a datetime without a zone, by the clock of the item's site; boolean bool; person str id; list tuple.
    A field that was never filled in is absent, which conditions read as UNKNOWN.
    `changed` says for each revision after the first which names (fields, `criteria.<name>`, `title`)
    it changed, `edits` by whom and when.
    """

    key: str
    process: str
    kind: str
    revision: int
    author: str
    site: str | None = None
    program: str | None = None
    project: str | None = None
    owner: str | None = None
    submitter: str | None = None
    editors: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    criteria: Mapping[str, CriterionState] = field(default_factory=dict)
    changed: Mapping[int, frozenset[str]] = field(default_factory=dict)
    edits: Mapping[int, Edit] = field(default_factory=dict)
    performers: tuple[str, ...] = ()

    def related(self, relation: str) -> tuple[str, ...]:
        """The people a relation word means for this item; empty when there are none."""
        if relation == "editors":
            return self.editors
        if relation == "last_editor":
            return self.editors[-1:]
        if relation == "performed_by":
            return self.performers
        one = getattr(self, relation)
        return (one,) if one else ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's choice in a round, in the order of `Facts.decisions`.

    `revision` is the one that was on the screen. `comment` is shown, never judged. `conditions` are what a
    conditional position asks to be done. `lifts` names another's decision (its id) that this one lifts; such a
    decision is no position of its own.
    """

    id: str
    person: str
    position: str
    at: datetime
    revision: int
    comment: str = ""
    on_behalf_of: str | None = None
    withdrawn: bool = False
    conditions: tuple[str, ...] = ()
    lifts: str | None = None


@dataclass(frozen=True, slots=True)
class Overriding:
    """Somebody decides `outcome` over the heads of all, where the policy lets them."""

    id: str
    person: str
    outcome: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one evaluation sees. `now` and all times are aware UTC datetimes.

    `calendar` is that of the item's site; `present` are those recorded as present (None: nobody recorded
    anything); `closed_at` is when the chair closed the round.
    """

    item: ItemFacts
    roster: Roster
    now: datetime
    decisions: tuple[Decision, ...] = ()
    opened_at: datetime | None = None
    calendar: WorkCalendar = UTC_DAYS
    present: frozenset[str] | None = None
    closed_at: datetime | None = None
    overrides: tuple[Overriding, ...] = ()
