"""The register's door for the roster from day to day: people one by one, absences, and where nobody sits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gates.items import Actor
from gates.preferences import Preferences
from gates.roster import BookAbsence, PersonLine, line_of
from gates.service import absences, contacts, covering, handing, joining, preferring
from gates.service.absences import Absence, AbsenceSet
from gates.service.covering import GAP_DAYS, AbsenceView, Gap
from gates.service.joining import PersonChange
from gates.service.preferring import PreferencesView
from gates.service.ruledoor import RuleDoor


class RosterDoor(RuleDoor):
    """See the module docstring."""

    def person_line(self, person: str) -> PersonLine:
        """What the roster says of somebody, as a line of its file. Raises NotFound."""
        with self._desk.store.reading() as connection:
            book = self._desk.book(connection)
            joining.known_person(book, person)
            return line_of(book, person)

    def put_person(self, person: str, line: PersonLine, address: str, by: Actor, why: str = "") -> PersonChange:
        """Add somebody, or change their line. `address` is the mailbox in normal form. Raises BadInput."""
        return self._desk.work(lambda unit: joining.put_person(self._desk, unit, person, line, address, by, why))

    def deactivate(self, person: str, by: Actor, why: str = "") -> PersonChange:
        """Take somebody off the roster: links, sessions and open asks end in this commit. Raises NotFound, Refused."""
        return self._desk.work(lambda unit: joining.set_active(self._desk, unit, person, by, active=False, why=why))

    def reactivate(self, person: str, by: Actor, why: str = "") -> PersonChange:
        """Put somebody back; open rounds that asked them ask afresh. Raises NotFound, Refused."""
        return self._desk.work(lambda unit: joining.set_active(self._desk, unit, person, by, active=True, why=why))

    def set_absence(self, wish: Absence, by: Actor) -> AbsenceSet:
        """Put an absence on the roster. Raises NotFound, BadInput."""
        return self._desk.work(lambda unit: absences.set_absence(self._desk, unit, wish, by))

    def end_absence(self, absence: str, by: Actor, why: str = "") -> BookAbsence:
        """End an absence now, or drop one that has not begun. Raises NotFound."""
        return self._desk.work(lambda unit: absences.end_absence(self._desk, unit, absence, by, why))

    def follow_feed(
        self, person: str, found: Sequence[Absence], by: Actor
    ) -> tuple[tuple[AbsenceSet, ...], tuple[BookAbsence, ...]]:
        """Make somebody's absences out of a calendar those of `found`. Raises NotFound, BadInput."""
        return self._desk.work(lambda unit: absences.follow_feed(self._desk, unit, person, found, by))

    def open_asks_of(self, people: Sequence[str]) -> dict[str, list[str]]:
        """Who of `people` is asked in open rounds, and in which items."""
        found: dict[str, list[str]] = {}
        with self._desk.store.reading() as connection:
            for ask in handing.open_asks(connection, set(people)):
                found.setdefault(ask.person, []).append(ask.item)
        return found

    def absences(self, person: str | None = None) -> list[AbsenceView]:
        """Absences that are not over, the soonest first."""
        with self._desk.store.reading() as connection:
            return covering.absences(self._desk, connection, self._desk.clock.now(), person)

    def gaps(self, days: int = GAP_DAYS) -> list[Gap]:
        """Who will be away with nobody in their place, and what that holds up."""
        with self._desk.store.reading() as connection:
            return covering.gaps(self._desk, connection, self._desk.clock.now(), days)

    def office(self, roles: Collection[str]) -> str:
        """Name and address of the first who holds one of `roles` now; '' where nobody does."""
        with self._desk.store.reading() as connection:
            return contacts.holder_of(self._desk, connection, roles, self._desk.clock.now())

    def preferences(self, person: str) -> PreferencesView:
        """How somebody wants their notices. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return preferring.preferences_view(self._desk, connection, person, self._desk.clock.now())

    def preferences_by_link(self, token: str) -> PreferencesView:
        """The same for the holder of a link out of a mail. Raises NotFound."""
        with self._desk.store.reading() as connection:
            now = self._desk.clock.now()
            person = preferring.person_of(self._desk, connection, token, now)
            return preferring.preferences_view(self._desk, connection, person, now)

    def set_preferences(self, person: str, wish: Preferences, by: Actor, why: str = "") -> bool:
        """Make `wish` how somebody wants their notices. False when it was so. Raises NotFound, BadInput."""
        return self._desk.work(lambda unit: preferring.set_preferences(self._desk, unit, person, wish, by, why))

    def set_preferences_by_link(self, token: str, wish: Preferences, origin: str) -> bool:
        """The same by the holder of a link out of a mail. Raises NotFound, BadInput."""
        return self._desk.work(lambda unit: preferring.set_by_link(self._desk, unit, token, wish, origin))

    def end_preference_links(self, person: str, by: Actor, why: str = "") -> None:
        """End every link by which somebody changes their preferences. Raises NotFound, BadInput."""
        self._desk.work(lambda unit: preferring.end_links(self._desk, unit, person, by, why))

    def end_preference_links_by_link(self, token: str, origin: str) -> str:
        """The same by the holder of one of them. Returns whose they were. Raises NotFound."""
        return self._desk.work(lambda unit: preferring.end_links_by_link(self._desk, unit, token, origin))
