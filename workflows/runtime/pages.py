"""Serving the pages with uvicorn until told to stop, and then coming back, so that whoever called can clean up."""

from __future__ import annotations

import signal
from typing import NoReturn

import uvicorn
from starlette.applications import Starlette

GRACE_S = 3


def serve_app(app: Starlette, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; returns then.

    uvicorn raises the signal once more when it has shut down; a plain SIGTERM would end the process there, before
    anything is cleaned up. There is no access log: paths hold sign-off tokens.
    """
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        # Whoever called only cleans up from here; an impatient second Ctrl-C must not cut that short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _as_interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
