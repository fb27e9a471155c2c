"""Timers that are due: each fires once, however many workers look, and late rather than never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, not_, or_, select, update

from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.moves import Move, propose_dependency
from gates.service import answering, escalating
from gates.service.advancing import advance_item, dependency_states, judge, stays_open, unasked
from gates.service.conditions import fire_condition
from gates.service.desk import Bound, Desk, item_row
from gates.service.escalating import DEADLINE, process_of, raise_once
from gates.service.gather import open_round_of, round_facts
from gates.service.ladder import climb, open_asks, timer_move
from gates.service.moving import title_of_state
from gates.service.pausing import held_up, run_out
from gates.service.people import owe_mail, watchers
from gates.service.promising import DUE as CONDITION
from gates.service.promising import REMIND as CONDITION_REMIND
from gates.service.reviews import review_due
from gates.service.surroundings import reviews_owed
from gates.service.timers import ALARM, EXPIRES, PAUSE, REVIEW
from gates.store import Unit
from gates.store import tables as t
from gates.store import work_tables as w
from policies.errors import POISON
from policies.evaluate import decide
from policies.phrases import on_day, phrase
from policies.verdict import Standing

A_PAGE = 500
"""Open items that one look at what is stuck judges."""
FOLDED = "folded into the later one that is due as well"


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
        select(w.timers)
        .where(w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None), w.timers.c.due_at <= now)
        .where(not_(held_up()))
        .order_by(w.timers.c.due_at, w.timers.c.id)
        .limit(limit)
    )
    return [TimerDue(row.id, row.item, row.name, row.due_at) for row in rows]


def next_timer(connection: Connection) -> datetime | None:
    """When the first of the timers that run is due; None when there is none."""
    running = w.timers.c.fired_at.is_(None), w.timers.c.cancelled_at.is_(None), not_(held_up())
    found: datetime | None = connection.execute(
        select(w.timers.c.due_at).where(*running).order_by(w.timers.c.due_at).limit(1)
    ).scalar()
    return found


def fire(desk: Desk, unit: Unit, timer_id: int) -> str | None:
    """Fire one timer. Returns what happened, or None when it had fired or been cancelled meanwhile."""
    found = unit.connection.execute(select(w.timers).where(w.timers.c.id == timer_id)).first()
    if found is None:
        return None
    unit.lock(found.item)
    timer = unit.connection.execute(select(w.timers).where(w.timers.c.id == timer_id)).one()
    row = item_row(unit.connection, timer.item)
    over = (
        timer.fired_at is not None
        or timer.cancelled_at is not None
        or (timer.state != row.state and timer.name != PAUSE and not timer.name.startswith(f"{REVIEW}:"))
    )
    if over or timer.due_at > unit.now or _stands_still(unit, timer_id):
        return None
    mine = w.timers.c.id == timer_id
    unit.connection.execute(update(w.timers).where(mine).values(fired_at=unit.now))
    bound = desk.bound(unit.connection, row.process_digest)
    folded = _stands_for(unit, timer) if timer.name.startswith(("remind:", "ladder:")) else []
    said = _do(desk, unit, row, bound, timer)
    if said == FOLDED:
        unit.connection.execute(update(w.timers).where(mine).values(folded=True))
    unit.enter(
        row.key,
        Kind.TIMER_FIRED,
        Actor(None, "engine", rule=timer.name),
        {
            "timer": timer.name,
            "state": timer.state,
            "due_at": stamp(timer.due_at),
            "did": said,
            **({"folded": folded} if folded and said != FOLDED else {}),
            **({"person": timer.person} if timer.person else {}),
            **({"calendar": timer.calendar} if timer.calendar else {}),
        },
    )
    advance_item(desk, unit, row.key)
    return said


def _stands_still(unit: Unit, timer_id: int) -> bool:
    held = select(w.timers.c.id).where(w.timers.c.id == timer_id, held_up())
    return unit.connection.execute(held).first() is not None


def _do(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any]) -> str:
    kind = timer.name.partition(":")[0]
    if kind == "remind":
        return _remind(desk, unit, row, bound, timer)
    if kind == "ladder":
        return FOLDED if _is_folded(unit, timer) else climb(desk, unit, row, bound, timer)
    if kind == "due":
        return _overdue(desk, unit, row, bound)
    if kind in (CONDITION, CONDITION_REMIND):
        return fire_condition(desk, unit, row, bound, timer.name)
    if kind == PAUSE:
        return run_out(desk, unit, row, bound, timer.due_at)
    if kind == REVIEW:
        return review_due(desk, unit, row, bound, timer.name)
    if kind == EXPIRES:
        return timer_move(desk, unit, row, bound, EXPIRES, f"{row.key} expired")
    if kind == f"{EXPIRES}-remind":
        return _nears_its_end(desk, unit, row, timer)
    if kind == ALARM:
        return _look_again(desk, unit, row, bound, timer)
    return timer_move(desk, unit, row, bound, "inactive", f"nothing happened to {row.key} for so long")


def _family(timer: Row[Any]) -> ColumnElement[bool]:
    """Timers of which one stands for all that are due: reminders of a stay, and the repeats of one step."""
    if timer.name.startswith("remind:"):
        return w.timers.c.name.like("remind:%")
    step = ":".join(timer.name.split(":")[:2])
    return or_(w.timers.c.name == step, w.timers.c.name.like(f"{step}:%"))


def _kin(timer: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    return (
        w.timers.c.item == timer.item,
        w.timers.c.state == timer.state,
        _family(timer),
        w.timers.c.person.is_not_distinct_from(timer.person),
        w.timers.c.cancelled_at.is_(None),
    )


def _is_folded(unit: Unit, timer: Row[Any]) -> bool:
    """Whether a later one of its kind in the same stay is due too: after an outage one is enough. The first time of a
    step is never folded, for it may do more than tell."""
    if timer.name.startswith("ladder:") and timer.name.count(":") == 1:
        return False
    later = select(w.timers.c.id).where(
        *_kin(timer),
        w.timers.c.fired_at.is_(None),
        w.timers.c.due_at > timer.due_at,
        w.timers.c.due_at <= unit.now,
    )
    return unit.connection.execute(later.limit(1)).first() is not None


def _stands_for(unit: Unit, timer: Row[Any]) -> list[str]:
    """When those were due that this one stands for."""
    earlier = select(w.timers.c.due_at, w.timers.c.folded).where(
        *_kin(timer), w.timers.c.fired_at.is_not(None), w.timers.c.due_at < timer.due_at
    )
    folded: list[str] = []
    for one in unit.connection.execute(earlier.order_by(w.timers.c.due_at.desc(), w.timers.c.id.desc())):
        if not one.folded:
            break
        folded.append(stamp(one.due_at))
    return folded[::-1]


def _remind(desk: Desk, unit: Unit, row: Row[Any], bound: Bound, timer: Row[Any]) -> str:
    if _is_folded(unit, timer):
        return FOLDED
    if timer.round is None:
        people = watchers(row, desk.roster(unit.connection, unit.now))
        for person in people:
            owe_mail(
                unit,
                row.key,
                "notice",
                person,
                f"{timer.id}",
                sentence=phrase("%(item)s is waiting and will soon be due.", item=row.key),
                reason=phrase("You are the author or the owner."),
            )
        return f"reminded {len(people)}"
    late = [person for person in open_asks(desk, unit, row, bound, timer.round) if timer.person in (None, person)]
    for person in late:
        owe_mail(
            unit,
            row.key,
            "reminder",
            person,
            f"{timer.id}",
            round=timer.round,
            reason=phrase("You were asked to sign and have not yet."),
        )
    return f"reminded {len(late)}"


def _overdue(desk: Desk, unit: Unit, row: Row[Any], bound: Bound) -> str:
    told = watchers(row, desk.roster(unit.connection, unit.now))
    for person in told:
        owe_mail(
            unit,
            row.key,
            "notice",
            person,
            f"due:{unit.seq(row.key)}",
            sentence=phrase(
                "%(item)s is past its due time in %(state)s.", item=row.key, state=title_of_state(bound, row.state)
            ),
            reason=phrase("You are the author or the owner."),
        )
    return f"told {len(told)} that it is overdue"


def _nears_its_end(desk: Desk, unit: Unit, row: Row[Any], timer: Row[Any]) -> str:
    told = watchers(row, desk.roster(unit.connection, unit.now))
    query = select(w.timers.c.due_at).where(
        w.timers.c.item == row.key, w.timers.c.name == EXPIRES, w.timers.c.fired_at.is_(None),
        w.timers.c.cancelled_at.is_(None),
    )  # fmt: skip
    ends = unit.connection.execute(query).scalar()
    said = phrase("%(item)s expires.", item=row.key)
    if ends is not None:
        said = phrase("%(item)s expires on %(day)s.", item=row.key, day=on_day(f"{ends:%Y-%m-%d}", ends.date()))
    for person in told:
        why = phrase("You are the author or the owner.")
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
    raised, process = "", process_of(bound)
    deadline = bound.loaded.process.policies[round_row.policy].deadline
    if process is not None and deadline is not None and deadline.then == "escalate":
        title = f"{row.key} was not decided in time in {title_of_state(bound, row.state)}"
        raised = f"; {raise_once(desk, unit, row, process, title=title, rule=DEADLINE, cause=DEADLINE, once=DEADLINE)}"
    told = watchers(row, facts.roster)
    for person in told:
        owe_mail(
            unit,
            row.key,
            "escalated",
            person,
            f"{timer.id}",
            sentence=verdict.sentence,
            reason=phrase("You are the author or the owner, and the deadline has passed without a verdict."),
        )
    return f"told {len(told)} that the deadline has passed{raised}"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at some of the open items found: the stuck ones, how many it looked at, and the key to go on
    behind, '' after the last."""

    stuck: list[str]
    looked: int
    until: str


