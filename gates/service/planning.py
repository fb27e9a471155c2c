"""What clocks a stay in a state starts, and when each is due: worked out, not yet written.

Every person is counted in the calendar of the site they work at. Nothing here changes a row, so the same plan says
where a later calendar would put what is running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gates.calendars import UTC_SITE, Site, calendar_of
from policies.durations import before, parse_duration, share_of
from policies.model import Process, State
from policies.shifts import WorkCalendar


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody whose turn it is in a round: the site whose calendar they work by, whether it takes them, and by when
    (None until it is counted)."""

    person: str
    site: str | None
    needed: bool
    due_at: datetime | None = None
    on_behalf_of: str | None = None
    """Whom they sit for, where somebody is away."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One clock to be set. `person` is whom it reminds."""

    name: str
    due_at: datetime
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """When a stay is due, by when each of those asked is, and the clocks that go with it."""

    due_at: datetime | None
    turns: tuple[Turn, ...]
    clocks: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars of the sites, as of the year something starts in."""

    sites: Mapping[str, Site]
    year: int

    def of(self, site: str | None) -> WorkCalendar:
        """That of a site; UTC without holidays where it is none."""
        return calendar_of(self.sites.get(site or "", UTC_SITE), self.year)


def plan_state(state: State, start: datetime, calendar: WorkCalendar) -> Plan:
    """The clocks of a state without a round, entered at `start`."""
    clocks = [Planned(f"ladder:{n}", _after(step.after, start, (calendar,))) for n, step in enumerate(state.ladder)]
    if state.due is None:
        return Plan(None, (), tuple(clocks))
    due = _after(state.due.within, start, (calendar,))
    clocks += [*reminders(state, start, due, calendar), Planned("due", due)]
    return Plan(due, (), tuple(clocks))


def plan_round(
    process: Process, state: State, start: datetime, item_site: str | None, turns: Sequence[Turn], calendars: Calendars
) -> Plan:
    """The clocks of a round that opened at `start`.

    A person is due by their own calendar; the round, and each step of its ladder, when the last of those needed is.
    """
    needed = [calendars.of(one.site) for one in turns if one.needed] or [calendars.of(item_site)]
    clocks = [Planned(f"ladder:{n}", _after(step.after, start, needed)) for n, step in enumerate(state.ladder)]
    if state.due is None:
        deadline = process.policies[str(state.round)].deadline
        due = None if deadline is None else _after(deadline.in_, start, (calendars.of(item_site),))
        return Plan(due, tuple(turns), tuple(clocks))
    within = parse_duration(state.due.within)
    timed = tuple(replace(one, due_at=within.after(start, calendars.of(one.site))) for one in turns)
    for one in timed:
        clocks += personal(state, start, one, calendars)
    return Plan(_after(state.due.within, start, needed), timed, tuple(clocks))


def personal(state: State, start: datetime, turn: Turn, calendars: Calendars) -> list[Planned]:
    """The reminders of one person: at shares of their own time, or so long before it is over."""
    if turn.due_at is None or not turn.needed:
        return []
    found = reminders(state, start, turn.due_at, calendars.of(turn.site))
    return [replace(one, person=turn.person) for one in found]


def reminders(state: State, start: datetime, due: datetime, calendar: WorkCalendar) -> list[Planned]:
    """Those that lie between `start` and `due`."""
    found = []
    for place, text in enumerate(state.due.remind if state.due else ()):
        when = share_of(start, due, text) if text.endswith("%") else before(due, text, calendar)
        if when > start:
            found.append(Planned(f"remind:{place}", when))
    return found


def _after(text: str, start: datetime, calendars: Sequence[WorkCalendar]) -> datetime:
    duration = parse_duration(text)
    return max(duration.after(start, one) for one in calendars)
