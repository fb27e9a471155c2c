"""A plugin of pytest that writes what came of each test: `-p workflows.validation.results --results FILE`.

One JSON object a line and test: node, outcome (passed, failed, skipped), seconds, and why. Nothing here imports pytest,
so that the package does not need it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORST = ("passed", "skipped", "failed")


def pytest_addoption(parser: Any) -> None:
    """The option that names the file."""
    parser.addoption("--results", default=None, help="Write what came of each test to this file, as JSON lines.")


def pytest_configure(config: Any) -> None:
    """Begin to listen, in the process that hears of every test."""
    target = config.getoption("--results")
    if target and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Results(Path(target)), "tollgate-results")


class _Results:
    """Keeps the worst of a test's phases, so that a failed clean-up is no pass."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.found: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """One phase (set-up, call, clean-up) of one test."""
        held = self.found.setdefault(report.nodeid, {"node": report.nodeid, "outcome": "passed", "s": 0.0, "why": ""})
        held["s"] = round(held["s"] + report.duration, 3)
        if WORST.index(report.outcome) > WORST.index(held["outcome"]):
            held["outcome"] = report.outcome
            held["why"] = str(report.longrepr)[-2000:]

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        lines = (json.dumps(one, ensure_ascii=False) for one in self.found.values())
        self.target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
