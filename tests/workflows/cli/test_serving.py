"""`tollgate serve` away from the embedded default: PostgreSQL and a key in the environment are all it takes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from world import KEY, SECRET, World

from gates.ports import SystemClock
from workflows.demo.tour import sign_by_page
from workflows.runtime.children import free_port

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def serve(port: int, url: str, home: Path) -> subprocess.Popen[str]:
    env = {
        **os.environ,
        "TOLLGATE_DATABASE_URL": url,
        "TOLLGATE_LINK_KEY": KEY.hex(),
        "TOLLGATE_HOME": str(home),
        "TOLLGATE_PORT": str(port),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "workflows.cli.main", "serve"], env=env, stderr=subprocess.PIPE, text=True
    )


def wait_for(url: str) -> dict[str, object]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            found: dict[str, object] = httpx.get(url).raise_for_status().json()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return found
    pytest.fail(f"{url} did not answer")


def test_two_servers_share_one_postgres(postgres_url: str, tmp_path: Path) -> None:
    """A link opens at either; a signature at one is seen at the other; both stop in good order."""
    world = World(postgres_url, clock=SystemClock())  # type: ignore[arg-type]
    key = world.change_in_round()
    ports = [free_port(), free_port()]
    servers = [serve(port, postgres_url, tmp_path) for port in ports]
    try:
        for port in ports:
            assert wait_for(f"http://127.0.0.1:{port}/health")["status"] == "ok"
        for person, port in (("mei", ports[0]), ("ana", ports[1]), ("ben", ports[0])):
            said = sign_by_page(f"http://127.0.0.1:{port}/s/{world.token(person, key)}", "approve", SECRET)
        assert said == "Approved. ECR-0001 goes to Implementation."
    finally:
        for server in servers:
            server.send_signal(signal.SIGTERM)
        talk = [server.communicate(timeout=30)[1] for server in servers]
    assert [server.returncode for server in servers] == [0, 0], talk
    assert all("with postgresql" in words for words in talk)
    assert not any("/s/" in words for words in talk)
    assert world.is_whole(key)
    world.close()
