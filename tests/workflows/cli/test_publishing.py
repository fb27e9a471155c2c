"""Publishing, proposing, migrating and looking back, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import NEW, run, well
from world import ROSTER

from policies.library import library_text

CHRISTMAS = Path(__file__).parents[3] / "docs" / "howto" / "christmas"
KEYS = ROSTER + "  vera: {name: Vera Lund, email: vera@example.com, roles: [compliance]}\n"
LOOSER = library_text("engineering-change").replace(
    "{from: engineering, at_least: 2}", "{from: engineering, at_least: 1}"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path / "data"))
    return tmp_path


def in_days(number: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=number)).isoformat()


def test_what_nobody_can_meet_over_christmas_is_not_published(home: Path) -> None:
    """Refused with the names and the days; nothing is half done; --anyway needs its reason."""
    roster = (CHRISTMAS / "roster.yaml").read_text()
    for day, when in (("2026-12-21", 10), ("2027-01-02", 20), ("2026-12-24", 12), ("2027-01-06", 24)):
        roster = roster.replace(day, in_days(when))
    (home / "roster.yaml").write_text(roster)
    well("roster", "import", "roster.yaml")
    text = str(CHRISTMAS / "label-change.yaml")
    refused = run("process", "publish", text)
    assert refused.exit_code == 1
    assert "TG205 `release` cannot come to Approved at Lyon from " in refused.stderr
    assert "only Jules Roche and Mei Tanaka are Quality lead, and are away" in refused.stderr
    assert "is not published: nobody's items could come to an outcome" in refused.stderr
    assert "Traceback" not in refused.output
    assert run("item", "new", "label-change", "X", "--as", "ana").exit_code == 1
    assert run("process", "publish", text, "--anyway").exit_code == 2
    assert "Published as" in well("process", "publish", text, "--anyway", "--reason", "Otto comes from Linz.")


def test_a_meeting_that_nobody_would_chair_is_said(home: Path) -> None:
    """Without whoever chairs it no meeting is planned, so publishing names the role."""
    howto = (CHRISTMAS.parent / "meetings.md").read_text()
    (home / "board-change.yaml").write_text(howto.split("```yaml\n")[1].split("```")[0])
    said = run("process", "publish", "board-change.yaml")
    assert said.exit_code == 0, said.output
    for role in ("board", "change-manager"):
        assert f"nobody holds the role {role}, which board-change asks" in said.stderr


def test_a_text_that_can_be_met_is_published(home: Path) -> None:
    """And what depends on who writes the item is said in one line."""
    (home / "roster.yaml").write_text(ROSTER)
    well("roster", "import", "roster.yaml")
    answer = run("process", "publish", "escalation")
    assert answer.exit_code == 0, answer.output
    assert "because of who writes or edits the item" in answer.stderr


def test_two_keys_from_the_command_line(home: Path) -> None:
    """Publishing proposes; who proposes is asked for; the proposal is an item."""
    (home / "roster.yaml").write_text(KEYS)
    (home / "new.yaml").write_text(LOOSER)
    well("process", "publish", "engineering-change")
    well("process", "publish", "policy-change")
    well("roster", "import", "roster.yaml")
    assert run("process", "publish", "new.yaml", "--anyway", "--reason", "x").exit_code == 2
    said = well("process", "publish", "new.yaml", "--as", "dan", "--reason", "Audit finding 12", "--anyway")
    assert said.startswith("Proposed as PCR-0001: it becomes current when PCR-0001 is approved.")
    shown = json.loads(well("item", "show", "PCR-0001", "--json"))
    fields = {line["name"]: line["text"] for line in shown["fields"]}
    assert fields["process"] == "engineering-change"
    assert "nothing to replay" in fields["consequences"]


def test_an_item_migrates_and_the_past_is_replayed(home: Path) -> None:
    """With what it comes to, on the record."""
    (home / "new.yaml").write_text(LOOSER)
    well("process", "publish", "engineering-change")
    (home / "roster.yaml").write_text(ROSTER)
    well("roster", "import", "roster.yaml")
    well(*NEW)
    assert "is on the current text already" in run("process", "migrate", "ECR-0001", "--as", "cid").stderr
    well("process", "publish", "new.yaml", "--anyway", "--reason", "A test.")
    assert "goes on under version 2" in well("process", "migrate", "ECR-0001", "--as", "cid")
    assert "No round of engineering-change has been decided yet" in well("process", "replay", "new.yaml")
    assert json.loads(well("process", "replay", "new.yaml", "--json"))["rounds"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("round", "lift", "ECR-0001", "ana"), "Say who acts: --as PERSON"),
        (("round", "close", "ECR-0001", "--as", "cid"), "ECR-0001 has no open round."),
        (("round", "present", "ECR-0001", "ana", "--as", "nobody"), "ECR-0001 has no open round."),
        (("round", "override", "ECR-9", "approved", "--as", "cid"), "There is no item ECR-9."),
    ],
)
def test_acts_on_no_round_say_so(home: Path, arguments: tuple[str, ...], said: str) -> None:
    """A sentence and an exit code."""
    well("process", "publish", "engineering-change")
    (home / "roster.yaml").write_text(ROSTER)
    well("roster", "import", "roster.yaml")
    well(*NEW)
    answer = run(*arguments)
    assert answer.exit_code in (1, 2)
    assert said in answer.stderr


MISSPELT = """
process: {name}
title: Supplier
kind: issue
numbering: "{keys}-{{n:04}}"
start: open
states:
  open:
    acts: {{close: {{to: closed}}}}
    ladder: [{{after: 2d, raise: suplier-escalation}}]
    no_deadline: It is looked at weekly.
  closed: {{end: done}}
