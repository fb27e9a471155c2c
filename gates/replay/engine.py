"""The replay itself: one pass over the rows, one track an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from gates.machine import PREVIOUS, Machine
from gates.moves import Move, acts_in, propose_act
from gates.replay.mapping import ReplayMap
from gates.replay.report import Report
from gates.replay.rows import LogFault, moment, moment_of, need_columns
from policies.durations import parse_duration
from policies.facts import Holding, ItemFacts, Person, Roster
from policies.load import LoadedProcess
from policies.model import Selector
from policies.shifts import WorkCalendar

ANYBODY = "log"
"""Who acts in a replay: the log says that somebody did, and the question is whether the machine allows it."""

TIMES = WorkCalendar("UTC")


@dataclass
class Track:
    """One item as the log has it so far."""

    status: str
    state: str | None
    previous: str | None = None
    last_at: datetime | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    due: datetime | None = None
    """When the armed timer would fire; None while none is armed."""


class Replay:
    """Feed the rows in order with `row`, then take the report from `finish`."""

    def __init__(self, loaded: LoadedProcess, machine: Machine, mapping: ReplayMap) -> None:
        self.loaded = loaded
        self.machine = machine
        self.map = mapping
        self.report = Report()
        self.tracks: dict[str, Track] = {}
        self.since = moment(f"{mapping.since}T00:00:00Z") if mapping.since else datetime.min.replace(tzinfo=UTC)
        self.end = self.since
        self.roster = _everybody(loaded)
        unknown = sorted(set(mapping.states.values()) - set(loaded.process.states))
        if unknown:
            known = ", ".join(loaded.process.states)
            raise LogFault(f"The map leads to the state {unknown[0]!r}, which the process has not; it has {known}.")

    def row(self, row: Mapping[str, str], number: int) -> None:
        """Judge one row, then follow it. Raises LogFault for one that does not fit the map."""
        columns, words = self.map.columns, self.map.events
        need_columns(row, _needed(self.map), number)
        at = moment_of(row, columns.at, number)
        event, item = row[columns.event], row[columns.item]
        known = [word for word in (words.created, words.status, words.edit, words.deleted) if word]
        if event not in known:
            raise LogFault(f"Row {number}: the event {event!r} is not one of: {', '.join(known)}.")
        self.report.events += 1
        self.end = max(self.end, at)
        track = self.tracks.get(item)
        self._ring(track, event, row, at)
        if event == words.status and at >= self.since:
            self._judge(item, track, row, at)
        if event == words.created and at >= self.since:
            self.report.created[row[columns.to]] += 1
        self._follow(item, track, event, row, at)

    def finish(self) -> Report:
        """Ring what is still armed at the end of the log, and count where items are."""
        for track in self.tracks.values():
            if track.due is not None and track.due <= self.end:
                self._fire(track, "nothing later")
            self.report.final[track.status] += 1
        self.report.items = len(self.tracks)
        return self.report

    # -- judging -------------------------------------------------------------------------------------

    def _judge(self, item: str, track: Track | None, row: Mapping[str, str], at: datetime) -> None:
        columns = self.map.columns
        change = f"{row[columns.origin]} -> {row[columns.to]}"
        self.report.changes[change] += 1
        state, to = (self.map.states.get(row[name]) for name in (columns.origin, columns.to))
        if state is None or to is None:
            self.report.verdicts["unmapped"] += 1
            return
        self._note_timer_move(track, row, state, to, at)
        move = self._allowed(item, track, state, to, at)
        if move is None:
            self.report.verdicts["outside the machine"] += 1
            self.report.outside[change] += 1
            return
        self.report.verdicts["administrative" if move.cause.administrative else "allowed"] += 1
        self._note_date(item, track, move, at)

    def _allowed(self, item: str, track: Track | None, state: str, to: str, at: datetime) -> Move | None:
        """The move that leads from `state` to `to`; plain acts are looked for before administrative ones."""
        process = self.loaded.process
        previous = track.previous if track else None
        acts = sorted(acts_in(process, state), key=lambda act: act not in process.states[state].acts)
        facts = ItemFacts(
            key=item,
            process=process.process,
            kind=process.kind,
            revision=1,
            author=ANYBODY,
            owner=ANYBODY,
            submitter=ANYBODY,
            fields=track.fields if track else {},
        )
        for act in acts:
            target = self.machine.target(state, f"act:{act}")
            if (previous if target == PREVIOUS else target) != to:
                continue
            proposal = propose_act(
                self.loaded,
                self.machine,
                state=state,
                act=act,
                person=ANYBODY,
                item=facts,
                roster=self.roster,
                now=at,
                previous=previous,
                around=None,
                reason="as the log has it",
            )
            if isinstance(proposal, Move):
                return proposal
        return None

    def _note_date(self, item: str, track: Track | None, move: Move, at: datetime) -> None:
        word = acts_in(self.loaded.process, move.origin)[move.cause.name]
        if word.not_before is None:
            return
        if move.notes:
            self.report.dated["early"] += 1
            self.report.early.append((item, f"{at:%Y-%m-%dT%H:%M:%SZ}", move.notes[0]))
        elif track is not None and word.not_before in track.fields:
            self.report.dated["on or after the date"] += 1
        else:
            self.report.dated["without a date"] += 1

    def _note_timer_move(self, track: Track | None, row: Mapping[str, str], state: str, to: str, at: datetime) -> None:
        inactive = self.loaded.process.states[state].inactive
        if inactive is None or inactive.to != to or track is None or track.last_at is None:
            return
        bot = self.map.columns.is_bot
        who = "by a machine" if bot is not None and row[bot] == "1" else "by people"
        self.report.timer_moves[who] += 1
        if parse_duration(inactive.after).after(track.last_at, TIMES) > at:
            self.report.timer_moves[f"{who}, before it was due"] += 1

    # -- timers --------------------------------------------------------------------------------------

    def _ring(self, track: Track | None, event: str, row: Mapping[str, str], at: datetime) -> None:
        """An event disarms the timer; one that was due before it would have fired."""
        if track is None or track.due is None:
            return
        if track.due < at:
            inactive = self.loaded.process.states[str(track.state)].inactive
            to = self.map.states.get(row[self.map.columns.to])
            same = event == self.map.events.status and inactive is not None and to == inactive.to
            self._fire(track, "the same move" if same else "another event")
        track.due = None

    def _fire(self, track: Track, followed: str) -> None:
        self.report.fired[track.status] += 1
        self.report.followed[followed] += 1

    # -- following -----------------------------------------------------------------------------------

    def _follow(self, item: str, track: Track | None, event: str, row: Mapping[str, str], at: datetime) -> None:
        if event == self.map.events.deleted:
            if track is not None:
                track.last_at = at
            return
        status = row[self.map.columns.to]
        state = self.map.states.get(status)
        if track is None:
            track = self.tracks[item] = Track(status, state)
        elif event == self.map.events.status:
            track.previous = self.map.states.get(row[self.map.columns.origin])
        entered = event == self.map.events.status or track.last_at is None
        track.status, track.state, track.last_at = status, state, at
        self._fill(track, row, entered)
        inactive = self.loaded.process.states[state].inactive if state else None
        if inactive is not None and at >= self.since:
            track.due = parse_duration(inactive.after).after(at, TIMES)

    def _fill(self, track: Track, row: Mapping[str, str], entered: bool) -> None:
        if entered and track.state is not None:
            for name in self.loaded.process.states[track.state].clears:
                track.fields.pop(name, None)
        for name, source in self.map.fields.items():
            text = row[source.column].strip()
            if track.state in source.in_ and text:
                kind = self.loaded.process.fields[name].type
                read = {"date": date.fromisoformat, "moment": datetime.fromisoformat}.get(kind, str)
                track.fields[name] = read(text)


def _needed(mapping: ReplayMap) -> list[str]:
    columns = mapping.columns
    plain = [columns.item, columns.at, columns.event, columns.origin, columns.to]
    return [
        *plain,
        *([columns.is_bot] if columns.is_bot else []),
        *(f.column for f in mapping.fields.values()),
    ]


def _everybody(loaded: LoadedProcess) -> Roster:
    """A roster whose one person may do every act: a replay asks what the machine allows, not who did it."""
    roles = set()
    acts = [act for state in loaded.process.states.values() for act in state.acts.values()]
    for act in [*acts, *loaded.process.administrative.values()]:
        for one in act.by if isinstance(act.by, tuple) else (act.by,):
            roles.add(one.role if isinstance(one, Selector) else one)
    holdings = tuple(Holding(ANYBODY, role) for role in sorted(role for role in roles if role))
    return Roster({ANYBODY: Person(ANYBODY, "the log")}, holdings)
