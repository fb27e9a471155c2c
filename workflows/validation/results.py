"""A plugin of pytest that writes what came of each test: `-p workflows.validation.results --results FILE`.

One JSON object a line: node, outcome (passed, failed, skipped, not begun), seconds, and why. A test has a line when it
is collected, when it begins and at its end; the last one counts. One that began and was not heard to its end has
failed: whatever ended its process is no pass. pytest is imported where it runs, so that the package does not need it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

WORST = ("passed", "skipped", "failed")
TIMEOUT_S = 3600
"""For one test. It is asked whether the software is right, not whether the machine is quick or busy."""
LAST_PHASE = "teardown"
LOST = "It began and was not heard to its end: the process that ran it ended before."
NOT_CALLED = "Only its set-up was run, not what it shows."
NOT_BEGUN = "It was collected and not begun: the run ended before."


def pytest_addoption(parser: Any) -> None:
    """The option that names the file."""
    parser.addoption("--results", default=None, help="Write what came of each test to this file, as JSON lines.")


def pytest_configure(config: Any) -> None:
    """Begin to listen, in the process that hears of every test."""
    target = config.getoption("--results")
    if target and not hasattr(config, "workerinput"):
        results = _Results(Path(target))
        config.pluginmanager.register(results, "tollgate-results")
        if config.pluginmanager.hasplugin("xdist"):  # else there is no such hook
            config.pluginmanager.register(_Many(results), "tollgate-results-of-many")


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Give each test time enough, whatever it asks for itself."""
    import pytest

    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT_S), append=False)


class _Results:
    """Keeps the worst of a test's phases, so that a failed clean-up is no pass.

    What was heard is on file whenever the run ends, however it ends: a line is written as soon as there is one."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.known: set[str] = set()
        self.called: set[str] = set()
        self.found: dict[str, dict[str, Any]] = {}
        target.touch()

    def pytest_collection_finish(self, session: Any) -> None:
        """What will be run, where one process runs it."""
        self.expect(item.nodeid for item in session.items)

    def expect(self, nodes: Iterable[str]) -> None:
        """These were collected: each is a line from now on."""
        new = [node for node in nodes if node not in self.known]
        self.known.update(new)
        self._write(*({"node": node, "outcome": "not begun", "s": 0.0, "why": NOT_BEGUN} for node in new))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins: its set-up comes next, and may end the process."""
        self._write({"node": nodeid, "outcome": "failed", "s": 0.0, "why": LOST})

    def pytest_runtest_logreport(self, report: Any) -> None:
        """One phase (set-up, call, clean-up) of one test."""
        held = self.found.setdefault(report.nodeid, {"node": report.nodeid, "outcome": "passed", "s": 0.0, "why": ""})
        if report.when == "call":
            self.called.add(report.nodeid)
        held["s"] = round(held["s"] + report.duration, 3)
        if WORST.index(report.outcome) > WORST.index(held["outcome"]):
            held["outcome"] = report.outcome
            held["why"] = str(report.longrepr)[-2000:]
        if report.when == LAST_PHASE and held["outcome"] == "passed" and report.nodeid not in self.called:
            held |= {"outcome": "skipped", "why": NOT_CALLED}
        if report.when == LAST_PHASE or held["outcome"] == "failed":
            self._write(held)

    def _write(self, *lines: dict[str, Any]) -> None:
        with self.target.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


class _Many:
    """Hears what each of many processes collected; they collect the same."""

    def __init__(self, results: _Results) -> None:
        self.results = results

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """What will be run."""
        self.results.expect(ids)
