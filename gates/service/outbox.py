"""The outbox: work owed to the outside, claimed under a lease, done once or given out again.

Each claim is one short unit. A worker that dies leaves a lease that lapses; whoever claims next takes the
row again, so each step behind it has to be safe to run twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update

from gates.items import Actor, OutboxCount, Owed
from gates.ledger.entries import Kind
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w

MAIL_LOCK = 7070708
MOST_TOGETHER = 2000
"""What is owed to the readers of a batch beside it, and taken with it."""

ASKS = frozenset({"ask", "changed", "reminder"})
"""What asks for a signature: it waits for nothing beyond its time, and several go in one mail."""
TOLD = frozenset({"notice", "outcome", "not-needed", "escalated"})
"""What asks nothing: it may wait for the daily mail. Whatever is in neither goes at its time: receipts, proofs, links,
and the reminders of what was agreed at a meeting, which are owed weeks ahead."""

_WAITING = (w.outbox.c.done_at.is_(None), w.outbox.c.dead_at.is_(None))
_BY_WISH = or_(*(w.outbox.c.key.startswith(f"mail:{message}:") for message in sorted(ASKS | TOLD)))
"""What waits because its reader wants it so, and not because its day has not come."""


def is_owed(connection: Connection, kind: str, now: datetime) -> bool:
    """Whether any row of `kind` could be claimed now."""
    free = or_(w.outbox.c.lease_until.is_(None), w.outbox.c.lease_until <= now)
    return (
        connection.execute(
            select(w.outbox.c.id).where(w.outbox.c.kind == kind, w.outbox.c.due_at <= now, free, *_WAITING).limit(1)
        ).first()
        is not None
    )


def claim(unit: Unit, kind: str, worker: str, limit: int, lease_s: float, together_s: float = 0) -> list[Owed]:
    """Lease up to `limit` due rows of `kind` to `worker` for `lease_s` seconds, oldest first.

    Of mails, whatever else is due to the same readers comes along, within `together_s` seconds too: what goes in one
    mail is claimed by one worker.
    """
    if kind == "mail" and not unit.is_sqlite:
        # Two that claim at the same moment would each take a part of what is due to one reader.
        unit.connection.execute(select(func.pg_advisory_xact_lock(MAIL_LOCK)))
    due = w.outbox.c.due_at <= unit.now
    rows = unit.connection.execute(_free(unit, kind).where(due).limit(limit)).all()
    if kind == "mail" and rows:
        soon = w.outbox.c.error.is_(None) & (w.outbox.c.due_at <= unit.now + timedelta(seconds=together_s))
        readers, known = {row.person for row in rows}, [row.id for row in rows]
        more = _free(unit, kind).where(or_(due, soon), w.outbox.c.person.in_(readers), w.outbox.c.id.not_in(known))
        rows = [*rows, *unit.connection.execute(more.limit(MOST_TOGETHER)).all()]
    if not rows:
        return []
    unit.connection.execute(
        update(w.outbox)
        .where(w.outbox.c.id.in_([row.id for row in rows]))
        .values(leased_by=worker, lease_until=unit.now + timedelta(seconds=lease_s), tries=w.outbox.c.tries + 1)
    )
    return [
        Owed(
            row.id,
            row.kind,
            row.item,
            row.key,
            json.loads(row.payload),
            row.tries + 1,
            row.due_at,
            row.owed_at,
            row.mail,
        )
        for row in rows
    ]


def _free(unit: Unit, kind: str) -> Select[Any]:
    free = or_(w.outbox.c.lease_until.is_(None), w.outbox.c.lease_until <= unit.now)
    return (
        select(w.outbox)
        .where(w.outbox.c.kind == kind, free, *_WAITING)
        .order_by(w.outbox.c.due_at, w.outbox.c.id)
        .with_for_update(skip_locked=True)
    )


def done(unit: Unit, owed_id: int, receipt: Mapping[str, Any], run: str | None) -> bool:
    """Mark one row done, with its receipt; a mail that went out is entered in the item's record.

    False when it was done already (two workers, one row: the second changes nothing).
    """
    row = unit.connection.execute(
        update(w.outbox)
        .where(w.outbox.c.id == owed_id, w.outbox.c.done_at.is_(None))
        .values(
            done_at=unit.now,
            run=run,
            receipt=json.dumps(dict(receipt), sort_keys=True),
            lease_until=None,
            error=None,
        )
        .returning(w.outbox.c.kind, w.outbox.c.item, w.outbox.c.payload)
    ).first()
    if row is None:
        return False
    if row.kind == "mail" and "skipped" not in receipt:
        payload = json.loads(row.payload)
        data = {
            "message": payload["message"],
            "person": payload["person"],
            "message_id": str(receipt.get("message_id", "")),
            "server_said": str(receipt.get("server_said", ""))[:200],
        }
        if "in" in receipt:
            data["in"] = receipt["in"]
        if asks(payload):
            data["round"] = payload["round"]
            mark_reached(unit, payload, None)
        unit.enter(row.item, Kind.NOTICE_SENT, Actor(None, "engine", rule="deliver"), data)
        if payload.get("round") is not None:
            _mark_seen(unit, payload)
    return True


ASKING = frozenset({"ask", "reminder", "changed", "fresh-link"})


def asks(payload: Mapping[str, Any]) -> bool:
    """Whether a mail asks somebody to sign in a round."""
    return payload["message"] in ASKING and payload.get("round") is not None


def mark_reached(unit: Unit, payload: Mapping[str, Any], error: str | None) -> None:
    """Whether somebody who has to sign was reached by mail; with `error`, why not."""
    mine = t.asks.c.round == payload["round"], t.asks.c.person == payload["person"]
    unit.connection.execute(update(t.asks).where(*mine).values(unreached=error))


def _mark_seen(unit: Unit, payload: Mapping[str, Any]) -> None:
    """What a person was last shown is what their mail said; the next one says what changed since."""
    if payload["message"] not in ("ask", "changed"):
        return
    current = select(t.items.c.revision).where(t.items.c.key == t.asks.c.item).scalar_subquery()
    unit.connection.execute(
        update(t.asks)
        .where(
            t.asks.c.round == payload["round"],
            t.asks.c.person == payload["person"],
            t.asks.c.seen_revision.is_(None),
        )
        .values(seen_revision=current)
    )


Tell = Callable[[Unit, str, str, str], None]


def failed(unit: Unit, owed_id: int, error: str, retry_at: datetime | None, tell: Tell) -> None:
    """Put one row back for `retry_at`, or give it up for good (None), which is entered in the record. `tell` is called
    with the item, the person and the error where somebody who has to sign was not reached."""
    values: dict[str, Any] = {"error": error[:2000], "lease_until": None, "leased_by": None}
    values |= {"due_at": retry_at} if retry_at is not None else {"dead_at": unit.now}
    row = unit.connection.execute(
        update(w.outbox)
        .where(w.outbox.c.id == owed_id, *_WAITING)
        .values(**values)
        .returning(w.outbox.c.kind, w.outbox.c.item, w.outbox.c.payload)
    ).first()
    if row is not None and retry_at is None and row.kind == "mail":
        payload = json.loads(row.payload)
        data = {"message": payload["message"], "person": payload["person"], "error": error[:500]}
        if asks(payload):
            data["round"] = payload["round"]
            mark_reached(unit, payload, error[:500])
        unit.enter(row.item, Kind.NOTICE_FAILED, Actor(None, "engine", rule="deliver"), data)
        if asks(payload):
            tell(unit, row.item, payload["person"], error[:500])


def put_back(unit: Unit, owed_ids: Sequence[int], due_at: datetime | None = None) -> None:
    """Give leased rows back untried: somebody else may take them, now or from `due_at` on."""
    values: dict[str, Any] = {"lease_until": None, "leased_by": None, "tries": w.outbox.c.tries - 1}
    if due_at is not None:
        values["due_at"] = due_at
    unit.connection.execute(update(w.outbox).where(w.outbox.c.id.in_(owed_ids), *_WAITING).values(**values))


def settle(unit: Unit, mails: Mapping[str, Sequence[int]]) -> None:
    """Write down which rows go in which mail, before it is handed over: whoever tries again sends the same one."""
    for mail, owed_ids in mails.items():
        unit.connection.execute(update(w.outbox).where(w.outbox.c.id.in_(owed_ids)).values(mail=mail))


def settle_alone(unit: Unit, owed_ids: Sequence[int]) -> None:
    """The same of rows that go in a mail each."""
    unit.connection.execute(update(w.outbox).where(w.outbox.c.id.in_(owed_ids)).values(mail=w.outbox.c.key))


def look_again(unit: Unit, person: str) -> None:
    """What waits for somebody's daily mail or for quiet to end is looked at anew: they want it otherwise now. What
    waits for another try does not change."""
    waits = (w.outbox.c.kind == "mail", w.outbox.c.person == person, w.outbox.c.due_at > unit.now, _BY_WISH, *_WAITING)
    unit.connection.execute(update(w.outbox).where(*waits, w.outbox.c.error.is_(None)).values(due_at=unit.now))


def look_again_at(unit: Unit, item: str) -> None:
    """The same of what waits about an item: its clocks have changed, and some may not wait any longer."""
    waits = (w.outbox.c.kind == "mail", w.outbox.c.item == item, w.outbox.c.due_at > unit.now, _BY_WISH, *_WAITING)
    unit.connection.execute(update(w.outbox).where(*waits, w.outbox.c.error.is_(None)).values(due_at=unit.now))


def waiting_notices(connection: Connection, person: str) -> int:
    """How many mails are owed to somebody and not settled yet."""
    mine = (w.outbox.c.kind == "mail", w.outbox.c.person == person, w.outbox.c.mail.is_(None), *_WAITING)
    return connection.execute(select(func.count()).select_from(w.outbox).where(*mine)).scalar_one()


def asked_in_mail(connection: Connection, person: str, item: str, round_id: str) -> tuple[str, ...]:
    """The Message-IDs of the mails that asked somebody to sign in a round, the oldest first."""
    mine = (w.outbox.c.kind == "mail", w.outbox.c.person == person, w.outbox.c.item == item)
    query = select(w.outbox.c.payload, w.outbox.c.receipt).where(*mine, w.outbox.c.done_at.is_not(None))
    found = []
    for row in connection.execute(query.order_by(w.outbox.c.done_at, w.outbox.c.id)):
        payload, receipt = json.loads(row.payload), json.loads(row.receipt or "{}")
        if asks(payload) and payload["round"] == round_id and "message_id" in receipt:
            found.append(str(receipt["message_id"]))
    return tuple(dict.fromkeys(found))


def mails_since(connection: Connection, person: str, moment: datetime) -> int:
    """How many mails went out to a person since a moment."""
    sent = (w.outbox.c.kind == "mail", w.outbox.c.done_at >= moment, w.outbox.c.person == person)
    receipts = (
        json.loads(one or "{}") for one in connection.execute(select(w.outbox.c.receipt).where(*sent)).scalars()
    )
    return len({one.get("message_id") for one in receipts if "skipped" not in one})


def release(unit: Unit, worker: str) -> int:
    """Give back every lease of `worker`, for one that stops in good order. Returns how many."""
    return unit.connection.execute(
        update(w.outbox).where(w.outbox.c.leased_by == worker, *_WAITING).values(lease_until=None, leased_by=None)
    ).rowcount


def reclaim_lapsed(unit: Unit) -> int:
    """Clear leases that ran out, so that their rows are seen as waiting. Returns how many."""
    return unit.connection.execute(
        update(w.outbox).where(w.outbox.c.lease_until <= unit.now, *_WAITING).values(lease_until=None, leased_by=None)
    ).rowcount


def counted(connection: Connection, now: datetime) -> OutboxCount:
    """How much is owed now, later, and given up."""
    by_kind: dict[str, int] = {}
    later = 0
    rows = connection.execute(
        select(w.outbox.c.kind, (w.outbox.c.due_at <= now).label("is_due"), func.count().label("n"))
        .where(*_WAITING)
        .group_by(w.outbox.c.kind, "is_due")
    )
    for row in rows:
        if row.is_due:
            by_kind[row.kind] = by_kind.get(row.kind, 0) + row.n
        else:
            later += row.n
    dead = connection.execute(
        select(func.count()).select_from(w.outbox).where(w.outbox.c.dead_at.is_not(None))
    ).scalar_one()
    return OutboxCount(sum(by_kind.values()), later, dead, by_kind)
