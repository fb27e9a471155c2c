"""Everything a mail needs to be written, gathered in one read. The register decides *whether*, never *how*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gates.items import ItemLine, PersonView, Receipt, SignView


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """A meeting as a mail tells of it. `method` is REQUEST or CANCEL, and '' where the mail invites nobody; `sequence`
    counts the changes that people hear of."""

    key: str
    title: str
    method: str
    sequence: int
    uid: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str
    description: str
    url: str
    chair: PersonView | None
    guests: tuple[PersonView, ...]
    agenda: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One mail owed to one person.

    `message` is one of ask, reminder, changed, receipt, outcome, not-needed, notice, escalated,
    fresh-link; and, about no item, proof, proof-link, proof-officers, meeting, meeting-cancelled, action.
    `sign` and `token` are set for mails that ask for a signature, `receipt` for receipts, `token` for one-time
    links, `meeting` for the three about meetings.
    `message_id` is derived from the outbox key, so that a second copy is recognisable; `thread_id` is
    the item's, so that clients thread. `sentence` says what happened.
    """

    message: str
    to: PersonView
    item: ItemLine | None
    sentence: str
    public_url: str
    message_id: str
    thread_id: str
    now: datetime
    reason_for_mail: str
    sign: SignView | None = None
    token: str | None = None
    receipt: Receipt | None = None
    meeting: MeetingFacts | None = None
    checkpoint: str = ""
    """With a receipt: the log's newest checkpoint as `size root`, to be kept as a pin; '' before the first."""
