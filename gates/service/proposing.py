"""A change of the rules passes a gate: the proposed text, what it says differently and what it would do."""

from __future__ import annotations

from gates.errors import Refused
from gates.items import Actor
from gates.service import acting, creating, rulebook
from gates.service.desk import Desk
from gates.store import Unit
from gates.values import MAX_TEXT
from policies.load import LoadedProcess

SUBMIT = "submit"


def propose(
    desk: Desk,
    unit: Unit,
    loaded: LoadedProcess,
    source_text: str,
    by: Actor,
    *,
    difference: str,
    consequences: str,
    reason: str,
) -> str:
    """Open a policy change for `loaded` and submit it. Returns its key. Raises Refused, NotFound, BadInput."""
    name = loaded.process.process
    current = {line.name: line for line in rulebook.current_processes(unit.connection)}.get(name)
    if current is not None and current.digest == loaded.digest:
        raise Refused(f"This is the current text of {name} already.", code="no-change")
    key = creating.create(
        desk,
        unit,
        rulebook.POLICY_CHANGE,
        f"{loaded.process.title}: version {(current.version if current else 0) + 1}",
        by,
        fields={
            "process": name,
            "proposed": loaded.digest,
            "difference": _fitted(difference),
            "consequences": _fitted(consequences),
            **({"reason": reason} if reason else {}),
        },
        criteria={},
        site=None,
        program=None,
        project=None,
        owner=None,
        depends_on=(),
        about=None,
        idempotency_key=None,
    )
    rulebook.put_proposal(unit, key, loaded, source_text, by)
    acting.act(desk, unit, key, SUBMIT, by, reason)
    return key


def _fitted(text: str) -> str:
    """`text` within what a field holds; what is cut is said."""
    if len(text) <= MAX_TEXT:
        return text
    note = "\n… (the whole of it: tollgate process diff)"
    return text[: MAX_TEXT - len(note)] + note
