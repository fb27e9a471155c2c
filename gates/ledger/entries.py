"""The kinds of entry and their canonical bytes.

Grammar of a kind: `<subject>:<noun>:<past participle>` (`item:decision:recorded`), or
`<subject>:<past participle>` (`item:created`). Each entry belongs to one chain: an item's key, or
`@roster`, `@rulebook`, `@access`, `@system`, `@desk`, `@log`, `@meeting:KEY` for what is not about one item.

Entries are append-only in shape too: a key is added to `data` with a meaning for its absence, or a new
kind is made. A key never changes its meaning, a kind is never reused, and none is ever removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from policies.canonical import canonical, digest

FORMAT = 1
GENESIS = "0" * 64
"""What stands for the previous entry's digest in the first entry of a chain."""


class Kind(StrEnum):
    """What can be entered. See the module docstring before adding one."""

    ITEM_CREATED = "item:created"
    ITEM_EDITED = "item:edited"
    ITEM_MOVED = "item:moved"
    ITEM_ACTED = "item:acted"
    ITEM_MIGRATED = "item:migrated"
    ITEM_RESCHEDULED = "item:rescheduled"
    ITEM_VIEWED = "item:viewed"
    ACT_REFUSED = "item:act:refused"
    ROUND_OPENED = "item:round:opened"
    ROUND_ASKED = "item:round:asked"
    ASK_WITHDRAWN = "item:ask:withdrawn"
    ASK_RECLAIMED = "item:ask:reclaimed"
    ROUND_RESCHEDULED = "item:round:rescheduled"
    ROUND_CLOSED = "item:round:closed"
    ROUND_DEADLOCKED = "item:round:deadlocked"
    ROUND_FREED = "item:round:freed"
    DECISION_RECORDED = "item:decision:recorded"
    DECISION_WITHDRAWN = "item:decision:withdrawn"
    DECISION_REFUSED = "item:decision:refused"
    DECISION_LIFTED = "item:decision:lifted"
    ATTENDANCE_RECORDED = "item:attendance:recorded"
    ROUND_CALLED = "item:round:called"
    ROUND_OVERRIDDEN = "item:round:overridden"
    LINK_RENEWED = "item:link:renewed"
    NOTICE_SENT = "item:notice:sent"
    NOTICE_FAILED = "item:notice:failed"
    TIMER_FIRED = "item:timer:fired"
    ESCALATION_RAISED = "item:escalation:raised"
    CONDITION_SET = "item:condition:set"
    CONDITION_CLAIMED = "item:condition:claimed"
    CONDITION_RETURNED = "item:condition:returned"
    CONDITION_MET = "item:condition:met"
    CONDITION_WAIVED = "item:condition:waived"
    CONDITION_EXTENDED = "item:condition:extended"
    CONDITION_LAPSED = "item:condition:lapsed"
    ESCALATION_CLOSED = "item:escalation:closed"
    ESCALATION_ANSWERED = "item:escalation:answered"
    ROUND_HANDED = "item:round:handed"
    EXTENSION_ASKED = "item:extension:asked"
    EXTENSION_GRANTED = "item:extension:granted"
    EXTENSION_REFUSED = "item:extension:refused"
    CLOCK_PAUSED = "item:clock:paused"
    CLOCK_RESUMED = "item:clock:resumed"
    REVIEW_OPENED = "item:review:opened"
    WINDOW_BOOKED = "item:window:booked"
    WINDOW_RELEASED = "item:window:released"
    MEETING_SCHEDULED = "meeting:scheduled"
    MEETING_MOVED = "meeting:moved"
    MEETING_CANCELLED = "meeting:cancelled"
    MEETING_INVITED = "meeting:people:invited"
    MEETING_ITEM_ASKED = "meeting:item:asked"
    MEETING_ITEM_TAKEN = "meeting:item:taken"
    MEETING_ITEM_PUT_OFF = "meeting:item:deferred"
    MEETING_ORDERED = "meeting:agenda:ordered"
    MEETING_OPENED = "meeting:opened"
    MEETING_ATTENDED = "meeting:attendance:recorded"
    MEETING_NOTED = "meeting:note:recorded"
    MEETING_ACTION_SET = "meeting:action:set"
    MEETING_ACTION_DONE = "meeting:action:done"
    MEETING_CLOSED = "meeting:minutes:closed"
    MEETING_CORRECTED = "meeting:minutes:corrected"
    PROCESS_PUBLISHED = "process:published"
    CALENDAR_PUBLISHED = "calendar:published"
    HOOK_ADDED = "hook:added"
    HOOK_ROTATED = "hook:rotated"
    HOOK_DISABLED = "hook:disabled"
    PROCESS_PROPOSED = "process:proposed"
    PROCESS_UNMET = "process:unmet"
    ROSTER_IMPORTED = "roster:imported"
    PERSON_ADDED = "roster:person:added"
    PERSON_CHANGED = "roster:person:changed"
    PERSON_DEACTIVATED = "roster:person:deactivated"
    PERSON_REACTIVATED = "roster:person:reactivated"
    ABSENCE_SET = "roster:absence:set"
    ABSENCE_ENDED = "roster:absence:ended"
    PREFERENCES_SET = "roster:preferences:set"
    PREFERENCE_LINKS_ENDED = "roster:preferences:links-ended"
    GROUP_SET = "roster:group:set"
    GROUP_REMOVED = "roster:group:removed"
    DIRECTORY_ADMITTED = "roster:directory:admitted"
    DIRECTORY_REVOKED = "roster:directory:revoked"
    ACCESS_REVIEWED = "roster:access:reviewed"
    SECRET_SET = "person:secret:set"  # noqa: S105  (a kind of entry, not a secret)
    PROOF_REQUESTED = "person:proof:requested"
    PROOF_CONFIRMED = "person:proof:confirmed"
    PROOF_ENROLLED = "person:proof:enrolled"
    PROOF_LOST = "person:proof:lost"
    PROOF_LOCKED = "person:proof:locked"
    PROOF_RELEASED = "person:proof:released"
    PROOF_REFUSED = "person:proof:refused"
    SIGN_IN_REFUSED = "person:sign-in:refused"
    TOKEN_MADE = "person:token:made"  # noqa: S105  (a kind of entry, not a token)
    TOKEN_ENDED = "person:token:ended"  # noqa: S105
    TOKEN_REFUSED = "person:token:refused"  # noqa: S105
    VERSIONS_CHANGED = "system:versions:changed"
    TRAIL_REVIEWED = "item:trail:reviewed"
    REVIEW_REFUSED = "item:review:refused"
    RECORD_SAMPLED = "record:sampled"
    RECORD_EXPORTED = "record:exported"
    RECORD_SEARCHED = "record:searched"
    LOG_OPENED = "log:opened"
    LOG_KEY_ROTATED = "log:key:rotated"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored entry. `body` is what was hashed; everything else is read from it."""

    chain: str
    seq: int
    prev: str
    digest: str
    body: bytes


def stamp(moment: datetime) -> str:
    """A UTC time as the ledger writes it: `2026-11-23T06:50:04.123456Z`, always 27 characters."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def unstamp(text: str) -> datetime:
    """The aware UTC time of a `stamp`. Raises ValueError for any other way of writing it."""
    moment = datetime.fromisoformat(text)  # ten times as fast as strptime, and it takes other forms too
    if len(text) != 27 or text[-1] != "Z":
        raise ValueError(f"{text!r} is no time of the ledger; it would be 2026-11-23T06:50:04.123456Z")
    return moment


def make_entry(
    chain: str,
    seq: int,
    prev: str,
    kind: Kind,
    at: datetime,
    actor: Mapping[str, Any],
    data: Mapping[str, Any],
) -> Entry:
    """The entry that follows `prev` as number `seq` (from 1) of `chain`. Raises CanonicalError."""
    body = canonical(
        {
            "format": FORMAT,
            "chain": chain,
            "seq": seq,
            "prev": prev,
            "kind": kind.value,
            "at": stamp(at),
            "actor": dict(actor),
            "data": dict(data),
        }
    )
    return Entry(chain, seq, prev, digest("entry", body), body)
