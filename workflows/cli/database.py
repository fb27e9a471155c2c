"""`tollgate db …`: the database's version."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli.output import AsJson, emit, plain_errors

db_app = typer.Typer(help="The database's version.", no_args_is_help=True)


@db_app.command()
def status(as_json: AsJson = False) -> None:
    """Say which version the database is at, and which this program needs. Creates nothing."""
    from gates.store.engine import HEAD
    from workflows.settings import load_settings
    from workflows.wiring import inspect_store

    with plain_errors():
        version = inspect_store(load_settings())
        text = f"The database is at {version or 'nothing yet'}; this program needs {HEAD}."
        emit({"version": version, "needed": HEAD}, text, as_json)


@db_app.command()
def grant(
    role: Annotated[str, typer.Argument(help="The PostgreSQL role that servers and workers sign in as.")],
    as_json: AsJson = False,
) -> None:
    """Let a role work with the tables without owning them: it may add to the record and never change it.

    Run it as the role that owns the tables, after each `tollgate db upgrade`.
    """
    from workflows.settings import load_settings
    from workflows.wiring import grant_to

    with plain_errors():
        grant_to(load_settings(), role)
        text = f"{role} may work with the tables, and may add to the record but not change it."
        emit({"role": role}, text, as_json)


@db_app.command()
def upgrade(as_json: AsJson = False) -> None:
    """Bring the database to this program's version. Back it up first."""
    from workflows.settings import load_settings
    from workflows.wiring import upgrade_store

    with plain_errors():
        version = upgrade_store(load_settings())
        emit({"version": version}, f"The database is at {version}.", as_json)