escalations: {{process: suplier-escalation}}
"""


def test_an_escalation_that_nothing_can_be_raised_in_is_said(home: Path) -> None:
    """By `publish` and `doctor`, with what may be meant; by `check` where the other file is among those it is given."""
    (home / "supplier.yaml").write_text(MISSPELT.format(name="supplier", keys="SUP"))
    other = library_text("escalation").replace("process: escalation", "process: supplier-escalation", 1)
    (home / "supplier-escalation.yaml").write_text(other)
    said = "raises escalations in suplier-escalation, which is n"
    assert said not in well("process", "check", "supplier.yaml")
    both = well("process", "check", "supplier.yaml", "supplier-escalation.yaml")
    assert f"supplier.yaml: escalations {said}" in both
    assert "Did you mean supplier-escalation? (warning)" in both
    well("process", "publish", "supplier-escalation.yaml")
    published = run("process", "publish", "supplier.yaml").stderr
    assert f"Warning: supplier (escalations) {said}" in published
    assert "Did you mean supplier-escalation?" in published
    assert f"warn  escalations: supplier (escalations) {said}" in run("doctor").stdout


def test_two_processes_that_make_the_same_keys_are_refused(home: Path) -> None:
    """When the second is published, not when its first item is made."""
    for name, keys in (("supplier", "SUP"), ("support", "SUP"), ("supply", "SPL")):
        (home / f"{name}.yaml").write_text(MISSPELT.format(name=name, keys=keys))
    well("process", "publish", "supplier.yaml")
    refused = run("process", "publish", "support.yaml")
    assert refused.exit_code == 1
    assert "support would give its items the keys that supplier gives: SUP-{n:04}." in refused.stderr
    assert "Give it a `numbering` of its own." in refused.stderr
    well("process", "publish", "supply.yaml")
    (home / "supplier.yaml").write_text(MISSPELT.format(name="supplier", keys="SUP").replace("2d", "3d"))
    well("process", "publish", "supplier.yaml")


def test_a_text_is_shown_and_explained_as_it_is_in_force(home: Path) -> None:
    """The shipped one while none is published; then the one in force, and an earlier one by its number or digest."""
    assert well("process", "show", "engineering-change") == library_text("engineering-change").rstrip("\n") + "\n"
    assert "engineering-change: the shipped text." in run("process", "explain", "engineering-change").stderr
    well("process", "publish", "engineering-change")
    (home / "looser.yaml").write_text(LOOSER)
    digest = json.loads(well("process", "publish", "looser.yaml", "--json"))["digest"]
    assert "at_least: 1}" in well("process", "show", "engineering-change")
    assert well("process", "show", "engineering-change") == LOOSER.rstrip("\n") + "\n"
    assert well("process", "show", "engineering-change", "--version", digest[:12]) == LOOSER.rstrip("\n") + "\n"
    assert well("process", "show", "engineering-change", "--version", "1") != LOOSER.rstrip("\n") + "\n"
    assert well("process", "show", "engineering-change", "--shipped") != LOOSER.rstrip("\n") + "\n"
    explained = run("process", "explain", "engineering-change")
    assert f"engineering-change: version 2, the text in force ({digest[:12]})." in explained.stderr
    assert explained.stdout == well("process", "explain", "looser.yaml")
    assert "has no version 7 here" in run("process", "show", "engineering-change", "--version", "7").stderr
    assert "There is no process 'nothing'" in run("process", "show", "nothing").stderr
