"""Who may do what: every account and every role it holds, when it was granted and when it ended, read from the record.

The roster's entries are applied one by one; what a person holds after one and not before was granted by it, what they
held before and not after was ended by it. Who somebody is, is said as it is at the moment of the report. Whoever looks
access through says so on the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Row, select

from gates.errors import NotFound, RecordBroken, StaleRevision, choices
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
from policies.powers import PERSON, TOLD, named_in

ACCOUNT = ""
"""What stands where a role would stand, for being on the roster at all: the account, or signing by mail link."""
HELD, LATER, OVER, ENDED = "held", "not yet", "over", "ended"
GIVING = (
    Kind.ROSTER_IMPORTED,
    Kind.PERSON_ADDED,
    Kind.PERSON_CHANGED,
    Kind.PERSON_DEACTIVATED,
    Kind.PERSON_REACTIVATED,
)
"""What may give or take a right, or change who somebody is."""
SHORTEST = 8
"""With so many of its first characters a digest is said."""
OFFICER = "proofs of other people"
"""What the role of the proof officers opens."""
Right = tuple[str, str | None, str | None, str | None, datetime | None, datetime | None]
"""Role, site, program, vendor, from and until."""


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One right of one person. `role` '' is the account; `site` None is every site.

    Granted and ended by an entry of the roster's chain, whose number is `granted` and `ended`; `state` is that at the
    moment of the report, and so are name, kind and company. `processes` are those published now that ask the role, or
    the person by name, for a decision or an act; `powers` what the settings let the role do beside them."""

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
    powers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessReview:
    """One review of access: up to entry `entries` of the roster. `since` entries that give or take came after it; None
    where they were not counted."""

    seq: int
    at: datetime
    by: str
    name: str
    entries: int
    held: int
    finding: str
    since: int | None = None

    @property
    def sentence(self) -> str:
        """For showing."""
        more = "" if self.since is None else f"; {self.since} change{'' if self.since == 1 else 's'} of rights since"
        return (
            f"Access was reviewed by {self.name} on {self.at:%Y-%m-%d %H:%M} UTC, up to entry {self.entries} of "
            f"{ROSTER}{more}."
        )

    @property
    def receipt(self) -> str:
        """For whoever just put it on the record."""
        rights = f"{self.held} right{'' if self.held == 1 else 's'} held"
        return f"Access is reviewed up to entry {self.entries} of {ROSTER}, on the record: {rights}."


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
class _Grant:
    """One right, by whom it was given, and by whom it was taken; who they are is looked up when it is told."""

    person: str
    right: Right
    given: Body
    """Number, time and actor of the entry."""
    taken: Body | None = None


@dataclass
class _Told:
    """What following the roster's chain told."""

    state: RosterState = field(default_factory=RosterState)
    grants: list[_Grant] = field(default_factory=list)
    open: dict[tuple[str, Right], _Grant] = field(default_factory=dict)
    """What is in force."""
    changes: list[int] = field(default_factory=list)
    """The entries that gave or took a right."""
    entries: int = 0
    head: str = ""


def access(desk: Desk, connection: Connection, moment: datetime | None = None) -> AccessReport:
    """Who could do what at `moment`; now where none is given. Raises RecordBroken."""
    then = moment or desk.clock.now()
    told = _follow(connection, then)
    titles, asked = desk.book(connection).titles, _asked(desk, connection)
    rows = [_row(one, told.state.people, then, titles, asked, _powers(desk, one.right[0])) for one in told.grants]
    rows.sort(key=lambda row: (row.name.casefold(), row.person, row.role, row.site or "", row.granted))
    return AccessReport(then, told.entries, told.head, tuple(rows), _reviews(connection, told))


def _row(
    grant: _Grant,
    people: Mapping[str, Kept],
    then: datetime,
    titles: Mapping[str, str],
    asked: Mapping[str, tuple[str, ...]],
    powers: tuple[str, ...],
) -> AccessRow:
    line, (role, site, program, vendor, since, until) = people[grant.person].line, grant.right
    given, taken = grant.given, grant.taken
    return AccessRow(
        person=grant.person,
        name=line.name,
        kind=line.kind,
        company=line.company,
        role=role,
        title=titles.get(role, role) if role else _account(line.kind),
        site=site,
        program=program,
        vendor=vendor,
        since=since,
        until=until,
        granted_at=unstamp(given["at"]),
        granted_by=_who(given, people),
        granted=given["seq"],
        ended_at=unstamp(taken["at"]) if taken else None,
        ended_by=_who(taken, people) if taken else "",
        ended=taken["seq"] if taken else None,
        state=ENDED if taken else _state(since, until, then),
        processes=asked.get(role or f"{PERSON}{grant.person}", ()),
        powers=powers,
    )


def _account(kind: str) -> str:
    """Vendors and guests have no account to sign in to."""
    return "Account" if kind == "employee" else "Signs by mail link"


def review(desk: Desk, unit: Unit, by: Actor, finding: str, shown: str | None = None) -> AccessReview:
    """Say on the record that access was looked through, and what was found. `shown` is the digest of the last entry
    that was looked at, or how it begins; None where nobody said. Raises NotFound, BadInput, StaleRevision,
    RecordBroken.
    """
    unit.lock(ROSTER)
    book = desk.book(unit.connection)
    if by.person is None or by.person not in book.at(unit.now).people:
        raise NotFound(f"{by.person!r} is nobody on the roster. {choices(by.person or '', list(book.people))}")
    said = checked(finding)
    _check_whole(unit.connection)
    entries, head = (unit.seq(ROSTER), unit.head(ROSTER)) if shown is None else _seen(unit, shown)
    active = {one.id for one in book.people.values() if one.active}
    held = len(active) + len({one for one in book.holdings if one.person in active and one.is_held(unit.now)})
    data = {"entries": entries, "head": head, "held": held, "finding": said}
    entry = unit.enter(ROSTER, Kind.ACCESS_REVIEWED, by, data)
    return AccessReview(entry.seq, unit.now, by.person, book.people[by.person].name, entries, held, said, 0)


