"""LetterFacts -> a MIME message with the headers that make it thread, and that keep machines from answering."""

from __future__ import annotations

from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from gates.letters import LetterFacts, MeetingFacts
from notifications.addresses import normal_address
from notifications.errors import RenderError
from notifications.invites import file_name, invitation
from notifications.languages import language_of
from notifications.messages import context_of
from notifications.render import render
from notifications.speech import spoken


def build(
    letter: LetterFacts, sender: str, site_name: str, reply_to: str = "", templates: Path | None = None
) -> EmailMessage:
    """The mail of one letter, from `sender` (a bare mailbox). Answers go to the human whom the letter names, else to
    `reply_to` (`Name <mailbox>`, or a bare one). `templates` are the operator's own. Raises RenderError, BadAddress.

    Text first, HTML second. `References` names the item's thread and the mail that asked, so that every mail about
    one item stays together. `Auto-Submitted` (RFC 3834) keeps automatic mail from being answered by automatic mail.
    """
    to = normal_address(letter.to.email)
    letter = replace(letter, reply_to=letter.reply_to or reply_to)
    try:
        rendered = render(context_of(letter, site_name), templates)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = _address(site_name, sender)
        mail["To"] = _address(letter.to.name, to)
        mail["Subject"] = _plain(rendered.subject)
        mail["Date"] = format_datetime(letter.now)
        mail["Message-ID"] = letter.message_id
        mail["References"] = " ".join((letter.thread_id, *letter.replies))
        mail["In-Reply-To"] = letter.replies[-1] if letter.replies else letter.thread_id
        if letter.reply_to:
            mail["Reply-To"] = _human(letter.reply_to)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(rendered.text, charset="utf-8")
        mail.add_alternative(rendered.html, subtype="html", charset="utf-8")
        if letter.meeting is not None and letter.meeting.method:
            _add_invitation(mail, letter, letter.meeting, sender)
        # Last: what is added to a mail takes headers of its content along into the first part.
        mail["Content-Language"] = language_of(letter.to.locale).tag
    except (ValueError, IndexError) as error:
        raise RenderError(f"The mail {letter.message!r} could not be built: {error}") from error
    return mail


def _add_invitation(mail: EmailMessage, letter: LetterFacts, meeting: MeetingFacts, sender: str) -> None:
    """As a way to read the mail, which calendars understand, and as a file for whoever's does not. In base64: no
    server on the way folds its lines anew."""
    made = invitation(spoken(letter, language_of(letter.to.locale), letter.to.zone), sender)
    params = {"method": meeting.method}
    mail.add_alternative(made.decode(), subtype="calendar", charset="utf-8", cte="base64", params=params)
    mail.add_attachment(made, maintype="application", subtype="ics", filename=file_name(meeting))


def _address(name: str, address: str) -> Address:
    return Address(display_name=_plain(name), addr_spec=address)


def _plain(text: str) -> str:
    """Text fit for a header: one line, no control characters (a title is user text)."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _human(who: str) -> Address:
    """Questions go to a human: `Name <mailbox>`, or the mailbox alone."""
    name, _, address = who.rstrip(">").rpartition("<")
    return _address(name, address)
