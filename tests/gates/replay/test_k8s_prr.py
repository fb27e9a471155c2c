"""The production-readiness gate of Kubernetes on its own history: the same figures as computed independently."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gates.replay import AttemptReplay, new_replay
from policies.cases import CasesFile, run_cases
from policies.load import build, load_process, read_document

K8S = Path(__file__).parents[3] / "docs" / "replay" / "k8s-prr"


def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(K8S / name, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    loaded = load_process((K8S / "k8s-prr.yaml").read_text(), "k8s-prr.yaml")
    replay = new_replay(loaded, read_document((K8S / "map.yaml").read_text(), "map.yaml"), rows("groups.csv.gz"))
    assert isinstance(replay, AttemptReplay)
    for number, row in enumerate(rows("events.csv.gz"), 2):
        replay.row(row, number)
    return replay.finish().as_data()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((K8S / "expected.json").read_text())
    return found


def test_every_attempt_is_judged_as_the_rule_says(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """1,594 attempts: 1,361 pass, 233 do not, none for a signer outside the groups; 266 more are exempt."""
    results = dict(expected["gate_results"])
    assert sum(report["exempt"].values()) == results.pop("not_required") == 266
    assert report["passes"] == {"pass": results.pop("pass")} == {"pass": 1361}
    assert report["refusals"] == results
    assert report["attempts"] == expected["gate_attempts"] == 1594


def test_each_refusal_is_the_same_one(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """Item, time, commit and reason, all 233."""
    found = [[one["item"], one["at"], one["transaction"][:12], one["outcome"]] for one in report["refused"]]
    assert found == expected["gate_failures"]


def test_years_and_stages_come_out_the_same(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """From 2022 on, 1,147 pass and five do not."""
    assert report["by_year"] == expected["gate_results_by_year"]
    assert report["by"]["stage"] == expected["gate_results_by_stage"]
    late = sum((Counter(found) for year, found in report["by_year"].items() if year >= "2022"), Counter())
    assert (late.pop("pass"), late.total()) == (1147, 5)


def test_memberships_count_as_of_their_time(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """17 passes rest on an emeritus alone; by the groups at the end, 55 would not rest on an active approver."""
    wanted = expected["separation_of_duties_and_membership_on_passes"]
    emeritus = wanted["approver_only_emeritus_at_that_time"]
    assert report["seats"] == {"prr-approvers": wanted["passes"] - emeritus, "prr-approvers-emeritus": emeritus}
    assert [one["signed_by"] for one in report["passed"] if one["rests_on"] == "prr-approvers-emeritus"] == [
        ["ehashman"]
    ] * 17
    at_end = dict(report["seats_at_end"])
    del at_end["prr-approvers"]
    assert sum(at_end.values()) == wanted["approver_not_active_at_last_event"] == 55
    assert report["signers"] == expected["gate_passes_by_approver"]
    assert report["signed"] == expected["signoffs_recorded_by_stage"]


def test_separation_of_duties_would_have_stopped_some(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """The same policy with the authors excluded, and who is both approver and author of a proposal."""
    wanted = expected["separation_of_duties_and_membership_on_passes"]
    ((title, fallen),) = report["what_if"].items()
    assert fallen == {"approver_not_in_group": wanted["prr_approver_is_a_kep_author"]}
    assert sum(one["falls"] == [title] for one in report["passed"]) == 20
    assert list(report["overlaps"].values()) == [
        wanted["a_kep_approver_is_also_author"],
        wanted["all_kep_approvers_are_authors"],
    ]


def test_the_state_at_the_end_is_what_the_repository_enforces(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """412 pass, 236 are not asked, seven are faulty and none of those for a missing sign-off."""
    final = dict(report["final"])
    final["not_required"] = final.pop("not_yet_asked") + final.pop("before_the_rule")
    assert final == expected["head_state_gate_results"]
    found = sorted((one["item"], one["outcome"]) for one in report["final_refused"])
    assert found == sorted((one[0], one[4]) for one in expected["head_state_failures"])


def test_stages_are_followed(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """How often each change of stage and status comes, and the days between stages."""
    assert report["changes"]["stage"] == expected["stage_transitions"]
    assert report["changes"]["status"] == expected["status_transitions"]
    assert report["days"]["stage"] == expected["days_between_stage_entries"]


def test_the_whole_log_is_read(report: dict[str, Any], expected: dict[str, Any]) -> None:
    """10,209 events of 665 proposals, and every name the map reads comes in the log."""
    assert (report["items"], report["live"]) == (expected["items"], expected["live_at_head"])
    assert (report["events"], report["events_by_kind"]) == (expected["events"], expected["events_by_kind"])
    assert report["unseen"] == []


def test_the_cases_beside_the_process_come_out() -> None:
    """And reach every outcome."""
    text = (K8S / "k8s-prr.cases.yaml").read_text()
    cases = build(CasesFile, read_document(text, "k8s-prr.cases.yaml"))
    ran = run_cases(load_process((K8S / "k8s-prr.yaml").read_text(), "k8s-prr.yaml"), cases)
    assert [problem for result in ran.results for problem in result.problems] == []
    assert ran.coverage.never_reached == []