def _seen(unit: Unit, shown: str) -> tuple[int, str]:
    """The entry that was looked at; StaleRevision where rights may have changed after it. Absences and preferences,
    which people and calendars set at any hour, change nobody's rights."""
    e = t.entries.c
    query = select(e.seq, e.digest).where(e.chain == ROSTER, e.digest.startswith(shown, autoescape=True))
    found = unit.connection.execute(query.order_by(e.seq.desc())).first() if len(shown) >= SHORTEST else None
    if found is not None:
        later = select(e.seq).where(e.chain == ROSTER, e.seq > found.seq, e.kind.in_([one.value for one in GIVING]))
        if unit.connection.execute(later.limit(1)).first() is None:
            return found.seq, found.digest
    said = "Rights changed after this list was shown. Look it through again, then say what you found."
    raise StaleRevision(shown, unit.head(ROSTER), said)


def last_review(connection: Connection) -> AccessReview | None:
    """The newest review of access, what came since not counted; None where there is none. Raises RecordBroken."""
    _check_whole(connection)
    e = t.entries.c
    here = (e.chain == ROSTER, e.kind == Kind.ACCESS_REVIEWED.value)
    row = connection.execute(select(e.body).where(*here).order_by(e.seq.desc()).limit(1)).first()
    return None if row is None else _review_of(row, _names(connection))


def _check_whole(connection: Connection) -> None:
    """Raise RecordBroken where an entry of the roster is not as it was hashed."""
    for said in changed_entries(connection, t.entries.c.chain == ROSTER):
        raise RecordBroken(
            f"The record of {ROSTER} does not hold, so it does not say who may do what. {said[0].upper()}{said[1:]}. "
            f"See `tollgate record verify {ROSTER}`."
        )


def _follow(connection: Connection, until: datetime) -> _Told:
    told = _Told()
    _check_whole(connection)
    query = select(t.entries.c.body, t.entries.c.digest).where(t.entries.c.chain == ROSTER, t.entries.c.at <= until)
    for row in connection.execute(query.order_by(t.entries.c.seq)):
        entry = json.loads(row.body)
        told.entries, told.head = entry["seq"], row.digest
        if apply_entry(told.state, entry):
            _compare(entry, told)
    return told


def _compare(entry: Body, told: _Told) -> None:
    """Write down what `entry`, after which the roster is `told.state`, gave and took."""
    known = told.state.people
    # An import may change everybody, any other entry the one it names.
    people = known.keys() if entry["kind"] == Kind.ROSTER_IMPORTED else {entry["data"].get("person")} & known.keys()
    now = {(person, right) for person in people for right in _rights(person, known[person])}
    gone = [key for key in told.open if key[0] in people and key not in now]
    fresh = [key for key in now if key not in told.open]
    mark = {name: entry[name] for name in ("seq", "at", "actor")}
    for key in gone:
        told.open.pop(key).taken = mark
    for key in sorted(fresh, key=str):
        told.open[key] = _Grant(*key, mark)
        told.grants.append(told.open[key])
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


def _state(since: datetime | None, until: datetime | None, then: datetime) -> str:
    if since is not None and then < since:
        return LATER
    return OVER if until is not None and until <= then else HELD


def _asked(desk: Desk, connection: Connection) -> dict[str, tuple[str, ...]]:
    """Role, or `person:<id>` -> the processes published now that ask it for a decision or let it act."""
    found: dict[str, list[str]] = {}
    for line in rulebook.current_processes(connection):
        process = desk.bound(connection, line.digest).loaded.process
        for word in sorted({word for one in named_in(process) if one.what != TOLD for word in one.words}):
            found.setdefault(word, []).append(line.name)
    return {word: tuple(names) for word, names in found.items()}


def _powers(desk: Desk, role: str) -> tuple[str, ...]:
    """What the settings let a role do."""
    opened = [power for power, roles in desk.house.items() if role in roles]
    return tuple([*opened, OFFICER] if role == desk.officer_role else opened)


def _names(connection: Connection) -> dict[str, str]:
    return {row.id: row.name for row in connection.execute(select(t.people.c.id, t.people.c.name))}


def _review_of(row: Row[tuple[bytes]], names: Mapping[str, str], changes: list[int] | None = None) -> AccessReview:
    entry = json.loads(row.body)
    data, person = entry["data"], entry["actor"]["person"]
    since = None if changes is None else sum(seq > data["entries"] for seq in changes)
    name, at = names.get(person, person), unstamp(entry["at"])
    return AccessReview(entry["seq"], at, person, name, data["entries"], data["held"], data["finding"], since)


def _reviews(connection: Connection, told: _Told) -> tuple[AccessReview, ...]:
    """The reviews so far, oldest first."""
    e = t.entries.c
    here = (e.chain == ROSTER, e.kind == Kind.ACCESS_REVIEWED.value, e.seq <= told.entries)
    rows = connection.execute(select(e.body).where(*here).order_by(e.seq))
    names = _names(connection)
    return tuple(_review_of(row, names, told.changes) for row in rows.all())
