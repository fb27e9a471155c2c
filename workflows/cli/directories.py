"""`tollgate roster scim …`: the directories that may keep the roster."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli.output import AsJson, emit, table
from workflows.cli.wired import operator, register, services

scim_app = typer.Typer(help="Directories that keep people and groups by SCIM 2.0.", no_args_is_help=True)


@scim_app.command("token")
def token(
    name: Annotated[str, typer.Argument(help="What the directory is called here: entra.")],
    as_json: AsJson = False,
) -> None:
    """Let a directory keep the roster; its token is printed once, and an earlier one ends."""
    with services() as built:
        made = built.register.admit_directory(name, operator())
        address = f"{built.settings.address}/scim/v2"
        said = f"{made}\nAddress: {address}. The token is kept nowhere here; give it to {name} now."
        emit({"client": name, "address": address, "token": made}, said, as_json)


@scim_app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="The directory.")], as_json: AsJson = False) -> None:
    """End a directory's token at once."""
    with register() as book:
        book.revoke_directory(name, operator())
        emit({"client": name}, f"The token of {name} has ended, on the record.", as_json)


@scim_app.command("clients")
def clients(as_json: AsJson = False) -> None:
    """List the directories that were let in."""
    with register(create=False) as book:
        found = book.directory_clients()
        rows = [
            (one.name, f"{one.added_at:%Y-%m-%d}", f"{one.revoked_at:%Y-%m-%d}" if one.revoked_at else "may act")
            for one in found
        ]
        emit(found, table(("directory", "since", "until"), rows) if rows else "None yet.", as_json)
