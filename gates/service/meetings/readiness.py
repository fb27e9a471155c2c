"""Is an item ready to be decided at a meeting, what is missing, and who has to do what about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.moves import Refusal, propose_act, title_of, who_in_words
from gates.service.advancing import dependency_states
from gates.service.desk import Bound, Desk
from gates.service.gather import content_of, item_facts, open_round_of
from gates.service.lines import criterion_lines
from gates.service.meetings.views import Lack
from gates.service.moving import title_of_state
from gates.service.people import resolve
from gates.service.surroundings import around
from gates.store import tables as t
from policies.phrases import both

_NOT_MEANT = ("condition-false", "condition-unknown", "not-under")
"""Refused because the act is not this item's way: no lack of readiness."""


def lacks_in_round(desk: Desk, connection: Connection, row: Row[Any], bound: Bound, now: datetime) -> tuple[Lack, ...]:
    """What is missing of an item that is where the meeting decides."""
    found = []
    round_row = open_round_of(connection, row.key)
    roster = desk.roster(connection, now)
    if round_row is None:
        found.append(Lack("Its round is not open yet.", "It opens by itself within minutes."))
    elif round_row.deadlocked_at is not None:
        found.append(Lack("It is in a deadlock: nobody can decide it.", "Give somebody the role, or hand it over."))
    content, facts = content_of(connection, row.key, row.revision), item_facts(connection, row, bound.loaded.process)
    keeper = row.owner or row.author
    name = roster.name(keeper) if keeper else "its owner"
    for line in criterion_lines(bound, content, facts):
        if line.must and not line.met:
            found.append(Lack(f"“{line.text}” is not met.", f"{name} has to meet it."))
        elif line.must and line.evidence_kind != "none" and not line.evidence:
            found.append(Lack(f"“{line.text}” has no evidence.", f"{name} has to add it."))
    return tuple(found)


def lacks_before(
    desk: Desk, connection: Connection, row: Row[Any], bound: Bound, items: tuple[str, ...], now: datetime
) -> tuple[Lack, ...] | None:
    """What has to be done until an item is where the meeting decides; None where it is not on its way there."""
    state = bound.loaded.process.states[row.state]
    if state.depends_on is not None and state.depends_on.to in items:
        return tuple(_dependencies(desk, connection, row, state.depends_on.be))
    ahead = {*items, *(name for name, one in bound.loaded.process.states.items() if _leads_on(one, items))}
    acts = {name: act for name, act in state.acts.items() if act.to in ahead}
    found = [lack for name in acts for lack in _act(desk, connection, row, bound, name, now)]
    return tuple(found) or None


def _leads_on(state: Any, items: tuple[str, ...]) -> bool:
    """A state that goes on by itself to where the meeting decides."""
    return state.depends_on is not None and state.depends_on.to in items


def _dependencies(desk: Desk, connection: Connection, row: Row[Any], be: tuple[str, ...]) -> Iterator[Lack]:
    waiting = {key: state for key, state in dependency_states(connection, row.key).items() if state not in be}
    for other in connection.execute(select(t.items).where(t.items.c.key.in_(list(waiting))).order_by(t.items.c.key)):
        title = title_of_state(desk.bound(connection, other.process_digest), other.state)
        keeper = desk.book(connection).people.get(other.owner or other.author or "")
        yield Lack(f"It waits for {other.key}, which is in {title}.", f"{keeper.name} has it." if keeper else "")


def _act(desk: Desk, connection: Connection, row: Row[Any], bound: Bound, name: str, now: datetime) -> Iterator[Lack]:
    act = bound.loaded.process.states[row.state].acts[name]
    facts, roster = item_facts(connection, row, bound.loaded.process), desk.roster(connection, now)
    able = list(resolve(act.by, facts, roster))
    who = both([roster.name(one) for one in able]) or who_in_words(act.by, facts, roster)
    answer = propose_act(
        bound.loaded,
        bound.machine,
        state=row.state,
        act=name,
        person=able[0] if able else "",
        item=facts,
        roster=roster,
        now=now,
        previous=row.previous_state,
        around=around(desk, connection, row, bound, facts, now),
        reason="?",
    )
    title = title_of(name, act)
    if not isinstance(answer, Refusal):
        yield Lack(f"“{title}” is still to be done.", f"It is for {who}.")
    elif answer.code not in _NOT_MEANT:
        yield Lack(answer.sentence, f"Then “{title}” is for {who}.")
