"""`tollgate serve` and `tollgate worker`: the two processes that everything else needs."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli.output import plain_errors, talk


def serve(
    host: Annotated[str | None, typer.Option(help="The address to serve on (TOLLGATE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="The port to serve on (TOLLGATE_PORT).", min=1, max=65535)] = None,
    embedded: Annotated[
        bool | None,
        typer.Option(
            "--embedded/--plain",
            help="Start a Prefect server and a worker beside the pages. Default: with SQLite and no PREFECT_API_URL.",
        ),
    ] = None,
) -> None:
    """Serve the pages. With the embedded database, start a Prefect server and a worker too."""
    from workflows.runtime.serving import serve_pages
    from workflows.settings import load_settings

    with plain_errors():
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        serve_pages(load_settings(**given), embedded, talk)


def worker() -> None:
    """Carry what is owed: any number of these, on any machine."""
    import logging
    import os
    import signal

    from workflows.flows.worker import Worker
    from workflows.runtime.children import QUIET_PREFECT
    from workflows.settings import load_settings
    from workflows.wiring import wire

    for name, value in QUIET_PREFECT.items():
        os.environ.setdefault(name, value)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with plain_errors():
        services = wire(load_settings())
        working = Worker(services)
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: working.stop.set())
        talk(f"Worker {working.name} looks for owed work; Ctrl-C stops it.")
        working.run()
        talk("Worker stopped; its leases are given back.")
