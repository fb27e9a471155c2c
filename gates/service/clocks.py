"""Timers that are due: each fires once, however many workers look, and late rather than never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gates.errors import RegisterError
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.moves import Move, Refusal, propose_dependency, propose_timer
from gates.service.advancing import advance_item, dependency_states, judge, stays_open, unasked
from gates.service.conditions import fire_condition
from gates.service.creating import raise_about
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import item_facts, open_round_of, round_facts
from gates.service.moving import move_item, title_of_state
from gates.service.people import owe_mail, resolve, watchers
from gates.service.promising import DUE as CONDITION
from gates.service.promising import REMIND as CONDITION_REMIND
from gates.service.reviews import review_due
from gates.service.roundview import decisions_aside
from gates.service.surroundings import reviews_owed
from gates.service.timers import ALARM, EXPIRES, REVIEW
from gates.store import Unit
from gates.store import tables as t
from policies.evaluate import decide
from policies.model import LadderStep


@dataclass(frozen=True, slots=True)
class TimerDue:
    """One timer that may fire. `name` is `remind:0`, `ladder:1`, `due` or `inactive`."""

    id: int
    item: str
    name: str
    due_at: datetime


def due_timers(connection: Connection, now: datetime, limit: int) -> list[TimerDue]:
    """The timers that are due, oldest first."""
    rows = connection.execute(
        select(t.timers)
        .where(t.timers.c.fired_at.is_(None), t.timers.c.cancelled_at.is_(None), t.timers.c.due_at <= now)
        .order_by(t.timers.c.due_at, t.timers.c.id)
        .limit(limit)
    )
    return [TimerDue(row.id, row.item, row.name, row.due_at) for row in rows]


def fire(desk: Desk, unit: Unit, timer_id: int) -> str | None:
    """Fire one timer. Returns what happened, or None when it had fired or been cancelled meanwhile."""
    found = unit.connection.execute(select(t.timers).where(t.timers.c.id == timer_id)).first()
    if found is None:
        return None
    unit.lock(found.item)
    timer = unit.connection.execute(select(t.timers).where(t.timers.c.id == timer_id)).one()
    row = item_row(unit.connection, timer.item)
    over = (
        timer.fired_at is not None
        or timer.cancelled_at is not None
        or (timer.state != row.state and not timer.name.startswith(f"{REVIEW}:"))
    )
    if over or timer.due_at > unit.now:
        return None
    unit.connection.execute(update(t.timers).where(t.timers.c.id == timer_id).values(fired_at=unit.now))
    bound = desk.bound(unit.connection, row.process_digest)
    said = _do(desk, unit, row, bound, timer)
    unit.enter(
        row.key,
        Kind.TIMER_FIRED,
        Actor(None, "engine", rule=timer.name),
        {
            "timer": timer.name,
            "state": timer.state,
            "due_at": stamp(timer.due_at),
            "did": said,
            **({"person": timer.person} if timer.person else {}),
            **({"calendar": timer.calendar} if timer.calendar else {}),
        },
    )
    advance_item(desk, unit, row.key)
    return said


def _do(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any]) -> str:
    kind, _, place = timer.name.partition(":")
    if kind == "remind":
        return _remind(desk, unit, row, bound, timer)
    if kind == "ladder":
        return _climb(desk, unit, row, bound, timer, int(place))
    if kind == "due":
        return _overdue(desk, unit, row, bound)
    if kind in (CONDITION, CONDITION_REMIND):
        return fire_condition(desk, unit, row, bound, timer.name)
    if kind == REVIEW:
        return review_due(desk, unit, row, bound, timer.name)
    if kind == EXPIRES:
        return _timer_move(desk, unit, row, bound, EXPIRES, f"{row.key} expired")
    if kind == f"{EXPIRES}-remind":
        return _nears_its_end(desk, unit, row, timer)
    if kind == ALARM:
        return _look_again(desk, unit, row, bound, timer)
    return _timer_move(desk, unit, row, bound, "inactive", f"nothing happened to {row.key} for so long")


def _is_folded(unit: Unit, timer: Row[Any]) -> bool:
    """Whether a later reminder of the same stay is due too: after an outage one reminder is enough."""
    later = select(t.timers.c.id).where(
        t.timers.c.item == timer.item,
        t.timers.c.name.like("remind:%"),
        t.timers.c.person.is_not_distinct_from(timer.person),
        t.timers.c.fired_at.is_(None),
        t.timers.c.cancelled_at.is_(None),
        t.timers.c.due_at > timer.due_at,
        t.timers.c.due_at <= unit.now,
    )
    return unit.connection.execute(later.limit(1)).first() is not None


def _remind(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any]) -> str:
    if _is_folded(unit, timer):
        return "folded into the later reminder that is due as well"
    if timer.round is None:
        people = watchers(row, desk.roster(unit.connection, unit.now))
        for person in people:
            owe_mail(
                unit,
                row.key,
                "notice",
                person,
                f"{timer.id}",
                sentence=f"{row.key} is waiting and will soon be due.",
                reason="You are the author or the owner.",
            )
        return f"reminded {len(people)}"
    open_asks = [person for person in _open_asks(desk, unit, row, bound, timer.round) if timer.person in (None, person)]
    for person in open_asks:
        owe_mail(
            unit,
            row.key,
            "reminder",
            person,
            f"{timer.id}",
            round=timer.round,
            reason="You were asked to sign and have not yet.",
        )
    return f"reminded {len(open_asks)}"


def _open_asks(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, round_id: str) -> list[str]:
    """The people needed in a round who could decide now and have not, or not so that it counts. Who is away is not
    hurried."""
    round_row = open_round_of(unit.connection, row.key)
    if round_row is None or round_row.id != round_id:
        return []
    verdict, facts = judge(desk, unit, row, bound, round_row)
    aside = decisions_aside(verdict)
    spoke = {one.person for one in facts.decisions if not one.withdrawn and one.id not in aside}
    able = set(verdict.eligible or {}) - set(verdict.waiting) - spoke
    asked = select(t.asks.c.person).where(t.asks.c.round == round_id, t.asks.c.needed).order_by(t.asks.c.person)
    return [person for person in unit.connection.execute(asked).scalars() if person in able]


def _climb(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any], place: int) -> str:
    step: LadderStep = bound.loaded.process.states[row.state].ladder[place]
    said = []
    if step.notify is not None:
        said.append(_notify(desk, unit, row, bound, step, timer))
    if step.raise_ is not None:
        said.append(_raise(desk, unit, row, bound, step.raise_, timer))
    if step.to is not None:
        said.append(_timer_move(desk, unit, row, bound, str(place), f"step {place + 1} of the ladder"))
    return "; ".join(said) or "nothing to do"


def _notify(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, step: LadderStep, timer: Row[Any]) -> str:
    assert step.notify is not None
    facts = item_facts(unit.connection, row, bound.loaded.process)
    told = resolve(step.notify, facts, desk.roster(unit.connection, unit.now))
    waiting = f"{row.key} has been in {title_of_state(bound, row.state)} for {step.after} without a decision."
    for person, capacity in told.items():
        owe_mail(unit, row.key, "escalated", person, f"{timer.id}", sentence=waiting, reason=capacity)
    return f"told {len(told)}"


def _raise(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, process: str, timer: Row[Any]) -> str:
    rule = f"ladder of {title_of_state(bound, row.state)}"
    title = f"{row.key} waits in {title_of_state(bound, row.state)}"
    try:
        key = raise_about(desk, unit, row.key, process, Actor(None, "engine", rule=rule), title=title, fields={})
    except RegisterError as error:
        # The ladder must not stop because the escalation process is missing: say so where it is read.
        for person in watchers(row, desk.roster(unit.connection, unit.now)):
            owe_mail(
                unit,
                row.key,
                "escalated",
                person,
                f"{timer.id}:unraised",
                sentence=f"An escalation was due and could not be raised: {error}",
                reason="You are the author or the owner.",
            )
        return f"could not raise {process}: {error}"
    return f"raised {key}"


def _overdue(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> str:
    told = watchers(row, desk.roster(unit.connection, unit.now))
    for person in told:
        owe_mail(
            unit,
            row.key,
            "notice",
            person,
            f"due:{unit.seq(row.key)}",
            sentence=f"{row.key} is past its due time in {title_of_state(bound, row.state)}.",
            reason="You are the author or the owner.",
        )
    return f"told {len(told)} that it is overdue"


def _nears_its_end(desk: Desk, unit: Unit, row: Row[Any], timer: Row[Any]) -> str:
    told = watchers(row, desk.roster(unit.connection, unit.now))
    query = select(t.timers.c.due_at).where(
        t.timers.c.item == row.key, t.timers.c.name == EXPIRES, t.timers.c.fired_at.is_(None),
        t.timers.c.cancelled_at.is_(None),
    )  # fmt: skip
    ends = unit.connection.execute(query).scalar()
    when = f" on {ends:%Y-%m-%d}" if ends is not None else ""
    for person in told:
        said, why = f"{row.key} expires{when}.", "You are the author or the owner."
        owe_mail(unit, row.key, "notice", person, f"{timer.id}", sentence=said, reason=why)
    return f"reminded {len(told)}"


def _look_again(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any]) -> str:
    """The clock alone may have changed the verdict. What is decided moves right after; what is overdue is told."""
    round_row = open_round_of(unit.connection, row.key)
    if round_row is None or round_row.id != timer.round:
        return "the round is over"
    verdict, facts = judge(desk, unit, row, bound, round_row)
    if not verdict.is_overdue:
        return verdict.sentence.rstrip(".")
    told = watchers(row, facts.roster)
    for person in told:
        owe_mail(
            unit,
            row.key,
            "escalated",
            person,
            f"{timer.id}",
            sentence=verdict.sentence,
            reason="You are the author or the owner, and the deadline has passed without a verdict.",
        )
    return f"told {len(told)} that the deadline has passed"


def _timer_move(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, name: str, why: str) -> str:
    proposal = propose_timer(bound.loaded, bound.machine, state=row.state, name=name)
    if isinstance(proposal, Refusal):
        return proposal.sentence
    move_item(desk, unit, row, bound, proposal, Actor(None, "engine", rule=why))
    return f"{row.key} goes to {title_of_state(bound, proposal.to)}"


def stuck_items(desk: Desk, connection: Connection, now: datetime, limit: int) -> list[str]:
    """Items that could go on and that nothing in the outbox is about to carry.

    A state that asks for a round without one, dependencies that are all done, or a verdict ahead of its
    state (the roster changed, or a crash came between).
    """
    owed = select(t.outbox.c.item).where(
        t.outbox.c.kind == "carry", t.outbox.c.done_at.is_(None), t.outbox.c.dead_at.is_(None)
    )
    rows = connection.execute(
        select(t.items)
        .where(t.items.c.ended.is_(None), t.items.c.key.not_in(owed))
        .order_by(t.items.c.touched_at)
        .limit(limit)
    ).all()
    return [row.key for row in rows if _could_go_on(desk, connection, row, now)]


def _could_go_on(desk: Desk, connection: Connection, row: Row[Any], now: datetime) -> bool:
    bound = desk.bound(connection, row.process_digest)
    state = bound.loaded.process.states[row.state]
    if state.round is not None:
        round_row = open_round_of(connection, row.key)
        if round_row is None:
            return True
        facts = round_facts(desk, connection, row, bound, round_row, now)
        verdict = decide(bound.policy(round_row.policy), facts)
        ahead = verdict.is_decided and not stays_open(bound, round_row, verdict)
        return ahead or bool(unasked(connection, round_row.id, verdict, facts))
    if reviews_owed(connection, row, bound):
        return True
    if state.depends_on is None:
        return False
    states = dependency_states(connection, row.key)
    return isinstance(propose_dependency(bound.loaded, bound.machine, state=row.state, states=states), Move)
