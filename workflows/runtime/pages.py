"""Serving the pages with uvicorn until told to stop, and then coming back, so that whoever called can clean up."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import NoReturn

import uvicorn
from starlette.applications import Starlette

from workflows.settings import Settings

GRACE_S = 3


def serve_app(app: Starlette, host: str, port: int, *, proxy_headers: bool = True) -> None:
    """Serve until Ctrl-C or SIGTERM; returns then. `proxy_headers`: the address of a request is the one a proxy
    states, where the proxy is on this machine or among FORWARDED_ALLOW_IPS.

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
            proxy_headers=proxy_headers,
            timeout_graceful_shutdown=GRACE_S,
        )
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        # Whoever called only cleans up from here; an impatient second Ctrl-C must not cut that short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def believes_proxies(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the address that a proxy states is the one of a request. Where signing is bound to networks it decides,
    and anybody on this machine could state one: then only proxies that FORWARDED_ALLOW_IPS names are believed."""
    return not settings.networks or "FORWARDED_ALLOW_IPS" in environment


def _as_interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
