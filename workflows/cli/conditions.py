"""`tollgate condition …`: what conditional decisions asked for, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, table
from workflows.cli.wired import As, actor, register, services

condition_app = typer.Typer(
    help="List the conditions of conditional decisions; meet, confirm, waive them.", no_args_is_help=True
)
Key = Annotated[str, typer.Argument(help="The item's key, for instance G3-LYON.")]
Number = Annotated[int, typer.Argument(help="The condition's number on that item.")]
Reason = Annotated[str, typer.Option(help="Why; it goes on the record.")]


@condition_app.command("list")
def list_conditions(
    item: Annotated[str | None, typer.Option(help="Only of this item; settled ones too.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only those this person answers for.")] = None,
    due: Annotated[str | None, typer.Option(help="Only what is due within so long: 30d, 5wd.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Met, waived and dropped ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List conditions, the soonest due first."""
    from policies.durations import DurationError, parse_duration
    from policies.shifts import WorkCalendar

    try:
        span = parse_duration(due) if due is not None else None
    except DurationError as error:
        fail(f"--due {error}", MISUSE)
    with services(create=False) as wired:
        until = span.after(wired.clock.now(), WorkCalendar()) if span is not None else None
        lines = wired.register.conditions(
            item=item, owner=owner, until=until, open_only=not everything and item is None
        )
        rows = [
            (line.item, str(line.number), line.words, line.owner_name, f"{line.due_at:%Y-%m-%d %H:%M}", line.text)
            for line in lines
        ]
        heads = ("item", "no", "state", "owner", "due (UTC)", "condition")
        emit(lines, table(heads, rows) if rows else "No condition fits.", as_json)


@condition_app.command()
def met(
    key: Key,
    number: Number,
    evidence: Annotated[str, typer.Option(help="What shows it: a link, or a document's number.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Call a condition met. For its owner, and whoever the process lets."""
    with register() as book:
        _said(key, number, book.call_condition_met(key, number, actor(who), evidence), as_json)


@condition_app.command()
def confirm(key: Key, number: Number, who: As = None, as_json: AsJson = False) -> None:
    """Confirm a condition that somebody else called met."""
    with register() as book:
        _said(key, number, book.confirm_condition(key, number, actor(who)), as_json)


@condition_app.command("send-back")
def send_back(key: Key, number: Number, reason: Reason = "", who: As = None, as_json: AsJson = False) -> None:
    """Do not confirm a condition: it is open again."""
    with register() as book:
        _said(key, number, book.send_condition_back(key, number, actor(who), reason), as_json)


@condition_app.command()
def waive(key: Key, number: Number, reason: Reason = "", who: As = None, as_json: AsJson = False) -> None:
    """Waive a condition, where the process lets you."""
    with register() as book:
        _said(key, number, book.waive_condition(key, number, actor(who), reason), as_json)


@condition_app.command()
def extend(
    key: Key,
    number: Number,
    to: Annotated[str, typer.Option(help="The last day it may be met on, for instance 2026-12-01.")],
    reason: Reason = "",
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Give a condition more time, where the process lets you."""
    from datetime import date

    try:
        day = date.fromisoformat(to)
    except ValueError:
        fail(f"--to {to[:40]!r} is no day such as 2026-12-01.", MISUSE)
    with register() as book:
        _said(key, number, book.extend_condition(key, number, actor(who), day, reason), as_json)


def _said(key: str, number: int, said: str, as_json: bool) -> None:
    emit({"item": key, "number": number, "said": said}, said, as_json)
