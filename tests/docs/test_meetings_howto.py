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
    Path("board.txt").write_text("correct horse\n", encoding="utf-8")
    lines = re.findall(r"^\$ tollgate (.*)$", PAGE, flags=re.M)
    assert len(lines) == 25
    said = {}
    for line in lines:
        if line.startswith("item new") and "label printer" in line:
            clock.move_on(days=7)
        if "attend" in line:
            missing = "Attendance is not recorded: Change manager (Cid Cole) has to record who is present (tollgate meeting attend"
            assert missing in well("explain", "CHG-001")
            early = run(*shlex.split(line)).stderr
            assert "It begins on Wed 9 Dec 2026 14:30 CET, and can be opened two hours before." in early
            clock.at = datetime(2026, 12, 9, 13, 32, tzinfo=UTC)
        said[line.split(" --as ")[0]] = well(*shlex.split(line))
        if line.startswith("item submit"):
            work()
    assert "cab-2026-12-08" in said["meeting list"]
    assert "Moved from" not in said["meeting show cab-2026-12-08"]
    assert "Attendance is not recorded" not in well("explain", "CHG-001")
    agenda = said["meeting agenda cab-2026-12-08"]
    assert "CHG-002 New label printer\n     It was ready after the cut-off" in agenda
    assert "takes in what is late: tollgate meeting agenda cab-2026-12-08 --take-in CHG-002" in agenda
    late = said['meeting agenda cab-2026-12-08 --ask CHG-002 --reason "The vendor leaves on Wednesday"']
    assert "asked for by Dan Dorn (The vendor leaves on Wednesday)" in late
    assert "1. CHG-002 New label printer" in said["meeting agenda cab-2026-12-08 --order CHG-002,CHG-001"]
    assert "CHG-001: 3 of 5 present, quorum of 2 met." in said["meeting attend cab-2026-12-08 cid ana ben mei"]
    closed = said["meeting minutes cab-2026-12-08 --close"]
    assert "Minutes closed by Cid Cole" in closed
    assert "\nPresent: Cid Cole, Ana Ruiz, Ben Roth, Mei Chen.\nAbsent: Eve Moro, Otto Lang.\n" in closed
    assert (
        "done by Dan Dorn: 400 rolls counted"
        in said['meeting minutes cab-2026-12-08 --done 1 --note "400 rolls counted"']
    )
    assert run("meeting", "show", "cab-2026-12-88").exit_code == 1
    assert '"state": "closed"' in well("meeting", "show", "cab-2026-12-08", "--json")
