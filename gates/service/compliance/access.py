"""Who may do what: every account and every role it holds, when it was granted and when it ended, read from the record.

The roster's entries are applied one by one; what a person holds after one and not before was granted by it, what they
held before and not after was ended by it. Whoever looks access through says so on the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from gates.errors import NotFound, RecordBroken, choices
from gates.items import Actor
from gates.ledger.entries import Kind, unstamp
from gates.roster.book import holdings_of
from gates.roster.state import Kept, RosterState, apply_entry
from gates.service import rulebook
from gates.service.compliance.entries import Body
from gates.service.compliance.reviewing import checked
from gates.service.desk import ROSTER, Desk
from gates.service.digests import changed_entries
from gates.store import Unit
from gates.store import tables as t
from policies.model import Process, Selector

ACCOUNT = ""
"""What stands where a role would stand, for being on the roster at all: the account, or signing by mail link."""
HELD, LATER, OVER, ENDED = "held", "not yet", "over", "ended"
Right = tuple[str, str | None, str | None, str | None, datetime | None, datetime | None]
"""Role, site, program, vendor, from and until."""


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One right of one person. `role` '' is the account; `site` None is every site.

    Granted and ended by an entry of the roster's chain, whose number is `granted` and `ended`; `state` is that at the
    moment of the report. `processes` are those published now that ask the role for a decision or an act."""

    person: str
    name: str
    kind: str
    company: str | None
    role: str
    title: str
    site: str | None
    program: str | None
    vendor: str | None
    since: datetime | None
    until: datetime | None
    granted_at: datetime
    granted_by: str
    granted: int
    ended_at: datetime | None = None
    ended_by: str = ""
    ended: int | None = None
    state: str = HELD
    processes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessReview:
    """One review of access: up to entry `entries` of the roster. `since` entries that give or take came after it."""

    seq: int
    at: datetime
    by: str
    name: str
    entries: int
    held: int
    finding: str
    since: int

    @property
    def sentence(self) -> str:
        """For showing."""
        more = f"{self.since} change{'' if self.since == 1 else 's'} of rights since"
        return (
            f"Access was reviewed by {self.name} on {self.at:%Y-%m-%d %H:%M} UTC, up to entry {self.entries} of "
            f"{ROSTER}; {more}."
        )


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Access at `moment`, from the first `entries` of the roster's chain, the last of which has the digest `head`."""

    moment: datetime
    entries: int
    head: str
    rows: tuple[AccessRow, ...]
    reviews: tuple[AccessReview, ...] = ()

    @property
    def held(self) -> tuple[AccessRow, ...]:
        """What is in force."""
        return tuple(row for row in self.rows if row.state == HELD)


@dataclass
class _Told:
    """What following the roster's chain told."""

    rows: list[AccessRow] = field(default_factory=list)
    open: dict[tuple[str, Right], int] = field(default_factory=dict)
    """Where in `rows` what is in force stands."""
    changes: list[int] = field(default_factory=list)
    """The entries that gave or took a right."""
    entries: int = 0
    head: str = ""


def access(desk: Desk, connection: Connection, moment: datetime | None = None) -> AccessReport:
    """Who could do what at `moment`; now where none is given. Raises RecordBroken."""
    then = moment or desk.clock.now()
    told = _follow(connection, then)
    titles, asked = desk.book(connection).titles, _asked(desk, connection)
    rows = [
        replace(
            row,
            state=_state(row, then),
            title=titles.get(row.role, row.role) if row.role else _account(row.kind),
            processes=asked.get(row.role, ()),
        )
        for row in told.rows
    ]
    rows.sort(key=lambda row: (row.name.casefold(), row.person, row.role, row.site or "", row.granted))
    return AccessReport(then, told.entries, told.head, tuple(rows), _reviews(connection, told))


def _account(kind: str) -> str:
    """Vendors and guests have no account to sign in to."""
    return "Account" if kind == "employee" else "Signs by mail link"


def review(desk: Desk, unit: Unit, by: Actor, finding: str) -> str:
    """Say on the record that access was looked through, and what was found. Raises NotFound, BadInput, RecordBroken."""
    unit.lock(ROSTER)
    people = desk.roster(unit.connection, unit.now).people
    if by.person not in people:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person or '', list(people))}")
    said, report = checked(finding), access(desk, unit.connection, unit.now)
    data = {"entries": report.entries, "head": report.head, "held": len(report.held), "finding": said}
    unit.enter(ROSTER, Kind.ACCESS_REVIEWED, by, data)
    return (
        f"Access is reviewed up to entry {report.entries} of {ROSTER}, on the record: {len(report.held)} rights held."
    )


