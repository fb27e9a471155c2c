"""Starts and ends our child processes: by process id, and only those started here."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from workflows.errors import PortBusy

STOP_S = 8.0

QUIET_PREFECT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_CLIENT_MAX_RETRIES": "2",
}
"""No telemetry, no heartbeats for runs of a second, and no long waiting for a server that is gone."""


@dataclass
class Children:
    """The child processes of this one. Use as a context manager, or call `stop`."""

    logs: Path
    running: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def start(self, name: str, arguments: list[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start `python -m workflows.runtime.child …` in a session of its own, its talk in a log file."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
                [sys.executable, "-m", "workflows.runtime.child", *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **env},
                start_new_session=True,
            )
        self.running.append((name, process))
        return process

    def stop(self) -> None:
        """End every child, the last started first; kill what does not end in time."""
        for _, process in reversed(self.running):
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + STOP_S
        for _, process in self.running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check_port(host: str, port: int, remedy: str) -> None:
    """Raise PortBusy when somebody listens on `host:port`, with the remedy."""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortBusy(f"Port {port} on {host} cannot be used: {error.strerror}. {remedy}") from error


def start_embedded(children: Children, home: Path, env: Mapping[str, str]) -> str:
    """Start an embedded Prefect server and a worker that uses it. Returns the server's API address.

    Returns at once: nobody waits for Prefect.
    """
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    prefect_home = (home / "prefect").absolute()
    prefect_home.mkdir(parents=True, exist_ok=True)
    quiet = {**QUIET_PREFECT, "PREFECT_HOME": str(prefect_home), "PREFECT_API_URL": api}
    database = f"sqlite+aiosqlite:///{prefect_home / 'prefect.db'}"
    children.start("prefect", ["prefect", str(port)], {**quiet, "PREFECT_API_DATABASE_CONNECTION_URL": database})
    children.start("worker", ["worker"], {**quiet, **env})
    return api
