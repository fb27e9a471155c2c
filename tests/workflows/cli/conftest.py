"""A register for commands to work on."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import well
from world import ROSTER


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stocked(home: Path) -> Path:
    (home / "roster.yaml").write_text(ROSTER)
    well("process", "publish", "engineering-change")
    well("roster", "import", "roster.yaml")
    for person in ("ana", "ben", "mei"):
        well("person", "set-secret", person, "--secret-file", "-", stdin="correct horse\n")
    return home
