"""Operation qualification: run the tests of a clone that carry requirement ids, and judge each requirement by them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflows.validation.results import LOST, NOT_BEGUN
from workflows.validation.trace import Carrier, CloneError, Requirement, carriers, read_requirements

PASSED, FAILED, NOT_RUN, GAP, PROCEDURE, NONE = "passed", "failed", "not run", "gap", "procedure", "no test"
STDERR = 2
"""What pytest says is talk; stdout is kept for the result."""
DEVIATIONS = (FAILED, NOT_RUN, NONE)
ENDED = (0, 1)
"""What pytest ends with when it came to the end of the run: all passed, or some did not."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one test function: all its cases together. `why` is the first that did not pass."""

    carrier: Carrier
    outcome: str
    cases: int
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Qualified:
    """Every requirement with what came of it; `broke` says why the run did not come to its end, where it did not."""

    shown: tuple[Shown, ...]
    broke: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One requirement with its tests, and what came of it."""

    requirement: Requirement
    outcome: str
    tests: tuple[Ran, ...] = ()

    @property
    def is_deviation(self) -> bool:
        """Whether somebody has to say why this is acceptable."""
        return self.outcome in DEVIATIONS


def qualify(clone: Path, *, fast: bool = False, jobs: int = 1) -> Qualified:
    """Run the tests that carry ids in `clone` and judge every requirement. Raises CloneError.

    `fast` leaves out the tests that need a server, a browser, PostgreSQL or many processes; they count as not run.
    """
    requirements, tests = read_requirements(clone), carriers(clone)
    every = sorted({carrier for found in tests.values() for carrier in found})
    found, broke = _run(clone, every, fast, jobs)
    ran = {one.carrier.node: one for one in found}
    return Qualified(tuple(_shown(one, tests.get(one.id, ()), ran) for one in requirements), broke)


def _run(clone: Path, tests: Sequence[Carrier], fast: bool, jobs: int) -> tuple[list[Ran], str]:
    with tempfile.TemporaryDirectory(prefix="tollgate-validation-") as folder:
        target = Path(folder) / "results.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "workflows.validation.results", "--results", str(target)]
        # Plain tracebacks: there is no failure of a test that would stop them from being written.
        command += ["--tb=native"]
        command += ["-m", "not slow"] if fast else []
        command += ["-n", str(jobs), "--dist", "loadgroup"] if jobs > 1 else []
        done = subprocess.run(  # noqa: S603  (our own interpreter, and the tests of a clone the operator names)
            [*command, *(one.node for one in tests)], cwd=clone, stdout=STDERR, check=False, env=_plain(os.environ)
        )
        if not target.exists():
            raise CloneError(
                f"The tests of {clone} did not run (pytest ended with {done.returncode}). Install what they need: "
                "`make test` in the clone does it."
            )
        heard = [json.loads(line) for line in target.read_text(encoding="utf-8").split("\n")[:-1]]
    lines = {line["node"]: line for line in heard}.values()  # of a test, the last line
    came_to_its_end = done.returncode in ENDED and not any(line["why"] in (LOST, NOT_BEGUN) for line in lines)
    broke = "" if came_to_its_end else f"It broke off before its end (pytest ended with {done.returncode})."
    by_node: dict[str, list[Mapping[str, str]]] = {}
    for line in lines:
        by_node.setdefault(line["node"].split("[")[0], []).append(line)
    return [_together(one, by_node.get(one.node, ())) for one in tests], broke


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would make pytest run something else than it is asked for."""
    return {name: value for name, value in environment.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}


def _together(carrier: Carrier, lines: Sequence[Mapping[str, str]]) -> Ran:
    """A test of many cases passed when all that were collected did; none ran is not run."""
    bad = [line for line in lines if line["outcome"] != "passed"]
    worst = FAILED if any(line["outcome"] == "failed" for line in bad) else NOT_RUN if bad or not lines else PASSED
    why = bad[0]["why"] if bad else ""
    return Ran(carrier, worst, len(lines), sum(float(line["s"]) for line in lines), why)


def _shown(requirement: Requirement, tests: Sequence[Carrier], ran: Mapping[str, Ran]) -> Shown:
    found = tuple(ran[one.node] for one in tests)
    outcomes = {one.outcome for one in found}
    if FAILED in outcomes:
        return Shown(requirement, FAILED, found)
    if NOT_RUN in outcomes:
        return Shown(requirement, NOT_RUN, found)
    if requirement.gap:
        return Shown(requirement, GAP, found)
    if found:
        return Shown(requirement, PASSED, found)
    return Shown(requirement, PROCEDURE if requirement.kinds == {"PROC"} else NONE)
