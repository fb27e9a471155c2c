"""`tollgate condition …`: listed by due date, met, confirmed, waived, given time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import run, well
from sqlalchemy.engine import make_url
from world import World

from workflows.settings import load_settings


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A gate of Lyon passed on two conditions, in the database the commands open."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    well("db", "upgrade")
    url = load_settings().database_url or f"sqlite:///{tmp_path}/home/tollgate.db"
    world = World(str(make_url(url)))
    world.clock.at = datetime.now(UTC) - timedelta(hours=1)
    key = world.gate()
    world.register.submit(key, world.by("ana"))
    world.carry()
    said = "Close both defects [owner: ben]\nTrain the night shift [owner: eve]"
    for person, position in (("mei", "go"), ("dan", "conditional_go"), ("sam", "go"), ("cid", "go")):
        world.sign(person, key, position, comment=said if position != "go" else "")
    world.close()
    return key


def test_conditions_from_the_command_line(gate: str) -> None:
    """The whole way: list, met, send back, met, confirm, waive; the gate has passed."""
    listed = json.loads(well("condition", "list", "--due", "60d", "--json"))
    assert [(one["item"], one["number"], one["owner"]) for one in listed] == [(gate, 1, "ben"), (gate, 2, "eve")]
    assert well("condition", "list", "--due", "1d") == "No condition fits.\n"
    assert "Ben Roth" in well("condition", "list", "--owner", "ben")
    assert "waits to be confirmed" in well("condition", "met", gate, "1", "--evidence", "D-7", "--as", "ben")
    assert "open again" in well("condition", "send-back", gate, "1", "--reason", "One is open.", "--as", "mei")
    well("condition", "met", gate, "1", "--evidence", "D-8", "--as", "ben")
    well("condition", "confirm", gate, "1", "--as", "mei")
    refused = run("condition", "waive", gate, "2", "--reason", "later", "--as", "cid")
    assert (refused.exit_code, "You may not waive" in refused.stderr) == (1, True)
    wrong = run("condition", "extend", gate, "2", "--to", "soon", "--as", "sam")
    assert (wrong.exit_code, "no day such as" in wrong.stderr) == (2, True)
    assert run("condition", "list", "--due", "soon").exit_code != 0
    well("condition", "waive", gate, "2", "--reason", "No night shift.", "--as", "sam")
    assert "Passed" in well("item", "show", gate)


def test_a_time_that_is_none_is_refused_by_its_option(stocked: Path) -> None:
    """`--due banana` names the option and what may be written."""
    said = run("condition", "list", "--due", "banana")
    assert (said.exit_code, said.stderr.startswith("--due 'banana' is no duration; write 90m")) == (2, True)