def stuck_items(desk: Desk, connection: Connection, now: datetime, limit: int, after: str = "") -> Look:
    """Items that could go on and that nothing in the outbox is about to carry, of the `limit` open ones behind the key
    `after`.

    A state that asks for a round without one, dependencies that are all done, or a verdict ahead of its
    state (the roster changed, or a crash came between).
    """
    owed = select(w.outbox.c.item).where(
        w.outbox.c.kind == "carry", w.outbox.c.done_at.is_(None), w.outbox.c.dead_at.is_(None)
    )
    rows = connection.execute(
        select(t.items)
        .where(t.items.c.ended.is_(None), t.items.c.key.not_in(owed), t.items.c.key > after)
        .order_by(t.items.c.key)
        .limit(limit)
    ).all()
    found = [row.key for row in rows if _has_to_be_carried(desk, connection, row, now)]
    return Look(found, len(rows), rows[-1].key if len(rows) == limit else "")


def page_of_open(connection: Connection, limit: int, share: float) -> str:
    """The key to look behind for the page of `limit` open items that lies at `share` (from 0 to below 1) of all of
    them; '' for the first."""
    query = select(t.items.c.key).where(t.items.c.ended.is_(None))
    number = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    before = int(share * -(-number // limit)) * limit
    if before == 0:
        return ""
    return str(connection.execute(query.order_by(t.items.c.key).offset(before - 1).limit(1)).scalar() or "")


def _has_to_be_carried(desk: Desk, connection: Connection, row: Row[Any], now: datetime) -> bool:
    """Whether it could go on. One that cannot be judged is carried too: that says why, and the others are looked at."""
    try:
        return _could_go_on(desk, connection, row, now)
    except POISON:
        return True


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
        ahead |= (verdict.standing is Standing.DEADLOCK) != (round_row.deadlocked_at is not None)
        owed = answering.is_owed(connection, row.key) or escalating.is_owed(connection, row, process_of(bound))
        return ahead or owed or bool(unasked(connection, round_row.id, verdict, facts))
    if answering.is_owed(connection, row.key):
        return True
    if reviews_owed(connection, row, bound):
        return True
    if state.depends_on is None:
        return False
    states = dependency_states(connection, row.key)
    return isinstance(propose_dependency(bound.loaded, bound.machine, state=row.state, states=states), Move)
