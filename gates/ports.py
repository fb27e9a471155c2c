"""What the register needs from outside, as protocols: a clock, and (in tests) a plane of faults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. The only source of `now` in the product."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Faults(Protocol):
    """Where a fault may be injected. Absent in production (`NoFaults`)."""

    def reach(self, point: str, /) -> None:
        """Called at each named point; may raise or end the process."""
        ...


class NoFaults:
    """The production plane: nothing ever happens."""

    def reach(self, _point: str, /) -> None:
        return None
