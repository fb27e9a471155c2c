"""`tollgate people …`: officers prove themselves for each act, and the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import run, well
from world import SECRET

ROSTER = """
sites:
  Lyon: {zone: Europe/Paris}
roles:
  proof-officer: {title: Proof officer}
people:
  ana: {name: Ana Ruiz, email: ana@example.com}
  eve: {name: Eve Moro, email: eve@example.com, roles: [proof-officer]}
  otto: {name: Otto Lang, email: otto@example.com, roles: [proof-officer]}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    (tmp_path / "roster.yaml").write_text(ROSTER)
    (tmp_path / "secret").write_text(SECRET)
    well("roster", "import", "roster.yaml")
    for person in ("eve", "otto"):
        well("person", "set-secret", person, "--secret-file", "secret")
    return tmp_path


def enrol(by: str, secret: str = "secret") -> tuple[str, ...]:
    return (
        "people",
        "enrol",
        "ana",
        "--proof",
        "password",
        "--checked",
        "passport",
        "--as",
        by,
        "--secret-file",
        secret,
    )


def test_two_officers_and_a_report(home: Path) -> None:
    """Asked by one, confirmed by another, listed; then nobody sets a password alone (P11-23, P11-26)."""
    request = json.loads(well(*enrol("eve"), "--json"))["request"]
    assert "Waiting for another officer" in well("people", "proofs")
    same = run("people", "confirm", request, "--as", "eve", "--secret-file", "secret")
    assert same.exit_code == 1
    assert "another officer confirms it" in same.stderr
    assert "gets a link by mail" in well("people", "confirm", request, "--as", "otto", "--secret-file", "secret")
    assert re.search(r"eve +officer +password +20\d\d-\d\d-\d\d +never", well("people", "proofs"))
    alone = run("person", "set-secret", "ana", "--secret-file", "secret")
    assert alone.exit_code == 1
    assert "Two proof officers can act" in alone.stderr


def test_acting_as_an_officer_takes_their_proof(home: Path) -> None:
    """`--as` alone is not enough; a wrong password is refused; without any it is misuse."""
    (home / "wrong").write_text("not this one")
    refused = run(*enrol("eve", "wrong"))
    assert refused.exit_code == 1
    assert "not eve's password" in refused.stderr
    assert run("people", "enrol", "ana", "--proof", "password", "--checked", "x", "--as", "eve").exit_code == 2
    assert json.loads(well("people", "proofs", "--json"))["waiting"] == []


def test_lost_and_released(home: Path) -> None:
    """A loss is taken at once; a release by another officer."""
    assert "Lost, on the record" in well("people", "lost", "otto", "--as", "eve", "--secret-file", "secret")
    gone = run("people", "release", "eve", "--as", "otto", "--secret-file", "secret")
    assert gone.exit_code == 1
    assert "may try again" in well("people", "release", "otto", "--as", "eve", "--secret-file", "secret")
    assert "proof officers: 1 of the people with the role proof-officer can act" in well("doctor")
