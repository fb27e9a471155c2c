"""The zoo: every rule loads, its cases come out, and together they show every rule met and not met."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policies.cases import CasesFile, run_cases
from policies.load import build, load_process, read_document

ZOO = Path(__file__).parents[2] / "docs" / "zoo"
FILES = sorted(path for path in ZOO.glob("*.yaml") if not path.name.endswith(".cases.yaml"))
MEANT = {"lazy-consensus.yaml": ["TG127"], "objection-period.yaml": ["TG127"], "discuss-ballot.yaml": ["TG129"]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_of_the_zoo_does_what_it_says(path):
    """No fault, no warning but the one that the rule is about, and full coverage."""
    loaded = load_process(path.read_text(encoding="utf-8"), path.name)
    assert [fault.code for fault in loaded.warnings] == MEANT.get(path.name, [])
    beside = path.with_suffix(".cases.yaml")
    report = run_cases(loaded, build(CasesFile, read_document(beside.read_text(encoding="utf-8"), beside.name)))
    assert [(one.case, one.problems) for one in report.results if one.problems] == []
    seen, turns = report.coverage.share
    assert (seen, report.coverage.never_reached) == (turns, [])


def test_the_readme_lists_every_rule():
    """And no other; there are twenty and more."""
    listed = re.findall(r"^\| \[[^\]]+\]\(([^)]+)\)", (ZOO / "README.md").read_text(encoding="utf-8"), flags=re.M)
    assert sorted(listed) == [path.name for path in FILES]
    assert len(listed) >= 20
