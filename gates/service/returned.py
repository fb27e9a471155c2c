"""A mail that a mail system took and sent back later: a hint, noted where the mail belongs."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, select, update

from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import Desk
from gates.service.outbox import asks, mark_reached
from gates.service.unreached import tell_unreached
from gates.store import Unit
from gates.store import tables as t


def note_returned(desk: Desk, unit: Unit, message_id: str, said: str) -> str:
    """Note that the mail `message_id` came back. Returns what was done, as a sentence.

    Nothing that was asked or decided changes, for anybody can write such a report: the link stays good, and who signs
    after all has signed. Where somebody still has to sign, it shows on the item and climbs as a dead address does.
    """
    found = _mail(unit, message_id)
    if found is None:
        return "No mail of this register has that number; nothing was noted."
    receipt, payload = json.loads(found.receipt), json.loads(found.payload)
    if "returned" in receipt:
        return f"Noted before: the mail to {payload['person']} about {found.item} came back."
    unit.connection.execute(
        update(t.outbox)
        .where(t.outbox.c.id == found.id)
        .values(receipt=json.dumps({**receipt, "returned": said[:500]}, sort_keys=True))
    )
    error = f"a mail system sent it back ({said[:400]})."
    data = {"message": payload["message"], "person": payload["person"], "error": error, "returned": True}
    waits = asks(payload) and _still_waits(unit, payload)
    if waits:
        data["round"] = payload["round"]
        mark_reached(unit, payload, error)
    unit.enter(found.item, Kind.NOTICE_FAILED, Actor(None, "engine", rule="returned"), data)
    if waits:
        tell_unreached(desk, unit, found.item, payload["person"], error)
    return f"Noted: the mail to {payload['person']} about {found.item} came back."


def _mail(unit: Unit, message_id: str) -> Row[Any] | None:
    mail = (t.outbox.c.kind == "mail", t.outbox.c.done_at.is_not(None))
    query = select(t.outbox).where(*mail, t.outbox.c.receipt.contains(f'"{message_id}"', autoescape=True))
    row = unit.connection.execute(query.limit(1)).first()
    if row is None:
        return None
    unit.lock(row.item)
    return unit.connection.execute(select(t.outbox).where(t.outbox.c.id == row.id)).one()


def _still_waits(unit: Unit, payload: dict[str, Any]) -> bool:
    """Whether the one asked can still sign in an open round and has not."""
    mine = t.asks.c.round == payload["round"], t.asks.c.person == payload["person"]
    signed = select(t.decisions.c.id).where(
        t.decisions.c.round == payload["round"],
        t.decisions.c.person == payload["person"],
        t.decisions.c.withdrawn_at.is_(None),
    )
    query = (
        select(t.asks.c.person)
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(*mine, t.asks.c.withdrawn_at.is_(None), t.rounds.c.closed_at.is_(None), ~signed.exists())
    )
    return unit.connection.execute(query).first() is not None
