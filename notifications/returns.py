"""What mail systems say about mails that did not arrive: reports of delivery (RFC 3464), read and never answered.

Anybody can write such a report. It is a hint: it shows, and climbs, and changes nothing that was decided or asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32

MOST_BYTES = 1024 * 1024
MOST_HEADER = 2000
MOST_BOUNDARIES = 50
"""Parts inside parts: each line is held against the boundary of every one it stands in."""
_BAD = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the library comes to over a mail that is none."""
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_NUMBER = re.compile(r"<?([0-9a-z]{16,64}@[^\s<>]{1,200})>?")


@dataclass(frozen=True, slots=True)
class Returned:
    """One report: the Message-ID of ours it is about, whether it is final, and what the mail system said."""

    message_id: str
    is_final: bool
    said: str


def envelope_id(message_id: str) -> str:
    """The Message-ID as the envelope carries it (ENVID, xtext), so that a report names it even without the mail."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in message_id.strip("<>"))


def read_report(raw: bytes) -> Returned | None:
    """The report in a mail; None for everything else, a person's answer and an absence notice among them."""
    if len(raw) > MOST_BYTES or raw.lower().count(b"boundary") > MOST_BOUNDARIES:
        return None
    try:
        # The older policy: the newer one reads headers by a grammar, and takes hours over a long one.
        mail = message_from_bytes(raw, policy=compat32)
        if len(str(mail["Content-Type"])) > MOST_HEADER:
            return None
        if mail.get_content_type() != "multipart/report" or mail.get_param("report-type") != "delivery-status":
            return None
        parts = [part for part in mail.walk() if part is not mail]
        groups = next((_groups(part) for part in parts if part.get_content_type() == "message/delivery-status"), [])
        number = _number(_field(groups, "Original-Envelope-Id"), parts)
    except _BAD:
        return None
    if not groups or number is None:
        return None
    said = " ".join(f"{_field(groups, 'Status')} {_field(groups, 'Diagnostic-Code').partition(';')[2]}".split())
    said = "".join(c for c in said if c.isprintable())
    return Returned(f"<{number}>", _field(groups, "Action").lower() == "failed", said[:300] or "no reason given")


def _groups(part: Message) -> list[Message]:
    content = part.get_payload()
    return [one for one in content if isinstance(one, Message)] if isinstance(content, list) else []


def _field(groups: list[Message], name: str) -> str:
    return next((str(one[name])[:MOST_HEADER] for one in groups if one[name] is not None), "")


def _number(envelope: str, parts: Sequence[Message]) -> str | None:
    """By the envelope's id, else by the Message-ID of the mail that came back."""
    found = _NUMBER.fullmatch(_XTEXT.sub(lambda match: chr(int(match[1], 16)), envelope.strip()))
    if found is not None:
        return found[1]
    for part in parts:
        headers = part.get_payload() if part.get_content_type() == "text/rfc822-headers" else part["Message-ID"]
        found = re.search(r"(?im)^Message-ID:\s*" + _NUMBER.pattern, f"Message-ID: {headers}\n{headers}")
        if headers is not None and found is not None:
            return found[1]
    return None
