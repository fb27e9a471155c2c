"""What a run leaves behind: its stays in states, and how it went. Times are seconds."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """Who ended a stay: the last one waited for, in which capacity, and since when (seconds)."""

    person: str
    capacity: str
    asked: int


@dataclass(slots=True)
class Stay:
    """One stay in one state. Times are seconds; `until` is None while the item is there."""

    state: str
    since: int
    due: int | None = None
    until: int | None = None
    last: Answer | None = None
    fired: list[int] = field(default_factory=list)
    """Places of the ladder's steps that came to be."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run went. `end` is the end it reached; without one, `is_stuck` says that nothing more can happen."""

    stays: tuple[Stay, ...]
    end: str | None
    is_stuck: bool
    why: str
    story: tuple[tuple[int, str], ...]
