"""`tollgate db …`: the database's version."""

from __future__ import annotations

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
def upgrade(as_json: AsJson = False) -> None:
    """Bring the database to this program's version. Back it up first."""
    from workflows.settings import load_settings
    from workflows.wiring import upgrade_store

    with plain_errors():
        version = upgrade_store(load_settings())
        emit({"version": version}, f"The database is at {version}.", as_json)
