"""`tollgate process …`: check, draw and publish processes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.cli.files import read_file
from workflows.cli.output import NO, AsJson, emit
from workflows.cli.wired import operator, register

process_app = typer.Typer(help="Check, draw, test, replay and publish processes.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A process file, or the name of a shipped process.")]


@process_app.command()
def check(
    file: Annotated[list[Path], typer.Argument(help="Process files.")], as_json: AsJson = False
) -> None:
    """Check files; exit 0 when all are sound."""
    from policies.errors import ProcessError
    from policies.load import load_process

    failed = False
    for path in file:
        try:
            loaded = load_process(read_file(path), str(path))
            emit({"file": str(path), "ok": True, "digest": loaded.digest}, f"{path}: ok", as_json)
        except ProcessError as error:
            failed = True
            emit({"file": str(path), "ok": False, "faults": error.faults}, str(error), as_json)
    if failed:
        raise typer.Exit(NO)


@process_app.command()
def publish(file: Annotated[Path, typer.Argument(help="A process file.")], as_json: AsJson = False) -> None:
    """Make a file the current text of its process; items stay on the text they were opened under."""
    with register() as book:
        digest = book.publish_process(read_file(file).decode("utf-8", "replace"), str(file), operator())
        emit({"digest": digest}, f"Published as {digest[:12]}….", as_json)
