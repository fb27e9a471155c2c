"""Item facts from the content of a revision: the one place that reads stored values into what a policy sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gates.values import to_python
from policies.facts import CriterionState, Edit, ItemFacts
from policies.model import Process

OWNER = "item.owner"
"""How an entry names the owner among what was edited; no field can have a name with a dot."""


SITE = "item.site"
"""And how it names the site."""


def facts_from_content(
    item: Any,
    process: Process,
    content: Mapping[str, Any],
    *,
    changed: Mapping[int, frozenset[str]],
    editors: tuple[str, ...],
    edits: Mapping[int, Edit] | None = None,
    performers: tuple[str, ...] = (),
) -> ItemFacts:
    """The facts of `item` (a row of the register, or the item as entries tell it) with the content of a revision."""
    return ItemFacts(
        key=item.key,
        process=item.process,
        kind=item.kind,
        revision=item.revision,
        author=item.author or "",
        site=item.site,
        program=item.program,
        project=item.project,
        owner=item.owner,
        submitter=item.submitter,
        editors=editors,
        fields={
            name: to_python(process.fields[name], value)
            for name, value in content["fields"].items()
            if value is not None and name in process.fields
        },
        criteria={
            name: CriterionState(state["met"], state["evidence"], state["note"])
            for name, state in content["criteria"].items()
        },
        changed=changed,
        edits=edits or {},
        performers=performers,
    )
