"""Entries as auditors read them: whole chains, some at a time, and one item's entries beside the item so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from gates.errors import RecordBroken
from gates.ledger.entries import Kind
from gates.rejudge.fold import Item, apply, created
from gates.service.desk import Desk
from gates.store import tables as t
from policies.load import LoadedProcess

AT_ONCE = 200
"""Chains read together."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) to `until` (not included); None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies within."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def within(self) -> list[ColumnElement[bool]]:
        """The same as conditions on entries."""
        first = [t.entries.c.at >= self.since] if self.since else []
        return [*first, *([t.entries.c.at < self.until] if self.until else [])]

    def in_words(self) -> str:
        """`from 2026-08-01 00:00 UTC to before 2026-09-01 00:00 UTC`, or `of all time`."""
        first = [f"from {self.since:%Y-%m-%d %H:%M} UTC"] if self.since else []
        last = [f"to before {self.until:%Y-%m-%d %H:%M} UTC"] if self.until else []
        return " ".join([*first, *last]) or "of all time"


def item_keys(connection: Connection, period: Period) -> list[str]:
    """The items with an entry in the period."""
    query = select(t.entries.c.chain).where(t.entries.c.chain.not_like("@%"), *period.within()).distinct()
    return sorted(connection.execute(query).scalars())


def chains(connection: Connection, names: Sequence[str], until: datetime | None) -> Iterator[list[Body]]:
    """The entries before `until` of each chain, oldest first."""
    for first in range(0, len(names), AT_ONCE):
        query = (
            select(t.entries.c.chain, t.entries.c.body)
            .where(t.entries.c.chain.in_(names[first : first + AT_ONCE]), *Period(until=until).within())
            .order_by(t.entries.c.chain, t.entries.c.seq)
        )
        found: dict[str, list[Body]] = {}
        for row in connection.execute(query):
            found.setdefault(row.chain, []).append(json.loads(row.body))
        yield from found.values()


def of_kinds(connection: Connection, kinds: Sequence[Kind], period: Period) -> Iterator[Body]:
    """Every entry of these kinds in the period, by time."""
    query = (
        select(t.entries.c.body)
        .where(t.entries.c.kind.in_([kind.value for kind in kinds]), *period.within())
        .order_by(t.entries.c.at, t.entries.c.chain, t.entries.c.seq)
    )
    for body in connection.execute(query).scalars():
        yield json.loads(body)


def followed(desk: Desk, connection: Connection, said: Sequence[Body]) -> Iterator[tuple[Body, Body | None, Item]]:
    """Each entry of an item with the one after it and the item as it was *before* it (at the first: after it).

    Raises RecordBroken when the entries cannot be followed.
    """

    def text(digest: str) -> LoadedProcess:
        return desk.bound(connection, digest).loaded

    try:
        item = created(said[0], text)
        for n, entry in enumerate(said):
            yield entry, said[n + 1] if n + 1 < len(said) else None, item
            if n:
                apply(item, entry, text)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        key = said[0].get("chain")
        raise RecordBroken(f"The entries of {key} cannot be followed; see `tollgate record verify {key}`.") from error


def doers(entry: Body) -> Iterator[str | None]:
    """Whose doing an entry is: whoever acted, signed, caused it or sat there, and on whose behalf.

    People who were merely asked or sent a mail did nothing.
    """
    data = entry["data"]
    yield entry["actor"]["person"]
    yield data.get("by")
    yield data.get("on_behalf_of")
    yield from data.get("present", ())
    if entry["kind"] == Kind.ITEM_MOVED:
        yield data["cause"]["by"]
    if entry["kind"] in (Kind.DECISION_RECORDED, Kind.DECISION_WITHDRAWN, Kind.DECISION_LIFTED):
        yield data["person"]


def names_of(desk: Desk, connection: Connection) -> Mapping[str, str]:
    """Person -> name on the roster, whoever has left included."""
    return {person: one.name for person, one in desk.book(connection).people.items()}
