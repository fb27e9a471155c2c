"""What the checks of a roster look at, and what they answer with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from policies.facts import UTC_DAYS, Roster, StandIn
from policies.shifts import WorkCalendar

DAYS_AHEAD = 90
"""How far ahead leaves are looked at."""

Path = tuple[str | int, ...]


class Level(StrEnum):
    """How serious a remark is."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Away:
    """One leave on file: `person` is away from `since` until before `until`, which is `first` to `last` in days of
    their own; `sits` is who sits for them, None for nobody. `place` is its number on the roster."""

    person: str
    since: datetime
    until: datetime
    first: date
    last: date
    sits: StandIn | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Staff:
    """A roster over time. `rosters` are the people as of their moments, oldest first: the first is what is checked,
    each later one what changes until `until`. `calendars` are those of the sites."""

    rosters: tuple[tuple[datetime, Roster], ...]
    until: datetime
    sites: tuple[str, ...] = ()
    away: tuple[Away, ...] = ()
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        return self.rosters[0][0]

    def at(self, moment: datetime) -> Roster:
        """The people as of `moment`."""
        return next((one for since, one in reversed(self.rosters) if since <= moment), self.rosters[0][1])

    def calendar(self, site: str | None) -> WorkCalendar:
        return self.calendars.get(site or "", UTC_DAYS)


@dataclass(frozen=True, slots=True)
class StaffRemark:
    """One thing found. `path` is the place in the process file, or on the roster where `on_roster` says so; `rule`
    is the path of the rule within the policy; `first` and `last` are days, both included. `is_tied` says that it is
    so only for what these people did to the item: nobody else's item is stuck."""

    code: str
    level: Level
    message: str
    remedy: str
    path: Path
    on_roster: bool = False
    policy: str | None = None
    outcome: str | None = None
    rule: str | None = None
    sites: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    is_tied: bool = False
