"""Who is away, and where nobody will sit for them: what the office looks at before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gates.roster import BookAbsence, RosterBook
from gates.service.desk import Desk
from gates.service.rulebook import current_processes

GAP_DAYS = 30


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """One absence as people read it. `id` is None for one that came with the roster file and ends there."""

    id: str | None
    person: str
    name: str
    zone: str
    since: datetime
    until: datetime
    stand_in: str | None
    stand_in_name: str
    scope: str
    """`for quality-lead at Lyon`; '' where it is all of it."""
    source: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Somebody is away and nobody sits for them. `policies` are `process/policy`, `sites` those of the roles."""

    person: str
    name: str
    zone: str
    since: datetime
    until: datetime
    why: str
    roles: tuple[str, ...]
    policies: tuple[str, ...]
    sites: tuple[str, ...]


def absences(desk: Desk, connection: Connection, now: datetime, person: str | None = None) -> list[AbsenceView]:
    """Absences that are not over, the soonest first; of `person`, or of everybody."""
    book = desk.book(connection)
    found = [one for one in book.absences if one.until > now and person in (None, one.person)]
    return [_view(book, one, now) for one in sorted(found, key=lambda one: (one.since, one.person))]


def _view(book: RosterBook, one: BookAbsence, now: datetime) -> AbsenceView:
    known = book.people[one.person]
    return AbsenceView(
        one.id,
        one.person,
        known.name,
        known.zone,
        one.since,
        one.until,
        one.stand_in,
        book.people[one.stand_in].name if one.stand_in else "",
        _scope(one),
        one.source,
        one.since <= now,
    )


def _scope(one: BookAbsence) -> str:
    said = [
        f"{word} {', '.join(sorted(names))}"
        for word, names in (("for", one.roles), ("at", one.sites), ("in", one.processes))
        if names is not None
    ]
    return " ".join(said)


def gaps(desk: Desk, connection: Connection, now: datetime, days: int = GAP_DAYS) -> list[Gap]:
    """Everybody away within `days` days for whom nobody sits although a policy in force asks a role of theirs."""
    book, end = desk.book(connection), now + timedelta(days=days)
    asking = _asking(desk, connection)
    found = []
    for one in sorted(book.absences, key=lambda one: (one.since, one.person)):
        why = _uncovered(book, one)
        known = book.people[one.person]
        if one.until <= now or one.since >= end or not known.active or not why:
            continue
        held = [h for h in book.holdings if h.person == one.person and h.is_held(max(now, one.since))]
        held = [h for h in held if h.role in asking and (one.roles is None or h.role in one.roles)]
        if held:
            found.append(
                Gap(
                    one.person,
                    known.name,
                    known.zone,
                    one.since,
                    one.until,
                    why,
                    tuple(sorted({h.role for h in held})),
                    tuple(sorted({policy for h in held for policy in asking[h.role]})),
                    tuple(sorted({h.site for h in held if h.site is not None})),
                )
            )
    return found


def _asking(desk: Desk, connection: Connection) -> dict[str, set[str]]:
    """Role -> the policies in force that ask it."""
    found: dict[str, set[str]] = {}
    for line in current_processes(connection):
        for name, policy in desk.bound(connection, line.digest).loaded.policies.items():
            for role in policy.asks:
                found.setdefault(role, set()).add(f"{line.name}/{name}")
    return found


def _uncovered(book: RosterBook, one: BookAbsence) -> str:
    """Why nobody sits for all of an absence; '' where somebody does."""
    if one.stand_in is None:
        return "nobody sits for them"
    sits = book.people[one.stand_in]
    if not sits.active:
        return f"{sits.name} is no longer on the roster"
    away = [o for o in book.absences if o.person == one.stand_in and o.since < one.until and o.until > one.since]
    if any(not (other.chain and other.stand_in) for other in away):
        return f"{sits.name} is away too"
    return ""
