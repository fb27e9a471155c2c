"""The item of a simulation: from a file, with what the file leaves out made up from the types of the fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from gates.moves import missing_fields
from gates.values import Misfit, parse, to_python, to_text
from policies.errors import Fault, ProcessError
from policies.facts import CriterionState, ItemFacts
from policies.load import Document, LoadedProcess, build
from policies.model import Field
from policies.model.base import Model, Name

AUTHOR = "author"
"""The id of the author who is made up when none is given: one who holds no role, so that nobody is excluded."""

DAYS_AHEAD = 30
"""How far ahead of its filling in a date is made up."""


class ItemFile(Model):
    """One item file. Everything may be left out."""

    site: str | None = None
    author: Name | None = None
    owner: Name | None = None
    program: str | None = None
    project: str | None = None
    fields: dict[Name, Any] = {}
    criteria_met: tuple[Name, ...] | None = None
    """Left out: all of them."""


def read_item(document: Document | None) -> ItemFile:
    """The item file as typed; an empty one for None. Raises ProcessError."""
    return ItemFile() if document is None else build(ItemFile, document)


def item_of(
    loaded: LoadedProcess, file: ItemFile, document: Document | None, *, site: str | None, start: date
) -> tuple[ItemFacts, list[str]]:
    """The item at the start, and what was made up, one `title: value` each.

    Raises ProcessError with each value of the file that does not fit its field.
    """
    item = ItemFacts(
        key="SIM-1",
        process=loaded.process.process,
        kind=loaded.process.kind,
        revision=1,
        author=file.author or AUTHOR,
        owner=file.owner or file.author or AUTHOR,
        submitter=file.author or AUTHOR,
        site=file.site or site,
        program=file.program,
        project=file.project,
        fields=_given(loaded, file, document),
        criteria=_criteria(loaded, file, document),
    )
    return _filled(loaded, item, start, everything=document is None)


def shifted(item: ItemFacts, names: tuple[str, ...], days: int) -> ItemFacts:
    """The item with the dates in `names` given anew, as many `days` later as the clock has moved on."""
    later = timedelta(days=days)
    moved = {name: value + later for name, value in item.fields.items() if name in names and isinstance(value, date)}
    return replace(item, fields={**item.fields, **moved}) if moved else item


def _given(loaded: LoadedProcess, file: ItemFile, document: Document | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    faults = []
    for name, raw in file.fields.items():
        place = document.place(("fields", name)) if document else (1, 1)
        field = loaded.process.fields.get(name)
        if field is None:
            faults.append(_unknown("field", name, list(loaded.process.fields), place))
            continue
        try:
            stored = parse(field, raw)
        except Misfit as misfit:
            faults.append(Fault(*place, "TG009", f"{name}: {misfit}"))
            continue
        if stored is not None:
            found[name] = to_python(field, stored)
    if faults:
        raise ProcessError(document.source if document else "item", faults)
    return found


def _criteria(loaded: LoadedProcess, file: ItemFile, document: Document | None) -> dict[str, CriterionState]:
    known = loaded.process.criteria
    met = tuple(known) if file.criteria_met is None else file.criteria_met
    faults = [
        _unknown("criterion", name, list(known), document.place(("criteria_met", number)) if document else (1, 1))
        for number, name in enumerate(met)
        if name not in known
    ]
    if faults:
        raise ProcessError(document.source if document else "item", faults)
    return {name: CriterionState(met=name in met, evidence="https://example.com/simulated") for name in known}


def _unknown(what: str, name: str, known: list[str], place: tuple[int, int]) -> Fault:
    near = get_close_matches(name, known, n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(known) or 'none'}."
    return Fault(*place, "TG007", f"there is no {what} {name!r}.", remedy)


def _filled(loaded: LoadedProcess, item: ItemFacts, start: date, *, everything: bool) -> tuple[ItemFacts, list[str]]:
    """Empty fields that apply are filled in: the required ones, or (with no file at all) every one."""
    said = []
    for name, field in loaded.process.fields.items():
        if name in item.fields or not (everything or field.required):
            continue
        condition = loaded.conditions.get(("fields", name, "when"))
        if condition is not None and condition.evaluate(item) is not True:
            continue
        value = made_up(field, start, item.author)
        item = replace(item, fields={**item.fields, name: value})
        shown = to_text(field, str(value) if isinstance(value, date | Decimal) else value)
        said.append(f"{field.title or name}: {shown}")
    return item, [*said, *missing_fields(loaded, item)]


def made_up(field: Field, day: date, author: str) -> Any:
    """A plausible value by the field's type: the first choice, 10,000 of money, a day next month."""
    if field.type == "choice":
        return (field.of or ("",))[0]
    if field.type == "list":
        return (field.of or ("example",))[:1]
    values: dict[str, Any] = {
        "text": "example",
        "link": "https://example.com/simulated",
        "person": author,
        "item": "EXAMPLE",
        "number": Decimal(1),
        "integer": 1,
        "money": Decimal("10000.00"),
        "date": day + timedelta(days=DAYS_AHEAD),
        "moment": datetime.combine(day + timedelta(days=DAYS_AHEAD), time(8)),
        "boolean": False,
    }
    return values[field.type]
