"""A process to begin with: sound at once, commented, and never over what is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import run, well

from workflows.cli.templates import APPROVALS


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("approvals", APPROVALS)
@pytest.mark.parametrize("kind", ["change_request", "stage_gate"])
def test_what_is_written_is_sound_at_once(here: Path, approvals: str, kind: str) -> None:
    """No fault, no warning of the file; every case comes out and every rule is shown; its people can meet it."""
    said = well(
        "init", "--name", "label-change", "--approvals", approvals, "--kind", kind, "--sites", "Lyon,Linz", "--yes"
    )
    assert "tollgate process check label-change.yaml --roster label-change.roster.yaml" in said
    (answer,) = json.loads(well("process", "check", "label-change.yaml", "--json"))
    assert (answer["ok"], answer["warnings"]) == (True, [])
    (tested,) = json.loads(well("process", "test", "label-change.yaml", "--json"))
    assert (tested["ok"], tested["turns_seen"], tested["never_reached"]) == (True, tested["turns"], [])
    well("process", "check", "label-change.yaml", "--roster", "label-change.roster.yaml")
    people = (here / "label-change.roster.yaml").read_text()
    assert "Linz: {zone: Europe/Paris, country: FR}  # set me: Linz's own time zone and country" in people
    (answer,) = json.loads(well("process", "check", ".", "--json"))
    assert (answer["file"], answer["ok"]) == ("label-change.yaml", True)
    assert (here / "label-change.yaml").read_text().startswith("# yaml-language-server: $schema=process.schema.json\n")
    assert json.loads((here / "process.schema.json").read_text())["$schema"].startswith("https://json-schema.org/")


def test_nothing_is_written_over(here: Path) -> None:
    """Unless it is said; and then all of it."""
    well("init", "--yes")
    (here / "label-change.yaml").write_text("mine")
    refused = run("init", "--yes")
    assert refused.exit_code == 1
    assert "label-change.yaml is there already. Take another name, or write over it with --force." in refused.stderr
    assert (here / "label-change.yaml").read_text() == "mine"
    well("init", "--yes", "--force")
    assert (here / "label-change.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--name", "Label Change", "is no name"),
        ("--kind", "gate", "there is: change_request"),
        ("--approvals", "vote", "there is: two-functions"),
        ("--roles", "engineering", "takes two"),
        ("--roles", "author,engineering", "'author' is no role"),
        ("--sites", ",", "names none"),
        ("--sites", "L{on", "is no name of a site"),
        ("--title", "a\nb", "on one line"),
    ],
)
def test_what_does_not_fit_is_misuse(here: Path, option: str, value: str, said: str) -> None:
    """With the value and the choices, and nothing written."""
    refused = run("init", option, value, "--yes")
    assert (refused.exit_code, said in refused.stderr) == (2, True), refused.output
    assert list(here.iterdir()) == []
