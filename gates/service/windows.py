"""Times booked at a site: found, booked with the act that takes them, released, and held against today's calendar."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gates.around import window_as_data
from gates.calendars import Site
from gates.errors import BadInput, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.moves import acts_in
from gates.service.desk import CALENDAR, Bound, Desk, item_row
from gates.store import Unit
from gates.store.window_tables import bookings as b
from gates.windows import LONGEST, Found, Taken, Within, concerns, free_times, judge, moment_of
from policies.facts import ItemFacts
from policies.model import WindowUse


@dataclass(frozen=True, slots=True)
class Asking:
    """A time as an item, or a person for it, asks for it: by the clock of the item's site."""

    since: datetime | None
    until: datetime | None
    line: str | None
    within: Within


@dataclass(frozen=True, slots=True)
class Booking:
    """One time that is booked. `against` is what stood against it where it was an exception."""

    item: str
    number: int
    site: str
    zone: str
    line: str | None
    window: str | None
    begins_at: datetime
    ends_at: datetime
    against: tuple[str, ...]
    booked_by: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A booking that today's calendar, or another booking, is in the way of, and why."""

    booking: Booking
    why: tuple[str, ...]


def windows_around(
    desk: Desk, connection: Connection, row: Row[Any], bound: Bound, facts: ItemFacts, now: datetime
) -> dict[str, Found]:
    """What the calendar and the bookings say to each act that takes a time, by the act."""
    uses = {name: act.window for name, act in acts_in(bound.loaded.process, row.state).items()}
    return {name: find(desk, connection, row, asked_by(facts, use), now) for name, use in uses.items() if use}


def asked_by(facts: ItemFacts, use: WindowUse) -> Asking:
    """The time that the fields of an item ask for."""
    given = facts.fields
    line = given.get(use.line) if use.line is not None else None
    return Asking(given.get(use.from_), given.get(use.until), None if line is None else str(line), use.within)


def find(desk: Desk, connection: Connection, row: Row[Any], asking: Asking, now: datetime) -> Found:
    """Judge a time for an item by today's calendar and bookings."""
    book = desk.book(connection)
    if row.site is None:
        return Found("", "UTC", asking.within, fault=f"{row.key} has no site at which a time could be taken.")
    site = book.sites.get(row.site)
    if site is None:
        return Found(row.site, "UTC", asking.within, fault=f"{row.site} has no calendar.")
    found = replace(_when(site, asking, now), calendar=book.calendar)
    if found.fault or found.begins is None or found.ends is None:
        return found
    asked = Taken(row.key, asking.line, found.begins, found.ends)
    others = _others(connection, site.name, row.key, found.begins)
    room, against = judge(site.windows, site.zone, asked, others, asking.within)
    free = free_times(site.windows, site.zone, asked, others, asking.within) if against else ()
    if room is None:
        return replace(found, against=against, free=free)
    return replace(found, window=room.window.name, opens=room.begins, closes=room.ends, against=against, free=free)


def _when(site: Site, asking: Asking, now: datetime) -> Found:
    """The time in UTC, or why it is none."""
    found = Found(site.name, site.zone, asking.within, asking.line)
    if asking.since is None or asking.until is None:
        return replace(found, fault="It does not say yet from when until when.")
    begins, ends = moment_of(asking.since, site.zone), moment_of(asking.until, site.zone, is_end=True)
    for local, moment in ((asking.since, begins), (asking.until, ends)):
        if moment is None:
            said = f"{local:%Y-%m-%d %H:%M} is no time at {site.name}: the clock is put forward over it."
            return replace(found, fault=said)
    if begins is None or ends is None or ends <= begins:
        return replace(found, fault=f"It would end at {asking.until:%Y-%m-%d %H:%M}, which is not after its beginning.")
    if begins <= now:
        return replace(found, fault=f"It would begin at {asking.since:%Y-%m-%d %H:%M}, which is past.")
    if ends - begins > LONGEST:
        return replace(found, fault=f"It would last longer than {LONGEST.days} days.")
    return replace(found, begins=begins, ends=ends)


def _others(connection: Connection, site: str, key: str, since: datetime) -> list[Taken]:
    query = select(b).where(b.c.site == site, b.c.item != key, b.c.released_at.is_(None), b.c.ends_at > since)
    return [Taken(one.item, one.line, one.begins_at, one.ends_at) for one in connection.execute(query)]


def lock_calendar(unit: Unit, bound: Bound, act: str, state: str) -> None:
    """Before an act that takes a time is judged: no other booking and no new calendar comes in between."""
    word = acts_in(bound.loaded.process, state).get(act)
    if word is not None and word.window is not None:
        unit.lock(CALENDAR)


def book_with(unit: Unit, row: Row[Any], taken: Mapping[str, Any], by: Actor, act: str | None) -> None:
    """Book the time that an act rests on (as its entry keeps it); an earlier booking of the item is free with it."""
    number = int(unit.connection.execute(select(func.max(b.c.number)).where(b.c.item == row.key)).scalar() or 0) + 1
    entry = {**taken, "number": number, "origin": row.state, "act": act, "by": by.person}
    unit.enter(row.key, Kind.WINDOW_BOOKED, by, entry)
    _release(unit, row.key)
    unit.connection.execute(
        insert(b).values(
            item=row.key,
            number=number,
            origin=row.state,
            site=taken["site"],
            line=taken["line"],
            within=taken["within"],
            window=taken["window"],
            calendar=taken["calendar"],
            begins_at=datetime.fromisoformat(taken["begins_at"]),
            ends_at=datetime.fromisoformat(taken["ends_at"]),
            against=json.dumps(list(taken["against"]), ensure_ascii=False),
            booked_at=unit.now,
            booked_by=by.person,
        )
    )


