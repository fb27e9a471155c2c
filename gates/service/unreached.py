"""Somebody who has to sign cannot be reached by mail: it shows on the item, and climbs the ladder at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gates.items import Owed
from gates.service.desk import Desk, item_row
from gates.service.gather import item_facts
from gates.service.outbox import asks, mails_since
from gates.service.people import neighbour, owe_mail, resolve, watchers
from gates.store import Unit
from policies.model import OfThoseAsked
from policies.phrases import phrase

ALWAYS = frozenset(
    {
        "ask",
        "changed",
        "fresh-link",
        "reminder",
        "receipt",
        "proof",
        "proof-link",
        "proof-officers",
        "token",
        "meeting",
        "meeting-cancelled",
    }
)
"""What the ceiling never holds back: what somebody has to act on, and proofs of what they did."""


def tell_unreached(desk: Desk, unit: Unit, key: str, person: str, error: str) -> None:
    """Tell the author, the owner, and whom the ladder of the state would tell first, that `person` was not reached."""
    row = item_row(unit.connection, key)
    bound, roster = desk.bound(unit.connection, row.process_digest), desk.roster(unit.connection, unit.now)
    reasons = dict.fromkeys(watchers(row, roster), phrase("You are the author or the owner."))
    ladder = bound.loaded.process.states[row.state].ladder
    first = next((step.notify for step in ladder if step.notify is not None), None)
    if isinstance(first, OfThoseAsked):
        other = neighbour(desk.book(unit.connection).people, person, first)
        if other is not None and other in roster.people:
            reasons[other] = phrase("You stand beside them on the roster.")
    elif first is not None:
        reasons |= resolve(first, item_facts(unit.connection, row, bound.loaded.process), roster) | reasons
    name = roster.name(person)
    sentence = phrase(
        "%(name)s has to sign %(item)s and was not reached by mail: %(error)s Mend the address, or ask somebody else.",
        name=name,
        item=key,
        error=error,
    )
    for told, reason in reasons.items():
        if told != person:
            owe_mail(
                unit, key, "escalated", told, f"unreached:{unit.seq(key)}:{person}", sentence=sentence, reason=reason
            )


def put_off_until(desk: Desk, connection: Connection, owed: Owed, ceiling: int, now: datetime) -> datetime | None:
    """Until when a mail waits because its reader had `ceiling` today already; None when it may go.

    A day is one of the reader's own. What they have to act on always goes.
    """
    person = desk.book(connection).people.get(owed.payload["person"])
    if person is None or asks(owed.payload) or owed.payload["message"] in ALWAYS:
        return None
    zone = ZoneInfo(person.zone)
    today = now.astimezone(zone).date()
    if mails_since(connection, person.id, datetime.combine(today, time(), zone)) < ceiling:
        return None
    return datetime.combine(today + timedelta(days=1), time(6), zone)
