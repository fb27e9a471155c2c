"""Gathers the facts an evaluation sees, inside the transaction that will act on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from gates.calendars import UTC_SITE, calendar_of
from gates.itemfacts import facts_from_content
from gates.service.desk import Bound, Desk
from gates.store import tables as t
from policies.facts import Decision, Edit, Facts, ItemFacts, Overriding, Roster, StandIn
from policies.model import Process

RECLAIM = "reclaim"
"""The act on a round by which somebody away takes their seat back."""

_REVISIONS = (
    select(t.revisions.c.number, t.revisions.c.changed, t.revisions.c.editor, t.revisions.c.at)
    .where(t.revisions.c.item == bindparam("item"), t.revisions.c.number > 1)
    .order_by(t.revisions.c.number)
)
_CONTENT = select(t.revisions.c.content).where(
    t.revisions.c.item == bindparam("item"), t.revisions.c.number == bindparam("number")
)
_DECISIONS = select(t.decisions).where(t.decisions.c.round == bindparam("round")).order_by(t.decisions.c.seq)
_ROUND_ACTS = select(t.round_acts).where(t.round_acts.c.round == bindparam("round")).order_by(t.round_acts.c.seq)
_PERFORMERS = (
    select(t.moves.c.person)
    .where(t.moves.c.item == bindparam("item"), t.moves.c.cause == "act", t.moves.c.person.is_not(None))
    .order_by(t.moves.c.seq)
)
_OPEN_ROUND = select(t.rounds).where(t.rounds.c.item == bindparam("item"), t.rounds.c.closed_at.is_(None))


def content_of(connection: Connection, key: str, number: int) -> dict[str, Any]:
    """The content of one revision, as signed."""
    raw = connection.execute(_CONTENT, {"item": key, "number": number}).scalar_one()
    content: dict[str, Any] = json.loads(raw)
    return content


def open_round_of(connection: Connection, key: str) -> Row[Any] | None:
    """The item's open round, if there is one."""
    return connection.execute(_OPEN_ROUND, {"item": key}).first()


def decisions_of(connection: Connection, round_id: str) -> list[Row[Any]]:
    """The round's decisions in the order they were recorded."""
    return list(connection.execute(_DECISIONS, {"round": round_id}))


def item_facts(connection: Connection, row: Row[Any], process: Process) -> ItemFacts:
    """The item at its current revision."""
    content = content_of(connection, row.key, row.revision)
    history = list(connection.execute(_REVISIONS, {"item": row.key}))
    return facts_from_content(
        row,
        process,
        content,
        changed={past.number: frozenset(json.loads(past.changed)) for past in history},
        editors=tuple(past.editor for past in history if past.editor),
        edits={past.number: Edit(past.editor, past.at) for past in history},
        performers=tuple(dict.fromkeys(connection.execute(_PERFORMERS, {"item": row.key}).scalars())),
    )


def round_facts(
    desk: Desk, connection: Connection, row: Row[Any], bound: Bound, round_row: Row[Any], now: datetime
) -> Facts:
    """Everything the round's policy is judged by, as of `now`."""
    acts = list(connection.execute(_ROUND_ACTS, {"round": round_row.id}))
    item = item_facts(connection, row, bound.loaded.process)
    present = [frozenset(json.loads(act.subject)) for act in acts if act.kind == "attend"]
    return Facts(
        item=item,
        roster=_without_reclaimed(desk.roster(connection, now).about(item), acts),
        now=now,
        decisions=_in_order(decisions_of(connection, round_row.id), acts),
        opened_at=round_row.opened_at,
        calendar=calendar_of(desk.book(connection).sites.get(row.site or "", UTC_SITE), now.year),
        present=present[-1] if present else None,
        closed_at=next((act.at for act in acts if act.kind == "close"), None),
        overrides=tuple(
            Overriding(str(act.seq), act.person, act.subject, act.reason, act.at)
            for act in acts
            if act.kind == "override"
        ),
    )


def _without_reclaimed(roster: Roster, acts: list[Row[Any]]) -> Roster:
    """Who is away and signs after all has their seat back in this round from then on."""
    back = {act.person: act.at for act in acts if act.kind == RECLAIM}
    return reclaimed(roster, back) if back else roster


def reclaimed(roster: Roster, back: Mapping[str, datetime]) -> Roster:
    """The roster where each of `back` is sat for no longer than until then."""

    def cut(one: StandIn) -> StandIn:
        at = back.get(one.absent)
        return replace(one, until=at) if at is not None and one.is_in_force(at) else one

    return replace(roster, stand_ins=tuple(cut(one) for one in roster.stand_ins))


def _in_order(rows: list[Row[Any]], acts: list[Row[Any]]) -> tuple[Decision, ...]:
    """Decisions and lifts in the order in which they were entered."""
    said = [(row.seq, _as_fact(row)) for row in rows]
    said += [(act.seq, _as_lift(act)) for act in acts if act.kind == "lift"]
    return tuple(decision for _, decision in sorted(said, key=lambda one: one[0]))


def _as_lift(act: Row[Any]) -> Decision:
    return Decision(f"act-{act.seq}", act.person, "lift", act.at, 0, act.reason, lifts=act.subject)


def _as_fact(row: Row[Any]) -> Decision:
    return Decision(
        id=row.id,
        person=row.person,
        position=row.position,
        at=row.at,
        revision=row.revision,
        comment=row.comment,
        on_behalf_of=row.on_behalf_of,
        withdrawn=row.withdrawn_at is not None,
        conditions=tuple(json.loads(row.conditions)) if row.conditions else (),
    )
