"""The how-to of meetings: its process is sound, and its commands do in turn what the page says of them."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from boards import board_world, change
from command_line import run, well
from world import SetClock

from policies.load import load_process
from workflows.settings import load_settings

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "meetings.md").read_text(encoding="utf-8")
NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def test_the_process_of_the_page_loads_without_a_warning() -> None:
    """It can be copied."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    loaded = load_process(text, "board-change.yaml")
    assert loaded.warnings == ()
    assert loaded.process.meetings["cab"].place == "Room 3"


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on the database that the commands open, by a clock that the test sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    clock = SetClock(NOW)
    monkeypatch.setattr("workflows.wiring.SystemClock.now", lambda _self: clock.at)
    well("db", "upgrade")
    world = board_world(load_settings().database_url or f"sqlite:///{tmp_path}/home/tollgate.db", clock=clock)
    change(world, "New PLC firmware")
    clock.move_on(days=6)
    change(world, "New label printer")
    world.close()
    lines = re.findall(r"^\$ tollgate (.*)$", PAGE, flags=re.M)
    assert len(lines) == 16
    said = {}
    for line in lines:
        if "attend" in line:
            clock.at = datetime(2026, 12, 9, 13, 32, tzinfo=UTC)
        said[line.split(" --as ")[0]] = well(*shlex.split(line))
    assert "cab-2026-12-08" in said["meeting list"]
    assert "Moved from" not in said["meeting show cab-2026-12-08"]
    late = said['meeting agenda cab-2026-12-08 --ask CHG-002 --reason "The vendor leaves on Wednesday"']
    assert "asked for by Dan Dorn (The vendor leaves on Wednesday)" in late
    assert "1. CHG-002 New label printer" in said["meeting agenda cab-2026-12-08 --order CHG-002,CHG-001"]
    assert "CHG-001: 3 of 5 present, quorum of 2 met." in said["meeting attend cab-2026-12-08 cid ana ben mei"]
    assert "Minutes closed by Cid Cole" in said["meeting minutes cab-2026-12-08 --close"]
    assert (
        "done by Dan Dorn: 400 rolls counted"
        in said['meeting minutes cab-2026-12-08 --done 1 --note "400 rolls counted"']
    )
    assert run("meeting", "show", "cab-2026-12-88").exit_code == 1
    assert '"state": "closed"' in well("meeting", "show", "cab-2026-12-08", "--json")
