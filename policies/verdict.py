"""What an evaluation answers with: a tree of sentences, never a bool.

`Verdict` is the answer of a policy; `Finding` is the answer of one rule inside it. Page, mail,
command line, ledger and verifier print the same tree, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.facts import Decision
from policies.phrases import Phrase, phrase


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
    """Nothing the present roster can say, and no time that passes, meets any outcome but a refusal."""
    OVERRIDDEN = "overridden"
    """Somebody decided over the heads of all. Never a kind of met."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A decision that does not count, and why, in words a signer would accept."""

    decision: Decision
    reason: str


_BETWEEN = ", "


def fallen(revision: int, fields: Iterable[str]) -> str:
    """The reason of a decision that fell with an edit of `fields`."""
    named = _BETWEEN.join(fields)
    return phrase("given for revision %(revision)s; %(fields)s changed since", revision=revision, fields=named)


def fell_with(one: SetAside) -> frozenset[str]:
    """The fields with an edit of which a decision fell; none where it counts for nothing for another reason."""
    reason, alike = one.reason, fallen(0, ())
    if not isinstance(reason, Phrase) or not isinstance(alike, Phrase) or reason.pattern != alike.pattern:
        return frozenset()
    return frozenset(str(reason.places["fields"]).split(_BETWEEN))


@dataclass(frozen=True, slots=True)
class Seat:
    """`person` fills one seat of the rule at `rule`, counted in `capacity` (a role, or a relation), for somebody
    absent where `on_behalf_of` names one."""

    person: str
    rule: str
    capacity: str
    on_behalf_of: str | None = None


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
    """`count` more of `label` (in words), from among `candidates` (person ids); of `weight` where it names one."""

    count: int
    rule: str
    label: str
    position: str
    candidates: tuple[str, ...]
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Unblock:
    """One person whose single act would end in `outcome`: saying `position`, or lifting a hold (`lift`), closing
    the round (`close`) or overriding (`override`)."""

    person: str
    position: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says now.

    `outcome` is set exactly when `standing` is DECIDED or OVERRIDDEN. `findings` holds one finding per outcome, in
    the order they are judged. `who_can_unblock` are people whose single act decides it; where there is nobody,
    `together` is a smallest set of decisions that do. `eligible` maps every person who may decide here to the
    capacities they would count in, `sits_for` stand-ins to those they sit for. `by_deadline` says that the deadline
    decided, not the rule; `sentence` is for people.
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
    together: tuple[Unblock, ...] = ()
    eligible: Mapping[str, tuple[str, ...]] | None = None
    sits_for: Mapping[str, str] | None = None
    waiting: tuple[str, ...] = ()
    """Eligible people whose every step is still closed: they are asked when it opens."""
    next_change_at: datetime | None = None
    by_deadline: bool = False
    is_overdue: bool = False

    @property
    def is_decided(self) -> bool:
        return self.outcome is not None
