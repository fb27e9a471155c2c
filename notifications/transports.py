"""Ways a mail leaves: SMTP, a folder of .eml files, or memory. All keep one contract.

`with transport.open() as line: line.send(mail)` sends any number of mails over one connection. `send` answers
what the other side said, or raises TemporaryError (try again later) or PermanentError (never).
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol

from notifications.dkim_key import DkimKey
from notifications.errors import PermanentError, TemporaryError, TimedOut
from notifications.returns import envelope_id

TIMEOUT_S = 20

WIRE = SMTP.clone(max_line_length=900)
"""Headers are not folded: folding between encoded words moves spaces about in a subject, and 998 is the limit."""


class Line(Protocol):
    """An open way out."""

    def send(self, mail: EmailMessage) -> str:
        """Send one mail to its one recipient. Returns what the other side said."""
        ...


class Transport(Protocol):
    """A way out that can be opened."""

    def open(self) -> AbstractContextManager[Line]:
        """Open it for any number of mails."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server. `security` is none, starttls or tls; a user needs one of the latter two, except on loopback."""

    host: str
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    authorities: Path | None = None
    """Certificates to trust beside those of the system, for a mail server with a certificate of the house."""
    dkim: DkimKey | None = None
    """The domain's key to sign mails with."""

    @contextmanager
    def open(self) -> Iterator[Line]:
        """One connection for many mails; connects at the first and again when it was dropped."""
        line = _SmtpLine(self)
        try:
            yield line
        finally:
            line.close()

    def connect(self) -> smtplib.SMTP:
        """A greeted, secured, authenticated connection. Raises TemporaryError, PermanentError."""
        server: smtplib.SMTP | None = None
        try:
            if self.security == "tls":
                server = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=self._trust())
            else:
                server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
                if self.security == "starttls":
                    server.starttls(context=self._trust())
            if self.user:
                server.login(self.user, self.password)
        except (OSError, smtplib.SMTPException) as error:
            if server is not None:
                server.close()
            raise self._unreached(error) from error
        return server

    def _unreached(self, error: Exception) -> TemporaryError:
        """Whatever keeps the way out shut is no fault of a mail: it stays owed."""
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return TemporaryError(f"{self.host} refused the user {self.user}: {_said(error)}")
        if isinstance(error, smtplib.SMTPResponseException):
            return TemporaryError(f"{self.host} greeted with {_said(error)}")
        return TemporaryError(f"{self.host}:{self.port} cannot be reached: {error}")

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.authorities is not None:
            context.load_verify_locations(self.authorities)
        return context


class _SmtpLine:
    def __init__(self, transport: SmtpTransport) -> None:
        self.transport = transport
        self.server: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> str:
        server = self.server = self.server or self.transport.connect()
        try:
            return _exchange(server, mail, self.transport.dkim)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            if isinstance(error.__context__, TimeoutError):
                raise TimedOut(f"{self.transport.host} did not answer in {self.transport.timeout_s:g} s") from error
            raise TemporaryError(f"{self.transport.host} dropped the connection: {error}") from error
        except smtplib.SMTPResponseException as error:
            self._reset(server)
            raise _by_code(error.smtp_code, _said(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise TemporaryError(f"{self.transport.host} did not take the mail: {error}") from error

    def _reset(self, server: smtplib.SMTP) -> None:
        """A refused mail must not spoil the next one on the same connection."""
        try:
            server.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()


def _exchange(server: smtplib.SMTP, mail: EmailMessage, dkim: DkimKey | None) -> str:
    """MAIL, RCPT, DATA by hand, to hear what the server says to each."""
    sender, recipient = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
    server.ehlo_or_helo_if_needed()
    is_plain = sender.isascii() and recipient.isascii()
    options, wishes = ([] if is_plain else ["SMTPUTF8"]), []
    if not is_plain and not server.has_extn("smtputf8"):
        raise smtplib.SMTPResponseException(553, b"the server takes no addresses beyond ASCII")
    if server.has_extn("dsn"):  # a report of what comes back later names the mail, and not its contents
        options += [f"ENVID={envelope_id(str(mail['Message-ID']))}", "RET=HDRS"]
        wishes = ["NOTIFY=FAILURE"]
    data = mail.as_bytes(policy=WIRE if is_plain else WIRE.clone(utf8=True))
    for code, said in (server.mail(sender, options), server.rcpt(recipient, wishes)):
        if code >= 300:
            raise smtplib.SMTPResponseException(code, said)
    code, said = server.data(data if dkim is None else dkim.sign(data))
    if code >= 300:
        raise smtplib.SMTPResponseException(code, said)
    return f"{code} {said.decode('utf-8', 'replace')}"


def _said(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error
    return f"{error.smtp_code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def _by_code(code: int, said: str) -> TemporaryError | PermanentError:
    return PermanentError(said) if 500 <= code < 600 else TemporaryError(said)


@dataclass(frozen=True, slots=True)
class FileTransport:
    """A folder with one .eml file a mail, for the demo and for looking. The same mail again replaces its file."""

    folder: Path

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Makes the folder. Raises TemporaryError when it cannot."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TemporaryError(f"{self.folder} cannot be made: {error.strerror}") from error
        yield _FileLine(self.folder)


class _FileLine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: EmailMessage) -> str:
        path = self.folder / mail_file_name(mail)
        partial = path.with_suffix(".part")
        try:
            partial.write_bytes(mail.as_bytes(policy=WIRE))
            os.replace(partial, path)
        except OSError as error:
            raise TemporaryError(f"{path} cannot be written: {error.strerror}") from error
        return f"250 written to {path.name}"


def mail_file_name(mail: EmailMessage) -> str:
    """Sortable by time, the same for the same mail: `20260820T150000-<mark>.eml`."""
    stamp = re.sub(r"[^0-9T]", "", mail["Date"].datetime.strftime("%Y%m%dT%H%M%S"))
    return f"{stamp}-{sha256(str(mail['Message-ID']).encode()).hexdigest()[:16]}.eml"


@dataclass
class MemoryTransport:
    """Keeps what was sent; for tests of what lies above the wire."""

    sent: list[EmailMessage] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Always open."""
        yield self

    def send(self, mail: EmailMessage) -> str:
        """Keep one mail."""
        self.sent.append(mail)
        return "250 kept"
