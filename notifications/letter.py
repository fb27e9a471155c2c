"""LetterFacts -> a MIME message with the headers that make it thread, and that keep machines from answering."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gates.letters import LetterFacts, MeetingFacts
from notifications.addresses import normal_address
from notifications.errors import RenderError
from notifications.invites import chair_mailbox, file_name, invitation
from notifications.messages import context_of
from notifications.render import render


def build(letter: LetterFacts, sender: str, site_name: str) -> EmailMessage:
    """The mail of one letter, from `sender` (a bare mailbox). Raises RenderError, BadAddress.

    Text first, HTML second. `References` names the item's thread, so that every mail about one item stays
    together. `Auto-Submitted` (RFC 3834) keeps automatic mail from being answered by automatic mail.
    """
    to = normal_address(letter.to.email)
    try:
        rendered = render(context_of(letter, site_name))
        mail = EmailMessage(policy=SMTP)
        mail["From"] = _address(site_name, sender)
        mail["To"] = _address(letter.to.name, to)
        mail["Subject"] = _plain(rendered.subject)
        mail["Date"] = format_datetime(letter.now)
        mail["Message-ID"] = letter.message_id
        mail["References"] = letter.thread_id
        mail["In-Reply-To"] = letter.thread_id
        reply_to = _reply_to(letter)
        if reply_to is not None:
            mail["Reply-To"] = reply_to
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Content-Language"] = letter.to.locale
        mail.set_content(rendered.text, charset="utf-8")
        mail.add_alternative(rendered.html, subtype="html", charset="utf-8")
        if letter.meeting is not None and letter.meeting.method:
            _add_invitation(mail, letter, letter.meeting, sender)
    except (ValueError, IndexError) as error:
        raise RenderError(f"The mail {letter.message!r} could not be built: {error}") from error
    return mail


def _add_invitation(mail: EmailMessage, letter: LetterFacts, meeting: MeetingFacts, sender: str) -> None:
    """As a way to read the mail, which calendars understand, and as a file for whoever's does not. In base64: no
    server on the way folds its lines anew."""
    made = invitation(letter, sender)
    params = {"method": meeting.method}
    mail.add_alternative(made.decode(), subtype="calendar", charset="utf-8", cte="base64", params=params)
    mail.add_attachment(made, maintype="application", subtype="ics", filename=file_name(meeting))


def _address(name: str, address: str) -> Address:
    return Address(display_name=_plain(name), addr_spec=address)


def _plain(text: str) -> str:
    """Text fit for a header: one line, no control characters (a title is user text)."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _reply_to(letter: LetterFacts) -> Address | None:
    """Questions go to a human: the owner or the author."""
    if letter.meeting is not None:
        chair, mailbox = letter.meeting.chair, chair_mailbox(letter.meeting)
        return _address(chair.name, mailbox) if chair is not None and mailbox else None
    who = letter.sign.who_to_ask if letter.sign else ""
    if "<" not in who:
        return None
    name, _, address = who.rstrip(">").partition("<")
    return _address(name, address)
