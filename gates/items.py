"""What the register answers with: frozen views of items, rounds and decisions.

Rows become these at the door of the service; no session and no row escapes. All times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from policies.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and by which way in. `person` None is the engine itself, acting on `rule`."""

    person: str | None
    via: str = "cli"
    """cli, web, api, link, scim, engine, import."""
    origin: str = ""
    """Address and client as the way in knows them; recorded with the act."""
    rule: str = ""
    """For the engine: the named rule that acted (`ladder`, `verdict`, `dependency`)."""


ENGINE = Actor(None, "engine")


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person of the roster. `zone` is an IANA name, `has_secret` whether a password is set."""

    id: str
    name: str
    email: str
    zone: str = "UTC"
    locale: str = "en"
    active: bool = True
    has_secret: bool = False
    roles: tuple[str, ...] = ()
    """In words: `Quality lead, Lyon`."""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field as people read it. `text` is formatted; `value` is the stored canonical value or None."""

    name: str
    title: str
    text: str
    value: Any
    required: bool = True
    type: str = "text"


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion of the item as people read it."""

    name: str
    text: str
    must: bool
    met: bool
    evidence: str = ""
    note: str = ""
    evidence_kind: str = "none"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two revisions, formatted for people; '' means it was or is empty."""

    name: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AskLine:
    """One person asked in a round, and what they have said so far."""

    person: str
    name: str
    capacity: str
    """In words: `Quality lead, Lyon`."""
    position: str | None = None
    position_title: str = ""
    at: datetime | None = None
    comment: str = ""
    set_aside: str = ""
    """Why the decision does not count, or ''."""
    level: str = ""
    """The level of proof the decision was given with: L0 to L3."""
    meaning: str = ""
    on_behalf_of: str = ""
    """The name of whom it was given for, or ''."""
    zone: str = "UTC"
    """The signer's time zone."""
    needed: bool = True
    """False for somebody who may stop the item but whose support it can go on without."""
    due_at: datetime | None = None
    """By when, in the calendar of the site they work at; None where nothing is due."""
    again_since: datetime | None = None
    """Since when they are asked again, their signature having fallen with an edit; None where they are not."""
    unreached: str = ""
    """Why the last mail that asked them did not arrive; '' when it did."""


@dataclass(frozen=True, slots=True)
class RoundView:
    """One opening of a policy on an item. `outcome` is set once it is closed."""

    id: str
    number: int
    policy: str
    policy_title: str
    question: str
    revision: int
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    asks: tuple[AskLine, ...] = ()
    signed: int = 0
    asked: int = 0
    tally: str = ""
    """What was said so far by those whose word counts, and of how many: `1 × Approve, 1 × Reject, of 4 asked`."""
    verdict: Verdict | None = None
    """What the policy says now; None once the round is closed."""
    tree: Mapping[str, Any] | None = None
    """The verdict as data (`policies.explain.verdict_as_data`): as of now, or as recorded at closing."""
    rule_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateNode:
    """One state for a diagram or a list: `standing` is current, past or ahead."""

    name: str
    title: str
    standing: str


@dataclass(frozen=True, slots=True)
class ActOffer:
    """One act this person may take now, or may not (`refusal` says why in one sentence)."""

    name: str
    title: str
    to: str | None
    reason_required: bool
    refusal: str = ""
    administrative: bool = False
    caution: str = ""
    """Why it leads to an exception, and what would not."""


@dataclass(frozen=True, slots=True)
class RoundOffer:
    """One act on an open round that somebody may take: lift, present, close or override. `choices` are values with
    their titles; `several` of them may be chosen."""

    name: str
    title: str
    choices: tuple[tuple[str, str], ...]
    reason_required: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One entry of the item's record as a sentence. `digest` is the entry's; `seq` counts from 1."""

    seq: int
    at: datetime
    kind: str
    who: str
    sentence: str
    digest: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One row of a list of items."""

    key: str
    title: str
    process: str
    process_title: str
    kind: str
    state: str
    state_title: str
    site: str | None
    amount: str
    revision: int
    author_name: str
    updated_at: datetime
    ended: bool
    signed: int = 0
    asked: int = 0
    tally: str = ""
    """What was said so far, as the round has it; '' where no round is open."""
    due_at: datetime | None = None
    first_due_at: datetime | None = None
    """When it was due before it was extended; None where it was not."""
    extended: int = 0
    """How often it was extended in this stay."""
    why_extended: str = ""
    """By whom and for what reason, the latest time."""
    escalations: tuple[tuple[str, str], ...] = ()
    """(key, state title) of the open escalations about it."""
    stands_still: str = ""
    """The escalation that its clocks wait for; '' while they run."""
    still_since: datetime | None = None
    """Since when they do; None while they run."""

    def counts_until(self, now: datetime) -> datetime:
        """Up to when its time has run. What is due after that is not late, however long its clocks stand still."""
        return self.still_since or now


