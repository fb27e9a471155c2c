"""`tollgate item extend | due | escalate`: more time asked for and answered, an escalation raised."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import run, well
from permits import PEOPLE, PERMIT, permit
from sqlalchemy.engine import make_url
from world import World

from gates.items import Actor
from workflows.settings import load_settings


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A permit in its round, in the database the commands open."""
    return started(tmp_path, monkeypatch, timedelta(hours=1))


def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ago: timedelta, *, more: bool = False) -> str:
    """A permit whose round opened so long ago; `more` time was asked for at once, for three days."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    well("db", "upgrade")
    url = load_settings().database_url or f"sqlite:///{tmp_path}/home/tollgate.db"
    world = World(str(make_url(url)))
    world.clock.at = datetime.now(UTC) - ago
    world.register.publish_process(PERMIT, "permit.yaml", Actor(None, "import"))
    world.import_roster(PEOPLE)
    made = permit(world)
    due = world.register.clocks(made).due_at
    if more and due is not None:
        world.register.ask_for_time(made, world.by("ada"), (due + timedelta(days=3)).date(), "Parts.")
    world.close()
    return made


def test_the_due_time_that_another_text_changed_is_named(key: str) -> None:
    """The answer of `migrate` and `item due` say both; where nothing changed neither does."""
    before = well("item", "due", key)
    assert ", was" not in before
    longer = PERMIT.replace("within: 5wd", "within: 8wd")
    assert longer != PERMIT
    Path("permit.yaml").write_text(PERMIT.replace("title: Permit", "title: Permits", 1))
    well("process", "publish", "permit.yaml", "--anyway", "--reason", "A test.")
    assert "under the earlier text" not in well("process", "migrate", key, "--as", "ada")
    assert well("item", "due", key) == before
    Path("permit.yaml").write_text(longer)
    well("process", "publish", "permit.yaml", "--anyway", "--reason", "A test.")
    assert "under the earlier text" in well("process", "migrate", key, "--as", "ada")
    was = before.split(" is due ")[1].split(" UTC")[0]
    assert f"UTC, was {was}." in well("item", "due", key)


def test_more_time_from_the_command_line(key: str) -> None:
    """Asked, refused, asked, granted; who may not is told, and where it stands is said in one line."""
    due = datetime.fromisoformat(json.loads(well("item", "due", key, "--json"))["due_at"])
    later = (due + timedelta(days=3)).date().isoformat()
    asked = ("item", "extend", key, "--until", later, "--reason", "Parts.", "--as")
    assert (run(*asked, "ben").exit_code, run("item", "extend", key, "--as", "ada").exit_code) == (1, 2)
    assert "somebody else has to grant it" in well(*asked, "ada")
    assert "stays due when it was" in well("item", "extend", key, "--refuse", "--reason", "No.", "--as", "pia")
    well(*asked, "ada")
    refused = run("item", "extend", key, "--grant", "--as", "ada")
    assert (refused.exit_code, "granted by" in refused.stderr) == (1, True)
    assert f"is now due on {later}" in well("item", "extend", key, "--grant", "--as", "pia")
    said = well("item", "due", key)
    assert f"is due {later}" in said
    assert f", was {due:%Y-%m-%d %H:%M}." in said
    assert "granted until" in said
    assert "extended" in well("record", "exceptions", "--kind", "extended")


def test_the_command_line_says_that_what_was_asked_for_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody grants it, and to whoever tries."""
    key = started(tmp_path, monkeypatch, timedelta(days=40), more=True)
    said = well("item", "due", key)
    assert "asked until" in said
    assert "What was asked for is not to be granted any more. Time until" in said
    refused = run("item", "extend", key, "--grant", "--as", "pia")
    assert (refused.exit_code, "is over by now. Ask for a later day." in refused.stderr) == (1, True)


def test_an_escalation_from_the_command_line(key: str) -> None:
    raised = ("item", "escalate", key, "--title", "Two plants disagree", "-f", "colour=red", "--as", "ben")
    assert well(*raised) == f"ESC-0001 was raised about {key}.\n"
    again = run(*raised)
    assert (again.exit_code, "is open about" in again.stderr) == (1, True)
    assert "Its clocks stand still since" in well("item", "due", key)
