"""Review of a trail: somebody whose own acts are not in it says what they found, on the record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind, unstamp
from gates.service.compliance.entries import chains, doers, names_of
from gates.service.deciding import Refusing
from gates.service.desk import Desk, item_row
from gates.store import Unit
from gates.store import tables as t
from policies.canonical import nfc

LONGEST = 4000
_REVIEWS = frozenset({Kind.TRAIL_REVIEWED.value, Kind.REVIEW_REFUSED.value, Kind.ITEM_VIEWED.value})
"""Reviewing and looking are no acts on what is reviewed; otherwise nobody could review what they have looked at."""


@dataclass(frozen=True, slots=True)
class TrailReview:
    """One review: up to entry `entries`, whose digest is `head`. `since` entries came after those."""

    seq: int
    at: datetime
    by: str
    name: str
    entries: int
    head: str
    finding: str
    since: int

    @property
    def sentence(self) -> str:
        """For showing."""
        more = f"{self.since} entr{'y' if self.since == 1 else 'ies'} since"
        return f"Reviewed up to entry {self.entries} by {self.name} on {self.at:%Y-%m-%d %H:%M} UTC; {more}."


def review(desk: Desk, unit: Unit, key: str, by: Actor, finding: str) -> str | Refusing:
    """Put a review of everything on the item's trail so far on it. Returns a sentence.

    Answers Refusing, which is entered, when the reviewer's own acts are in it. Raises NotFound, BadInput.
    """
    unit.lock(key)
    item_row(unit.connection, key)
    people = desk.roster(unit.connection, unit.now).people
    if by.person not in people:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person or '', list(people))}")
    said = checked(finding)
    (trail,) = chains(unit.connection, [key], None)
    mine = [entry["seq"] for entry in trail if entry["kind"] not in _REVIEWS and by.person in set(doers(entry))]
    reviewed = {"entries": unit.seq(key), "head": _head(unit, key)}
    if mine:
        error = _own_acts(key, mine)
        unit.enter(key, Kind.REVIEW_REFUSED, by, {**reviewed, "code": error.code, "why": error.sentence})
        return Refusing(error)
    unit.enter(key, Kind.TRAIL_REVIEWED, by, {**reviewed, "finding": said})
    return f"The trail of {key} is reviewed up to entry {reviewed['entries']}, on the record."


def reviews(desk: Desk, connection: Connection, key: str) -> tuple[TrailReview, ...]:
    """The reviews of an item's trail, oldest first. Raises NotFound."""
    item_row(connection, key)
    names = names_of(desk, connection)
    here = t.entries.c.chain == key
    kinds = connection.execute(select(t.entries.c.seq, t.entries.c.kind).where(here)).all()
    acts = [row.seq for row in kinds if row.kind not in _REVIEWS]
    bodies = select(t.entries.c.body).where(here, t.entries.c.kind == Kind.TRAIL_REVIEWED.value)
    found = []
    for body in connection.execute(bodies.order_by(t.entries.c.seq)).scalars():
        entry = json.loads(body)
        data, person = entry["data"], entry["actor"]["person"]
        since = sum(seq > data["entries"] for seq in acts)
        at, name = unstamp(entry["at"]), names.get(person, person)
        found.append(TrailReview(entry["seq"], at, person, name, data["entries"], data["head"], data["finding"], since))
    return tuple(found)


def checked(finding: str) -> str:
    """A finding as it goes on the record. Raises BadInput."""
    said = nfc(finding.strip())
    if not said:
        raise BadInput({"finding": "Say what was found; “nothing to object to” is a finding too."})
    if len(said) > LONGEST:
        raise BadInput({"finding": f"The finding has {len(said):,} characters; {LONGEST:,} are allowed."})
    return said


def _head(unit: Unit, key: str) -> str:
    return str(unit.connection.execute(select(t.chains.c.head).where(t.chains.c.chain == key)).scalar_one())


def _own_acts(key: str, mine: list[int]) -> Refused:
    shown = ", ".join(str(seq) for seq in mine[:5]) + (f" and {len(mine) - 5} more" if len(mine) > 5 else "")
    noun = "entries" if len(mine) > 1 else "entry"
    return Refused(
        f"You had a part in what is reviewed ({key}, {noun} {shown}).",
        code="own-acts",
        remedy="Ask somebody who had none.",
    )