@dataclass(frozen=True, slots=True)
class ItemView:
    """Everything a page or `tollgate item show` says about one item."""

    line: ItemLine
    description: str
    program: str | None
    project: str | None
    owner_name: str
    author: str
    owner: str | None
    fields: tuple[FieldLine, ...]
    criteria: tuple[CriterionLine, ...]
    revision_digest: str
    revisions: tuple[tuple[int, datetime, str, str], ...]
    """(number, when, who, reason) of every revision, oldest first."""
    round: RoundView | None
    """The open round, else the latest one."""
    acts: tuple[ActOffer, ...]
    """For the person the view was made for; empty when made for nobody."""
    may_edit: bool
    """For the same person; `edit_refusal` says why not."""
    timeline: tuple[TimelineLine, ...]
    visited: tuple[str, ...]
    process_digest: str
    depends_on: tuple[tuple[str, str], ...] = ()
    """(key, state title) of every item this one waits for."""
    about: tuple[str, str] | None = None
    """(key, title) of what an escalation is about."""
    escalations: tuple[tuple[str, str], ...] = ()
    """(key, state title) of escalations about this item."""
    after_the_fact: tuple[tuple[str, str], ...] = ()
    """(key, state title) of the reviews held about this item after the fact."""
    edit_refusal: str = ""
    missing_site: str = ""
    """That it has no site while people are asked at it, and which sites there are; '' where that is no matter."""
    waiting_for: str = ""
    """One sentence: what moves this item on, and who can."""


@dataclass(frozen=True, slots=True)
class PositionOffer:
    """One button of the sign page."""

    name: str
    title: str
    reason_required: bool
    refusal: bool
    next: str
    """One sentence: what follows if the policy comes to it."""
    folded: bool = False
    """Shown behind "More"."""
    conditions: str = ""
    """Whether it names conditions: '', `words`, or `owner`, `due`, `owner due` for what each has to name."""
    meaning: str = ""
    """What a signature given with it means."""


@dataclass(frozen=True, slots=True)
class SignView:
    """Everything the sign page shows one person about one round."""

    person: PersonView
    capacity: str
    item: ItemLine
    description: str
    question: str
    meaning: str
    proof: str
    """What is asked first: the least that meets the policy and that the person has. link, secret, sso or passkey."""
    round: RoundView
    fields: tuple[FieldLine, ...]
    criteria: tuple[CriterionLine, ...]
    revision: int
    revision_digest: str
    since_revision: int | None
    """The revision this person saw last, when it is older than the current one."""
    changes: tuple[Change, ...]
    positions: tuple[PositionOffer, ...]
    decided: AskLine | None
    """This person's standing decision, if there is one."""
    expires_at: datetime
    who_to_ask: str
    """Name and address of the author or owner."""
    sits_in: str = ""
    """Who signs in the reader's place while they are recorded as absent; '' where nobody does."""
    taken_by: AskLine | None = None
    """Who has signed in the reader's place, where that leaves the reader nothing to sign."""
    absent_said: AskLine | None = None
    """What the absent person had said in this round whom the reader sits for."""
    ways: tuple[str, ...] = ()
    """All proofs that meet the policy and that the person has, the least first; empty when there is none."""
    level: str = ""
    """The level the policy asks: L0 to L3."""
    lacks: str = ""
    """What to do about it where the person has no proof that meets the policy; '' when there is one."""
    has_password: bool = False
    has_code: bool = False
    """Whether one-time codes are set up."""
    locked: str = ""
    """Why a password is not taken by this link now, with the way on; '' when it is."""
    against: tuple[str, ...] = ()
    """What stands against the time that the item has booked as an exception."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a signer gets back. `moved_to` is the state title if this decision was the decisive one."""

    decision_id: str
    item_key: str
    item_title: str
    person: str
    name: str
    capacity: str
    position: str
    position_title: str
    meaning: str
    proof: str
    comment: str
    at: datetime
    revision: int
    revision_digest: str
    entry_seq: int
    entry_digest: str
    sentence: str
    """What the policy says now: `Recorded. 1 of 2 approvals from Engineering.`"""
    moved_to: str | None = None
    repeated: bool = False
    """True when this very request had been recorded before; nothing was written again."""
    level: str = ""
    """The level of proof reached: L0 to L3."""
    how: str = ""
    """The proof in words: `one-time code`."""
    zone: str = "UTC"
    """The signer's time zone at the signing."""
    on_behalf_of: str = ""
    """The name of whom it was given for, or ''."""
    withdrawn_at: datetime | None = None
    """When it was taken back; None while it stands."""
    set_aside: str = ""
    """Why it does not count, or did not when its round was closed, though it was not taken back; '' where it counts."""
    does: str = ""
    """What the signer's word does while nothing is decided; '' once something is."""


@dataclass(frozen=True, slots=True)
class AskView:
    """One thing that waits for a person, for the inbox."""

    item: ItemLine
    question: str
    capacity: str
    due_at: datetime | None
    token: str
    """The person's own link token; hand it to nobody else."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One outbox row under a lease. `kind` is `carry` or `mail`; `tries` counts this one."""

    id: int
    kind: str
    item_key: str
    key: str
    """The idempotency key; a mail's Message-ID is derived from it."""
    payload: Mapping[str, Any]
    tries: int
    due_at: datetime
    owed_at: datetime
    mail: str | None = None
    """The mail it goes in, once that is settled; others may go in the same."""


@dataclass(frozen=True, slots=True)
class OutboxCount:
    """How much is owed: waiting now, due later, given up."""

    waiting: int = 0
    later: int = 0
    dead: int = 0
    by_kind: Mapping[str, int] = field(default_factory=dict)
