"""The register's door to windows: what is booked, what is free, what is in conflict."""

from __future__ import annotations

from datetime import timedelta

from gates.items import Actor
from gates.service import windows
from gates.service.clockdoor import ClockDoor
from gates.service.windows import Asking, Booking, Conflict
from gates.windows import Opening, openings


class WindowDoor(ClockDoor):
    """See the module docstring. `Register` is one."""

    def openings(self, site: str, days: int) -> list[Opening]:
        """The windows of a site in the days to come, freezes and blackouts too. Raises KeyError."""
        place, now = self.site_calendars()[site], self._desk.clock.now()
        return openings(place.windows, place.zone, now, now + timedelta(days=days))

    def bookings(self, site: str | None = None) -> list[Booking]:
        """The times booked from now on, the soonest first. Raises BadInput."""
        with self._desk.store.reading() as connection:
            return windows.listed(self._desk, connection, site, self._desk.clock.now())

    def booking_conflicts(self, site: str | None = None) -> list[Conflict]:
        """Bookings that could not be booked today. Raises BadInput."""
        with self._desk.store.reading() as connection:
            return windows.conflicts(self._desk, connection, site, self._desk.clock.now())

    def book_window(self, key: str, by: Actor, asking: Asking) -> Booking:
        """Book a time for an item. Raises NotFound, Refused."""
        return self._desk.work(lambda unit: windows.book(self._desk, unit, key, by, asking))

    def release_window(self, key: str, by: Actor, reason: str) -> None:
        """Give an item's booked time free. Raises NotFound, BadInput, Refused."""
        self._desk.work(lambda unit: windows.release(unit, key, by, reason))
