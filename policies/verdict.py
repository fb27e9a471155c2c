"""What an evaluation answers with: a tree of sentences, never a bool.

`Verdict` is the answer of a policy; `Finding` is the answer of one rule inside it. Page, mail,
command line, ledger and verifier print the same tree, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.facts import Decision


class Status(StrEnum):
    """What one rule came to. BROKEN is tested first, everywhere."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    """A condition reads a field nobody has filled in. Never counts as met."""
    SKIPPED = "not applicable"
    """Its `when` is false. Never counts as approved."""
    BROKEN = "broken"


class Standing(StrEnum):
    """What a policy came to."""

    DECIDED = "decided"
    PENDING = "pending"
    DEADLOCK = "deadlock"
    """Nothing the present roster can say meets any outcome but a refusal."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A decision that does not count, and why, in words a signer would accept."""

    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class Seat:
    """`person` fills one seat of the rule at `rule`, counted in `capacity` (a role, or a relation)."""

    person: str
    rule: str
    capacity: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule came to.

    `rule` is its path in the policy (`approve.all[1]`), `label` its name in words, `because` one
    sentence. `counted` are the decisions that support it; `needed` is how many more it asks of
    `candidates` (ids of people who could still fill it).
    """

    rule: str
    label: str
    status: Status
    because: str
    counted: tuple[Decision, ...] = ()
    needed: int = 0
    candidates: tuple[str, ...] = ()
    parts: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """`count` more of `label` (in words), from among `candidates` (person ids)."""

    count: int
    rule: str
    label: str
    position: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unblock:
    """One person whose single decision `position` would end in `outcome`."""

    person: str
    position: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says now.

    `outcome` is set exactly when `standing` is DECIDED. `findings` holds one finding per outcome, in
    the order they are judged. `eligible` maps every person who may decide here to the capacities they
    would count in; `sentence` is for people.
    """

    policy: str
    standing: Standing
    sentence: str
    outcome: str | None = None
    findings: Mapping[str, Finding] | None = None
    seats: tuple[Seat, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    missing: tuple[Missing, ...] = ()
    blocked_by: tuple[Decision, ...] = ()
    who_can_unblock: tuple[Unblock, ...] = ()
    eligible: Mapping[str, tuple[str, ...]] | None = None
    next_change_at: datetime | None = None

    @property
    def is_decided(self) -> bool:
        return self.standing is Standing.DECIDED
