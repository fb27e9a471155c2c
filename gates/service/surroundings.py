"""What an act may rest on besides its own item, read from the store: its reviews, and the items its fields name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.around import Around, Held, Linked
from gates.service.desk import Bound, Desk
from gates.service.moving import title_of_state
from gates.service.timers import EXPIRES
from gates.service.windows import windows_around
from gates.sitesneeded import missing_site
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w
from gates.store.following_tables import reviews as v
from policies.facts import ItemFacts


def around(desk: Desk, connection: Connection, row: Row[Any], bound: Bound, facts: ItemFacts, now: datetime) -> Around:
    """The reviews, the named items and the times that acts would take of one item, as of `now`."""
    fields = bound.loaded.process.fields
    named = {name: facts.fields[name] for name, one in fields.items() if one.type == "item" and name in facts.fields}
    found = {name: _linked(desk, connection, key, now) for name, key in named.items()}
    windows = windows_around(desk, connection, row, bound, facts, now)
    items = {name: one for name, one in found.items() if one is not None}
    sites = sorted(desk.book(connection).sites) if row.site is None else []
    held = _held(connection, row, bound)
    if not sites:
        return Around(now, held, items, windows)
    roster = desk.roster(connection, now)
    lacks = missing_site(bound.loaded, facts, roster, sites, now, row.state, row.previous_state)
    return Around(now, held, items, windows, lacks.acts, lacks.here)


def lock_named(unit: Unit, bound: Bound, facts: ItemFacts, act: str, state: str) -> None:
    """Keep the item an act rests on from moving before the act is committed."""
    here = bound.loaded.process.states[state].acts.get(act) or bound.loaded.process.administrative.get(act)
    key = facts.fields.get(here.under.item) if here is not None and here.under is not None else None
    if key is not None and unit.connection.execute(select(t.items.c.key).where(t.items.c.key == key)).first():
        unit.lock(str(key))


def _held(connection: Connection, row: Row[Any], bound: Bound) -> tuple[Held, ...]:
    query = (
        select(t.items.c.key, t.items.c.title, t.items.c.ended)
        .join(v, v.c.review == t.items.c.key)
        .where(v.c.item == row.key)
        .order_by(v.c.occasion)
    )
    made = tuple(Held(one.key, one.title, one.ended) for one in connection.execute(query))
    states = bound.loaded.process.states
    owed = [states[state].review for _, state in reviews_owed(connection, row, bound)]
    return made + tuple(Held("", one.process.replace("-", " ")) for one in owed if one is not None)


def reviews_owed(connection: Connection, row: Row[Any], bound: Bound) -> list[tuple[int, str]]:
    """Reviews that a state asked for and that are not made yet: (the entry that led to the state, the state)."""
    asking = {name for name, state in bound.loaded.process.states.items() if state.review is not None}
    if not asking:
        return []
    moves = connection.execute(
        select(t.moves.c.seq, t.moves.c.to).where(t.moves.c.item == row.key, t.moves.c.to.in_(asking))
    )
    made = set(connection.execute(select(v.c.occasion).where(v.c.item == row.key)).scalars())
    return [(move.seq, move.to) for move in moves if move.seq not in made]


def _linked(desk: Desk, connection: Connection, key: str, now: datetime) -> Linked | None:
    row = connection.execute(select(t.items).where(t.items.c.key == key)).first()
    if row is None:
        return None
    bound = desk.bound(connection, row.process_digest)
    roster = desk.roster(connection, now)
    return Linked(
        key=row.key,
        state=row.state,
        state_title=title_of_state(bound, row.state),
        owner=roster.name(row.owner or row.author) if row.owner or row.author else "",
        revision=row.revision,
        revision_digest=row.revision_digest,
        process_digest=row.process_digest,
        until=_until(connection, row, bound),
    )


def _until(connection: Connection, row: Row[Any], bound: Bound) -> datetime | None:
    """When the item stops being in force; its clock says so, however late the timer fires."""
    if bound.loaded.process.states[row.state].expires is None:
        return None
    query = (
        select(w.timers.c.due_at)
        .where(w.timers.c.item == row.key, w.timers.c.name == EXPIRES, w.timers.c.cancelled_at.is_(None))
        .order_by(w.timers.c.id.desc())
    )
    found: datetime | None = connection.execute(query).scalar()
    return found if found is not None else row.entered_at
