"""The site of an item that is edited: filled in wherever it may be edited, changed or taken away only in its start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from gates.errors import BadInput, choices
from gates.service.desk import Bound, Desk
from gates.service.moving import title_of_state


def with_site(
    desk: Desk, connection: Connection, row: Row[Any], bound: Bound, after: dict[str, Any], wanted: str | None
) -> dict[str, Any]:
    """The content with the site it is to have: None leaves it as it is, '' takes it away. Raises BadInput.

    While an item is in its start its site may change, also when it came back there: whoever was asked before is asked
    anew at the other site. In any other state people are asked, times counted and windows booked at it: it stays. One
    that was never filled in may be, which also frees a round in which nobody could be asked.
    """
    if wanted is None or (wanted or None) == after["site"]:
        return after
    known = list(desk.book(connection).sites)
    if wanted and wanted not in known:
        raise BadInput({"site": f"There is no site {wanted!r}. {choices(wanted, known)}"})
    refused = _fixed(row, bound, after)
    if refused:
        raise BadInput({"site": refused})
    return {**after, "site": wanted or None}


def _fixed(row: Row[Any], bound: Bound, content: Mapping[str, Any]) -> str:
    """Why the site that it has stays; '' where it may go."""
    process = bound.loaded.process
    if content["site"] is None:
        return ""
    if "{site}" in process.numbering:
        return f"It stays {content['site']}: the key {row.key} is made from it. Make the item anew at the other site."
    if row.state == process.start:
        return ""
    start = title_of_state(bound, process.start)
    return (
        f"It stays {content['site']}: people are asked and times counted there. "
        f"It can be changed while the item is in {start} only; take it back there first."
    )
