"""Absences out of people's calendars: one read on request, and those of a file that a worker reads now and then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gates.items import Actor
from gates.roster.feed import read_feed
from gates.service.absences import Absence, AbsenceSet
from policies.errors import TollgateError
from policies.load import build, read_document
from policies.model.base import Model, Name, Text
from workflows.errors import SettingsError
from workflows.roster_files import read_calendar
from workflows.wiring import Services

if TYPE_CHECKING:
    from gates.roster import BookAbsence


class FeedLine(Model):
    """One person's calendar."""

    calendar: Text
    """A file, or an address that begins with https://."""
    stand_in: Name | None = None
    """Who sits meanwhile; left out: nobody."""


class FeedsFile(Model):
    """The calendars absences are taken from, by person."""

    feeds: dict[Name, FeedLine]


def follow(
    services: Services, person: str, place: str, stand_in: str | None, by: Actor
) -> tuple[tuple[AbsenceSet, ...], tuple[BookAbsence, ...]]:
    """Take a person's absences from a calendar. Raises NotFound, BadInput, FeedError; nothing is half done."""
    register = services.register
    zone = register.person(person).zone
    raw = read_calendar(place, private=services.settings.absence_feeds_private)
    found = [
        Absence(person, one.since, one.until, stand_in, source="calendar", occurrence=one.occurrence)
        for one in read_feed(raw, zone, services.clock.now())
    ]
    return register.follow_feed(person, found, by)


def follow_all(services: Services) -> list[str]:
    """Read every calendar of the file; a sentence for each that changed something or could not be read."""
    path = services.settings.absence_feeds
    if path is None:
        return []
    said = []
    for person, line in read_feeds(path).feeds.items():
        try:
            made, ended = follow(services, person, line.calendar, line.stand_in, Actor(None, "engine", rule="calendar"))
        except TollgateError as error:
            said.append(f"{person}: {error}")
            continue
        if made or ended:
            said.append(f"{person}: {len(made)} absences set, {len(ended)} ended")
    return said


def read_feeds(path: Path) -> FeedsFile:
    """The file of calendars. Raises SettingsError, ProcessError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"TOLLGATE_ABSENCE_FEEDS names {path}, which cannot be read: {error.strerror}.") from error
    return build(FeedsFile, read_document(raw, str(path)))
