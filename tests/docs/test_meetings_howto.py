"""The how-to of meetings: its process is sound, and its commands do in turn what the page says of them."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import run, well
from world import SetClock

from policies.load import load_process
from workflows.settings import load_settings
from workflows.steps import carry_step, plan_step
from workflows.wiring import wire

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "meetings.md").read_text(encoding="utf-8")
PROCESS, PEOPLE = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def test_the_process_of_the_page_loads_without_a_warning() -> None:
    """It can be copied."""
    loaded = load_process(PROCESS, "board-change.yaml")
    assert loaded.warnings == ()
    assert loaded.process.meetings["cab"].place == "Room 3"


def work() -> None:
    """What the worker of `tollgate serve` does meanwhile."""
    services = wire(load_settings())
    plan_step(services)
    for owed in services.register.claim("carry", "test"):
        carry_step(services, owed.item_key)
        services.register.done(owed.id, receipt={"did": "carried"})
    services.close()


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a fresh folder, with the process and the people of the page, by a clock that the test sets."""
    monkeypatch.chdir(tmp_path)
    clock = SetClock(NOW)
    monkeypatch.setattr("workflows.wiring.SystemClock.now", lambda _self: clock.at)
    Path("board-change.yaml").write_text(PROCESS, encoding="utf-8")
    Path("roster.yaml").write_text(PEOPLE, encoding="utf-8")
    (home,) = re.findall(r"^\$ export TOLLGATE_HOME=(.*)$", PAGE, flags=re.M)
    monkeypatch.setenv("TOLLGATE_HOME", home)
    lines = re.findall(r"^\$ tollgate (.*)$", PAGE, flags=re.M)
    assert len(lines) == 22
    said = {}
    for line in lines:
        if line.startswith("item new") and "label printer" in line:
            clock.move_on(days=6)
        if "attend" in line:
            clock.at = datetime(2026, 12, 9, 13, 32, tzinfo=UTC)
        said[line.split(" --as ")[0]] = well(*shlex.split(line))
        if line.startswith("item submit"):
            work()
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
