"""What the pages work with, and what the demo adds to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from workflows.wiring import Services


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step of the guided strip. `done` is read from the register, never remembered."""

    title: str
    text: str
    href: str
    done: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing the time machine shows. `item` is where to look; `seen` is read from the record."""

    title: str
    text: str
    item: str
    seen: bool


@dataclass(frozen=True, slots=True)
class RunnerStatus:
    """What the chip says: ready, starting, unreachable, plain or off."""

    state: str
    sentence: str


class TimeMachine(Protocol):
    """The demo's clock, put forward on request."""

    @property
    def offset(self) -> timedelta: ...

    def advance(self, by: timedelta) -> datetime: ...


@dataclass(frozen=True)
class Demo:
    """What only the demo has: the guide, the time machine, the passwords it may show."""

    guide: Callable[[], list[GuideStep]]
    time_machine: TimeMachine
    sights: Callable[[], list[Sight]]
    password: str
    folder: str
    command: str
    """`tollgate` as it can be typed in a terminal here, on the demo's data."""


@dataclass(frozen=True)
class Pages:
    """Everything the pages work with."""

    services: Services
    key: bytes
    """Signs anti-forgery values; random for each process is not enough when several serve."""
    demo: Demo | None = None
