"""Roster and people file -> workers with their calendars; people made up where there is no roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gates.calendars import UTC_SITE, YEARS_AHEAD, Site, calendar_of
from gates.machine import compile_machine
from gates.roster import BookHolding, BookPerson, HoldingLine, RosterBook, RosterFile, day_start
from gates.simulate.clock import Days, moment, work_time
from gates.simulate.item import AUTHOR
from gates.simulate.people import Habit, PeopleFile, habit_of, response_of
from gates.simulate.plan import Company, Plan, Worker, edges_of
from policies.facts import RELATIONS, ItemFacts, StandIn
from policies.load import LoadedProcess
from policies.model import Selector
from policies.shifts import WorkCalendar

PERSON = "person:"

MADE_UP_EACH = 3
"""People made up for a role; more where a rule asks more."""


def book_of(file: RosterFile) -> RosterBook:
    """The roster file as a book, as importing it would store it."""
    sites = {name: Site(name, line.zone, line.country, line.region) for name, line in file.sites.items()}
    people, holdings = {}, []
    for person, line in file.people.items():
        plain = [HoldingLine(role=held) if isinstance(held, str) else held for held in line.roles]
        zone = line.zone
        if "zone" not in line.model_fields_set:  # where they hold a role, or where there is only one place to be
            near = [held.at for held in plain if held.at] or (list(sites) if len(sites) == 1 else [])
            zone = next((sites[name].zone for name in near), zone)
        people[person] = BookPerson(person, line.name, line.email, zone, line.locale, active=True)
        for held in plain:
            until = date.fromisoformat(held.until) + timedelta(days=1) if held.until else None
            last = day_start(until.isoformat() if until else None, line.zone)
            holdings.append(BookHolding(person, held.role, held.at, day_start(held.from_, line.zone), last))
    return RosterBook(people, tuple(holdings), {name: line.title for name, line in file.roles.items()}, sites)


def with_author(book: RosterBook, person: str, zone: str) -> RosterBook:
    """The book with the author who is made up, unless it knows them."""
    if person != AUTHOR or person in book.people:
        return book
    author = BookPerson(AUTHOR, "The author", "", zone, "en", active=True)
    return replace(book, people={**book.people, AUTHOR: author}, _cached=None)


def made_up_roster(loaded: LoadedProcess, item: ItemFacts) -> RosterBook:
    """A few people for every role that the process asks about this item, at every site."""
    asked: dict[str, int] = {}
    for policy in loaded.policies.values():
        written = policy.for_item(item)
        asked.update(dict.fromkeys((written.policy.chair,) if written.policy.chair else (), 1))
        for leaf in written.leaves:
            number = 0 if leaf.weight else (leaf.bound.number or 0) + (leaf.bound.kind == "more_than")
            asked.update({word: max(asked.get(word, MADE_UP_EACH), number) for word in leaf.bodies})
    for selector in _selectors(loaded):
        word = f"{PERSON}{selector.person}" if selector.person is not None else selector.role
        asked.setdefault(word or "anyone", MADE_UP_EACH)
    roles = [word for word in asked if word not in (*RELATIONS, "anyone") and not word.startswith(PERSON)]
    holdings = [(f"{role}-{number}", role) for role in roles for number in range(1, asked[role] + 1)]
    named = [word.removeprefix(PERSON) for word in asked if word.startswith(PERSON)]
    return RosterBook(
        {one: BookPerson(one, _name(one), "", "UTC", "en", active=True) for one in [p for p, _ in holdings] + named},
        tuple(BookHolding(person, role, None, None, None) for person, role in holdings),
        {},
        {},
    )


def _name(person: str) -> str:
    words = person.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _selectors(loaded: LoadedProcess) -> Iterable[Selector]:
    states = loaded.process.states.values()
    acts = [act for state in states for act in state.acts.values()]
    for act in [*acts, *loaded.process.administrative.values()]:
        for one in act.by if isinstance(act.by, tuple) else (act.by,):
            yield Selector(role=one) if isinstance(one, str) else one


def make_plan(
    loaded: LoadedProcess,
    item: ItemFacts,
    book: RosterBook,
    habits: PeopleFile,
    *,
    start: date,
    days: int,
    origin: str | None = None,
    absences: Mapping[str, Sequence[Days]] | None = None,
    assumed: Sequence[str] = (),
) -> Plan:
    """A simulation of `item` from the opening hour of its site on `start`, for at most `days`.

    `absences` are days away (first and last) from elsewhere than the people file; they all count, and so do the
    days on which somebody sits for a person in everything.
    """
    site = book.sites.get(item.site or "", UTC_SITE)
    default = habit_of(habits, "", ())
    last = start + timedelta(days=days)
    calendar = _calendar(site, start, last)
    opening = int(datetime.combine(start, default.hours.opens, ZoneInfo(site.zone)).timestamp())
    standing_in = book.at(moment(opening)).stand_ins
    away = {
        person: (*(absences or {}).get(person, ()), *_replaced(standing_in, person, line.zone))
        for person, line in book.people.items()
    }
    workers = {person: _worker(book, habits, person, start, last, away[person]) for person in book.people}
    edges = [edge for held in book.holdings for edge in (held.since, held.until)]
    edges += [edge for one in standing_in for edge in (one.since, one.until)]
    return Plan(
        loaded=loaded,
        machine=compile_machine(loaded.process),
        item=item,
        company=Company(book.at, edges_of(edges)),
        workers=workers,
        calendar=calendar,
        time=work_time(calendar, default.hours, (), start, last),
        day=default.hours.seconds,
        origin=origin or loaded.process.start,
        start=opening,
        until=int(datetime.combine(last, time(), ZoneInfo(site.zone)).timestamp()),
        acts=habits.acts,
        waits={state: response_of(line, default.hours) for state, line in habits.waits.items()},
        assumed=tuple(assumed),
    )


def _replaced(standing_in: Sequence[StandIn], person: str, zone: str) -> list[Days]:
    """The days on which somebody else sits for `person`, whatever the role, by the person's clock."""
    local = ZoneInfo(zone)
    return [
        (one.since.astimezone(local).date(), (one.until - timedelta(seconds=1)).astimezone(local).date())
        for one in standing_in
        if one.absent == person and one.roles is None
    ]


def _worker(
    book: RosterBook, habits: PeopleFile, person: str, first: date, last: date, absent: tuple[Days, ...]
) -> Worker:
    held = [holding for holding in book.holdings if holding.person == person]
    habit = habit_of(habits, person, [holding.role for holding in held])
    calendar = _calendar(_site_of(book, person, held, habit), first, last)
    zone = book.people[person].zone
    days_away = (*habit.absent, *absent)
    return Worker(habit.response, habit.says, work_time(calendar, habit.hours, days_away, first, last, zone=zone))


def _site_of(book: RosterBook, person: str, held: Sequence[BookHolding], habit: Habit) -> Site:
    """Whose holidays a person keeps: as the people file says, else their role's site, else one in their time zone."""
    zone = book.people[person].zone
    names = [habit.site, *(one.site for one in held)]
    names += [name for name, site in book.sites.items() if site.zone == zone]
    return next((book.sites[name] for name in names if name in book.sites), Site("", zone))


def _calendar(site: Site, first: date, last: date) -> WorkCalendar:
    """The site's calendar for all years between two days."""
    years = range(first.year, last.year + 1, YEARS_AHEAD + 1)
    return WorkCalendar(site.zone, frozenset().union(*(calendar_of(site, year).closed for year in years)))
