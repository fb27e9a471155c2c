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
from gates.store import work_tables as w


def note_returned(desk: Desk, unit: Unit, message_id: str, said: str) -> str:
    """Note that the mail `message_id` came back, for each thing that was in it. Returns what was done, as a sentence.

    Nothing that was asked or decided changes, for anybody can write such a report: the link stays good, and who signs
    after all has signed. Where somebody still has to sign, it shows on the item and climbs as a dead address does.
    """
    found = _in_mail(unit, message_id)
    if not found:
        return "No mail of this register has that number; nothing was noted."
    person, items = json.loads(found[0].payload)["person"], ", ".join(row.item for row in found)
    about = f"the mail to {person} about {items} came back."
    if any("returned" in json.loads(row.receipt) for row in found):
        return f"Noted before: {about}"
    for row in found:
        _note(desk, unit, row, said)
    return f"Noted: {about}"


def _in_mail(unit: Unit, message_id: str) -> list[Row[Any]]:
    mail = (w.outbox.c.kind == "mail", w.outbox.c.done_at.is_not(None))
    query = select(w.outbox).where(*mail, w.outbox.c.receipt.contains(f'"{message_id}"', autoescape=True))
    rows = unit.connection.execute(query.order_by(w.outbox.c.item, w.outbox.c.id)).all()
    for row in rows:
        unit.lock(row.item)
    return [unit.connection.execute(select(w.outbox).where(w.outbox.c.id == row.id)).one() for row in rows]


def _note(desk: Desk, unit: Unit, row: Row[Any], said: str) -> None:
    receipt, payload = json.loads(row.receipt), json.loads(row.payload)
    unit.connection.execute(
        update(w.outbox)
        .where(w.outbox.c.id == row.id)
        .values(receipt=json.dumps({**receipt, "returned": said[:500]}, sort_keys=True))
    )
    error = f"a mail system sent it back ({said[:400]})."
    data = {"message": payload["message"], "person": payload["person"], "error": error, "returned": True}
    waits = asks(payload) and _still_waits(unit, payload)
    if waits:
        data["round"] = payload["round"]
        mark_reached(unit, payload, error)
    unit.enter(row.item, Kind.NOTICE_FAILED, Actor(None, "engine", rule="returned"), data)
    if waits:
        tell_unreached(desk, unit, row.item, payload["person"], error)


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
