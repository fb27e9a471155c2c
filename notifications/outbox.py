"""Deliver: claim mails owed, write them, send them over one connection, keep the receipts.

Safe to run twice, and by several workers: a row is under a lease while it is worked on, its Message-ID is the
same on every try, and the receipt is kept right after each send. Nothing here decides anything.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from gates.items import Owed
from gates.letters import LetterFacts, Sorted, together
from notifications.errors import SendError, TemporaryError, TimedOut
from notifications.letter import build
from notifications.transports import Line, Transport
from policies.errors import POISON, TollgateError

log = logging.getLogger(__name__)

Group = tuple[Owed, ...]
"""The rows that go in one mail; one alone for most."""

DELAYS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240, 240, 480, 480, 720, 1440))
"""How long to wait after each failed try; after the last one the mail is given up, on the record."""


PATIENCE_S = 30.0
"""Half of a worker's lease: a batch that takes longer is given back, what is left of it."""
CEILING = 60
"""Mails a person is sent on one day of theirs; what asks them for something goes all the same."""
MOST_TIMEOUTS = 2
"""After so many a mail system is slow, and not one of its mailboxes."""
FIRST = frozenset({"ask", "changed", "fresh-link", "proof-link", "receipt", "reminder"})


class MailRegister(Protocol):
    """What delivering needs of the register."""

    def letter(self, owed: Owed) -> LetterFacts | str: ...

    def done(self, owed_id: int, *, receipt: Mapping[str, Any], run: str | None = None) -> bool: ...

    def failed(self, owed_id: int, error: str, retry_at: datetime | None) -> None: ...

    def done_together(self, owed: Sequence[Owed], *, receipt: Mapping[str, Any], run: str | None = None) -> bool: ...

    def failed_together(self, owed: Sequence[Owed], error: str, retry_at: datetime | None) -> None: ...

    def sort_mails(self, owed: Sequence[Owed], bundle_s: float) -> Sorted: ...

    def put_back(self, owed_ids: Sequence[int], due_at: datetime | None = None) -> None: ...

    def put_off_until(self, owed: Owed, ceiling: int) -> datetime | None: ...


@dataclass
class DeliveryReport:
    """What one delivery did. `said` holds one sentence a mail, without any token."""

    sent: int = 0
    skipped: int = 0
    retried: int = 0
    dead: int = 0
    put_off: int = 0
    said: list[str] = field(default_factory=list)

    def note(self, kind: str, sentence: str) -> None:
        """Count one mail and say what became of it."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.said.append(sentence)


@dataclass
class Delivery:
    """One delivery: who sends, how long it may take, and which mail systems have shown themselves slow in it."""

    register: MailRegister
    sender: str
    site_name: str
    now: datetime
    run: str | None
    ceiling: int
    patience_s: float
    reply_to: str = ""
    templates: Path | None = None
    report: DeliveryReport = field(default_factory=DeliveryReport)
    slow: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Whether the lease is nearly used up: what is left is given back, so that nobody sends it twice."""
        return time.monotonic() - self._began > self.patience_s


def deliver(
    register: MailRegister,
    transport: Transport,
    mails: Sequence[Owed],
    *,
    sender: str,
    site_name: str,
    now: datetime,
    run: str | None = None,
    ceiling: int = CEILING,
    patience_s: float = PATIENCE_S,
    bundle_s: float = 0,
    reply_to: str = "",
    templates: Path | None = None,
) -> DeliveryReport:
    """Send the claimed `mails`, those that ask somebody first, as far as their readers want them now; several asks to
    one person are one mail. A mail that cannot be written or sent never holds up the others; of a mail system that
    does not answer, the rest waits for its next try."""
    this = Delivery(register, sender, site_name, now, run, ceiling, patience_s, reply_to, templates)
    found = register.sort_mails(mails, bundle_s)
    for owed, until in found.wait:
        this.report.note("put_off", f"{_what((owed,))}: waits until {until:%Y-%m-%d %H:%M}.")
    waiting = deque(sorted(found.go, key=lambda group: group[0].payload.get("message") not in FIRST))
    try:
        with transport.open() as line:
            while waiting and not this.is_over:
                _one(this, line, waiting.popleft())
    except TemporaryError as error:  # the way out itself could not be opened
        while waiting:
            _later(this, waiting.popleft(), str(error))
    if waiting:
        register.put_back([owed.id for group in waiting for owed in group])
    return this.report


def _one(this: Delivery, line: Line, group: Group) -> None:
    """One mail, of the rows in `group`."""
    register, domain = this.register, ""
    try:
        until = register.put_off_until(group[0], this.ceiling)
        if until is not None:
            register.put_back([owed.id for owed in group], until)
            said = f"waits until {until:%Y-%m-%d %H:%M}, {this.ceiling} mails today"
            this.report.note("put_off", f"{_what(group)}: {said}.")
            return
        letter, group = _written(this, group)
        if letter is None:
            return
        domain = letter.to.email.rpartition("@")[2]
        if this.slow[domain] >= MOST_TIMEOUTS:
            raise TemporaryError(f"{domain} did not answer in time for another mail")
        said = line.send(build(letter, this.sender, this.site_name, this.reply_to, this.templates))
    except TimedOut as error:
        this.slow[domain] += 1
        _later(this, group, str(error))
    except TemporaryError as error:
        _later(this, group, str(error))
    except POISON as error:
        if len(group) > 1 and not isinstance(error, SendError):
            _each_alone(this, line, group)
            return
        if not isinstance(error, TollgateError):
            log.exception("a mail could not be written: %s", _what(group))
        register.failed_together(group, f"{type(error).__name__}: {error}", None)
        this.report.note("dead", f"{_what(group)}: given up, {error}")
    else:
        more = {"in": letter.message} if letter.parts else {}
        receipt = {"message_id": letter.message_id, "to": letter.to.id, "server_said": said, **more}
        register.done_together(group, receipt=receipt, run=this.run)
        this.report.note("sent", f"{_what(group)}: sent.")


def _written(this: Delivery, group: Group) -> tuple[LetterFacts | None, Group]:
    """The letter of a mail and the rows that go in it; what is no longer to be sent is marked done, with the reason."""
    letters: list[LetterFacts] = []
    left: list[Owed] = []
    for owed in group:
        letter = this.register.letter(owed)
        if isinstance(letter, str):
            this.register.done(owed.id, receipt={"skipped": letter}, run=this.run)
            this.report.note("skipped", f"{_what((owed,))}: not sent, {letter}.")
        else:
            letters.append(letter)
            left.append(owed)
    if not letters:
        return None, ()
    return together(left[0].mail or left[0].key, letters), tuple(left)


def _each_alone(this: Delivery, line: Line, group: Group) -> None:
    """One part of a mail cannot be written: each goes by itself, so that the one holds up none of the others."""
    for owed in group:
        _one(this, line, (replace(owed, mail=owed.key),))


def _later(this: Delivery, group: Group, error: str) -> None:
    tries = group[0].tries
    if tries > len(DELAYS):
        this.register.failed_together(group, f"given up after {tries} tries: {error}", None)
        this.report.note("dead", f"{_what(group)}: given up after {tries} tries, {error}")
        return
    delay = DELAYS[tries - 1]
    this.register.failed_together(group, error, this.now + delay)
    minutes = int(delay.total_seconds() // 60)
    this.report.note("retried", f"{_what(group)}: tried again in {minutes} min, {error}")


def _what(group: Group) -> str:
    first = group[0].payload
    about = ", ".join(dict.fromkeys(owed.item_key for owed in group))
    return f"{first.get('message')} to {first.get('person')} about {about}"
