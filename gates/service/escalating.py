"""Raising escalations: by a ladder, by a person, by a rule. One open one for each item, process and cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from gates.errors import Refused, RegisterError
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.moves import may
from gates.service.creating import create
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import item_facts, open_round_of
from gates.service.moving import title_of_state
from gates.service.pausing import pause, pause_ends
from gates.service.people import owe_mail, watchers
from gates.service.rulebook import current_processes
from gates.store import Unit
from gates.store import tables as t
from gates.store.clock_tables import escalations as e
from policies.phrases import phrase

PERSON = "person"
ESCALATION = "escalation"
"""The kind of processes that escalations are items of."""
ANYONE = "anyone"
"""Who is named so has no part in anything by it."""
DEADLOCK = "deadlock"
DEADLINE = "deadline"


def raise_about(
    desk: Desk,
    unit: Unit,
    about: str,
    process: str,
    by: Actor,
    *,
    title: str,
    fields: Mapping[str, Any],
    cause: str,
    once: str | None = None,
) -> str:
    """Raise an escalation about an item; both records say so. Returns the escalation's key. `once` is kept
    with it, and no other item has it.

    Raises NotFound, BadInput, and Refused where one of this process and cause is open already.
    """
    unit.lock(about)
    parent = item_row(unit.connection, about)
    already = open_one(unit.connection, about, process, cause)
    if already is not None:
        raise Refused(
            f"{already} is open about {about} already.", code="escalated-already", remedy=f"Add to /items/{already}."
        )
    key = create(
        desk,
        unit,
        process,
        title,
        by,
        fields=fields,
        criteria={},
        site=parent.site,
        program=parent.program,
        project=parent.project,
        owner=parent.owner,
        depends_on=(),
        about=about,
        idempotency_key=once,
    )
    _link(desk, unit, parent, key, process, by, title, cause)
    for person in watchers(parent, desk.roster(unit.connection, unit.now)):
        owe_mail(
            unit,
            about,
            "escalated",
            person,
            key,
            sentence=phrase("%(key)s was raised about %(item)s: %(title)s", key=key, item=about, title=title),
            reason=phrase("You are the author or the owner."),
        )
    return key


def _link(desk: Desk, unit: Unit, parent: Row[Any], key: str, process: str, by: Actor, title: str, cause: str) -> None:
    bound = desk.bound(unit.connection, parent.process_digest)
    here, until, runs = bound.loaded.process.escalations, None, ""
    stops = here is not None and here.process == process and here.pauses and parent.ended is None
    if stops and not _has_part(desk, unit, parent, bound, by):
        stops, runs = False, "no-part"
    if stops and here is not None and here.longest is not None:
        until = pause_ends(desk, unit, parent, here.longest)
        if until <= unit.now:
            stops, runs = False, "long-enough"
    clock = "pause" if stops else "run"
    data = {"escalation": key, "process": process, "title": title, "cause": cause, "clock": clock}
    data |= {"runs_for": runs} if runs else {}
    unit.enter(parent.key, Kind.ESCALATION_RAISED, by, data)
    unit.connection.execute(
        insert(e).values(
            escalation=key,
            item=parent.key,
            process=process,
            cause=cause,
            clock=clock,
            raised_at=unit.now,
            raised_by=by.person,
        )
    )
    if stops:
        pause(desk, unit, parent, key, until)


def _has_part(desk: Desk, unit: Unit, parent: Row[Any], bound: Bound, by: Actor) -> bool:
    """Whether the item's clocks wait for what this person raises: its author, its owner, whoever is asked in its round,
    and whom its process names for an act. Of a rule's own there is no question."""
    if by.person is None or by.person in (parent.author, parent.owner):
        return True
    round_row = open_round_of(unit.connection, parent.key)
    if round_row is not None:
        mine = t.asks.c.round == round_row.id, t.asks.c.person == by.person, t.asks.c.withdrawn_at.is_(None)
        if unit.connection.execute(select(t.asks.c.person).where(*mine)).first() is not None:
            return True
    process = bound.loaded.process
    facts, roster = item_facts(unit.connection, parent, process), desk.roster(unit.connection, unit.now)
    acts = [
        *process.administrative.values(),
        *(act for state in process.states.values() for act in state.acts.values()),
    ]
    named = [one for act in acts for one in (act.by if isinstance(act.by, tuple) else (act.by,))]
    return any(may(one, by.person, facts, roster) for one in named if ANYONE not in (one, getattr(one, "role", None)))


def open_one(connection: Connection, about: str, process: str, cause: str) -> str | None:
    """The open escalation of this process and cause; None where there is none."""
    query = (
        select(e.c.escalation)
        .join(t.items, t.items.c.key == e.c.escalation)
        .where(e.c.item == about, e.c.process == process, e.c.cause == cause, t.items.c.ended.is_(None))
    )
    found: str | None = connection.execute(query).scalar()
    return found


