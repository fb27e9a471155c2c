"""One-line views: items in lists, people, fields and criteria as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from gates.items import CriterionLine, FieldLine, ItemLine, PersonView, RoundView
from gates.service.desk import Bound, Desk
from gates.service.gather import content_of, open_round_of
from gates.service.moving import title_of_state
from gates.service.pausing import pause_of
from gates.service.roundview import signed_and_asked
from gates.service.secrets import has_secret
from gates.service.timers import timer_due
from gates.store import tables as t
from gates.store.clock_tables import escalations as e
from gates.store.clock_tables import extensions as x
from gates.values import to_text
from policies.conditions import Condition
from policies.facts import ItemFacts
from policies.phrases import phrase

Clocks = dict[str, Any]
"""The parts of a line that tell of its clocks."""


def item_line(desk: Desk, connection: Connection, row: Row[Any], view: RoundView | None = None) -> ItemLine:
    """One row of a list of items; `view` is its round, where it was looked at already."""
    bound = desk.bound(connection, row.process_digest)
    process = bound.loaded.process
    content = content_of(connection, row.key, row.revision)
    round_row = open_round_of(connection, row.key)
    if round_row is None:
        signed, asked, tally = 0, 0, ""
    elif view is not None:
        signed, asked, tally = view.signed, view.asked, view.tally
    else:
        signed, asked, tally = signed_and_asked(desk, connection, row, bound, round_row, desk.clock.now())
    book = desk.book(connection)
    author = book.people.get(row.author or "")
    return ItemLine(
        key=row.key,
        title=row.title,
        process=row.process,
        process_title=process.title,
        kind=row.kind,
        state=row.state,
        state_title=title_of_state(bound, row.state),
        site=row.site,
        amount=amount_text(bound, content),
        revision=row.revision,
        author_name=author.name if author else "Tollgate",
        updated_at=row.touched_at,
        ended=row.ended is not None,
        signed=signed,
        asked=asked,
        tally=tally,
        **_clocks(desk, connection, row, bound, round_row),
    )


def _clocks(desk: Desk, connection: Connection, row: Row[Any], bound: Bound, round_row: Row[Any] | None) -> Clocks:
    """When it is due and was due first, its open escalations, and what its clocks wait for."""
    state = bound.loaded.process.states[row.state]
    due = round_row.due_at if round_row is not None else timer_due(connection, row) if state.dues else None
    found: Clocks = {"due_at": due, "escalations": _escalations(desk, connection, row.key)}
    if found["escalations"]:
        still = pause_of(connection, row.key)
        if still is not None:
            found |= {"stands_still": still.escalation, "still_since": still.since}
    if due is not None and any(one.extend is not None for one in state.dues):
        query = select(x).where(x.c.item == row.key, x.c.stay == row.entered_at, x.c.standing == "granted")
        given = list(connection.execute(query.order_by(x.c.number)))
        if given:
            people, last = desk.book(connection).people, given[-1]
            by = people[last.settled_by].name
            why = phrase("%(name)s: %(why)s", name=by, why=last.reason) if last.reason else by
            found |= {"first_due_at": given[0].due_at, "extended": len(given), "why_extended": why}
    return found


def _escalations(desk: Desk, connection: Connection, key: str) -> tuple[tuple[str, str], ...]:
    query = select(t.items.c.key, t.items.c.state, t.items.c.process_digest).join(e, e.c.escalation == t.items.c.key)
    rows = connection.execute(query.where(e.c.item == key, t.items.c.ended.is_(None)).order_by(t.items.c.key))
    return tuple((one.key, title_of_state(desk.bound(connection, one.process_digest), one.state)) for one in rows)


def amount_text(bound: Bound, content: Mapping[str, Any]) -> str:
    """The money the item is about, as people read it; '' when it names none."""
    process = bound.loaded.process
    if process.budget is None:
        return ""
    field = process.fields[process.budget.field]
    return to_text(field, content["fields"].get(process.budget.field))


def field_lines(bound: Bound, content: Mapping[str, Any], facts: ItemFacts) -> tuple[FieldLine, ...]:
    """The fields that apply to the item, in the order of the process."""
    lines = []
    for name, field in bound.loaded.process.fields.items():
        value = content["fields"].get(name)
        if value is None and not _applies(bound.loaded.conditions.get(("fields", name, "when")), facts):
            continue
        lines.append(
            FieldLine(
                name=name,
                title=field.title or name.replace("-", " ").replace("_", " ").capitalize(),
                text=to_text(field, value),
                value=value,
                required=field.required,
                type=field.type,
            )
        )
    return tuple(lines)


def criterion_lines(bound: Bound, content: Mapping[str, Any], facts: ItemFacts) -> tuple[CriterionLine, ...]:
    """The criteria that apply to the item, in the order of the process."""
    lines = []
    for name, criterion in bound.loaded.process.criteria.items():
        if not _applies(bound.loaded.conditions.get(("criteria", name, "when")), facts):
            continue
        state = content["criteria"].get(name, {"met": False, "evidence": "", "note": ""})
        lines.append(
            CriterionLine(
                name=name,
                text=criterion.text,
                must=criterion.must,
                met=state["met"],
                evidence=state["evidence"],
                note=state["note"],
                evidence_kind=criterion.evidence,
            )
        )
    return tuple(lines)


def _applies(condition: Condition | None, facts: ItemFacts) -> bool:
    """A line applies unless its condition is false; while that is unknown it is shown."""
    return condition is None or condition.evaluate(facts) is not False


def person_view(desk: Desk, connection: Connection, person: str) -> PersonView | None:
    """One person, or None."""
    book, now = desk.book(connection), desk.clock.now()
    known = book.people.get(person)
    if known is None:
        return None
    return PersonView(
        id=known.id,
        name=known.name,
        email=known.email,
        zone=known.zone,
        locale=known.locale,
        active=known.active,
        has_secret=has_secret(connection, person),
        roles=book.roles_of(person, now),
    )
