"""Bundles of every format version that was ever written verify for ever, and are judged again as they were."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import run

TESTS = Path(__file__).parents[2]
BUNDLES = sorted((TESTS / "golden").glob("bundle-*.zip"))
VERIFY = TESTS.parent / "docs" / "compliance" / "verify.py"


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_a_bundle_of_every_format_still_holds(bundle: Path) -> None:
    """With its key, an older checkpoint and completeness; by the one file too (ALC-8, P11-04)."""
    told = json.loads(bundle.with_suffix(".json").read_text(encoding="utf-8"))
    options = ["--key", told["key"], "--pin", told["pin"], "--complete"]
    result = run("verify", str(bundle), "--replay", *options)
    assert result.exit_code == 0, result.stdout
    assert "14  ok" in result.stdout
    done = subprocess.run([sys.executable, "-I", "-S", str(VERIFY), str(bundle), *options], check=False)
    assert done.returncode == 0


def test_there_is_one_for_each_format() -> None:
    """A new format needs a golden bundle of its own: `python tests/golden/make.py`."""
    from gates.ledger.proof.archive import FORMAT

    assert [path.stem for path in BUNDLES] == [f"bundle-{n}" for n in range(1, FORMAT + 1)]
