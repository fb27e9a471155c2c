"""`tollgate round …`: what a chair, a sponsor or whoever may lift a hold does to an open round."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli.output import AsJson, emit
from workflows.cli.wired import As, actor, register

round_app = typer.Typer(help="Lift a hold, record who is present, close a round, override it.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The item's key, for instance ECR-0042.")]
Reason = Annotated[str, typer.Option(help="Why; it goes on the record.")]


@round_app.command()
def lift(
    key: Key,
    holder: Annotated[str, typer.Argument(help="Whose position is lifted: a person's id.")],
    who: As = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Lift somebody's hold, where the policy lets you."""
    with register() as book:
        said = book.lift(key, holder, actor(who), reason)
        emit({"key": key, "lifted": holder, "said": said}, f"Lifted. {said}", as_json)


@round_app.command()
def present(
    key: Key,
    people: Annotated[list[str], typer.Argument(help="Who is present: people's ids.")],
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Record who is present; a later record replaces it. For the chair."""
    with register() as book:
        said = book.record_attendance(key, people, actor(who))
        emit({"key": key, "present": sorted(set(people)), "said": said}, f"Recorded. {said}", as_json)


@round_app.command()
def close(key: Key, who: As = None, reason: Reason = "", as_json: AsJson = False) -> None:
    """Close a round that is judged when it closes. For the chair."""
    with register() as book:
        said = book.close_round(key, actor(who), reason)
        emit({"key": key, "said": said}, f"Closed. {said}", as_json)


@round_app.command()
def override(
    key: Key,
    outcome: Annotated[str, typer.Argument(help="The outcome, for instance approved.")],
    who: As = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Decide over the heads of all, where the policy lets you. The record never calls it met."""
    with register() as book:
        said = book.override(key, outcome, actor(who), reason)
        emit({"key": key, "outcome": outcome, "said": said}, f"Overridden. {said}", as_json)
