"""The roll-call: who is there, who came late, who has left. It reaches every round on the agenda that counts it.

Calling the roll for the first time opens the meeting, which puts its agenda on the record. Signing stays each
person's own act.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from gates.errors import NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind, stamp
from gates.meetings import Meeting
from gates.service import conducting
from gates.service.desk import Desk, item_row
from gates.service.gather import open_round_of
from gates.service.meeting_lines import clock
from gates.service.meetings.agenda import keys_on, lines_on
from gates.service.meetings.chain import enter, locked
from gates.service.meetings.inviting import demand_chair
from gates.store import Unit
from gates.store import tables as t
from policies.model.walk import counts_present

EARLY = timedelta(hours=2)
"""How long before its time a meeting may be opened."""


def attend(desk: Desk, unit: Unit, key: str, present: Iterable[str], by: Actor) -> list[str]:
    """Record who is there now. Returns what it did to the items, a sentence each. Raises NotFound, Refused."""
    meeting = locked(unit, key)
    if meeting.state not in ("planned", "open"):
        raise Refused(f"{key} is {meeting.state}.", code=f"is-{meeting.state}")
    person = demand_chair(desk, unit, meeting, by, "call the roll")
    known = desk.roster(unit.connection, unit.now).people
    here = sorted(set(present))
    for one in here:
        if one not in known:
            raise NotFound(f"{one!r} is nobody on the roster. {choices(one, list(known))}")
    if meeting.opened_at is None:
        _open(desk, unit, meeting, by)
    before = meeting.present
    came = [one for one in here if one not in before]
    left = [one for one in before if one not in here]
    data = {"present": here, "came": came, "left": left, "by": person}
    enter(unit, meeting, Kind.MEETING_ATTENDED, by, data)
    on = keys_on(desk, unit.connection, meeting, unit.now)
    return hand_attendance(desk, unit, meeting, on, by)


def _open(desk: Desk, unit: Unit, meeting: Meeting, by: Actor) -> None:
    if unit.now < meeting.starts_at - EARLY:
        remedy = "Move it, if it is held earlier."
        raise Refused(
            f"It begins on {clock(stamp(meeting.starts_at), meeting.zone)}, and can be opened two hours before.",
            code="too-early",
            remedy=remedy,
        )
    lines = lines_on(desk, unit.connection, meeting, unit.now)
    agenda: list[dict[str, Any]] = []
    for line in lines:
        round_row = open_round_of(unit.connection, line.item.key)
        agenda.append(
            {
                "item": line.item.key,
                "title": line.item.title,
                "revision": line.item.revision,
                "round": round_row.id if round_row is not None else None,
                "standing": line.standing,
                "lacks": [one.what for one in line.lacks],
            }
        )
    enter(unit, meeting, Kind.MEETING_OPENED, by, {"agenda": agenda, "by": by.person})


def hand_attendance(desk: Desk, unit: Unit, meeting: Meeting, items: Iterable[str], by: Actor) -> list[str]:
    """Record who is there in each open round of `items` that counts it and does not know it yet."""
    said = []
    for key in sorted(items):
        unit.lock(key)
        row, round_row = item_row(unit.connection, key), open_round_of(unit.connection, key)
        if round_row is None:
            continue
        process = desk.bound(unit.connection, str(row.process_digest)).loaded.process
        if not counts_present(process, round_row.policy) or _is_known(unit, round_row.id, meeting.present):
            continue
        try:
            said.append(f"{key}: {conducting.attend(desk, unit, key, meeting.present, by)}")
        except Refused as refused:
            said.append(f"{key}: attendance was not recorded. {refused}")
    return said


def _is_known(unit: Unit, round_id: str, present: tuple[str, ...]) -> bool:
    acts = select(t.round_acts.c.subject).where(t.round_acts.c.round == round_id, t.round_acts.c.kind == "attend")
    last = unit.connection.execute(acts.order_by(t.round_acts.c.seq.desc()).limit(1)).scalar()
    return last is not None and json.loads(last) == list(present)
