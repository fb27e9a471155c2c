"""The validation report: one set of facts, written as a self-contained HTML page and as PDF."""

from __future__ import annotations

import hashlib
import json
import platform
import socket
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.press import press
from policies.errors import TollgateError
from workflows.validation.installation import Check
from workflows.validation.operation import FAILED, GAP, NONE, NOT_RUN, PASSED, PROCEDURE, Qualified, Ran, Shown

HERE = Path(__file__).parent
INSTALLATION_FORMAT = "tollgate-installation/1"
NAMED = 10
"""Of the changed files of a clone so many are named."""
MEANS = {
    PASSED: "every test of it passed",
    FAILED: "a test of it failed",
    NOT_RUN: "a test of it was left out or could not run",
    NONE: "a statement about the software that this version has no test for",
    GAP: "not there, or in part; what covers it meanwhile is said",
    PROCEDURE: "yours to do; no test can show it",
}


class ReportError(TollgateError):
    """The report cannot be made from what was given."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The installation that the report is about, and where and when it was looked at."""

    host: str
    at: str
    checks: tuple[Check, ...]

    @property
    def deviations(self) -> tuple[Check, ...]:
        """What somebody has to answer for."""
        return tuple(one for one in self.checks if one.state == "deviation")


def read_installation(path: Path) -> Installation:
    """What `tollgate validation installation -o FILE` wrote. Raises ReportError."""
    try:
        found = json.loads(path.read_bytes())
        if found["format"] != INSTALLATION_FORMAT:
            raise ReportError(f"{path} is of the format {found['format']!r}; {INSTALLATION_FORMAT} is read here.")
        return Installation(found["host"], found["at"], tuple(Check(**one) for one in found["checks"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{path} is not what `tollgate validation installation` writes ({error!r}).") from error


def clone_state(clone: Path) -> dict[str, str]:
    """The version, commit and cleanliness of a clone, as texts; a question git cannot answer says so."""
    stated = tomllib.loads((clone / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    commit = _git(clone, "rev-parse", "HEAD")
    tags = _git(clone, "tag", "--points-at", "HEAD")
    return {
        "folder": str(clone.resolve()),
        "version": stated,
        "commit": commit if commit is not None else "unknown: git does not answer here",
        "tag": (tags or "").replace("\n", ", ") or "none",
        "changes": _changed(_differing(clone)),
    }


def _differing(clone: Path) -> list[str] | None:
    """The files of a clone that are not as committed: changed, added, or kept from git's sight, whatever this machine's
    own settings hide. None where git does not answer."""
    changed = _git(clone, "diff", "--name-only", "--no-ext-diff", "HEAD")
    added = _git(clone, "ls-files", "--others", "--exclude-per-directory=.gitignore")
    marked = _git(clone, "ls-files", "-v")
    if changed is None or added is None or marked is None:
        return None
    hidden = [line[2:] for line in marked.splitlines() if line[:1].islower() or line[:1] == "S"]
    return list(dict.fromkeys([*changed.splitlines(), *added.splitlines(), *hidden]))


def _changed(names: list[str] | None) -> str:
    """`2 files changed: a.py, b.py`."""
    if names is None:
        return "unknown"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    files = "1 file" if len(names) == 1 else f"{len(names)} files"
    return f"{files} changed: {', '.join(names[:NAMED])}{more}" if names else "none"


def _git(clone: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603  (fixed arguments)
            ["git", "-C", str(clone), *arguments],  # noqa: S607  (git as the operator has it)
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def facts_of(
    *,
    by: str,
    site_name: str,
    began: datetime,
    now: datetime,
    clone: Mapping[str, str],
    installation: Installation,
    qualified: Qualified,
    bill: bytes,
    scope: str,
) -> dict[str, Any]:
    """Everything the report says, as texts and lists."""
    shown = qualified.shown
    counts = Counter(one.outcome for one in shown)
    deviations = _deviations(clone, installation, qualified)
    tests = {ran.carrier.node: ran for one in shown for ran in one.tests}
    return {
        "site_name": site_name,
        "head": [
            ["Performed by", by],
            ["On machine", f"{socket.gethostname()}, {platform.platform()}"],
            ["Begun", f"{began:%Y-%m-%d %H:%M:%S} UTC"],
            ["Ended", f"{now:%Y-%m-%d %H:%M:%S} UTC"],
            ["Version that was tested", version("tollgate")],
            ["Python", platform.python_version()],
            ["Clone the tests are from", f"{clone['folder']}, version {clone['version']}, tag {clone['tag']}"],
            ["Commit", f"{clone['commit']} (changes: {clone['changes']})"],
            ["Tests", f"{len(tests)} that carry requirement ids, {scope}; {_sum_of(tests.values())}"],
            ["Bill of materials", f"bill.json, {len(json.loads(bill)['components'])} components"],
            ["Digest of the bill", hashlib.sha256(bill).hexdigest()],
        ],
        "summary": [[outcome, str(counts[outcome]), MEANS[outcome]] for outcome in MEANS],
        "verdict": _verdict(deviations, counts[GAP]),
        "deviations": deviations,
        "installation": {
            "said": f"Looked at on {installation.host}, {installation.at}.",
            "rows": [asdict(one) for one in installation.checks],
        },
        "sources": [
            {"name": source, "rows": [_row(one) for one in shown if one.requirement.source == source]}
            for source in dict.fromkeys(one.requirement.source for one in shown)
        ],
        "roles": ["Performed by", "Reviewed by", "Approved by"],
    }


def _sum_of(tests: Iterable[Ran]) -> str:
    """`540 cases: 538 passed, 2 failed`."""
    cases = Counter[str]()
    for ran in tests:
        cases[ran.outcome] += max(ran.cases, 1)
    return f"{cases.total()} cases: {', '.join(f'{count} {outcome}' for outcome, count in cases.items())}"


def _verdict(deviations: Sequence[Sequence[str]], gaps: int) -> str:
    """What whoever accepts the report has to do."""
    if not deviations:
        return f"No deviation. {gaps} requirements have a gap to be judged: see below what covers each meanwhile."
    answers = "One deviation has" if len(deviations) == 1 else f"{len(deviations)} deviations have"
    return f"{answers} to be answered before this can be accepted; {gaps} requirements have a gap to be judged."


def _deviations(clone: Mapping[str, str], installation: Installation, qualified: Qualified) -> list[list[str]]:
    found = [[f"{one.area}: {one.what}", one.said] for one in installation.deviations]
    if clone["version"] != version("tollgate"):
        said = f"The tests are those of version {clone['version']}; {version('tollgate')} is installed here."
        found.append(["Clone", said])
    if clone["changes"] != "none":
        found.append(["Clone", f"It is not as it was released: {clone['changes']}."])
    if qualified.broke:
        found.append(["Run of the tests", qualified.broke])
    for one in qualified.shown:
        if one.is_deviation:
            bad = [_in_words(ran) for ran in one.tests if ran.outcome != PASSED]
            found.append([one.requirement.id, "; ".join(bad) or f"{one.outcome}: {one.requirement.text}"])
    return found


def _in_words(ran: Ran) -> str:
    """`it breaks: failed (AssertionError: one is not two)`: the last line of why it did not pass."""
    why = next((line.strip() for line in reversed(ran.why.splitlines()) if line.strip()), "")
    return f"{_name(ran)}: {ran.outcome}{f' ({why[:200]})' if why else ''}"


def _name(ran: Ran) -> str:
    return ran.carrier.name.removeprefix("test_").replace("_", " ")


def _row(one: Shown) -> dict[str, Any]:
    requirement = one.requirement
    return {
        "id": requirement.id,
        "clause": requirement.clause,
        "kind": requirement.kind,
        "text": requirement.text,
        "outcome": one.outcome,
        "gap": requirement.gap,
        "tests": [
            {
                "name": _name(ran),
                "file": ran.carrier.file,
                "said": _came_to(ran),
                "why": ran.why,
            }
            for ran in one.tests
        ],
    }


def _came_to(ran: Ran) -> str:
    """`passed, 4 cases, 3.0 s`, held together where it is printed."""
    cases = "1 case" if ran.cases == 1 else f"{ran.cases} cases"
    return f"{ran.outcome}, {cases}, {ran.seconds:.1f} s".replace(" ", "\u00a0")


def as_html(facts: Mapping[str, Any]) -> str:
    """The report as one page that needs nothing else."""
    env = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return env.get_template("report.html").render(r=facts)


def as_pdf(facts: Mapping[str, Any], now: datetime) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1. Raises PressMissing, PressError."""
    return press(HERE / "report.typ", facts, at=now)
