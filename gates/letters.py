"""Everything a mail needs to be written, gathered in one read. The register decides *whether*, never *how*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gates.items import ItemLine, PersonView, Receipt, SignView


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One mail owed to one person.

    `message` is one of ask, reminder, changed, receipt, outcome, not-needed, notice, escalated,
    fresh-link; about no item proof, proof-link, proof-officers; and of several letters in one mail bundle and digest,
    with the letters in `parts`. `sign` and `token` are set for mails that ask for a signature, `receipt` for
    receipts, `token` for one-time links.
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
    checkpoint: str = ""
    """With a receipt: the log's newest checkpoint as `size root`, to be kept as a pin; '' before the first."""
    parts: tuple[LetterFacts, ...] = ()
    """The letters that go in this mail together; empty for a letter alone."""


def gathered(message: str, parts: Sequence[LetterFacts]) -> LetterFacts:
    """One mail of several letters to one person: `bundle` of asks, the soonest due first; `digest` of notices, the
    newest first. It stands in the threads of all its items."""
    first = parts[0]
    threads = tuple(dict.fromkeys(one.thread_id for one in parts))
    ordered = sorted(parts, key=_soonest) if message == "bundle" else sorted(parts, key=lambda one: one.at, reverse=True)
    return replace(
        first,
        message=message,
        item=None,
        sentence="",
        message_id=first.mail_id,
        thread_id=threads[0],
        replies=(*threads[1:], *dict.fromkeys(reply for one in parts for reply in one.replies)),
        reply_to=next((one.reply_to for one in ordered if one.reply_to), ""),
        sign=None,
        token=None,
        receipt=None,
        parts=tuple(ordered),
    )


def _soonest(one: LetterFacts) -> tuple[bool, datetime]:
    due = one.sign.round.due_at if one.sign is not None else None
    return due is None, due or one.at
