"""One-line views: items in lists, people, fields and criteria as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from gates.items import CriterionLine, FieldLine, ItemLine, PersonView, RoundView
from gates.service.desk import Bound, Desk
from gates.service.gather import content_of, open_round_of
from gates.service.moving import title_of_state
from gates.service.roundview import signed_and_asked
from gates.service.secrets import has_secret
from gates.values import to_text
from policies.conditions import Condition
from policies.facts import ItemFacts


def item_line(desk: Desk, connection: Connection, row: Row[Any], view: RoundView | None = None) -> ItemLine:
    """One row of a list of items; `view` is its round, where it was looked at already."""
    bound = desk.bound(connection, row.process_digest)
    process = bound.loaded.process
    content = content_of(connection, row.key, row.revision)
    round_row = open_round_of(connection, row.key)
    if round_row is None:
        signed, asked = 0, 0
    elif view is not None:
        signed, asked = view.signed, view.asked
    else:
        signed, asked = signed_and_asked(desk, connection, row, bound, round_row, desk.clock.now())
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
        due_at=round_row.due_at if round_row else None,
    )


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
