"""The rich golden bundle: what later parts of the program put on a record holds for ever, is judged again as it was, and
checking it prints what it printed when it was made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from command_line import run

from gates.ledger.proof.archive import FORMAT
from gates.ledger.proof.steps import LAST, verify_bundle

TESTS = Path(__file__).parents[2]
BUNDLES = sorted((TESTS / "golden").glob("rich-*.zip"))
VERIFY = TESTS.parent / "docs" / "compliance" / "verify.py"
HELD = {
    "item:condition:claimed": 1,
    "item:condition:met": 1,
    "item:condition:extended": 1,
    "item:condition:waived": 1,
    "item:window:booked": 2,
    "item:decision:recorded": 11,
    "item:round:overridden": 1,
    "log:key:rotated": 1,
}


def told(bundle: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bundle.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def options(bundle: Path, key: str = "key") -> list[str]:
    known = told(bundle)
    return ["--key", known[key], "--pin", known["pin"], "--complete", "--all"]


@pytest.mark.parametrize("key", ["key", "fresh"])
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_it_holds_is_judged_again_and_prints_what_it_printed(bundle: Path, key: str) -> None:
    """By the log's first key and by the one it was handed over to; the frozen words stand beside it (ALC-2, ALC-8)."""
    result = run("verify", str(bundle), "--replay", *options(bundle, key))
    assert result.exit_code == 0, result.stdout
    assert result.stdout == bundle.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_the_one_file_prints_the_same_steps(bundle: Path) -> None:
    """With the standard library alone, but for judging again, which it does not do (ALC-8, P11-04)."""
    command = [sys.executable, "-I", "-S", str(VERIFY), str(bundle), *options(bundle)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    slowly = " (slowly: the package cryptography is not installed)"
    frozen = bundle.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert done.stdout.replace(slowly, "").splitlines()[:LAST] == frozen[:LAST]


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_it_holds_what_it_is_there_for(bundle: Path) -> None:
    """Conditions, times booked, a freeze that was excepted, a passkey, a stand-in, an override, an escalation, a fresh
    key, and signatures that an edit let fall."""
    with bundle.open("rb") as file:
        outcome = verify_bundle(file)
    assert outcome.bundle is not None
    names = [chain.name for chain in outcome.bundle.chains]
    said = [entry for entries in outcome.entries for entry in entries]
    kinds = Counter(entry["kind"] for entry in said)
    assert {kind: kinds[kind] for kind in HELD} == HELD
    decisions = [entry["data"] for entry in said if entry["kind"] == "item:decision:recorded"]
    assert [one["person"] for one in decisions if one["proof"] == "passkey"] == ["ana"]
    assert [(one["person"], one["on_behalf_of"]) for one in decisions if one.get("on_behalf_of")] == [("otto", "mei")]
    assert sum(name.startswith("ESC-") for name in names) == 2
    assert any("freeze year-end" in str(entry["data"].get("against")) for entry in said)
    edited = [entry["data"] for entry in said if entry["chain"] == "ECR-0001"]
    signed = [(one["person"], one["revision"]) for one in edited if "position" in one]
    assert signed == [("mei", 1), ("ana", 1), ("otto", 2), ("ana", 2), ("ben", 2)]
    *_, judged = [one["verdict"]["findings"]["approved"]["parts"] for one in edited if "verdict" in one]
    assert [one["person"] for part in judged for one in part["counted"]] == ["otto", "ana", "ben"]


def test_there_is_one_for_the_present_format() -> None:
    """A new format needs one of its own: `python tests/golden/make_rich.py`."""
    assert BUNDLES[-1].stem == f"rich-{FORMAT}"