def raise_by_person(
    desk: Desk,
    unit: Unit,
    about: str,
    process: str | None,
    by: Actor,
    *,
    title: str,
    fields: Mapping[str, Any],
    once: str | None = None,
) -> str:
    """Raise an escalation as a person. `process` None is the one of `raised_in`; the same `once` again, from the same
    person, is the same request.

    Returns its key. Raises NotFound, BadInput, Refused (also where the item has ended, where `process` is neither the
    one its own names nor of the kind `escalation`, or where `once` came with another request before).
    """
    unit.lock(about)
    parent = item_row(unit.connection, about)
    known = _request(by, once, (about, process, title, dict(fields))) if once is not None else None
    if known is not None and (earlier := _asked_before(unit, known)) is not None:
        return earlier
    if parent.ended is not None:
        raise Refused(f"{about} has ended; nothing can be escalated about it.", code="ended")
    bound = desk.bound(unit.connection, parent.process_digest)
    _only_escalations(unit.connection, bound, process)
    named = process or raised_in(unit.connection, bound)
    if named is None:
        raise Refused(
            f"The process of {about} names none that escalations about it are raised in.",
            code="no-escalations",
            remedy="Name one: `--process escalation`.",
        )
    return raise_about(desk, unit, about, named, by, title=title, fields=fields, cause=PERSON, once=known)


def _only_escalations(connection: Connection, bound: Bound, process: str | None) -> None:
    """Whoever may raise an escalation may not make any other item by it. A process that is not there is said later."""
    there = {line.name: line.kind for line in current_processes(connection)}
    fit = sorted({name for name, kind in there.items() if kind == ESCALATION} | {process_of(bound) or ""} - {""})
    if process in there and process not in fit:
        raise Refused(
            f"Items of {process} are no escalations.",
            code="no-escalation",
            remedy=f"Name one of {', '.join(fit)}." if fit else "Publish a process of kind `escalation`.",
        )


def _request(by: Actor, once: str, asked: tuple[Any, ...]) -> str:
    """What a request is known by: whose it is and what they call it, then what it asks."""
    called = hashlib.sha256(f"{by.person}\0{once}".encode("utf-8", "replace")).hexdigest()[:40]
    content = json.dumps(asked, sort_keys=True, default=str).encode()
    return f"escalate:{called}:{hashlib.sha256(content).hexdigest()[:40]}"


def _asked_before(unit: Unit, request: str) -> str | None:
    """The escalation that this very request raised. Raises Refused where another one had its name."""
    named = request.rpartition(":")[0]
    query = select(t.items.c.key, t.items.c.idempotency_key)
    row = unit.connection.execute(query.where(t.items.c.idempotency_key.startswith(f"{named}:"))).first()
    if row is None:
        return None
    if row.idempotency_key != request:
        raise Refused(
            f"Another request had this key before, and raised {row.key}.",
            code="key-reused",
            remedy="Give every request a key of its own.",
        )
    return str(row.key)


def process_of(bound: Bound) -> str | None:
    """The process that escalations about an item are raised in, where its own process names one."""
    here = bound.loaded.process.escalations
    return here.process if here is not None else None


def raised_in(connection: Connection, bound: Bound) -> str | None:
    """The process in which people raise escalations about an item: the one its own process names, else the only one of
    that kind there is; None where there is none or several. An escalation itself goes up by its own process alone."""
    named = process_of(bound)
    if named is not None or bound.loaded.process.kind == ESCALATION:
        return named
    there = [line.name for line in current_processes(connection) if line.kind == ESCALATION]
    return there[0] if len(there) == 1 else None


def raise_once(
    desk: Desk,
    unit: Unit,
    row: Row[Any],
    process: str,
    *,
    title: str,
    rule: str,
    cause: str,
    once: str,
    fields: Mapping[str, Any] | None = None,
) -> str:
    """Raise an escalation by a rule; one that is open already is enough. Returns what was done, in words.

    The rule must not stop because the process is missing: whoever answers for the item is told so. `once` names the
    occasion.
    """
    already = open_one(unit.connection, row.key, process, cause)
    if already is not None:
        return f"{already} is open already"
    by = Actor(None, "engine", rule=rule)
    try:
        key = raise_about(desk, unit, row.key, process, by, title=title, fields=fields or {}, cause=cause)
    except RegisterError as error:
        for person in watchers(row, desk.roster(unit.connection, unit.now)):
            owe_mail(
                unit,
                row.key,
                "escalated",
                person,
                f"{once}:unraised",
                sentence=phrase("An escalation was due and could not be raised: %(error)s", error=str(error)),
                reason=phrase("You are the author or the owner."),
            )
        return f"could not raise {process}: {error}"
    return f"raised {key}"


def raise_owed(desk: Desk, unit: Unit, key: str) -> str | None:
    """Raise the escalation that a deadlock of the item's open round asks for, once. Returns what was done."""
    unit.lock(key)
    row = item_row(unit.connection, key)
    bound = desk.bound(unit.connection, row.process_digest)
    process = process_of(bound)
    if process is None or not is_owed(unit.connection, row, process):
        return None
    title = f"{key} cannot be decided in {title_of_state(bound, row.state)}"
    return raise_once(desk, unit, row, process, title=title, rule=DEADLOCK, cause=DEADLOCK, once=DEADLOCK)


def is_owed(connection: Connection, row: Row[Any], process: str | None) -> bool:
    """Whether the item's round is in a deadlock that no escalation has been raised for since."""
    round_row = open_round_of(connection, row.key) if process is not None else None
    if round_row is None or round_row.deadlocked_at is None:
        return False
    since = (e.c.item == row.key, e.c.cause == DEADLOCK, e.c.raised_at >= round_row.deadlocked_at)
    raised = connection.execute(select(e.c.escalation).where(*since)).first()
    return raised is None and open_one(connection, row.key, str(process), DEADLOCK) is None
