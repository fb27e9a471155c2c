"""What is published and the people on the roster cannot meet: looked for every night, entered when it changes, and
told once to those who keep the processes.

The last entry about a process says what was known of it, so nothing else has to be remembered: what stands in it
already is not told again, and what went away and comes back is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from gates.items import ENGINE
from gates.ledger.entries import Kind
from gates.service.desk import RULEBOOK, Desk
from gates.service.people import owe_mail
from gates.service.rulebook import ProcessLine, current_processes
from gates.staffing import staff_of
from gates.store import Unit
from gates.store import tables as t
from policies.errors import POISON
from policies.phrases import joined, phrase, stored
from policies.staffing import StaffRemark, unmeetable

log = logging.getLogger(__name__)

MOST_TOLD = 5
"""Findings one mail spells out."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """What changed about one process: what cannot be met anew, and what can be met again."""

    process: str
    new: tuple[str, ...]
    mended: tuple[str, ...]
    told: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.process}: {len(self.new)} anew, {len(self.mended)} mended, {len(self.told)} told"


def look_for_unmet(desk: Desk, roles: Collection[str]) -> list[Unmet]:
    """Hold every current process against the roster of today and the 90 days after it. Enters and tells what changed
    since the last look. `roles` are those of the people who keep the processes.

    The checks take seconds, so they are made before anything is locked.
    """
    with desk.store.reading() as connection:
        book, today = desk.book(connection), desk.clock.now().date()
        lines = current_processes(connection) if book.people else []
        texts = [(line, desk.bound(connection, line.digest).loaded) for line in lines]
        staff = staff_of(book, today) if texts else None
    if staff is None:
        return []
    changes = []
    for line, loaded in texts:
        try:
            found = unmeetable(loaded, staff)
            changes.append(desk.work(partial(_note, desk, line=line, found=found, roles=roles)))
        except POISON:
            log.exception("%s could not be held against the roster; the others are", line.name)
    return [one for one in changes if one is not None]


def _note(
    desk: Desk, unit: Unit, *, line: ProcessLine, found: list[StaffRemark], roles: Collection[str]
) -> Unmet | None:
    unit.lock(RULEBOOK)
    now = {one.message: one for one in found}
    before = _known(unit, line.name)
    new = [message for message in now if message not in before]
    mended = [message for message in before if message not in now]
    if not (new or mended):
        return None
    told = _keepers(desk, unit, line, roles) if new else {}
    data = {
        "process": line.name,
        "process_digest": line.digest,
        "found": [{"code": one.code, "message": one.message, "remedy": one.remedy} for one in now.values()],
        "mended": mended,
        "told": sorted(told),
    }
    unit.enter(RULEBOOK, Kind.PROCESS_UNMET, ENGINE, data)
    sentence = _sentence(line, [now[message] for message in new])
    for person, reason in told.items():
        # What happened is one entry; it is told once.
        once = str(unit.seq(RULEBOOK))
        owe_mail(unit, RULEBOOK, "unmet", person, once, sentence=sentence, reason=reason, page=f"processes/{line.name}")
    return Unmet(line.name, tuple(new), tuple(mended), tuple(sorted(told)))


def _known(unit: Unit, process: str) -> list[str]:
    """What the last look at the process found."""
    query = (
        select(t.entries.c.body)
        .where(t.entries.c.chain == RULEBOOK, t.entries.c.kind == Kind.PROCESS_UNMET.value)
        .order_by(t.entries.c.seq.desc())
    )
    for body in unit.connection.execute(query).scalars():
        data = json.loads(body)["data"]
        if data["process"] == process:
            return [one["message"] for one in data["found"]]
    return []


def _keepers(desk: Desk, unit: Unit, line: ProcessLine, roles: Collection[str]) -> dict[str, str]:
    """Who keeps the processes, and why they are told: the holders of `roles`, and who published this one."""
    roster = desk.roster(unit.connection, unit.now)
    found = {
        held.person: phrase("You hold the role %(role)s.", role=roster.title(held.role))
        for held in roster.holdings
        if held.role in roles and held.person in roster.people
    }
    by = unit.connection.execute(select(t.processes.c.published_by).where(t.processes.c.digest == line.digest)).scalar()
    if by is not None and by in roster.people:
        found.setdefault(by, phrase("You published it."))
    return found


def _sentence(line: ProcessLine, found: list[StaffRemark]) -> str:
    said = [joined([stored(one.message), stored(one.remedy)]) for one in found[:MOST_TOLD]]
    more = len(found) - len(said)
    rest = phrase(
        "And %(count)s more: tollgate process check %(process)s --roster says all.", count=more, process=line.name
    )
    first = phrase("%(process)s is published, and the people on the roster cannot meet all of it.", process=line.title)
    return joined([first, *said, rest if more > 0 else ""])
