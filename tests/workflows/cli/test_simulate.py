"""`tollgate process simulate` as an author meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from workflows.cli.main import app

REPOSITORY = Path(__file__).parents[3]
ROSTER = str(REPOSITORY / "workflows" / "demo" / "roster.yaml")
BASE = ("process", "simulate", "engineering-change", "--start", "2026-12-14", "--runs", "40")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_the_report_is_on_stdout_and_nothing_else() -> None:
    """The bar is for whoever watches stderr on a terminal."""
    result = run(*BASE, "--roster", ROSTER)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Engineering change at Lyon, from Draft on 2026-12-14: 40 runs, seed 1\n")
    for part in ("Cycle time", "Ends", "Where it waits", "Waited for last, by person", "Deadlines", "A typical run"):
        assert f"\n{part}" in result.stdout
    assert "Risk: low; Track: fast" in result.stdout


def test_the_json_has_the_same_figures() -> None:
    """Its chances and percentiles are numbers."""
    data = json.loads(run(*BASE, "--roster", ROSTER, "--json").stdout)
    assert (data["process"], data["from"], data["site"], data["runs"], data["seed"]) == (
        "engineering-change",
        "draft",
        "Lyon",
        40,
        1,
    )
    assert data["ended"] + data["stuck"] + data["open"] == 40
    for figures in data["cycle"].values():
        assert 0 < figures["p10"] <= figures["p50"] <= figures["p90"]
    assert sum(step["runs"] for step in data["histogram"]) == data["ended"]
    assert sum(one["runs"] for one in data["ends"]) == data["ended"]
    assert sum(one["share"] for one in data["states"]) == pytest.approx(1, abs=0.01)
    assert sum(one["share"] for one in data["waited_for"]) == pytest.approx(1, abs=0.01)
    assert [one["state"] for one in data["deadlines"]] == ["screening", "sign-off"]
    assert all(0 <= one["chance"] <= 1 for one in (*data["deadlines"], *data["ladder"]))
    assert set(data["typical"]["story"][0]) == {"at", "what"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    """Whatever the order in which that Python keeps its sets; another seed gives others."""
    command = [sys.executable, "-m", "workflows.cli.main", *BASE, "--roster", ROSTER, "--json"]
    found = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1]
    assert run(*BASE, "--roster", ROSTER, "--json", "--seed", "2").stdout.encode() != found[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "sign-of"), "--from: There is no state 'sign-of'. Did you mean sign-off?"),
        (("--from", "closed"), "--from: 'closed' is an end."),
        (("--start", "14.12.2026"), "--start '14.12.2026' is not a day. Write it as 2026-12-14."),
        (("--runs", "0"), "--runs"),
        (("--roster", "nowhere.yaml"), "nowhere.yaml cannot be read"),
        (("--people", "people.yaml"), "people.yaml:1:10: TG007 there is no person 'zoe' on the roster."),
        (("--item", "item.yaml"), "item.yaml:1:7: site 'Paris' is not a site of the roster."),
        (("--item", "cost.yaml"), "cost.yaml:1:16: TG009 cost: 'much' is not an amount in EUR"),
    ],
)
def test_what_does_not_fit_is_misuse(
    arguments: tuple[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, a sentence on stderr, nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.yaml").write_text("people: {zoe: {}}\n")
    (tmp_path / "item.yaml").write_text("site: Paris\n")
    (tmp_path / "cost.yaml").write_text("fields: {cost: much}\n")
    result = run(*BASE, "--roster", ROSTER, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_process_with_faults_is_not_simulated(tmp_path: Path) -> None:
    """Exit 1, with its faults."""
    path = tmp_path / "bad.yaml"
    path.write_text("process: bad\n")
    result = run("process", "simulate", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "TG008" in result.stderr


def test_runs_that_get_stuck_are_told_and_are_no_error() -> None:
    """A high risk on the fast track passes nobody's screening."""
    result = run(*BASE, "--roster", ROSTER, "--item", str(Path(__file__).parent / "stuck-item.yaml"))
    assert result.exit_code == 0
    assert "0 came to an end, 40 got stuck" in result.stdout
    assert "Stuck in Screening: 40 runs (100.0%)" in result.stdout
    assert "“Accept for the fast track” is closed: It is open only when" in result.stdout
    assert "For example run 1:" in result.stdout
