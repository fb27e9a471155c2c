"""The words of a process's clocks where they are read: described, told apart, simulated."""

from __future__ import annotations

import pytest
from permits import PERMIT

from policies.describe import describe
from policies.diff import diff_processes
from policies.load import load_process


def test_a_description_tells_of_ladder_extension_and_escalations() -> None:
    said = describe(load_process(PERMIT, "permit.yaml"))
    for words in (
        "after 5 working days the stand-in of each who has not answered is told",
        "after 6 working days the stand-ins of those who have not answered are asked in their place",
        "after 7 working days the line manager of each who has not answered is told",
        "after 8 working days escalation is raised (colour red)",
        "the author or the owner may ask with the reason for up to 10 working days more, twice, and PMO lead grants it",
        "An open escalation stops the clocks; when it comes to approved, “Cancel” is done",
    ):
        assert words in said


def test_a_description_names_whom_a_state_tells() -> None:
    """A role mistyped there binds nothing, and without a roster nothing else would show it."""
    text = PERMIT.replace(
        "  closed:    {end: done}",
        "  closed:    {end: done, announce: [owner, bos, {to: {role: sponsor}, when: item.reason == 'fire'}]}",
    )
    said = describe(load_process(text, "permit.yaml"))
    assert "Entering Closed tells the owner, Bos and Sponsor when" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at_most: 2", "at_most: 1", "once, and PMO lead grants it"),
        ("clock: pause", "clock: run", "an open escalation leaves the clocks running"),
        ("hand_to: stand_in", "notify: owner", "is no longer so that after 6 working days the stand-ins"),
        ("{colour: red}", "{colour: amber}", "escalation is raised (colour amber)"),
        ("{after: 5wd, notify: {stand_in: true}}", "{after: 5wd, notify: {stand_in: true}, every: 1d, times: 3}",
         "3 times, every 1 day"),
        ("due: {within: 3d, extend: {by: author, at_most: 1, longest: 5d, reason: optional}}",
         "due: [{within: 1d, when: item.reason == 'now'}, {within: 3d}]", "due within 1 day"),
        ("act: {approved: cancel}", "act: {rejected: cancel}", "Of its items"),
    ],
)  # fmt: skip
def test_a_difference_of_clocks_is_said(old: str, new: str, said: str) -> None:
    assert old in PERMIT
    before, after = load_process(PERMIT, "a.yaml"), load_process(PERMIT.replace(old, new), "b.yaml")
    found = diff_processes(before, after)
    assert any(said in sentence for sentence in found.sentences), found.sentences


def test_a_short_and_a_long_form_are_no_difference() -> None:
    long = PERMIT.replace("raise: {process: escalation, fields: {colour: red}}", "raise: {process: escalation}")
    short = PERMIT.replace("raise: {process: escalation, fields: {colour: red}}", "raise: escalation")
    assert list(diff_processes(load_process(long, "a.yaml"), load_process(short, "b.yaml")).sentences) == []
