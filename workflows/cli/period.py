"""A period as it is typed: whole days, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from workflows.cli.output import MISUSE, fail

Span = Annotated[
    str | None, typer.Option("--period", help="2026, 2026-Q3, 2026-08, or 2026-07-01..2026-08-17, instead of both.")
]
_MONTHS = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")
"""A year, a quarter or a month."""


def period(since: str | None, until: str | None, span: str | None = None) -> tuple[datetime | None, datetime | None]:
    """The moments from which and before which, for `--from` and `--until`, or for `--period`.

    Misuse when one is no day, or when a period is given twice."""
    if span is not None:
        if since or until:
            fail("Say --period, or --from and --until: not both.", MISUSE)
        return _span(span)
    first, last = _day(since, "--from"), _day(until, "--until")
    return first, last + timedelta(days=1) if last else None


def _span(text: str) -> tuple[datetime, datetime]:
    first, dots, last = text.partition("..")
    if dots:
        return _known(first, "--period"), _known(last, "--period") + timedelta(days=1)
    found = _MONTHS.fullmatch(text)
    if found is None or not 1 <= int(found[1]) < 9999:
        day = _known(text, "--period")
        return day, day + timedelta(days=1)
    year, quarter, month = int(found[1]), found[2], found[3]
    begins = int(month) if month else 3 * int(quarter) - 2 if quarter else 1
    months = begins - 1 + (1 if month else 3 if quarter else 12)
    return datetime(year, begins, 1, tzinfo=UTC), datetime(year + months // 12, months % 12 + 1, 1, tzinfo=UTC)


def _day(text: str | None, option: str) -> datetime | None:
    return None if text is None else _known(text, option)


def _known(text: str, option: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        others = ", 2026-08, 2026-Q3, 2026 or 2026-07-01..2026-08-17" if option == "--period" else ""
        fail(f"{option} {text!r} is no {'period' if others else 'day'}; write 2026-08-17{others}.", MISUSE)
