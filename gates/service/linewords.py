"""Words that lines of a record share."""

from __future__ import annotations

from gates.ledger.entries import unstamp


def minute(moment: str) -> str:
    """A time as an entry has it, for people: `Mon 17 Aug 2026 09:00 UTC`."""
    return f"{unstamp(moment):%a %d %b %Y %H:%M} UTC"
