"""The how-to on checking with a roster, walked: each command prints what stands below it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workflows.cli.main import app

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
PAGE = (HOWTO / "check-with-a-roster.md").read_text(encoding="utf-8")
STEPS = re.findall(r"```console\n\$ tollgate ([^\n]*)\n(.*?)```", PAGE, flags=re.S)


def printed(command: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, command.split())
    return result.exit_code, result.stdout


@pytest.mark.parametrize(("command", "shown"), STEPS)
def test_each_command_prints_what_the_page_shows(command: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word."""
    monkeypatch.chdir(HOWTO / "christmas")
    assert printed(command)[1] == shown


def test_christmas_is_refused_and_stand_ins_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the names and the days, exit 1; then exit 0."""
    monkeypatch.chdir(HOWTO / "christmas")
    code, said = printed(STEPS[0][0])
    assert code == 1
    assert "at Lyon from 24 Dec 2026 to 2 Jan 2027: only Jules Roche and Mei Tanaka are Quality lead" in said
    assert "Linz" not in said
    assert printed(STEPS[1][0])[0] == 0


def test_the_page_shows_the_rosters_as_they_are() -> None:
    """Its snippets stand in the files."""
    snippets = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.S)
    files = ("roster.yaml", "roster-mended.yaml")
    assert len(snippets) == len(files)
    for snippet, name in zip(snippets, files, strict=True):
        assert snippet in (HOWTO / "christmas" / name).read_text(encoding="utf-8")
