"""A register for commands to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import well
from world import ROSTER


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stocked folder at rest, made once by the commands themselves."""
    folder = tmp_path_factory.mktemp("stock")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOLLGATE_HOME", str(folder / "home"))
        patch.chdir(folder)
        (folder / "roster.yaml").write_text(ROSTER)
        well("process", "publish", "engineering-change")
        well("roster", "import", "roster.yaml")
        for person in ("ana", "ben", "mei"):
            well("person", "set-secret", person, "--secret-file", "-", stdin="correct horse\n")
    return folder


@pytest.fixture
def stocked(home: Path, stock: Path) -> Path:
    shutil.copytree(stock, home, dirs_exist_ok=True)
    return home
