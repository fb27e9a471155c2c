"""A served site for page tests: asked directly, or on a real port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvicorn
from starlette.testclient import TestClient
from world import World, test_settings

from workflows.runtime.children import free_port
from workflows.web.app import create_app
from workflows.web.keys import form_key
from workflows.web.state import Pages


@pytest.fixture
def client(small_world: World) -> Iterator[TestClient]:
    """The site without the demo's extras, asked directly."""
    app = create_app(Pages(small_world.services, form_key(small_world.services)))
    with TestClient(app, base_url="http://127.0.0.1:8123", follow_redirects=False) as found:
        yield found


@pytest.fixture
def site(small_world: World) -> Iterator[str]:
    """The site on a real port, with an address of its own in mails."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    small_world.services = replace(small_world.services, settings=test_settings(port=port))
    app = create_app(Pages(small_world.services, form_key(small_world.services)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    yield address
    server.should_exit = True
    thread.join(10)
