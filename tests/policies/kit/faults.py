"""Finding faults in texts whose expected place is marked."""

from __future__ import annotations

from policies.errors import ProcessError
from policies.load import load_process

MARK = "@@"


def marked(text: str) -> tuple[str, int, int]:
    """`text` without its mark, and the line and column (from 1) where the mark stood."""
    before, _, after = text.partition(MARK)
    line = before.count("\n") + 1
    return before + after, line, len(before) - (before.rfind("\n") + 1) + 1


def found(text: str | bytes, source: str = "file.yaml") -> list[tuple[int, int, str]]:
    """Line, column and code of each fault and warning."""
    try:
        loaded = load_process(text, source)
    except ProcessError as error:
        return [(fault.line, fault.column, fault.code) for fault in error.faults]
    return [(fault.line, fault.column, fault.code) for fault in loaded.warnings]
