"""An item as it was at some past moment, from its entries alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gates.errors import NotFound
from gates.items import FieldLine
from gates.ledger.entries import unstamp
from gates.rejudge.fold import Item, Said, fold
from gates.service.desk import Desk, item_row
from gates.service.moving import title_of_state
from gates.store import tables as t
from gates.values import to_text


@dataclass(frozen=True, slots=True)
class SaidThen:
    """One decision of the round that was open or closed last, as it stood then."""

    name: str
    capacity: str
    position: str
    at: datetime
    level: str
    on_behalf_of: str
    stands: bool


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was so at `moment`, after `entries` of the `of` there are today."""

    key: str
    title: str
    moment: datetime
    entries: int
    of: int
    head: str
    state: str
    revision: int
    revision_digest: str
    process: str
    process_digest: str
    fields: tuple[FieldLine, ...]
    criteria: tuple[tuple[str, bool, str], ...]
    """Text, met, evidence."""
    policy: str
    outcome: str
    asked: tuple[tuple[str, str], ...]
    """Name and capacity of whom the round asked."""
    said: tuple[SaidThen, ...]

    @property
    def question(self) -> dict[str, str]:
        """What was asked, in words, for the record."""
        return {"item": self.key, "as of": f"{self.moment:%Y-%m-%dT%H:%M:%SZ}"}


def as_of(desk: Desk, connection: Connection, key: str, moment: datetime) -> AsOf:
    """The item at `moment`: entries dated later are left out, and whatever follows them on the record.

    Raises NotFound (no such item, or it did not exist yet).
    """
    item_row(connection, key)
    rows = connection.execute(
        select(t.entries.c.body, t.entries.c.digest).where(t.entries.c.chain == key).order_by(t.entries.c.seq)
    ).all()
    bodies: list[dict[str, Any]] = [json.loads(row.body) for row in rows]
    count = next((n for n, one in enumerate(bodies) if unstamp(one["at"]) > moment), len(bodies))
    if count == 0:
        born = unstamp(bodies[0]["at"])
        raise NotFound(f"{key} did not exist at {moment:%Y-%m-%d %H:%M} UTC; it was made {born:%Y-%m-%d %H:%M} UTC.")
    item = fold(bodies[:count], lambda digest: desk.bound(connection, digest).loaded)
    return _view(desk, connection, item, moment, count, len(rows), rows[count - 1].digest)


def _view(desk: Desk, connection: Connection, item: Item, moment: datetime, count: int, of: int, head: str) -> AsOf:
    bound, people = desk.bound(connection, item.process_digest), desk.book(connection).people
    process, content = bound.loaded.process, item.content
    last = item.rounds[-1] if item.rounds else None

    def name(person: str) -> str:
        return people[person].name if person in people else person

    return AsOf(
        key=item.key,
        title=item.title,
        moment=moment,
        entries=count,
        of=of,
        head=head,
        state=title_of_state(bound, item.state),
        revision=item.revision,
        revision_digest=item.revisions[-1].digest,
        process=process.title,
        process_digest=item.process_digest,
        fields=tuple(
            FieldLine(
                key,
                field.title or key.replace("-", " ").capitalize(),
                to_text(field, content["fields"].get(key)),
                content["fields"].get(key),
            )
            for key, field in process.fields.items()
        ),
        criteria=tuple(
            (process.criteria[key].text if key in process.criteria else key, line["met"], line["evidence"])
            for key, line in content["criteria"].items()
        ),
        policy=last.policy if last else "",
        outcome=(last.outcome or "") if last else "",
        asked=tuple((name(ask.person), ask.capacity) for ask in last.asks.values()) if last else (),
        said=tuple(_said(one, name) for one in last.said) if last else (),
    )


def _said(one: Said, name: Any) -> SaidThen:
    data = one.data
    return SaidThen(
        name=data["name"],
        capacity=data["capacity"],
        position=data["position"],
        at=one.at,
        level=data.get("level", ""),
        on_behalf_of=name(data["on_behalf_of"]) if data.get("on_behalf_of") else "",
        stands=one.withdrawn_at is None,
    )
