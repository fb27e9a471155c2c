"""Meetings: something to decide, somebody who may record who is there, and a time that is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policies.durations import parse_duration
from policies.facts import RELATIONS
from policies.lint.remark import Path, Remark, choose
from policies.model import Meeting, Process, Selector
from policies.model.walk import counts_present

LONGEST_H = 24


def check_meetings(process: Process) -> Iterator[Remark]:
    """Every entry under `meetings`."""
    for name, meeting in process.meetings.items():
        path: Path = ("meetings", name)
        yield from _items(process, meeting, path)
        yield from _people(meeting, path)
        yield from _times(meeting, path)


def _items(process: Process, meeting: Meeting, path: Path) -> Iterator[Remark]:
    if not meeting.items:
        yield Remark((*path, "items"), "TG155", "no state is decided there.", "Name a state that has a round.")
    for place, name in enumerate(meeting.items):
        state = process.states.get(name)
        if state is None:
            remedy = choose(name, process.states)
            yield Remark((*path, "items", place), "TG101", f"there is no state `{name}`.", remedy)
        elif state.round is None:
            with_round = [one for one, other in process.states.items() if other.round is not None]
            said = f"`{name}` has no round, so nothing is decided there."
            yield Remark((*path, "items", place), "TG155", said, choose(name, with_round))
        else:
            yield from _attendance(process, meeting, state.round, path)


def _attendance(process: Process, meeting: Meeting, policy: str, path: Path) -> Iterator[Remark]:
    """What counts those present is fed by the roll-call, which is the chair's of the round to record."""
    known = process.policies.get(policy)
    if known is None or not counts_present(process, policy):
        return
    mine = meeting.chair.role or f"person:{meeting.chair.person}"
    if known.chair != mine:
        chairs = f"`{known.chair}` records" if known.chair else "nobody may record"
        said = f"`{policy}` counts those present, and {chairs} who is, not the chair of this meeting."
        yield Remark((*path, "chair"), "TG156", said, f"Write `chair: {mine}` in the policy, or another chair here.")


def _people(meeting: Meeting, path: Path) -> Iterator[Remark]:
    """A meeting is about many items: whoever is somebody only to one of them cannot be named."""
    chosen: list[tuple[Path, Selector]] = [((*path, "chair"), meeting.chair)]
    alone = isinstance(meeting.invite, Selector)
    for place, one in enumerate(meeting.invited):
        chosen.append(((*path, "invite") if alone else (*path, "invite", place), one))
    for where, one in chosen:
        if one.role in RELATIONS or one.role == "anyone" or one.at == "item.site":
            word = one.at if one.at == "item.site" else one.role
            yield Remark(where, "TG157", f"`{word}` is of one item, and a meeting has many.", "Name a role, or a site.")
        elif (one.role is None) == (one.person is None):
            yield Remark(where, "TG157", "it is a role or a person, one of the two.", "Write `{role: …}`.")


def _times(meeting: Meeting, path: Path) -> Iterator[Remark]:
    lasts = parse_duration(meeting.lasts)
    minutes = {"m": lasts.count, "h": lasts.count * 60}.get(lasts.unit)
    if minutes is None or minutes > LONGEST_H * 60:
        said = f"it takes {lasts.words}, and a meeting takes minutes or hours, a day at most."
        yield Remark((*path, "lasts"), "TG158", said, "Write `lasts: 60m`.")
    if meeting.from_ is None and meeting.every[0].isdigit():
        said = f"`{meeting.every}` is counted from no day."
        yield Remark((*path, "every"), "TG158", said, "Add `from:` with the day of the first one.")
    if meeting.from_ is not None:
        try:
            date.fromisoformat(meeting.from_)
        except ValueError:
            yield Remark((*path, "from"), "TG158", f"there is no day {meeting.from_}.", "Write a day, 2027-01-12.")
