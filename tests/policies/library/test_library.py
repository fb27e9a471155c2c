"""The shipped processes: each loads without a warning, and its cases come out and show every rule met and not met."""

from __future__ import annotations

import pytest

from policies.cases import CasesFile, run_cases
from policies.library import library_cases, library_names, library_text
from policies.load import build, load_process, read_document


@pytest.mark.parametrize("name", library_names())
def test_a_shipped_process_does_what_its_cases_say(name):
    """No fault, no warning, full coverage."""
    loaded = load_process(library_text(name), f"{name}.yaml")
    assert loaded.warnings == ()
    report = run_cases(loaded, build(CasesFile, read_document(library_cases(name), f"{name}.cases.yaml")))
    assert [(one.case, one.problems) for one in report.results if one.problems] == []
    seen, turns = report.coverage.share
    assert (seen, report.coverage.never_reached) == (turns, [])
