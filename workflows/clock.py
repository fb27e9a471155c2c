"""The demo's clock: the machine's time plus an offset kept in a file, so that every process sees the same."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

DEMO_MARK = "demo.json"
"""The file that says a folder is a demo's."""
DEMO_CLOCK = "clock"
"""The file in it that holds how far its clock is ahead."""


@dataclass(frozen=True, slots=True)
class OffsetClock:
    """A clock that can be put forward, never back."""

    path: Path

    def now(self) -> datetime:
        """The demo's present."""
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far the clock is ahead."""
        try:
            return timedelta(seconds=int(self.path.read_text(encoding="ascii")))
        except (OSError, ValueError):
            return timedelta()

    def advance(self, by: timedelta) -> None:
        """Put the clock forward. Raises ValueError for a step back: signed times must not run backwards."""
        if by <= timedelta():
            raise ValueError("the clock only goes forward")
        seconds = int((self.offset + by).total_seconds())
        partial = self.path.with_suffix(".part")
        partial.write_text(str(seconds), encoding="ascii")
        os.replace(partial, self.path)
