"""Who held which role when, from a log of memberships."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from gates.replay.attempts.mapping import Groups
from gates.replay.rows import LogFault, Row, moment_of, need_columns, need_known
from policies.facts import Holding, Person, Roster

WHERE = "Groups, row"


class Memberships:
    """The roster as of any moment. `people` is everybody the log ever names; `know` adds signers."""

    def __init__(self, groups: Groups | None, rows: Sequence[Row] | None) -> None:
        """Read the rows of the log of groups. Raises LogFault where the map and what is given disagree."""
        if groups is None and rows is not None:
            raise LogFault("There is a log of groups, and the map does not say what it means: add `groups:`.")
        if groups is not None and rows is None:
            raise LogFault("The map speaks of groups, and there is no log of them: give it with --groups.")
        self.people: dict[str, Person] = {}
        self._since: list[datetime] = []
        self._rosters: list[Roster] = []
        self._before = Roster(self.people)
        if groups is not None:
            self._read(groups, rows or ())

    def _read(self, groups: Groups, rows: Sequence[Row]) -> None:
        columns, held = groups.columns, dict[str, list[str]]()
        for number, row in enumerate(rows, 2):
            need_columns(row, (columns.at, columns.group, columns.members), number, WHERE)
            group, at = row[columns.group], moment_of(row, columns.at, number, WHERE)
            need_known(group, groups.roles, f"{WHERE} {number}: the map does not know the group {group!r}")
            if self._since and at < self._since[-1]:
                raise LogFault(f"{WHERE} {number}: {row[columns.at]} comes before the row above. Sort them by time.")
            held[group] = [one.strip() for one in row[columns.members].split(groups.split) if one.strip()]
            for person in held[group]:
                self.know(person)
            holdings = tuple(Holding(person, groups.roles[name]) for name, found in held.items() for person in found)
            self._since.append(at)
            self._rosters.append(Roster(self.people, holdings))

    def know(self, person: str) -> None:
        """Somebody signs who may be in no group: known, with no role."""
        self.people.setdefault(person, Person(person, person))

    def as_of(self, at: datetime) -> Roster:
        """The roster with the memberships of `at`; a change at that very moment is in force."""
        place = bisect_right(self._since, at)
        return self._rosters[place - 1] if place else self._before

    def last(self) -> Roster:
        """The roster after every change on file."""
        return self._rosters[-1] if self._rosters else self._before
