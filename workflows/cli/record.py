"""`tollgate record …`: the record of an item, shown and checked."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli.output import NO, AsJson, emit
from workflows.cli.wired import register

record_app = typer.Typer(help="Show and check the record of an item.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The item's key.")]


@record_app.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """Show every entry, oldest first."""
    with register(create=False) as book:
        lines = book.item(key).timeline
        text = "\n".join(
            f"{line.seq:>4}  {line.at:%Y-%m-%d %H:%M:%S}Z  {line.who}: {line.sentence}"
            + "".join(f"\n      {detail}" for detail in line.details)
            for line in lines
        )
        emit(lines, text, as_json)


@record_app.command()
def verify(key: Key, as_json: AsJson = False) -> None:
    """Check the record in numbered steps; exit 0 when it is whole, 1 when it is not."""
    from gates.ledger.verify import NOT_SHOWN, STEPS

    with register(create=False) as book:
        steps, remarks = book.verify_record(key), book.record_remarks(key)
    whole = len(steps) == len(STEPS) and all(step.ok for step in steps)
    said = [f"{step.number}  {'ok  ' if step.ok else 'FAIL'}  {step.title}: {step.said}" for step in steps]
    verdict = f"The record of {key} is whole." if whole else f"The record of {key} does NOT hold."
    notes = [*(f"Remark: {one}." for one in remarks), *(f"Not shown: {one}." for one in NOT_SHOWN)]
    data = {"key": key, "whole": whole, "steps": steps, "remarks": remarks, "not_shown": NOT_SHOWN}
    emit(data, "\n".join([*said, verdict, *notes]), as_json)
    if not whole:
        raise typer.Exit(NO)
