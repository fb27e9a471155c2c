"""Forms of items: what a process asks for, read back from what a browser sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gates.items import CriterionLine, FieldLine, ItemView
from policies.model import Process
from policies.model.walk import ITEM_SITE, edits_meant


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a form. `kind` is text, area, choice, date, moment, number, yes or list."""

    name: str
    title: str
    kind: str
    options: tuple[str, ...]
    required: bool
    value: str
    hint: str = ""


_KINDS = {
    "choice": "choice",
    "date": "date",
    "moment": "moment",
    "integer": "number",
    "boolean": "yes",
    "list": "text",
    "money": "text",
    "number": "text",
    "link": "text",
    "person": "text",
    "item": "text",
    "text": "area",
}


def boxes(process: Process, values: Mapping[str, str]) -> list[Box]:
    """One box a field, in the order of the process, filled with `values`."""
    return [
        Box(
            name=name,
            title=field.title or name.replace("-", " ").replace("_", " ").capitalize(),
            kind=_KINDS[field.type],
            options=field.of or (),
            required=field.required and field.when is None,
            value=values.get(name, ""),
            hint=_hint(field.type, field.currency, field.description),
        )
        for name, field in process.fields.items()
    ]


def _hint(kind: str, currency: str | None, description: str | None) -> str:
    own = {
        "money": f"in {currency}, for instance 62000",
        "list": "separated by commas",
        "person": "a person's id",
        "item": "the key of an item",
    }
    return description or own.get(kind, "")


def values_of(lines: tuple[FieldLine, ...]) -> dict[str, str]:
    """What a form is filled with for an item as it stands."""
    found = {}
    for line in lines:
        if line.value is None:
            continue
        if isinstance(line.value, bool):
            found[line.name] = "yes" if line.value else "no"
        elif isinstance(line.value, list):
            found[line.name] = ", ".join(line.value)
        else:
            found[line.name] = str(line.value)
    return found


def sent_fields(process: Process, form: Mapping[str, str]) -> dict[str, str]:
    """The fields of a sent form; boxes that were not on it are left alone."""
    return {name: form[f"field.{name}"] for name in process.fields if f"field.{name}" in form}


def sent_criteria(lines: tuple[CriterionLine, ...], form: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The criteria of a sent form that differ from what is on file."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if f"evidence.{line.name}" not in form:
            continue
        given = {
            "met": form.get(f"met.{line.name}") == "yes",
            "evidence": form[f"evidence.{line.name}"].strip(),
        }
        if given != {"met": line.met, "evidence": line.evidence}:
            found[line.name] = given
    return found


def new_criteria(process: Process) -> tuple[CriterionLine, ...]:
    """The lines of a new item. Those that depend on its content are under Edit once it is made."""
    return tuple(
        CriterionLine(name, one.text, one.must, met=False, evidence_kind=one.evidence)
        for name, one in process.criteria.items()
        if one.when is None
    )


def typed_criteria(lines: tuple[CriterionLine, ...], form: Mapping[str, str]) -> tuple[CriterionLine, ...]:
    """The lines as typed, so that a fault loses nothing; as they stand where nothing was sent."""
    return tuple(
        replace(line, met=form.get(f"met.{line.name}") == "yes", evidence=form[f"evidence.{line.name}"])
        if f"evidence.{line.name}" in form
        else line
        for line in lines
    )


def anchors(process: Process, faults: Mapping[str, str]) -> dict[str, str]:
    """Fault -> id of its box. A process may name a field as one of the form's own boxes is named."""
    return {
        name: f"x-{name}" if name in process.fields else f"c-{name}" if name in process.criteria else f"f-{name}"
        for name in faults
    }


def costing(process: Process, view: ItemView) -> frozenset[str]:
    """The boxes an edit of which lets signatures of the open round fall; that of the site is `item.site`."""
    if view.round is None or view.round.closed_at is not None:
        return frozenset()
    asked = edits_meant(process, process.policies[view.round.policy].stale_on)
    if asked == "any_edit":
        return frozenset({"title", ITEM_SITE, *process.fields, *process.criteria})
    return frozenset() if isinstance(asked, str) else frozenset(asked)
