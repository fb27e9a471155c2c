"""What a child process of ours runs: `python -m workflows.runtime.child prefect PORT` or `… worker`.

A child ends when its parent does, however the parent ended: it holds the reading end of a pipe as its standard
input, and the end of that pipe is the end of the parent.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading


def watch_parent() -> None:
    """End this process in good order once the parent is gone."""

    def wait() -> None:
        while os.read(0, 1024):
            pass  # nothing is ever written; only the end matters
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()


def run_prefect(port: int) -> None:
    """Prefect's API server, in this very process."""
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
    )


def run_worker() -> None:
    """One worker with the settings of the environment."""
    from workflows.flows.worker import Worker
    from workflows.settings import load_settings
    from workflows.wiring import wire

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    worker = Worker(wire(load_settings()))
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: worker.stop.set())
    worker.run()


def main(arguments: list[str]) -> int:
    """See the module docstring."""
    watch_parent()
    if arguments[:1] == ["prefect"]:
        run_prefect(int(arguments[1]))
    elif arguments == ["worker"]:
        run_worker()
    else:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
