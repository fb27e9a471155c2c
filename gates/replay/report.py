"""What a replay found, as counts by the log's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """See the fields. Every count but `events`, `items` and `final` is within the window of the map."""

    items: int = 0
    events: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    """Status changes: allowed, administrative, outside, unmapped."""
    changes: Counter[str] = field(default_factory=Counter)
    """`Draft -> Review`, every one."""
    outside: Counter[str] = field(default_factory=Counter)
    """`Draft -> Last Call`, where no act, verdict, timer or dependency leads there."""
    created: Counter[str] = field(default_factory=Counter)
    """Items by the status they began in."""
    dated: Counter[str] = field(default_factory=Counter)
    """Acts with a `not_before`: early, on time, without a date."""
    early: list[tuple[str, str, str]] = field(default_factory=list)
    """(item, when, what): acts before their day."""
    fired: Counter[str] = field(default_factory=Counter)
    """Timers that would have fired, by status."""
    followed: Counter[str] = field(default_factory=Counter)
    """What came after such a timer: the same move, another event, nothing."""
    timer_moves: Counter[str] = field(default_factory=Counter)
    """Moves to a timer's target as they happened, by machine or people; and those before the timer was due."""
    final: Counter[str] = field(default_factory=Counter)
    """Items by the status they are in at the end of the log."""

    def as_data(self) -> dict[str, Any]:
        """JSON-ready."""
        counters = {name: dict(value.most_common()) for name, value in vars(self).items() if isinstance(value, Counter)}
        return {
            "items": self.items,
            "events": self.events,
            "status_changes": sum(self.changes.values()),
            "timers_fired": sum(self.fired.values()),
            **counters,
            "early": [list(one) for one in self.early],
        }

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.items:,} items, {self.events:,} events"
        yield f"{sum(self.changes.values()):,} status changes judged"
        yield from _counted(self.verdicts, 2)
        if self.outside:
            yield "Outside the machine"
            yield from _counted(self.outside, 2)
        yield "Began as"
        yield from _counted(self.created, 2)
        if self.dated:
            yield "Acts with a date they must not come before"
            yield from _counted(self.dated, 2)
            for item, at, what in self.early:
                yield f"    {item} at {at}: {what}"
        yield f"{sum(self.fired.values()):,} timers would have fired"
        yield from _counted(self.fired, 2)
        yield "and were followed by"
        yield from _counted(self.followed, 2)
        if self.timer_moves:
            yield "Moves to a timer's target, as they happened"
            yield from _counted(self.timer_moves, 2)
        yield "In the end"
        yield from _counted(self.final, 2)


def _counted(counter: Counter[str], indent: int) -> Iterator[str]:
    for word, count in counter.most_common():
        yield f"{' ' * indent}{count:>6,}  {word}"
