"""Drives a log of gate attempts through a policy: each attempt is judged by `policies.evaluate` as of its time.

    replay = AttemptReplay(loaded, mapping, groups)
    for number, row in enumerate(rows, 2):
        replay.row(row, number)
    print(replay.finish().as_text())

An attempt is judged on what the item is after its transaction, with the memberships of that moment. Whatever the
verdict, the log is then followed as it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gates.replay.attempts.fits import kinds_of, names_read, policy_of
from gates.replay.attempts.follow import Followed
from gates.replay.attempts.groups import Memberships
from gates.replay.attempts.mapping import AttemptsMap
from gates.replay.attempts.report import AttemptReport
from gates.replay.attempts.tally import Tally
from gates.replay.attempts.tracks import Scribe, Signature, Track, read_value
from gates.replay.rows import LogFault, Row, moment_of, need_columns, need_known
from policies.load import LoadedProcess


@dataclass
class Transaction:
    """The rows that happen at once. `touched` are the items to judge, in the order of the log."""

    name: str
    at: datetime
    touched: dict[str, None]


class AttemptReplay:
    """Feed the rows in order with `row`, then take the report from `finish`."""

    def __init__(self, loaded: LoadedProcess, mapping: AttemptsMap, groups: Sequence[Row] | None = None) -> None:
        """`groups` are the rows of the log of groups. Raises LogFault for a map that does not fit the process."""
        policy = policy_of(loaded, mapping)
        self.process = loaded.process
        self.map = mapping
        self.memberships = Memberships(mapping.groups, groups)
        self.scribe = Scribe(loaded.process, mapping)
        self.report = AttemptReport()
        self.tally = Tally(loaded.process, policy, mapping, self.report)
        self.followed = Followed(mapping.follow)
        self.tracks: dict[str, Track] = {}
        self._now: Transaction | None = None
        self._closed: set[str] = set()
        self._columns = [name for name in mapping.columns.model_dump().values() if name is not None]
        self._kinds = kinds_of(mapping.events)
        self._readers: dict[str, list[str]] = {}
        for name, source in mapping.fields.items():
            self._readers.setdefault(source.from_, []).append(name)

    def row(self, row: Row, number: int) -> None:
        """Follow one row; a new transaction has the one before it judged. Raises LogFault for a misfit."""
        columns = self.map.columns
        need_columns(row, self._columns, number)
        event, at = row[columns.event], moment_of(row, columns.at, number)
        need_known(event, self._kinds, f"Row {number}: the map does not know the event {event!r}")
        now = self._enter(row[columns.transaction], at, number)
        self.report.events[event] += 1
        self._follow(self._kinds[event], row, now, number)

    def finish(self) -> AttemptReport:
        """Judge the last transaction and every live item as it is at the end, and give the report."""
        self._close()
        self.tally.passes_at_end(self.memberships.last())
        for item, track in self.tracks.items():
            if track.is_live and self._now is not None:
                self.tally.final(self.scribe.facts(item, track, self.memberships.last(), self._now.at))
        # A signature may stand for an item that the log never tells of; that makes no item.
        self.report.items = sum(bool(track.values) for track in self.tracks.values())
        self.report.unseen = sorted(names_read(self.map).difference(*(track.values for track in self.tracks.values())))
        self.report.live = sum(track.is_live for track in self.tracks.values())
        self.report.changes, self.report.days = self.followed.changes, self.followed.days()
        return self.report

    # -- transactions --------------------------------------------------------------------------------

    def _enter(self, name: str, at: datetime, number: int) -> Transaction:
        if self._now is not None and self._now.name == name:
            self._now.at = max(self._now.at, at)
            return self._now
        if name in self._closed:
            raise LogFault(f"Row {number}: the transaction {name!r} is over. Rows of one transaction stand together.")
        if self._now is not None and at < self._now.at:
            raise LogFault(f"Row {number}: {at:%Y-%m-%dT%H:%M:%SZ} comes before the row above. Sort the log by time.")
        self._close()
        self._now = Transaction(name, at, {})
        return self._now

    def _close(self) -> None:
        """Judge what the transaction touched, on what it left."""
        now = self._now
        if now is None:
            return
        self._closed.add(now.name)
        self.report.transactions += 1
        roster = self.memberships.as_of(now.at)
        for item in now.touched:
            track = self.tracks[item]
            if all(track.values.get(name, "") in values for name, values in self.map.attempt.while_.items()):
                self.tally.attempt(self.scribe.facts(item, track, roster, now.at), track, now.name)

    # -- following -----------------------------------------------------------------------------------

    def _follow(self, kind: str, row: Row, now: Transaction, number: int) -> None:
        if kind == "ignored":
            return
        track = self.tracks.setdefault(row[self.map.columns.item], Track())
        if kind == "signed":
            self._sign(track, row, now)
        elif kind == "changed":
            self._change(track, row, now, number)
        else:
            track.is_live = kind == "created"

    def _sign(self, track: Track, row: Row, now: Transaction) -> None:
        columns = self.map.columns
        person, key = row[columns.to].strip(), row[columns.name]
        place = (row[columns.scope] if columns.scope else "", key)
        if not person:
            track.signatures.pop(place, None)
            return
        self.memberships.know(person)
        track.signatures[place] = Signature(person, now.at)
        self.report.signed[key] += 1

    def _change(self, track: Track, row: Row, now: Transaction, number: int) -> None:
        columns = self.map.columns
        item, name, after = row[columns.item], row[columns.name], row[columns.to]
        self.followed.note(item, name, track.values.get(name, ""), after, now.at)
        track.values[name] = after
        for field in self._readers.get(name, ()):
            value = read_value(field, self.process.fields[field], self.map.fields[field], after, number)
            track.fields.pop(field, None)
            if value is not None:
                track.fields[field] = value
        if name in self.map.attempt.changes:
            now.touched[item] = None
