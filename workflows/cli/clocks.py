"""`tollgate item extend | due | escalate`: time under control."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.items import Fields, Key, Reason, pairs
from workflows.cli.output import MISUSE, AsJson, emit, fail
from workflows.cli.wired import As, actor, register

if TYPE_CHECKING:
    from gates.service.clockview import ClockView


def extend(
    key: Key,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ask for time until this day.")] = None,
    grant: Annotated[bool, typer.Option("--grant", help="Grant what was asked for.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse what was asked for; goes with --reason.")] = False,
    reason: Reason = "",
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Ask for more time, or answer somebody who did."""
    if (until is not None) + grant + refuse != 1:
        fail("Say one of --until DAY, --grant, --refuse.", MISUSE)
    with register(create=False) as book:
        by = actor(who)
        if until is not None:
            said = book.ask_for_time(key, by, until.date(), reason)
        else:
            said = book.grant_time(key, by) if grant else book.refuse_time(key, by, reason)
        emit({"key": key, "said": said, "clocks": book.clocks(key)}, said, as_json)


def due(key: Key, as_json: AsJson = False) -> None:
    """Say when an item is due, was due first and why, and whether its clocks stand still."""
    with register(create=False) as book:
        view = book.clocks(key)
        emit(view, "\n".join(_lines(key, view, book.now())), as_json)


def _lines(key: str, view: ClockView, now: datetime) -> list[str]:
    was = f", was {view.first_due_at:%Y-%m-%d %H:%M}" if view.first_due_at else ""
    if view.due_at is None:
        said = [f"Nothing is due in the present state of {key}{was and f', which{was[1:]} UTC'}."]
    else:
        late = view.due_at < (view.paused_since or now)
        said = [f"{key} is {'overdue since' if late else 'due'} {view.due_at:%Y-%m-%d %H:%M} UTC{was}."]
    for one in view.extensions:
        by = f", answered by {one.settled_by}" if one.settled_by and one.settled_by != one.asked_by else ""
        why = f": {one.reason}" if one.reason else ""
        said.append(f"  {one.standing} until {one.until:%Y-%m-%d %H:%M}, asked for by {one.asked_by}{by}{why}")
    if view.not_to_grant:
        said.append(f"  What was asked for is not to be granted any more. {view.not_to_grant}")
    if view.paused_since is not None:
        last = f", until {view.paused_until:%Y-%m-%d %H:%M} UTC at the latest" if view.paused_until is not None else ""
        said.append(f"Its clocks stand still since {view.paused_since:%Y-%m-%d %H:%M} UTC, for {view.paused_by}{last}.")
    said += [f"  {one.key} {one.state}: {one.title}" for one in view.escalations if one.is_open]
    return said


def escalate(
    key: Key,
    title: Annotated[str, typer.Option(help="What is stuck, in one line.")],
    process: Annotated[
        str | None, typer.Option(help="The process, of kind `escalation`; the one that the item's own names.")
    ] = None,
    field: Fields = None,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Raise an escalation about an item."""
    with register(create=False) as book:
        made = book.raise_escalation(key, process, actor(who), title=title, fields=pairs(field))
        emit({"key": made, "about": key}, f"{made} was raised about {key}.", as_json)
