"""One small policy and the facts around it, as plain data. All times are whole hours after the round opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Rule = Mapping[str, Any]
"""A rule as a plain mapping: `{"from": ["a"], "at_least": 1}`."""

SITE = "Lyon"
PROCESS = "small"
CHANGED = "cost"
"""What the one edit changed."""


class Said(NamedTuple):
    """What somebody said, and the revision they saw. `lifts` is the number of the decision it lifts."""

    person: str
    position: str
    revision: int
    taken_back: bool = False
    at: int | None = None
    lifts: int | None = None
    asks: bool = False
    """Whether it names what has to be done."""


class Sits(NamedTuple):
    """`person` stands in for `absent` from `since` until before `until`."""

    absent: str
    person: str
    since: int
    until: int
    roles: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    chain: bool = False


class Overrides(NamedTuple):
    person: str
    outcome: str
    reason: str
    at: int


@dataclass(frozen=True)
class Case:
    """See the module docstring. `edits` are (by whom, when): at most one, which made revision 2; a case without
    times is at revision 2 and says so."""

    outcomes: tuple[tuple[str, Rule, bool, tuple[str, ...]], ...]
    """Name, rule, is it a refusal, the positions it counts (empty: each leaf's own)."""
    people: Mapping[str, tuple[tuple[Any, ...], ...]]
    """Person -> (role, site) or (role, site, since)."""
    positions: tuple[str, ...]
    said: tuple[Said, ...] = ()
    exclude: tuple[str, ...] = ("author", "editors")
    one_seat: bool = True
    stale_on: Any = "any_edit"
    none_required: bool = False
    author: str = "zoe"
    editors: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    revision: int = 2
    edits: tuple[tuple[str, int], ...] = ()
    now: int = 24
    present: frozenset[str] | None = None
    closed_at: int | None = None
    stand_ins: tuple[Sits, ...] = ()
    overrides: tuple[Overrides, ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)
    """settle, chair, deadline, override, positions, except_by: as the file says them."""

    def time_of(self, number: int) -> int:
        """When the decision of this number was given; its number, where that does not matter."""
        at = self.said[number].at
        return number if at is None else at

    @property
    def deadline(self) -> int | None:
        found = self.words.get("deadline")
        return None if found is None else hours(found["in"])

    @property
    def deadline_outcome(self) -> str | None:
        """What the deadline decides; None where it only escalates."""
        then = self.words.get("deadline", {}).get("then", "escalate")
        return None if then == "escalate" else {"reject": "rejected", "approve": "approved"}.get(then, then)

    @property
    def until(self) -> int | None:
        """The hour after which nothing said counts."""
        return self.deadline if self.deadline_outcome is not None else None


def hours(text: str) -> int:
    return int(text[:-1]) * {"h": 1, "d": 24}[text[-1]]
