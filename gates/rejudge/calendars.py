"""The calendar that an entry says was relied on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from policies.shifts import Shift, WorkCalendar


def calendar_of(recorded: Mapping[str, Any]) -> WorkCalendar:
    """The calendar an entry says was relied on; what it does not say is as it is for everybody."""
    plain = WorkCalendar()
    return WorkCalendar(
        recorded["zone"],
        frozenset(date.fromisoformat(day) for day in recorded.get("closed", ())),
        tuple(recorded.get("weekend", plain.weekend)),
        frozenset(date.fromisoformat(day) for day in recorded.get("opened", ())),
        tuple(
            Shift(tuple(days), time.fromisoformat(start), time.fromisoformat(end))
            for days, start, end in recorded.get("shifts", ())
        ),
    )
