"""A plugin of pytest that writes what came of each test: `-p workflows.validation.results --results FILE`.

One JSON object a line and test: node, outcome (passed, failed, skipped), seconds, and why. A test that began and was
not heard to its end has failed: whatever ended its process is no pass. pytest is imported
where it runs, so that the package does not need it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORST = ("passed", "skipped", "failed")
TIMEOUT_S = 3600
"""For one test. It is asked whether the software is right, not whether the machine is quick or busy."""
LAST_PHASE = "teardown"
LOST = "It began and was not heard to its end: the process that ran it ended before."


def pytest_addoption(parser: Any) -> None:
    """The option that names the file."""
    parser.addoption("--results", default=None, help="Write what came of each test to this file, as JSON lines.")


def pytest_configure(config: Any) -> None:
    """Begin to listen, in the process that hears of every test."""
    target = config.getoption("--results")
    if target and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Results(Path(target)), "tollgate-results")


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Give each test time enough, whatever it asks for itself."""
    import pytest

    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT_S), append=False)


class _Results:
    """Keeps the worst of a test's phases, so that a failed clean-up is no pass.

    A test has a line when it begins, as one that was lost, and another at its end: the last line of a test counts. What
    was heard is on file whenever the run ends, however it ends."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.found: dict[str, dict[str, Any]] = {}
        target.touch()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """One phase (set-up, call, clean-up) of one test."""
        if report.nodeid not in self.found:
            self._write({"node": report.nodeid, "outcome": "failed", "s": 0.0, "why": LOST})
        held = self.found.setdefault(report.nodeid, {"node": report.nodeid, "outcome": "passed", "s": 0.0, "why": ""})
        held["s"] = round(held["s"] + report.duration, 3)
        if WORST.index(report.outcome) > WORST.index(held["outcome"]):
            held["outcome"] = report.outcome
            held["why"] = str(report.longrepr)[-2000:]
        if report.when == LAST_PHASE or held["outcome"] == "failed":
            self._write(held)

    def _write(self, line: dict[str, Any]) -> None:
        with self.target.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
