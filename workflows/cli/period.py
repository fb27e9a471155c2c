"""A period as it is typed: whole days, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workflows.cli.output import MISUSE, fail


def period(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The moments from which and before which, for `--from` and `--until`. Misuse when one is no day."""
    first, last = _day(since, "--from"), _day(until, "--until")
    return first, last + timedelta(days=1) if last else None


def _day(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        fail(f"{option} {text!r} is no day; write 2026-08-17.", MISUSE)
