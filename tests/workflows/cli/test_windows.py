"""`tollgate window …`: listed, booked, released, and the conflicts that an import makes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import run, well
from line_changes import SITES as FROZEN
from world import World

from workflows.settings import load_settings

SITES = FROZEN.replace("from: 2026-12-18, until: 2027-01-03", "from: 2020-12-18, until: 2021-01-03")
"""Without a freeze that the real date could be in."""


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A change of Lyon by Cid, in the database the commands open, and sites.yaml beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    well("db", "upgrade")
    world = World(load_settings().database_url or f"sqlite:///{tmp_path}/home/tollgate.db")
    world.clock.at = datetime.now(UTC) - timedelta(hours=1)
    made = world.change()
    world.close()
    (tmp_path / "sites.yaml").write_text(SITES)
    return made


def test_windows_from_the_command_line(key: str, tmp_path: Path) -> None:
    """Import, list, book, a conflict by the next import, release."""
    well("calendar", "import", "sites.yaml")
    assert "saturday" in well("window", "list", "Lyon")
    found = json.loads(well("window", "list", "Lyon", "--days", "14", "--json"))
    opening = next(one for one in found["windows"] if one["window"] == "saturday" and one["begins_at"] > _now())
    day = opening["begins_at"][:10]
    times = ("--from", f"{day}T08:00", "--until", f"{day}T10:00", "--line", "L1", "--as", "cid")
    assert key in well("window", "book", key, *times)
    again = run("window", "book", key, "--from", "soon", "--until", f"{day}T10:00", "--as", "cid")
    assert (again.exit_code, "is not a day and a time" in again.stderr) == (2, True)
    assert run("window", "book", key, *times, "--within", "x").exit_code == 2
    refused = run("window", "book", key, "--from", f"{day}T05:00", "--until", f"{day}T10:00", "--as", "cid")
    assert (refused.exit_code, "Free next at Lyon" in refused.stderr) == (1, True)
    assert run("window", "list", "Lyno").exit_code == 2
    assert well("window", "conflicts") == "No booking is in conflict.\n"

    (tmp_path / "sites.yaml").write_text(SITES.replace("sat 06:00", "sat 09:00"))
    assert "is in the way of: 1." in run("calendar", "import", "sites.yaml").stderr
    assert "No maintenance window for L1" in well("window", "conflicts", "--site", "Lyon")
    assert well("window", "release", key, "--reason", "Moved", "--as", "cid") == f"The time of {key} is free.\n"
    assert "Nothing is booked." in well("window", "list", "Lyon")


def _now() -> str:
    return datetime.now(UTC).isoformat()
