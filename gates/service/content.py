"""Makes the content of a revision from what people type, and tells two revisions apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gates.errors import BadInput, choices
from gates.itemfacts import OWNER, SITE
from gates.items import Change
from gates.values import Misfit, parse, to_text
from policies.canonical import nfc
from policies.facts import Roster
from policies.model import Process

MAX_TITLE = 200


def new_content(
    process: Process,
    roster: Roster,
    *,
    title: str,
    site: str | None,
    program: str | None,
    project: str | None,
    owner: str | None,
    depends_on: Iterable[str],
    fields: Mapping[str, Any],
    criteria: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The content of a first revision. Raises BadInput with every fault."""
    blank: dict[str, Any] = {
        "title": "",
        "site": site,
        "program": program,
        "project": project,
        "owner": owner,
        "depends_on": sorted(set(depends_on)),
        "fields": {},
        "criteria": {name: {"met": False, "evidence": "", "note": ""} for name in process.criteria},
    }
    return edited_content(process, roster, blank, title=title, fields=fields, criteria=criteria)


def edited_content(
    process: Process,
    roster: Roster,
    before: Mapping[str, Any],
    *,
    title: str | None = None,
    depends_on: Iterable[str] | None = None,
    fields: Mapping[str, Any],
    criteria: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """`before` with the changes laid over it. Raises BadInput with every fault."""
    faults: dict[str, str] = {}
    content = {
        **before,
        "fields": _laid_over(before["fields"], _fields(process, roster, fields, faults)),
        "criteria": {**before["criteria"], **_criteria(process, before["criteria"], criteria, faults)},
    }
    if title is not None:
        content["title"] = _title(title, faults)
    if depends_on is not None:
        content["depends_on"] = sorted(set(depends_on))
    if faults:
        raise BadInput(faults)
    return content


def _laid_over(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`before` with `given`; a field that was never filled in and is left empty is not there at all, so that what
    an entry says has changed is all that has."""
    return {**before, **{name: value for name, value in given.items() if value is not None or name in before}}


def _title(title: str, faults: dict[str, str]) -> str:
    plain = nfc(" ".join(title.split()))
    if not plain:
        faults["title"] = "A title is needed; approvers read it first."
    elif len(plain) > MAX_TITLE:
        faults["title"] = f"The title has {len(plain)} characters; {MAX_TITLE} are allowed."
    elif not plain.isprintable():
        faults["title"] = "The title holds a character that cannot be printed. Remove it."
    return plain


def _fields(process: Process, roster: Roster, raw: Mapping[str, Any], faults: dict[str, str]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for name, value in raw.items():
        field = process.fields.get(name)
        if field is None:
            faults[name] = f"{process.title} has no field {name!r}. {choices(name, list(process.fields))}"
            continue
        try:
            parsed[name] = parse(field, value)
        except Misfit as misfit:
            faults[name] = str(misfit)
            continue
        if field.type == "person" and parsed[name] and parsed[name] not in roster.people:
            faults[name] = f"{parsed[name]!r} is nobody on the roster. {choices(parsed[name], list(roster.people))}"
    return parsed


def _criteria(
    process: Process,
    before: Mapping[str, Any],
    raw: Mapping[str, Mapping[str, Any]],
    faults: dict[str, str],
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, given in raw.items():
        criterion = process.criteria.get(name)
        if criterion is None:
            faults[name] = f"{process.title} has no criterion {name!r}. {choices(name, list(process.criteria))}"
            continue
        state = {**before.get(name, {"met": False, "evidence": "", "note": ""})}
        unknown = set(given) - {"met", "evidence", "note"}
        if unknown:
            faults[name] = f"{sorted(unknown)[0]!r} is no part of a criterion; there is met, evidence, note."
            continue
        state |= {key: nfc(str(given[key]).strip()) for key in ("evidence", "note") if key in given}
        state["met"] = bool(given.get("met", state["met"]))
        if state["met"] and criterion.evidence != "none" and not state["evidence"]:
            faults[name] = "Evidence has to be on file before this line counts as met. Give a link or document id."
        changed[name] = state
    return changed


def changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what differs: fields, `criteria.<name>`, `title`, `depends_on`, `item.owner`, `item.site`."""
    names = [name for name in ("title", "depends_on") if before[name] != after[name]]
    names += [OWNER] if before["owner"] != after["owner"] else []
    names += [SITE] if before["site"] != after["site"] else []
    for name in sorted({*before["fields"], *after["fields"]}):
        if before["fields"].get(name) != after["fields"].get(name):
            names.append(name)
    for name in sorted({*before["criteria"], *after["criteria"]}):
        if before["criteria"].get(name) != after["criteria"].get(name):
            names.append(f"criteria.{name}")
    return names


def differences(process: Process, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs, as people read it."""
    return tuple(_difference(process, name, before, after) for name in changed_names(before, after))


def _difference(process: Process, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    if name == "title":
        return Change(name, "Title", before["title"], after["title"])
    if name == "depends_on":
        return Change(name, "Depends on", ", ".join(before[name]), ", ".join(after[name]))
    if name == OWNER:
        return Change(name, "Owner", before["owner"] or "", after["owner"] or "")
    if name == SITE:
        return Change(name, "Site", before["site"] or "", after["site"] or "")
    if name.startswith("criteria."):
        short = name.removeprefix("criteria.")
        criterion = process.criteria.get(short)
        title = criterion.text if criterion else short
        return Change(name, title, _criterion_text(before, short), _criterion_text(after, short))
    field = process.fields.get(name)
    if field is None:
        return Change(name, name, str(before["fields"].get(name, "")), str(after["fields"].get(name, "")))
    return Change(
        name,
        field.title or name.replace("-", " ").capitalize(),
        to_text(field, before["fields"].get(name)),
        to_text(field, after["fields"].get(name)),
    )


def _criterion_text(content: Mapping[str, Any], name: str) -> str:
    state = content["criteria"].get(name)
    if state is None:
        return ""
    parts = ["met" if state["met"] else "open", state["evidence"], state["note"]]
    return " · ".join(part for part in parts if part)