def free_on_move(unit: Unit, key: str, to: str, ended: str | None) -> None:
    """The item ends, or is back where it plans: its booking is free. The move's own entry tells of it."""
    query = select(b.c.origin).where(b.c.item == key, b.c.released_at.is_(None))
    if any(ended is not None or origin == to for origin in unit.connection.execute(query).scalars()):
        _release(unit, key)


def _release(unit: Unit, key: str) -> None:
    unit.connection.execute(update(b).where(b.c.item == key, b.c.released_at.is_(None)).values(released_at=unit.now))


def book(desk: Desk, unit: Unit, key: str, by: Actor, asking: Asking) -> Booking:
    """Book a time for an item by hand. Raises NotFound, Refused (not theirs; no room, with the next free times)."""
    unit.lock(key)
    unit.lock(CALENDAR)
    row = item_row(unit.connection, key)
    _may(row, by)
    if row.ended is not None:
        raise Refused(f"{key} has ended and takes no time any more.", code="ended")
    found = find(desk, unit.connection, row, asking, unit.now)
    if found.fault:
        raise Refused(found.fault, code="no-window")
    if found.against:
        raise Refused(" ".join(found.against), code="outside-window", remedy=found.free_in_words)
    book_with(unit, row, window_as_data(found), by, None)
    return next(one for one in listed(desk, unit.connection, None, None) if one.item == key)


def release(unit: Unit, key: str, by: Actor, reason: str) -> None:
    """Give a booked time free. Raises NotFound, BadInput (no reason), Refused (not theirs, nothing booked)."""
    if not reason.strip():
        raise BadInput({"reason": "is needed: it stands on the record."})
    unit.lock(key)
    row = item_row(unit.connection, key)
    _may(row, by)
    number = unit.connection.execute(select(b.c.number).where(b.c.item == key, b.c.released_at.is_(None))).scalar()
    if number is None:
        raise Refused(f"{key} has no time booked.", code="not-booked")
    unit.enter(key, Kind.WINDOW_RELEASED, by, {"number": number, "by": by.person, "reason": reason.strip()})
    _release(unit, key)


def _may(row: Row[Any], by: Actor) -> None:
    if by.person is None or by.person not in (row.author, row.owner):
        remedy = f"Ask {row.owner or row.author}."
        raise Refused(
            f"The time of {row.key} is for its author and its owner to book.", code="not-yours", remedy=remedy
        )


def listed(desk: Desk, connection: Connection, site: str | None, since: datetime | None) -> list[Booking]:
    """The bookings that are not released, of one site or all, those that end after `since`; the soonest first.
    Raises BadInput for a site that is none."""
    sites = desk.book(connection).sites
    if site is not None and site not in sites:
        raise BadInput({"site": f"There is no site {site!r}. {choices(site, list(sites))}"})
    query = select(b).where(b.c.released_at.is_(None)).order_by(b.c.begins_at, b.c.item)
    query = query if site is None else query.where(b.c.site == site)
    query = query if since is None else query.where(b.c.ends_at > since)
    zones = {name: one.zone for name, one in sites.items()}
    return [
        Booking(
            one.item,
            one.number,
            one.site,
            zones.get(one.site, "UTC"),
            one.line,
            one.window,
            one.begins_at,
            one.ends_at,
            tuple(json.loads(one.against)),
            one.booked_by,
        )
        for one in connection.execute(query)
    ]


def standing_against(connection: Connection, key: str) -> tuple[str, ...]:
    """What stood against the time an item has booked; empty where nothing did, or nothing is booked."""
    found = connection.execute(select(b.c.against).where(b.c.item == key, b.c.released_at.is_(None))).scalar()
    return tuple(json.loads(found)) if found is not None else ()


def conflicts(desk: Desk, connection: Connection, site: str | None, now: datetime) -> list[Conflict]:
    """Bookings still to come that could not be booked today: a calendar came in between, or two share a line. What
    stood against one when it was booked as an exception is none. Raises BadInput."""
    sites, found = desk.book(connection).sites, []
    within = {
        (one.item, one.number): one.within for one in connection.execute(select(b).where(b.c.released_at.is_(None)))
    }
    rows = listed(desk, connection, site, now)
    for one in rows:
        place = sites.get(one.site)
        if place is None:
            found.append(Conflict(one, (f"{one.site} has no calendar any more.",)))
            continue
        # An exception was granted over the heads of those beside it; they are not at fault.
        others = [
            Taken(other.item, other.line, other.begins_at, other.ends_at)
            for other in rows
            if other.site == one.site and other.item != one.item and (one.against or not other.against)
            and concerns(one.line, other.line)
        ]  # fmt: skip
        asked = Taken(one.item, one.line, one.begins_at, one.ends_at)
        _, against = judge(place.windows, place.zone, asked, others, within[one.item, one.number])
        fresh = tuple(said for said in against if said not in one.against)
        if fresh:
            found.append(Conflict(one, fresh))
    return found
