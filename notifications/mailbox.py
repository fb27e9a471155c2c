"""Reads a folder of .eml files, for the demo's mailbox page and for tests. Tolerates files that are no mails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

_NAME = re.compile(r"\d{8}T\d{6}-[0-9a-f]{16}")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class MailView:
    """One mail as it lies in the folder."""

    id: str
    to: str
    to_name: str
    subject: str
    date: datetime
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses in the text part."""
        return tuple(dict.fromkeys(_LINK.findall(self.text)))


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder that a FileTransport writes to."""

    folder: Path

    def mails(self, to: str | None = None) -> list[MailView]:
        """Every mail, or those to one mailbox; the newest first."""
        if not self.folder.is_dir():
            return []
        names = sorted((p.stem for p in self.folder.glob("*.eml")), reverse=True)
        found = [mail for name in names if (mail := self.mail(name)) is not None]
        return [mail for mail in found if to is None or mail.to == to]

    def mail(self, mail_id: str) -> MailView | None:
        """One mail by id, or None."""
        if not _NAME.fullmatch(mail_id):
            return None
        try:
            raw = (self.folder / f"{mail_id}.eml").read_bytes()
        except OSError:
            return None
        return _view(mail_id, raw)


def _view(mail_id: str, raw: bytes) -> MailView | None:
    mail = message_from_bytes(raw, policy=default)
    if not isinstance(mail, EmailMessage) or mail["To"] is None or not mail["To"].addresses:
        return None
    to = mail["To"].addresses[0]
    return MailView(
        id=mail_id,
        to=to.addr_spec,
        to_name=to.display_name or to.addr_spec,
        subject=str(mail["Subject"] or ""),
        date=mail["Date"].datetime if mail["Date"] else datetime.fromtimestamp(0, UTC),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        headers=tuple((name, str(value)) for name, value in mail.items()),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
