"""A real log through its published rule: the same figures as computed independently."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from gates.machine import compile_machine
from gates.replay import LogFault, Replay, ReplayMap
from policies.load import build, load_process, read_document

REPOSITORY = Path(__file__).parents[3]
EIP = REPOSITORY / "docs" / "replay" / "eip-1"


def new_replay() -> Replay:
    loaded = load_process((EIP / "eip-1.yaml").read_text(), "eip-1.yaml")
    mapping = build(ReplayMap, read_document((EIP / "map.yaml").read_text(), "map.yaml"))
    return Replay(loaded, compile_machine(loaded.process), mapping)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    replay = new_replay()
    with gzip.open(EIP / "events.csv.gz", "rt", encoding="utf-8", newline="") as rows:
        for number, row in enumerate(csv.DictReader(rows), 2):
            replay.row(row, number)
    return replay.finish().as_data()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EIP / "expected.json").read_text())
    return found


def test_every_status_change_is_judged_as_the_rule_says(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """1,659 changes: 1,257 allowed, 365 administrative, 37 outside the machine, with the same breakdown."""
    assert report["status_changes"] == expected["window_status_changes"]
    assert report["verdicts"] == {
        "allowed": expected["window_verdicts"]["allowed"],
        "administrative": expected["window_verdicts"]["admin_move"],
        "outside the machine": expected["window_verdicts"]["not_in_published_machine"],
    }
    assert report["outside"] == expected["window_not_in_published_machine"]
    assert report["changes"] == expected["window_transitions"]
    assert report["created"] == expected["window_initial_status"]


def test_the_timer_fires_as_often_as_it_should(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """540 times, by state and by what followed; as it happened 537 times, seven of them early."""
    assert report["timers_fired"] == expected["inactivity_timer_total"]
    assert report["fired"] == expected["inactivity_timer_6_calendar_months_fires"]
    followed = expected["inactivity_timer_fire_followed_by"]
    assert report["followed"] == {
        "the same move": followed["next_event_sets_Stagnant"],
        "another event": followed["next_event_is_other"],
        "nothing later": followed["no_later_event"],
    }
    early = expected["stagnant_less_than_6_months_after_previous_event"]
    assert report["timer_moves"] == {
        "by a machine": expected["stagnant_by"]["bot"],
        "by people": expected["stagnant_by"]["human"],
        "by a machine, before it was due": early["bot"],
        "by people, before it was due": early["human"],
    }


def test_one_was_finalised_before_its_deadline(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """EIP-6147, two days early; 150 on or after the date, three without one."""
    ((item, at, _),) = report["early"]
    ((wanted, when, _),) = expected["last_call_finalised_early"]
    assert (item, at) == (str(wanted), when)
    calls = expected["last_call"]
    assert report["dated"] == {
        "early": calls["finalised_before_deadline"],
        "on or after the date": calls["finalised_on_or_after_deadline"],
        "without a date": calls["no_deadline_recorded"],
    }


def test_items_end_where_the_log_says(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """Followed as it happened: 958 items, in the status they are in."""
    assert (report["items"], report["events"]) == (expected["items"], expected["events"])
    assert report["final"] == expected["final_status"]


ROW = {
    "eip": "1",
    "ts": "2021-01-01T00:00:00Z",
    "event": "created",
    "from_status": "",
    "to_status": "Draft",
    "last_call_deadline": "",
    "is_bot": "0",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ts": "yesterday"}, "Row 7: 'yesterday' is no time"),
        ({"event": "renamed"}, "Row 7: the event 'renamed' is not one of: created, status, edit, deleted"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_by_number(change: dict[str, str], said: str) -> None:
    """The place, the value, the choices."""
    with pytest.raises(LogFault, match=said):
        new_replay().row({**ROW, **change}, 7)


def test_a_missing_column_is_named() -> None:
    """With those there are."""
    row = {name: value for name, value in ROW.items() if name != "is_bot"}
    with pytest.raises(LogFault, match="Row 2 has no column 'is_bot'; it has: eip, ts"):
        new_replay().row(row, 2)
