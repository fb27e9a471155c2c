"""What an evaluation may look at: the item, the roster, the decisions so far, and the time.

Plain frozen data. Whoever gathers it (the register, a cases file, a simulator, the verifier) passes
it in whole; nothing here fetches anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

APPROVE = "approve"
REJECT = "reject"

RELATIONS = ("author", "owner", "editors", "last_editor", "submitter")
"""Words for people by what they did to the item; usable wherever a role is."""


@dataclass(frozen=True, slots=True)
class Person:
    """One human, one id, whatever the mailboxes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Holding:
    """`person` holds `role`, at one `site` or (None) everywhere."""

    person: str
    role: str
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The people and roles as of now: holdings past their end date and inactive people are left out."""

    people: Mapping[str, Person]
    holdings: tuple[Holding, ...] = ()
    role_titles: Mapping[str, str] = field(default_factory=dict)

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
class ItemFacts:
    """One item at its current revision.

    `fields` holds Python values by the field's type: text and choice str; number Decimal; integer int;
    money Decimal (in the field's one currency); date date; boolean bool; person str id; list tuple.
    A field that was never filled in is absent, which conditions read as UNKNOWN.
    `changed` says for each revision after the first which names (fields, `criteria.<name>`, `title`)
    it changed.
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

    def related(self, relation: str) -> tuple[str, ...]:
        """The people a relation word means for this item; empty when there are none."""
        if relation == "editors":
            return self.editors
        if relation == "last_editor":
            return self.editors[-1:]
        one = getattr(self, relation)
        return (one,) if one else ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's choice in a round, in the order of `Facts.decisions`.

    `revision` is the one that was on the screen. `comment` is shown, never judged.
    """

    id: str
    person: str
    position: str
    at: datetime
    revision: int
    comment: str = ""
    on_behalf_of: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one evaluation sees. `now` and all times are aware UTC datetimes."""

    item: ItemFacts
    roster: Roster
    now: datetime
    decisions: tuple[Decision, ...] = ()
    opened_at: datetime | None = None
