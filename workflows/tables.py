"""Lists as CSV, XLSX and JSON, safe to open in a spreadsheet: nothing in a cell is ever read as a formula.

A cell that begins with = + - @ (also in their full-width forms), a tab or a line break gets an apostrophe in front in
CSV; so does what follows a semicolon, a tab or a line break inside one, for spreadsheets in many languages take the
semicolon for the separator. In XLSX every cell is written as the text it is.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

RISKY = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_AFTER_A_SEPARATOR = re.compile("(?<=[;\t\r\n])(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
LONGEST_CELL = 32_767
"""Characters that a cell of a workbook holds."""


def write_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a mark in front, so that spreadsheets read it as such; lines end as RFC 4180 says."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_safe(_text(cell)) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet, the head frozen and filterable. The same rows give the same bytes."""
    import xlsxwriter  # only this needs it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": datetime(1980, 1, 1)})  # noqa: DTZ001  (the library wants it so)
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "List")
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_row(0, 0, head, bold)
    count = 0
    for count, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, int) and not isinstance(cell, bool):
                sheet.write_number(count, column, cell)
            else:
                sheet.write_string(count, column, _text(cell)[:LONGEST_CELL], wrapped)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(count, 1), len(head) - 1)
    sheet.set_column(0, len(head) - 1, 22)
    book.close()
    return out.getvalue()


def write_json(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A JSON list with an object for each row, named by the columns; times in UTC as RFC 3339 says."""
    told = [{name: _value(cell) for name, cell in zip(head, row, strict=True)} for row in rows]
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def _value(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return list(cell) if isinstance(cell, tuple) else cell


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(cell, tuple | list):
        return "; ".join(_text(one) for one in cell)
    return "".join(c for c in str(cell) if c in "\t\n\r" or ord(c) >= 32)


def _safe(text: str) -> str:
    text = _AFTER_A_SEPARATOR.sub("'", text)
    return f"'{text}" if text.startswith(RISKY) else text