def _follow(connection: Connection, until: datetime) -> _Told:
    state, told = RosterState(), _Told()
    for said in changed_entries(connection, t.entries.c.chain == ROSTER):
        raise RecordBroken(
            f"The record of {ROSTER} does not hold, so it does not say who may do what. {said[0].upper()}{said[1:]}. "
            f"See `tollgate record verify {ROSTER}`."
        )
    query = select(t.entries.c.body, t.entries.c.digest).where(t.entries.c.chain == ROSTER, t.entries.c.at <= until)
    for row in connection.execute(query.order_by(t.entries.c.seq)):
        entry = json.loads(row.body)
        told.entries, told.head = entry["seq"], row.digest
        if apply_entry(state, entry):
            _compare(state, entry, told)
    return told


def _compare(state: RosterState, entry: Body, told: _Told) -> None:
    """Write down what `entry`, after which the roster is `state`, gave and took."""
    at, who = unstamp(entry["at"]), _who(entry, state.people)
    # An import may change everybody, any other entry the one it names.
    people = (
        state.people if entry["kind"] == Kind.ROSTER_IMPORTED else {entry["data"].get("person")} & set(state.people)
    )
    now = {(person, right) for person in people for right in _rights(person, state.people[person])}
    gone = [key for key in told.open if key[0] in people and key not in now]
    fresh = [key for key in now if key not in told.open]
    for key in gone:
        place = told.open.pop(key)
        told.rows[place] = replace(told.rows[place], ended_at=at, ended_by=who, ended=entry["seq"])
    for person, right in sorted(fresh, key=str):
        told.open[person, right] = len(told.rows)
        line = state.people[person].line
        told.rows.append(
            AccessRow(person, line.name, line.kind, line.company, right[0], "", *right[1:], at, who, entry["seq"])
        )
    if gone or fresh:
        told.changes.append(entry["seq"])


def _rights(person: str, kept: Kept) -> Iterator[Right]:
    """The account, and each role with its scope; nothing of whoever is inactive."""
    if not kept.active:
        return
    yield (ACCOUNT, None, None, None, None, None)
    for one in holdings_of(person, kept.line):
        yield (one.role, one.site, one.program, one.vendor, one.since, one.until)


def _who(entry: Body, people: Mapping[str, Kept]) -> str:
    person = entry["actor"]["person"]
    if person is None:
        return str(entry["actor"].get("origin") or entry["actor"]["via"])
    return people[person].line.name if person in people else str(person)


def _state(row: AccessRow, then: datetime) -> str:
    if row.ended is not None:
        return ENDED
    if row.since is not None and then < row.since:
        return LATER
    return OVER if row.until is not None and row.until <= then else HELD


def _asked(desk: Desk, connection: Connection) -> dict[str, tuple[str, ...]]:
    """Role -> the processes published now that ask it for a decision or let it act."""
    found: dict[str, list[str]] = {}
    for line in rulebook.current_processes(connection):
        loaded = desk.bound(connection, line.digest).loaded
        roles = {role for policy in loaded.policies.values() for role in policy.asks} | _acting(loaded.process)
        for role in sorted(roles):
            found.setdefault(role, []).append(line.name)
    return {role: tuple(names) for role, names in found.items()}


def _acting(process: Process) -> set[str]:
    found = set()
    for state in process.states.values():
        for act in state.acts.values():
            people = act.by if isinstance(act.by, tuple) else (act.by,)
            found |= {one.role for one in people if isinstance(one, Selector) and one.role}
    return found


def _reviews(connection: Connection, told: _Told) -> tuple[AccessReview, ...]:
    """The reviews so far, oldest first."""
    e = t.entries.c
    here = (e.chain == ROSTER, e.kind == Kind.ACCESS_REVIEWED.value, e.seq <= told.entries)
    names = {row.id: row.name for row in connection.execute(select(t.people.c.id, t.people.c.name))}
    found = []
    for body in connection.execute(select(e.body).where(*here).order_by(e.seq)).scalars():
        entry = json.loads(body)
        data, person = entry["data"], entry["actor"]["person"]
        since = sum(seq > data["entries"] for seq in told.changes)
        found.append(
            AccessReview(
                entry["seq"], unstamp(entry["at"]), person, names.get(person, person), data["entries"], data["held"],
                data["finding"], since,
            )
        )  # fmt: skip
    return tuple(found)
