"""Deliver: claim mails owed, write them, send them over one connection, keep the receipts.

Safe to run twice, and by several workers: a row is under a lease while it is worked on, its Message-ID is the
same on every try, and the receipt is kept right after each send. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from gates.items import Owed
from gates.letters import LetterFacts
from notifications.errors import PermanentError, PostError, TemporaryError
from notifications.letter import build
from notifications.transports import Line, Transport
from policies.errors import TollgateError

DELAYS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240, 240, 480, 480, 720, 1440))
"""How long to wait after each failed try; after the last one the mail is given up, on the record."""


class MailRegister(Protocol):
    """What delivering needs of the register."""

    def letter(self, owed: Owed) -> LetterFacts | str: ...

    def done(self, owed_id: int, *, receipt: Mapping[str, Any], run: str | None = None) -> bool: ...

    def failed(self, owed_id: int, error: str, retry_at: datetime | None) -> None: ...


@dataclass
class DeliveryReport:
    """What one delivery did. `said` holds one sentence a mail, without any token."""

    sent: int = 0
    skipped: int = 0
    retried: int = 0
    dead: int = 0
    said: list[str] = field(default_factory=list)

    def note(self, kind: str, sentence: str) -> None:
        """Count one mail and say what became of it."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.said.append(sentence)


def deliver(
    register: MailRegister,
    transport: Transport,
    mails: Sequence[Owed],
    *,
    sender: str,
    site_name: str,
    now: datetime,
    run: str | None = None,
) -> DeliveryReport:
    """Send the claimed `mails`. A mail that cannot be written or sent never holds up the others."""
    report = DeliveryReport()
    try:
        with transport.open() as line:
            for owed in mails:
                _one(register, line, owed, sender, site_name, now, run, report)
    except TemporaryError as error:  # the way out itself could not be opened
        for owed in mails:
            _later(register, owed, str(error), now, report)
    return report


def _one(
    register: MailRegister,
    line: Line,
    owed: Owed,
    sender: str,
    site_name: str,
    now: datetime,
    run: str | None,
    report: DeliveryReport,
) -> None:
    what = f"{owed.payload.get('message')} to {owed.payload.get('person')} about {owed.item_key}"
    try:
        letter = register.letter(owed)
        if isinstance(letter, str):
            register.done(owed.id, receipt={"skipped": letter}, run=run)
            report.note("skipped", f"{what}: not sent, {letter}.")
            return
        mail = build(letter, sender, site_name)
        said = line.send(mail)
    except TemporaryError as error:
        _later(register, owed, str(error), now, report)
    except (PermanentError, PostError, TollgateError, KeyError) as error:
        register.failed(owed.id, f"{type(error).__name__}: {error}", None)
        report.note("dead", f"{what}: given up, {error}")
    else:
        receipt = {"message_id": letter.message_id, "to": letter.to.id, "server_said": said}
        register.done(owed.id, receipt=receipt, run=run)
        report.note("sent", f"{what}: sent.")


def _later(register: MailRegister, owed: Owed, error: str, now: datetime, report: DeliveryReport) -> None:
    what = f"{owed.payload.get('message')} to {owed.payload.get('person')} about {owed.item_key}"
    if owed.tries > len(DELAYS):
        register.failed(owed.id, f"given up after {owed.tries} tries: {error}", None)
        report.note("dead", f"{what}: given up after {owed.tries} tries, {error}")
        return
    delay = DELAYS[owed.tries - 1]
    register.failed(owed.id, error, now + delay)
    report.note("retried", f"{what}: tried again in {int(delay.total_seconds() // 60)} min, {error}")
