"""Everything a mail needs to be written, gathered in one read. The register decides *whether*, never *how*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gates.items import ItemLine, Owed, PersonView, Receipt, SignView

DAILY = "digest:"
"""What the name of a daily mail begins with."""
BUNDLE = "bundle:"
"""What the name of a mail with several asks begins with."""
_WINS = ("reminder", "changed", "ask")
"""Of two mails about one round in one: whoever was not asked before is asked, whatever came after."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """`go` are the mails to send now, each with the rows that go in it; `wait` are rows put back, with the moment."""

    go: tuple[tuple[Owed, ...], ...]
    wait: tuple[tuple[Owed, datetime], ...]


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
    is_held: bool = False
    """Of a meeting that its reader is invited to no more: whether the others still meet."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One mail owed to one person.

    `message` is one of ask, reminder, changed, receipt, outcome, not-needed, notice, escalated,
    fresh-link; about no item proof, proof-link, proof-officers, unmet, meeting, meeting-cancelled, action; and of
    several letters in one mail bundle and digest, with the letters in `parts`. `sign` and `token` are set for mails
    that ask for a signature, `receipt` for receipts, `token` for one-time links, `meeting` for the three about
    meetings.
    `message_id` is derived from the outbox key, so that a second copy is recognisable; `thread_id` is
    the item's, so that clients thread. `sentence` says what happened, at `at`.
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
    at: datetime
    reply_to: str = ""
    """Name and address of a human who answers for it, not the reader; '' where the record names none."""
    preferences: str = ""
    """The token of the link by which the reader changes their preferences."""
    mail_id: str = ""
    """The Message-ID of the mail it goes in with others."""
    replies: tuple[str, ...] = ()
    """The mails that it follows on in its thread, the latest last."""
    sign: SignView | None = None
    token: str | None = None
    receipt: Receipt | None = None
    meeting: MeetingFacts | None = None
    page: str = ""
    """The page of a mail about no item, where it names one."""
    checkpoint: str = ""
    """With a receipt: the log's newest checkpoint as `size root`, to be kept as a pin; '' before the first."""
    parts: tuple[LetterFacts, ...] = ()
    """The letters that go in this mail together; empty for a letter alone."""


def together(mail: str, letters: Sequence[LetterFacts]) -> LetterFacts:
    """The mail named `mail` out of its letters, which are to one person: a letter alone is itself."""
    if mail.startswith(DAILY):
        return _gathered("digest", sorted(letters, key=lambda one: one.at, reverse=True))
    if not mail.startswith(BUNDLE):
        return letters[0]
    kept: dict[str, LetterFacts] = {}
    for one in letters:
        key = one.item.key if one.item else ""
        if key not in kept or _WINS.index(one.message) >= _WINS.index(kept[key].message):
            kept[key] = one
    if len(kept) == 1:
        # By the name of the mail: when it is tried again fewer may be left of it.
        return replace(next(iter(kept.values())), message_id=letters[0].mail_id)
    return _gathered("bundle", sorted(kept.values(), key=_soonest))


def _gathered(message: str, parts: Sequence[LetterFacts]) -> LetterFacts:
    """One mail of several letters. It stands in the threads of all its items."""
    first = parts[0]
    threads = tuple(dict.fromkeys(one.thread_id for one in parts))
    return replace(
        first,
        message=message,
        item=None,
        sentence="",
        message_id=first.mail_id,
        thread_id=threads[0],
        replies=(*threads[1:], *dict.fromkeys(reply for one in parts for reply in one.replies)),
        reply_to=next((one.reply_to for one in parts if one.reply_to), ""),
        sign=None,
        token=None,
        receipt=None,
        parts=tuple(parts),
    )


def _soonest(one: LetterFacts) -> tuple[bool, datetime]:
    due = one.sign.round.due_at if one.sign is not None else None
    return due is None, due or one.at
