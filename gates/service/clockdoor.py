"""The register's door to time: the calendars of the sites, and the deadlines counted by them."""

from __future__ import annotations

from gates.calendars import Site
from gates.items import Actor
from gates.service import calendars, drifting
from gates.service.calendars import CalendarVersion
from gates.service.drifting import Drift
from gates.service.hookdoor import HookDoor
from gates.sitesfile import SitesFile


class ClockDoor(HookDoor):
    """What authors and pages need to know of time. `Register` is one."""

    def publish_calendar(self, sites: SitesFile, by: Actor) -> int:
        """Make `sites` the calendars from now on. Returns the version. Raises BadInput."""
        return self._desk.work(lambda unit: calendars.publish_calendar(self._desk, unit, sites, by))

    def calendar_versions(self) -> list[CalendarVersion]:
        """All versions, the newest first."""
        with self._desk.store.reading() as connection:
            return calendars.versions(connection)

    def site_calendars(self) -> dict[str, Site]:
        """Every site with its calendar."""
        with self._desk.store.reading() as connection:
            return calendars.sites(self._desk, connection)

    def drifted(self) -> list[Drift]:
        """Running deadlines that today's calendars would put elsewhere."""
        with self._desk.store.reading() as connection:
            return drifting.drifted(self._desk, connection)

    def recount(self, key: str, by: Actor, reason: str) -> list[Drift]:
        """Count an item's running deadlines anew. Raises NotFound, BadInput, Refused."""
        return self._desk.work(lambda unit: drifting.recount(self._desk, unit, key, by, reason))
