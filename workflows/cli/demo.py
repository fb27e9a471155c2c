"""`tollgate demo`: a seeded program on this machine, or the whole story unattended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.cli.output import plain_errors, talk


def demo(
    tour: Annotated[bool, typer.Option("--tour", help="Walk the whole story unattended and end.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data; TOLLGATE_HOME does not move it.")] = Path(
        "demo"
    ),
    port: Annotated[int, typer.Option(envvar="TOLLGATE_PORT", help="The port on 127.0.0.1.", min=1, max=65535)] = 8123,
    prefect: Annotated[bool, typer.Option("--prefect/--no-prefect", help="Start Prefect's server beside it.")] = True,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the demo's data away and seed anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --tour: print the steps as JSON.")] = False,
) -> None:
    """Serve a seeded demo on this machine; nothing leaves it. Its data is in ./demo, or where --folder says."""
    with plain_errors():
        if tour:
            from workflows.demo.tour import run_tour

            raise typer.Exit(run_tour(as_json=as_json))
        from workflows.demo.run import run_demo

        run_demo(folder, port, with_prefect=prefect, reset=reset, say=talk)
