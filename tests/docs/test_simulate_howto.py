"""The how-to on simulating is walked: its commands run, and the report has the parts it explains."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gates.simulate.people import HabitLine, PeopleFile
from workflows.cli.main import app

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "howto" / "simulate.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.S) for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the repository's root, without a word of complaint."""
    monkeypatch.chdir(REPOSITORY)
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert (result.exit_code, result.stderr) == (0, "")
    if "--people" in command:
        (shown,) = re.findall(r"```text\n(.*?)```", PAGE, flags=re.S)
        assert [part for part in shown.splitlines() if part not in result.stdout] == []
    if "--json" in command:
        parts = re.findall(r"`(\w+)`", PAGE[PAGE.index("## As data") : PAGE.index("each with its figures")])
        assert set(parts) <= set(json.loads(result.stdout))


def test_it_has_every_word_of_the_people_file() -> None:
    """And no other."""
    table = {word for row in re.findall(r"^\| (`[^|]+`) \|", PAGE, flags=re.M) for word in re.findall(r"`(\w+)`", row)}
    assert table == {*PeopleFile.model_fields, *HabitLine.model_fields}
