"""Lists for spreadsheets: what is written is read back as the text it was, and nothing is ever a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from workflows.tables import RISKY, write_csv, write_xlsx

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "=cmd|'/c calc'!A0",
    "a=b",
    "",
    "é",
]


def read_xlsx(data: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_read_as_a_formula(text: str) -> None:
    """A11-09: an export is opened in a spreadsheet by somebody who trusts it."""
    (_, (cell,)) = csv.reader(io.StringIO(write_csv(("head",), [(text,)]).decode("utf-8-sig")))
    assert not cell.startswith(RISKY)
    assert cell.replace("'", "") == text.replace("'", "")
    sheet = write_xlsx("List", ("head",), [(text,)])
    assert b"<f>" not in sheet
    if text.strip():
        assert read_xlsx(sheet)[1][0] == text.replace("\r", "\n") or text.startswith(("\t", "\r"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("inside", ["Seal;=cmd|'/c calc'!A1", "ACME;+1", "a\t=1", "a\n@SUM(A1)", "a;\uff1d1"])
def test_no_part_of_a_cell_becomes_a_formula_under_another_separator(inside: str, separator: str) -> None:
    """A11-09: German, French and Spanish spreadsheets separate by semicolons."""
    lines = write_csv(("head", "next"), [("one", inside)]).decode("utf-8-sig")
    read = [cell for row in csv.reader(io.StringIO(lines, newline=""), delimiter=separator) for cell in row]
    assert not [cell for cell in read if cell.startswith(RISKY)]


@given(st.lists(st.tuples(st.text(max_size=50), st.integers(-(10**9), 10**9)), max_size=5))
def test_every_row_is_there(rows: list[tuple[str, int]]) -> None:
    """Whatever the letters; and the same rows give the same bytes."""
    data = write_csv(("a", "b"), rows)
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))) == len(rows) + 1
    sheet = write_xlsx("A: [list]", ("a", "b"), rows)
    assert sheet == write_xlsx("A: [list]", ("a", "b"), rows)
    assert [row[1] for row in read_xlsx(sheet)[1:]] == [float(number) for _, number in rows]


def test_times_say_their_zone_and_lists_are_joined() -> None:
    """UTC, as on the record."""
    moment = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
    text = write_csv(("at", "who"), [(moment, ("ana", "ben"))]).decode("utf-8-sig")
    assert "2026-08-17 09:00:00Z,ana; ben" in text
