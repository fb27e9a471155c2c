"""`tollgate person token …`: the tokens by which programs act for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import AsJson, emit, table
from workflows.cli.wired import operator, register, services

if TYPE_CHECKING:
    from gates.proofviews import TokenLine


def token(
    person: Annotated[str, typer.Argument(help="The id of whose token it is: what is done by it, they do.")],
    name: Annotated[str, typer.Option(help="What it is called: the program, and where it runs.")],
    scope: Annotated[
        list[str], typer.Option(help="What it is for: items:read, escalations:raise. Repeat for several.")
    ],
    days: Annotated[int, typer.Option(help="For how many days, at most 366.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token by which a program acts for a person, who is told by mail; it is printed once and signs nothing."""
    with services() as built:
        made, line = built.register.make_token(person, name, scope, days, operator())
        address = f"{built.settings.address}/api"
        said = (
            f"{made}\n{line.name} acts for {line.person_name} until {line.expires_at:%Y-%m-%d} at {address}. "
            f"The token is kept nowhere here; its number is {line.id}."
        )
        emit({"token": made, "address": address, "line": line}, said, as_json)


def tokens(
    person: Annotated[str | None, typer.Argument(help="Whose; everybody's when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tokens there are and were, without the tokens themselves."""
    with register(create=False) as book:
        if person is not None:
            book.person(person)
        found = book.tokens(person)
        rows = [
            (one.id, one.person, one.name, " ".join(one.scopes), f"{one.expires_at:%Y-%m-%d}", used(one), one.standing)
            for one in found
        ]
        text = (
            table(("number", "person", "name", "for", "until", "last used (UTC)", "standing"), rows)
            if rows
            else "None yet."
        )
        emit(found, text, as_json)


def used(line: TokenLine) -> str:
    """When a token was used last, in words."""
    return f"{line.used_at:%Y-%m-%d %H:%M}" if line.used_at is not None else "never"


def end_token(
    number: Annotated[str, typer.Argument(help="Its number, as `tollgate person tokens` lists it.")],
    as_json: AsJson = False,
) -> None:
    """End a token at once."""
    with register(create=False) as book:
        line = book.end_token(number, operator())
        emit(line, f"The token {line.name} of {line.person_name} has ended, on the record.", as_json)
