"""Which address a request has: what a header states is believed where it cannot be anybody's word."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import httpx
import pytest

from workflows.runtime.children import free_port
from workflows.runtime.pages import believes_proxies
from workflows.settings import load_settings

SERVE = """
import sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from workflows.runtime.pages import believes_proxies, serve_app
from workflows.settings import load_settings

app = Starlette(routes=[Route("/", lambda request: PlainTextResponse(request.client.host))])
settings = load_settings(sign_networks=sys.argv[2])
serve_app(app, "127.0.0.1", int(sys.argv[1]), proxy_headers=believes_proxies(settings))
"""


@pytest.mark.parametrize(
    ("networks", "trusted", "seen"),
    [("", None, "10.20.3.4"), ("10.20.0.0/16", None, "127.0.0.1"), ("10.20.0.0/16", "127.0.0.1", "10.20.3.4")],
)
def test_a_stated_address_counts_as_the_settings_say(networks: str, trusted: str | None, seen: str) -> None:
    """P11-11: where signing is bound to networks, a header from this very machine opens nothing by itself."""
    port, environment = free_port(), {"PATH": "/usr/bin:/bin"}
    environment |= {"FORWARDED_ALLOW_IPS": trusted} if trusted is not None else {}
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(port), networks], env=environment)
    try:
        assert _asked(port) == seen
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _asked(port: int) -> str:
    for _ in range(300):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-For": "10.20.3.4"}, timeout=20).text
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_only_networks_ask_for_it() -> None:
    """Without them a proxy on this machine is believed, as servers do."""
    assert believes_proxies(load_settings(sign_networks=""), {})
    assert not believes_proxies(load_settings(sign_networks="10.0.0.0/8"), {})
    assert believes_proxies(load_settings(sign_networks="10.0.0.0/8"), {"FORWARDED_ALLOW_IPS": "10.0.0.1"})
