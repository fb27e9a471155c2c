"""Gathers what a mail needs at the moment it is sent, or says why it is not to be sent any more."""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from gates.errors import LinkProblem
from gates.items import Owed, PersonView
from gates.letters import LetterFacts
from gates.service.desk import ACCESS, MEETING, Desk, item_row
from gates.service.enrolling import find_enrolment
from gates.service.gather import open_round_of
from gates.service.lines import item_line, person_view
from gates.service.meetings.writing import meeting_facts
from gates.service.receipts import receipt_of
from gates.service.sealing import latest_checkpoint
from gates.service.signview import sign_view, token_of
from gates.signoff import enrol_token

ASKING = frozenset({"ask", "reminder", "changed", "fresh-link"})


def letter(desk: Desk, connection: Connection, owed: Owed, now: datetime) -> LetterFacts | str:
    """The facts of one mail, or the reason to skip it."""
    payload = owed.payload
    message, person = payload["message"], person_view(desk, connection, payload["person"])
    if person is None or not person.active:
        return "no longer on the roster"
    if not person.email:
        return "no address"
    if owed.item_key == ACCESS:
        return _about_proofs(desk, connection, owed, person, now)
    if owed.item_key.startswith(MEETING):
        return _about_a_meeting(desk, connection, owed, person, now)
    row = item_row(connection, owed.item_key)
    sign = token = None
    if message in ASKING:
        current = open_round_of(connection, row.key)
        if current is None or current.id != payload["round"]:
            return "the round is closed"
        token = token_of(desk, connection, current.id, person.id, now)
        if token is None:
            return "the link has expired or was revoked"
        try:
            sign = sign_view(desk, connection, token, now)
        except LinkProblem as problem:
            return problem.sentence
        if sign.decided is not None and not sign.decided.set_aside:
            return "already signed"
        if message == "changed" and payload["revision"] != row.revision:
            return "changed again since; a later mail says so"
    host = urlsplit(desk.public_url).hostname or "tollgate.invalid"
    return LetterFacts(
        message=message,
        to=person,
        item=item_line(desk, connection, row),
        sentence=payload.get("sentence", ""),
        public_url=desk.public_url,
        message_id=f"<{_mark(owed.key)}@{host}>",
        thread_id=f"<{_mark('thread:' + row.key)}@{host}>",
        now=now,
        reason_for_mail=payload.get("reason", ""),
        sign=sign,
        token=token,
        receipt=receipt_of(desk, connection, payload["decision"]) if message == "receipt" else None,
        checkpoint=_pin(connection) if message == "receipt" else "",
    )


def _pin(connection: Connection) -> str:
    """The newest checkpoint in one line: whoever keeps the mail can hold a later bundle against it."""
    last = latest_checkpoint(connection)
    return "" if last is None else " ".join(last.note.split("\n")[1:3])


def _about_proofs(
    desk: Desk, connection: Connection, owed: Owed, person: PersonView, now: datetime
) -> LetterFacts | str:
    """A mail about proofs: it belongs to no item, and threads by person."""
    token = None
    if "request" in owed.payload:
        token = enrol_token(owed.payload["request"], desk.link_key)
        try:
            find_enrolment(connection, token, now)
        except LinkProblem as problem:
            return problem.sentence
    host = urlsplit(desk.public_url).hostname or "tollgate.invalid"
    return LetterFacts(
        message=owed.payload["message"],
        to=person,
        item=None,
        sentence=owed.payload["sentence"],
        public_url=desk.public_url,
        message_id=f"<{_mark(owed.key)}@{host}>",
        thread_id=f"<{_mark('thread:proofs:' + person.id)}@{host}>",
        now=now,
        reason_for_mail=owed.payload["reason"],
        token=token,
    )


def _about_a_meeting(
    desk: Desk, connection: Connection, owed: Owed, person: PersonView, now: datetime
) -> LetterFacts | str:
    """A mail about a meeting, or about what was agreed there: it belongs to no item, and threads by meeting."""
    meeting = meeting_facts(desk, connection, owed, person, now)
    if isinstance(meeting, str):
        return meeting
    host = urlsplit(desk.public_url).hostname or "tollgate.invalid"
    return LetterFacts(
        message=owed.payload["message"],
        to=person,
        item=None,
        sentence=owed.payload["sentence"],
        public_url=desk.public_url,
        message_id=f"<{_mark(owed.key)}@{host}>",
        thread_id=f"<{_mark('thread:' + owed.item_key)}@{host}>",
        now=now,
        reason_for_mail=owed.payload["reason"],
        meeting=meeting,
    )


def _mark(text: str) -> str:
    """A stable, opaque left side of a Message-ID."""
    return hashlib.sha256(b"tollgate/mail/v1\0" + text.encode()).hexdigest()[:40]
