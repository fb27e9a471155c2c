"""`tollgate process check --roster`: what is printed, where, and with which exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from workflows.cli import staffing
from workflows.cli.main import app

CHRISTMAS = Path(__file__).parents[3] / "docs" / "howto" / "christmas"
CHECK = ("process", "check", "label-change.yaml", "--roster")
FROM = ("--from", "2026-12-01")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in CHRISTMAS.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_what_leaves_block_is_refused_with_its_place() -> None:
    """File, line, column and code, as every fault; exit 1."""
    result = run(*CHECK, "roster.yaml", *FROM)
    assert result.exit_code == 1
    first, *_, last = result.stdout.splitlines()
    assert first.startswith("label-change.yaml:20:11: TG205 `release` cannot come to Approved at Lyon from 24 Dec 2026")
    assert last == "label-change.yaml: not ok with the people of roster.yaml."


def test_the_same_as_data() -> None:
    """With the days, the people and the sites."""
    result = run(*CHECK, "roster.yaml", *FROM, "--json")
    assert result.exit_code == 1
    (answer,) = json.loads(result.stdout)
    assert answer["ok"] is False
    one = answer["staffing"][0]
    assert one["people"] == ["jules", "mei"]
    assert {
        key: one[key] for key in ("code", "level", "policy", "outcome", "rule", "sites", "first", "last", "line")
    } == {
        "code": "TG205",
        "level": "error",
        "policy": "release",
        "outcome": "approved",
        "rule": "approved.all[0]",
        "sites": ["Lyon"],
        "first": "2026-12-24",
        "last": "2027-01-02",
        "line": 20,
    }


def test_days_ahead_and_the_first_day_are_chosen() -> None:
    """Christmas is not seen from 1 December for two weeks, nor in February."""
    assert run(*CHECK, "roster.yaml", *FROM, "--days", "14").exit_code == 0
    assert run(*CHECK, "roster.yaml", "--from", "2027-02-01").exit_code == 0


def test_warnings_do_not_refuse() -> None:
    """They name the roster where it is the roster's matter."""
    text = Path("roster-mended.yaml").read_text()
    zoe = "  zoe:   {name: Zoe Hart, email: zoe@example.com}\nabsences:\n"
    Path("more.yaml").write_text(text.replace("absences:\n", zoe))
    result = run(*CHECK, "more.yaml", *FROM)
    assert result.exit_code == 0
    line = text[: text.index("absences:")].count("\n") + 1
    assert f"more.yaml:{line}:3: TG202 Zoe Hart has no role that `label-change` knows." in result.stdout
    assert "(warning)" in result.stdout


def test_a_process_that_is_refused_by_itself_is_not_asked_about_people() -> None:
    """Its own faults come alone."""
    Path("bad.yaml").write_text(Path("label-change.yaml").read_text().replace("at_least: 1", "at_leest: 1"))
    result = run("process", "check", "bad.yaml", "--roster", "roster.yaml", *FROM)
    assert result.exit_code == 1
    assert "TG007" in result.stdout
    assert "TG2" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nowhere.yaml",), 2, "nowhere.yaml cannot be read"),
        (("roster.yaml", "--from", "christmas"), 2, "--from 'christmas' is not a day. Write it as 2026-12-14."),
        (("roster.yaml", "--days", "0"), 2, "Error"),
        (("bad-roster.yaml",), 1, "bad-roster.yaml:19:5: TG009 mei is away from 2026-12-24 until 2026-12-01"),
    ],
)
def test_mistakes_get_a_sentence(arguments: tuple[str, ...], code: int, said: str) -> None:
    """On stderr; nothing is checked."""
    text = Path("roster.yaml").read_text()
    Path("bad-roster.yaml").write_text(text.replace("until: 2027-01-06", "until: 2026-12-01"))
    result = run(*CHECK, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_long_runs_say_what_they_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, so that the result stays as it is."""
    quiet = run(*CHECK, "roster.yaml", *FROM)
    assert quiet.stderr == ""
    monkeypatch.setattr(staffing, "PATIENCE_S", -1.0)
    slow = run(*CHECK, "roster.yaml", *FROM)
    assert "Checking release at Lyon …" in slow.stderr
    assert slow.stdout == quiet.stdout


def test_shipped_processes_are_checked_with_the_demo_s_people() -> None:
    """By name; what they lack is said of people, never of the file."""
    roster = Path(__file__).parents[3] / "workflows" / "demo" / "roster.yaml"
    result = run("process", "check", "escalation", "--roster", str(roster), *FROM)
    assert result.exit_code == 1
    assert "TG203 `sponsor-decision` cannot come to Approved when Sam Okoye writes it" in result.stdout
