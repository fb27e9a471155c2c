"""How people want their notices: set by themselves, or for them by the office with a reason. Each is one entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from gates.calendars import UTC_SITE, calendar_of
from gates.errors import BadInput, NotFound
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.preferences import NONE, Preferences, as_data, faults_of
from gates.roster import RosterBook
from gates.service.desk import ROSTER, Desk
from gates.service.joining import known_person
from gates.service.leaving import end_preference_links
from gates.service.outbox import look_again, waiting_notices
from gates.signoff import preference_person
from gates.store import Unit
from gates.store.roster_tables import preference_links as links
from gates.store.roster_tables import preferences as p
from policies.phrases import phrase
from policies.shifts import WorkCalendar


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """One person's preferences as pages and commands show them."""

    person: str
    name: str
    zone: str
    site: str
    """The site whose days off are theirs; '' where there is none, and Saturdays and Sundays count."""
    wish: Preferences
    is_set: bool
    quiet_end: datetime | None
    """Until when it is quiet for them now; None where it is not."""
    next_daily: datetime | None
    """When their next daily mail goes; None where notices come at once."""
    waiting: int
    """How many notices wait for it."""


def set_preferences(desk: Desk, unit: Unit, person: str, wish: Preferences, by: Actor, why: str = "") -> bool:
    """Make `wish` how `person` wants their notices, from this commit on, for what is owed already too.

    False when it was so before: nothing is entered then. Raises NotFound, BadInput (every fault; of somebody else's
    without a reason).
    """
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    known = known_person(book, person)
    faults = faults_of(wish)
    if not known.active:
        faults["person"] = phrase("%(name)s is not active; nothing is sent to them.", name=known.name)
    if by.person != person and not why.strip():
        faults["why"] = phrase("Say why you set this for %(name)s.", name=known.name)
    if faults:
        raise BadInput(faults)
    before = book.preferences.get(person)
    if wish == (before or NONE):
        return False
    old = as_data(before) if before is not None else None
    data = {"person": person, "before": old, "after": as_data(wish), "why": why.strip()[:1000]}
    unit.enter(ROSTER, Kind.PREFERENCES_SET, by, data)
    if before is None:
        unit.connection.execute(insert(p).values(person=person, **as_data(wish)))
    else:
        unit.connection.execute(update(p).where(p.c.person == person).values(**as_data(wish)))
    desk.read_anew(unit.connection)
    look_again(unit, person)
    return True


def set_by_link(desk: Desk, unit: Unit, token: str, wish: Preferences, origin: str) -> bool:
    """The same by whoever holds the link out of a mail. Raises NotFound, BadInput."""
    person = person_of(desk, unit.connection, token, unit.now)
    return set_preferences(desk, unit, person, wish, Actor(person, "link", origin))


def person_of(desk: Desk, connection: Connection, token: str, now: datetime) -> str:
    """Whose preferences a link changes. Raises NotFound when it is none, is too old, or its holder left."""
    people = desk.book(connection).people

    def ended(named: str) -> int:
        """Of people on the roster alone: the name is a stranger's until the seal is judged."""
        return ended_links(connection, named) if named in people else 0

    person = preference_person(token, desk.link_key, now, ended)
    known = people.get(person or "")
    if known is None or not known.active:
        raise NotFound(
            "This link is not known here, is too old, or was ended. The foot of every later mail has a fresh one; or "
            "sign in."
        )
    return known.id


def ended_links(connection: Connection, person: str) -> int:
    """How often the links by which somebody changes their preferences were ended."""
    return connection.execute(select(links.c.ended).where(links.c.person == person)).scalar() or 0


def end_links(desk: Desk, unit: Unit, person: str, by: Actor, why: str = "") -> None:
    """End every link by which `person` changes their preferences, at once and on the record; later mails have fresh
    ones. Raises NotFound, BadInput (of somebody else's without a reason)."""
    unit.lock(ROSTER)
    known = known_person(desk.book(unit.connection), person)
    if by.person != person and not why.strip():
        raise BadInput({"why": phrase("Say why you end the links of %(name)s.", name=known.name)})
    unit.enter(ROSTER, Kind.PREFERENCE_LINKS_ENDED, by, {"person": person, "why": why.strip()[:1000]})
    end_preference_links(unit, [person])


def end_links_by_link(desk: Desk, unit: Unit, token: str, origin: str) -> str:
    """The same by whoever holds one of them. Returns whose they were. Raises NotFound."""
    person = person_of(desk, unit.connection, token, unit.now)
    end_links(desk, unit, person, Actor(person, "link", origin))
    return person


def preferences_view(desk: Desk, connection: Connection, person: str, now: datetime) -> PreferencesView:
    """One person's preferences. Raises NotFound."""
    book = desk.book(connection)
    known = known_person(book, person)
    wish = book.preferences_of(person)
    site, calendar = calendar_for(book, person, now)
    return PreferencesView(
        person=person,
        name=known.name,
        zone=known.zone,
        site=site,
        wish=wish,
        is_set=person in book.preferences,
        quiet_end=wish.quiet_end(now, known.zone, calendar),
        next_daily=wish.digest_at(now, known.zone) if wish.notices == "daily" else None,
        waiting=waiting_notices(connection, person),
    )


def calendar_for(book: RosterBook, person: str, now: datetime) -> tuple[str, WorkCalendar]:
    """The site somebody works at, and its calendar."""
    site = book.sites.get(book.work_site(person, (), None, now) or "", UTC_SITE)
    return site.name, calendar_of(site, now.year)
