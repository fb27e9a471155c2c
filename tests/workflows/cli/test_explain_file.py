"""A policy explained on an item that is in no register."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import run, well

DOCS = Path(__file__).parents[3] / "docs"
ITEM = str(DOCS / "howto" / "explain-item.yaml")
ROSTER = str(Path(__file__).parents[3] / "workflows" / "demo" / "roster.yaml")


def test_why_here_what_is_missing_who_can_unblock_and_what_of_silence() -> None:
    """In sentences, from the file alone."""
    said = well("process", "explain", "engineering-change", "--item", ITEM)
    assert "Needs Quality lead, Lyon (Mei Chen), Engineering (Ravi Patel) and Finance (Eva Moreau)." in said
    assert "Set aside: approve of Tom Berger: author." in said
    assert "Could decide it alone: Mei Chen (reject → rejected)." in said
    assert "If nobody says anything:\n  Nothing changes by time alone; somebody has to speak." in said
    data = json.loads(well("process", "explain", "engineering-change", "--item", ITEM, "--json"))
    assert (data["standing"], data["if_silent"]) == ("pending", [])


def test_the_clock_is_walked_to_its_end(tmp_path: Path) -> None:
    """Each moment at which time alone changes it, in the time of the item's site."""
    item = tmp_path / "item.yaml"
    item.write_text('author: zoe\nopened: "2026-11-23"\npeople: {zoe: {}, ana: {roles: [members]}}\n')
    said = well("process", "explain", str(DOCS / "zoo" / "objection-period.yaml"), "--item", str(item))
    assert "On Mon 7 Dec 2026 09:00 (UTC): Approved: the deadline of Mon 7 Dec 2026 09:00 (UTC) passed." in said


def test_a_roster_takes_the_place_of_the_people(tmp_path: Path) -> None:
    """With its sites' calendars."""
    item = tmp_path / "item.yaml"
    item.write_text("policy: release\nauthor: tom\nsite: Lyon\nfields: {cost: 10, risk: low, track: fast}\n")
    said = well("process", "explain", "engineering-change", "--item", str(item), "--roster", ROSTER)
    assert "Quality lead, Lyon (Mei Chen)" in said


def test_the_rules_in_words_and_written_out() -> None:
    """Without an item: what each policy asks; expanded: what shorthand stands for, and it reads back as the same."""
    assert "Rejected: 1 rejection from Custodians." in well("process", "explain", str(DOCS / "zoo" / "two-person.yaml"))
    text = well("process", "explain", str(DOCS / "zoo" / "two-person.yaml"), "--expanded")
    assert "outcomes:" in text
    assert "exclude: [author, editors]" in text


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    """An unknown policy, a policy not named, an unknown person, a fault of the file with its line."""
    item = tmp_path / "item.yaml"
    item.write_text("author: zoe\npeople: {ana: {}}\n")
    for arguments, code, said in (
        (("engineering-change", "--policy", "relase"), 2, "There is no policy 'relase'; there is: release"),
        (("engineering-change", "--item", str(item)), 2, "'zoe' is not among the people; there is: ana."),
    ):
        refused = run("process", "explain", *arguments)
        assert (refused.exit_code, said in refused.stderr) == (code, True), refused.output
    item.write_text("author: zoe\npeeple: {}\n")
    refused = run("process", "explain", "engineering-change", "--item", str(item))
    assert (refused.exit_code, f"{item}:2:1: TG007" in refused.stderr) == (1, True)
