"""The calendars of the sites: published as versions on the record, shown, and held against running deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from gates.calendars import Site
from gates.errors import BadInput
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import CALENDAR, Desk
from gates.sitesfile import SitesFile
from gates.store import Unit
from gates.store.calendar_tables import calendars
from policies.canonical import canonical


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """One version of the calendars."""

    version: int
    sites: tuple[str, ...]
    published_at: datetime
    published_by: str | None


def publish_calendar(desk: Desk, unit: Unit, sites: SitesFile, by: Actor) -> int:
    """Make `sites` the calendars from now on; the same again changes nothing. Running deadlines stay where they
    are. Returns the version. Raises BadInput when a site of the roster would be left without its calendar."""
    unit.lock(CALENDAR)
    content = sites.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    body = canonical(content).decode()
    newest = unit.connection.execute(select(calendars).order_by(calendars.c.version.desc()).limit(1)).first()
    if newest is not None:
        if newest.content == body:
            return int(newest.version)
        lost = sorted(set(SitesFile.model_validate_json(newest.content).sites) - set(sites.sites))
        used = [name for name in lost if name in desk.book(unit.connection).sites]
        if used:
            why = "has a calendar now and none in this file; name it, if only by its zone."
            raise BadInput(dict.fromkeys(used, why))
    version = (newest.version if newest else 0) + 1
    unit.enter(CALENDAR, Kind.CALENDAR_PUBLISHED, by, {"version": version, "calendar": content})
    unit.connection.execute(
        insert(calendars).values(version=version, content=body, published_at=unit.now, published_by=by.person)
    )
    return version


def versions(connection: Connection) -> list[CalendarVersion]:
    """All versions, the newest first."""
    return [
        CalendarVersion(
            row.version, tuple(SitesFile.model_validate_json(row.content).sites), row.published_at, row.published_by
        )
        for row in connection.execute(select(calendars).order_by(calendars.c.version.desc()))
    ]


def current_version(connection: Connection) -> int:
    """The version in force; 0 where none was published."""
    return int(connection.execute(select(func.max(calendars.c.version))).scalar() or 0)


def sites(desk: Desk, connection: Connection) -> dict[str, Site]:
    """Every site with its calendar."""
    return dict(desk.book(connection).sites)
