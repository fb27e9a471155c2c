"""What every replay asks of the rows of a log, and how it refuses one that does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches

from policies.errors import TollgateError

Row = Mapping[str, str]
"""One row of a log: column -> text, '' for an empty cell."""


class LogFault(TollgateError):
    """A row of the log does not fit the map. The message names the row, the value and the choices."""


def moment(text: str) -> datetime:
    """`2026-08-20T15:00:00Z` as an aware UTC time. Raises ValueError; a time without a zone is UTC."""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def moment_of(row: Row, column: str, number: int, where: str = "Row") -> datetime:
    """The time in `column` of row `number`. Raises LogFault."""
    try:
        return moment(row[column])
    except ValueError:
        raise LogFault(f"{where} {number}: {row[column]!r} is no time such as 2026-08-20T15:00:00Z.") from None


def need_columns(row: Row, columns: Iterable[str], number: int, where: str = "Row") -> None:
    """Raises LogFault for the first of `columns` that the row has not."""
    missing = [name for name in columns if name not in row]
    if missing:
        raise LogFault(f"{where} {number} has no column {missing[0]!r}; it has: {', '.join(row)}.")


def need_known(word: str, known: Iterable[str], said: str) -> None:
    """Raises LogFault with `said` and the choices where `word` is not among `known`."""
    words = list(known)
    if word not in words:
        near = get_close_matches(word, words, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise LogFault(f"{said}; there is: {', '.join(words) or 'none'}.{hint}")
