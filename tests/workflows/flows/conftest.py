"""One real Prefect server for the session."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from workflows.runtime.children import QUIET_PREFECT, Children, free_port


class PrefectServer:
    """A server that can be stopped and started again, with its own database."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.children = Children(home / "logs")

    def start(self) -> None:
        database = f"sqlite+aiosqlite:///{self.home / 'prefect.db'}"
        env = {
            **QUIET_PREFECT,
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_DATABASE_CONNECTION_URL": database,
        }
        self.children.start("prefect", ["prefect", str(self.port)], env)
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.api}/health", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        pytest.fail((self.home / "logs" / "prefect.log").read_text()[-2000:])

    def stop(self) -> None:
        self.children.stop()

    def runs(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = httpx.post(f"{self.api}/flow_runs/filter", json={"limit": 200}).json()
        return found

    def artifacts(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = httpx.post(f"{self.api}/artifacts/filter", json={"limit": 200}).json()
        return found


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    home = tmp_path_factory.mktemp("prefect")
    server = PrefectServer(home)
    server.start()
    os.environ.update(QUIET_PREFECT)
    os.environ["PREFECT_HOME"] = str(home)
    os.environ["PREFECT_API_URL"] = server.api
    yield server
    server.stop()
