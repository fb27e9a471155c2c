"""Requirements and tests are held together: no unknown id, no software requirement that nothing shows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from workflows.validation.trace import (
    KINDS,
    Carrier,
    CloneError,
    Requirement,
    carriers,
    ids_in,
    page,
    read_requirements,
)

REPOSITORY = Path(__file__).parents[2]
REQUIREMENTS = read_requirements(REPOSITORY)
TESTS = carriers(REPOSITORY)

# Being built: take an id out when a test carries it (a test below insists).
PENDING = {
    "P11-04", "P11-19", "P11-21", "P11-23", "P11-24", "P11-26", "EID-2", "PR-08",
}  # fmt: skip

FAMILIES = {
    "P11": 29, "A11": 13, "ALC": 8, "GAMP": 1, "DEV": 3, "ISO": 2, "SOX": 3, "EID": 3, "I": 9, "PR": 10,
}  # fmt: skip


def test_every_requirement_is_listed_once() -> None:
    """GAMP-1: the list is whole: each family runs from one to its last without a gap, in words of its own."""
    ids = [one.id for one in REQUIREMENTS]
    assert len(ids) == len(set(ids))
    assert Counter(name.split("-")[0] if "-" in name else "I" for name in ids) == FAMILIES
    for one in REQUIREMENTS:
        assert ids_in(one.id) == (one.id,)
        assert one.kinds <= KINDS
        assert one.text.endswith(".")


def test_no_test_names_an_unknown_requirement() -> None:
    """An id that is misspelt would show nothing."""
    assert set(TESTS) - {one.id for one in REQUIREMENTS} == set()


@pytest.mark.parametrize("one", REQUIREMENTS, ids=lambda one: one.id)
def test_what_the_software_must_do_is_shown_or_named_as_a_gap(one: Requirement) -> None:
    """P11-01: a statement about the software has a test, or says what is missing and what covers it meanwhile."""
    if "PROC" in one.kinds and len(one.kinds) == 1:
        return
    assert TESTS.get(one.id) or one.gap or one.id in PENDING, f"{one.id} has neither a test nor a gap"


def test_what_is_pending_is_shown_by_nothing_yet() -> None:
    """The list of what is being built only shrinks."""
    known = {one.id: one for one in REQUIREMENTS}
    assert {name for name in PENDING if name not in known or TESTS.get(name) or known[name].gap} == set()


def test_the_draft_is_cited_without_numbers() -> None:
    """Numbers of a draft may change before it is in force."""
    draft = [one for one in REQUIREMENTS if "draft" in one.clause]
    assert {one.clause for one in draft} == {"draft 2025"}


def test_ids_are_read_as_written() -> None:
    """Whole ids alone; a clause number or a word that looks like one is none."""
    assert ids_in("Shows P11-15, I9 and PR-01 (A11-02); not P11-1, I10, II9, XP11-15 or 11.10(a).") == (
        "P11-15",
        "I9",
        "PR-01",
        "A11-02",
    )


def test_the_page_shows_tests_gaps_and_nothing() -> None:
    """Each in the cell where a reader looks for it."""
    made = [
        Requirement("X-1", "S", "c", frozenset({"SW"}), "A."),
        Requirement("X-2", "S", "c", frozenset({"SW", "PROC"}), "B.", "not yet"),
    ]
    shown = page(made, {"X-1": [Carrier("tests/a.py", "test_it_is_so")]})
    assert "| X-1 | c | SW | A. | [it is so](../../tests/a.py) |" in shown
    assert "| X-2 | c | SW+PROC | B. | **Gap:** not yet |" in shown


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(CloneError, match="Clone it at the tag"):
        read_requirements(tmp_path)


def test_the_limits_stand_beside_the_promises() -> None:
    """PR-10: each limit that readers of evidence have to know is on the page, in the table with the promises."""
    text = (REPOSITORY / "docs" / "compliance" / "README.md").read_text(encoding="utf-8")
    table = text.split("## Promises, and the limits beside them", 1)[1]
    for limit in (
        "Tail of a partial record",
        "Sealing interval",
        "Server-checked proofs",
        "No trusted display",
        "SQLite detects rather than prevents",
    ):
        assert limit in table
    assert "compliant by itself" in text
    assert "built to support" in text
