"""Gathers what a mail needs at the moment it is sent, or says why it is not to be sent any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from gates.errors import LinkProblem
from gates.items import Owed, PersonView
from gates.letters import LetterFacts
from gates.service.contacts import address_of, who_to_ask
from gates.service.desk import ACCESS, MEETING, RULEBOOK, Desk, item_row
from gates.service.enrolling import find_enrolment
from gates.service.gather import open_round_of
from gates.service.lines import item_line, person_view
from gates.service.meetings.writing import meeting_facts
from gates.service.outbox import ASKING, asked_in_mail
from gates.service.people import told
from gates.service.preferring import ended_links
from gates.service.proofs import officers
from gates.service.receipts import receipt_of
from gates.service.sealing import latest_checkpoint
from gates.service.signview import sign_view, token_of
from gates.signoff import derived, enrol_token, preference_token

PREFERENCES_LIFE = timedelta(days=90)
"""How long the link to one's preferences in a mail is good; a later mail has a later one."""


def letter(desk: Desk, connection: Connection, owed: Owed, now: datetime) -> LetterFacts | str:
    """The facts of one mail, or the reason to skip it."""
    payload = owed.payload
    message, person = payload["message"], person_view(desk, connection, payload["person"])
    if person is None or not person.active:
        return "no longer on the roster"
    if not person.email:
        return "no address"
    if owed.item_key.startswith(MEETING):
        return _about_a_meeting(desk, connection, owed, person, now)
    if owed.item_key in (ACCESS, RULEBOOK):
        return _about_no_item(desk, connection, owed, person, now)
    row = item_row(connection, owed.item_key)
    sign = token = None
    round_id = payload.get("round")
    before = asked_in_mail(connection, person.id, row.key, round_id) if round_id is not None else ()
    if message == "not-needed" and not before:
        return "they were not asked by mail yet"
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
        if sign.taken_by is not None:
            return "signed in their place"
        if message == "changed" and payload["revision"] != row.revision:
            return "changed again since; a later mail says so"
    return LetterFacts(
        message=message,
        to=person,
        item=item_line(desk, connection, row),
        sentence=told(payload, "sentence"),
        thread_id=_id(desk, "thread:" + row.key),
        reason_for_mail=told(payload, "reason"),
        reply_to=who_to_ask(desk, connection, row, person.id),
        replies=before,
        **_common(desk, connection, owed, person, now),
        sign=sign,
        token=token,
        receipt=receipt_of(desk, connection, payload["decision"]) if message == "receipt" else None,
        checkpoint=_pin(connection) if message == "receipt" else "",
    )


def _pin(connection: Connection) -> str:
    """The newest checkpoint in one line: whoever keeps the mail can hold a later bundle against it."""
    last = latest_checkpoint(connection)
    return "" if last is None else " ".join(last.note.split("\n")[1:3])


def _about_no_item(
    desk: Desk, connection: Connection, owed: Owed, person: PersonView, now: datetime
) -> LetterFacts | str:
    """A mail about proofs, or about a process: it belongs to no item, and threads by person or process."""
    token = None
    if "request" in owed.payload:
        token = enrol_token(owed.payload["request"], desk.link_key)
        try:
            find_enrolment(connection, token, now)
        except LinkProblem as problem:
            return problem.sentence
    return LetterFacts(
        message=owed.payload["message"],
        to=person,
        item=None,
        sentence=told(owed.payload, "sentence"),
        thread_id=_id(desk, "thread:" + (owed.payload.get("page") or "proofs:" + person.id)),
        reason_for_mail=told(owed.payload, "reason"),
        reply_to=next(
            (address_of(desk, connection, one) for one in officers(desk, connection, now) if one != person.id), ""
        ),
        token=token,
        page=owed.payload.get("page", ""),
        **_common(desk, connection, owed, person, now),
    )


def _about_a_meeting(
    desk: Desk, connection: Connection, owed: Owed, person: PersonView, now: datetime
) -> LetterFacts | str:
    """A mail about a meeting, or about what was agreed there: it belongs to no item, and threads by meeting."""
    meeting = meeting_facts(desk, connection, owed, person, now)
    if isinstance(meeting, str):
        return meeting
    chair = meeting.chair
    return LetterFacts(
        message=owed.payload["message"],
        to=person,
        item=None,
        sentence=told(owed.payload, "sentence"),
        thread_id=_id(desk, f"thread:{owed.item_key}"),
        reason_for_mail=told(owed.payload, "reason"),
        meeting=meeting,
        reply_to=address_of(desk, connection, chair.id) if chair is not None and chair.id != person.id else "",
        **_common(desk, connection, owed, person, now),
    )


def _common(desk: Desk, connection: Connection, owed: Owed, person: PersonView, now: datetime) -> dict[str, Any]:
    """What every letter says, whatever it is about."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "public_url": desk.public_url,
        "message_id": _id(desk, owed.key),
        "mail_id": _id(desk, owed.mail or owed.key),
        "now": now,
        "at": owed.owed_at,
        "preferences": preference_token(
            person.id, today + PREFERENCES_LIFE, desk.link_key, ended_links(connection, person.id)
        ),
    }


def _id(desk: Desk, text: str) -> str:
    """A Message-ID of ours: the same for the same mail, and nobody without the key can say what it would be."""
    host = urlsplit(desk.public_url).hostname or "tollgate.invalid"
    return f"<{derived('mail', text, desk.link_key).hex()[:40]}@{host}>"
