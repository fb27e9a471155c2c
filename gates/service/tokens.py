"""Tokens by which a program acts for a person: made, listed, ended, refused. Each is on the record.

A token is 256 random bits, shown once; of it a hash is kept, in the table and in its entry, so that one laid into the
table behind the program's back is found. It belongs to one person, for some scopes, until a day. It signs nothing:
no scope is about decisions.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gates.errors import BadInput, NotFound, Refused, TokenProblem, choices
from gates.items import Actor
from gates.ledger.entries import Kind, stamp, unstamp
from gates.proofviews import TokenLine
from gates.service.desk import ACCESS, Desk
from gates.service.people import owe_mail
from gates.service.telling import name_of
from gates.store import Unit
from gates.store import tables as t
from gates.store.token_tables import api_token_uses as u
from gates.store.token_tables import api_tokens as a
from policies.canonical import nfc
from policies.phrases import on_day, phrase

SCOPES: Mapping[str, str] = {
    "items:read": "read items and their records",
    "escalations:raise": "raise escalations about items",
}
"""Each scope and what it opens."""
USUAL_DAYS, MOST_DAYS = 90, 366
MOST_LIVE = 20
"""Tokens one person may have at a time."""
PREFIX = "tollgate_"
"""What a token begins with, so that whoever scans for lost secrets knows one."""
KINDS = (Kind.TOKEN_MADE.value, Kind.TOKEN_ENDED.value)
"""The kinds of entry the table is made from."""
LEFT, LOST = "no longer on the roster", "a proof was reported lost"
REFUSALS, WITHIN = 10, timedelta(minutes=15)
"""So many refused uses of one token, and of tokens that are not known together, are entered in so long a time."""
_LOOKED_AT = 500
USE_KNOWN = timedelta(minutes=15)
"""How long the last use that was written down stands for later ones."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who acts by a token, and what it opens."""

    token: str
    """Its id."""
    person: str
    scopes: tuple[str, ...]
    used_at: datetime | None = None
    """The last use that was written down before this one."""


@dataclass(frozen=True, slots=True)
class Barred:
    """Why a token is not taken. `token` and `person` are None where it is not known."""

    token: str | None
    person: str | None
    problem: TokenProblem


def make(
    desk: Desk, unit: Unit, person: str, name: str, scopes: Sequence[str], days: int, by: Actor
) -> tuple[str, TokenLine]:
    """Make a token for `person`; they are told by mail. Returns it, which is kept nowhere, and what is kept.

    Raises NotFound, BadInput (every fault), Refused for who has no account.
    """
    unit.lock(ACCESS)
    row = unit.connection.execute(select(t.people).where(t.people.c.id == person)).first()
    if row is None:
        known = list(desk.book(unit.connection).people)
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, known)}")
    if not row.active or row.kind != "employee":
        why = "has no account to act by" if row.active else "is no longer on the roster"
        raise Refused(f"{row.name} {why}.", code="no-account", remedy="Make it for somebody who can sign in.")
    called, wanted = nfc(" ".join(name.split())), tuple(dict.fromkeys(scopes))
    faults = _faults(unit, person, called, wanted, days)
    if faults:
        raise BadInput(faults)
    token, expires = PREFIX + secrets.token_urlsafe(32), unit.now + timedelta(days=days)
    data: dict[str, Any] = {
        "token": secrets.token_hex(8),
        "person": person,
        "name": called,
        "scopes": list(wanted),
        "expires_at": stamp(expires),
        "hash": token_hash(token),
    }
    unit.enter(ACCESS, Kind.TOKEN_MADE, by, data)
    unit.connection.execute(insert(a).values(**_row(data, unit.now)))
    said = phrase(
        "%(name)s made a token by which a program acts for you until %(day)s: %(token)s. If you did not want it, end "
        "it on your account's page.",
        name=name_of(desk, unit, by.person),
        day=on_day(f"{expires.day} {expires:%b %Y}", expires.date()),
        token=called,
    )
    reason = phrase("A program may act in your name.")
    once = str(unit.seq(ACCESS))
    owe_mail(unit, ACCESS, "token", person, once, sentence=said, reason=reason, page="account/tokens")
    return token, line_of(desk, unit.connection, data["token"], unit.now)


def _faults(unit: Unit, person: str, name: str, scopes: Sequence[str], days: int) -> dict[str, str]:
    faults: dict[str, str] = {}
    live = unit.connection.execute(
        select(a.c.name).where(a.c.person == person, a.c.ended_at.is_(None), a.c.expires_at > unit.now)
    )
    names = set(live.scalars())
    if not name or len(name) > 80 or not name.isprintable():
        faults["name"] = "A name of 1 to 80 printable characters is needed, such as: board in hall 3."
    elif name in names:
        faults["name"] = f"There is a token {name!r} already. End it first, or choose another name."
    elif len(names) >= MOST_LIVE:
        faults["name"] = f"There are {len(names)} tokens already; {MOST_LIVE} are allowed. End one first."
    unknown = [one for one in scopes if one not in SCOPES]
    if unknown or not scopes:
        faults["scopes"] = f"{unknown[0] if unknown else 'Nothing'!r} is no scope; there is {', '.join(SCOPES)}."
    if not 1 <= days <= MOST_DAYS:
        faults["days"] = f"A token holds for 1 to {MOST_DAYS} days, not {days}."
    return faults


def end(desk: Desk, unit: Unit, token: str, by: Actor, *, person: str | None = None) -> TokenLine:
    """End a token at once; `person` is whose it has to be (None: anybody's). Once is enough. Raises NotFound."""
    unit.lock(ACCESS)
    row = unit.connection.execute(select(a).where(a.c.id == token)).first()
    if row is None or person not in (None, row.person):
        raise NotFound(f"There is no token {token[:40]!r}. `tollgate person tokens` lists them.")
    if row.ended_at is None:
        _end(unit, row, by, "ended by its owner" if by.person == row.person else "ended by the operator")
    return line_of(desk, unit.connection, token, unit.now)


def end_tokens(unit: Unit, people: Iterable[str], by: Actor, why: str) -> None:
    """End every token of `people`. Last in a unit that locks items: whoever else locks both takes items first."""
    mine = a.c.person.in_(set(people)), a.c.ended_at.is_(None)
    for row in unit.connection.execute(select(a).where(*mine).order_by(a.c.made_at, a.c.id)).all():
        _end(unit, row, by, why)


def _end(unit: Unit, row: Row[Any], by: Actor, why: str) -> None:
    unit.enter(ACCESS, Kind.TOKEN_ENDED, by, {"token": row.id, "person": row.person, "name": row.name, "why": why})
    unit.connection.execute(update(a).where(a.c.id == row.id).values(ended_at=unit.now, ended_why=why))


def lines(desk: Desk, connection: Connection, now: datetime, person: str | None = None) -> list[TokenLine]:
    """The tokens there are and were, of `person` or of all, the newest first."""
    query = _WITH_USE.order_by(a.c.made_at.desc(), a.c.id)
    if person is not None:
        query = query.where(a.c.person == person)
    return [_line(desk, connection, row, now) for row in connection.execute(query)]


def line_of(desk: Desk, connection: Connection, token: str, now: datetime) -> TokenLine:
    """One token, by its id, which is there."""
    return _line(desk, connection, connection.execute(_WITH_USE.where(a.c.id == token)).one(), now)


_WITH_USE = select(a, u.c.at.label("used_at")).outerjoin(u, u.c.token == a.c.id)


def _line(desk: Desk, connection: Connection, row: Row[Any], now: datetime) -> TokenLine:
    standing = "ended" if row.ended_at is not None else "expired" if row.expires_at <= now else "live"
    return TokenLine(
        row.id,
        row.person,
        desk.book(connection).people[row.person].name,
        row.name,
        tuple(row.scopes.split()),
        row.made_at,
        row.expires_at,
        standing,
        row.ended_at,
        row.ended_why or "",
        row.used_at,
    )


# -- use -----------------------------------------------------------------------------------------------


def find(connection: Connection, token: str, now: datetime) -> Holder | Barred:
    """Who acts by a token, or why nobody does."""
    query = _WITH_USE.add_columns(t.people.c.active).join(t.people, t.people.c.id == a.c.person)
    row = connection.execute(query.where(a.c.token_hash == token_hash(token))).first()
    remedy = "Make one on the page /account/tokens, or with `tollgate person token`."
    if row is None:
        return Barred(None, None, TokenProblem("There is no such token.", code="unknown", remedy=remedy))
    if row.ended_at is not None or not row.active:
        said = f"The token has ended: {row.ended_why or LEFT}."
        return Barred(row.id, row.person, TokenProblem(said, code="ended", remedy=remedy))
    if row.expires_at <= now:
        said = f"The token expired at {row.expires_at:%Y-%m-%d %H:%M} UTC."
        return Barred(row.id, row.person, TokenProblem(said, code="expired", remedy=remedy))
    return Holder(row.id, row.person, tuple(row.scopes.split()), row.used_at)


def is_use_known(holder: Holder, now: datetime) -> bool:
    """Whether a use of a token just now needs no writing down: one was, so lately."""
    return holder.used_at is not None and now - holder.used_at < USE_KNOWN


def note_use(unit: Unit, token: str) -> None:
    """Note that a token was used now."""
    unit.insert_or_skip(u, {"token": token, "at": unit.now})
    unit.connection.execute(update(u).where(u.c.token == token, u.c.at < unit.now).values(at=unit.now))


def refuse(unit: Unit, barred: Barred, by: Actor) -> TokenProblem:
    """Enter a refused use. Returns the error to raise: the refusal, or, beyond the limit, that it is one too many,
    which is not entered. The limit bars refused uses alone: a token that holds is taken meanwhile."""
    unit.lock(ACCESS)
    if is_too_many(unit.connection, barred.token, unit.now):
        return too_many()
    data = {"token": barred.token, "person": barred.person}
    unit.enter(ACCESS, Kind.TOKEN_REFUSED, by, {**data, "code": barred.problem.code, "why": barred.problem.sentence})
    return barred.problem


def is_too_many(connection: Connection, token: str | None, now: datetime) -> bool:
    """Whether as many refused uses of a token (None: of those not known) were entered lately as are entered. Counted
    off the record, so that any number of servers count together."""
    query = (
        select(t.entries.c.kind, t.entries.c.at, t.entries.c.body)
        .where(t.entries.c.chain == ACCESS)
        .order_by(t.entries.c.seq.desc())
        .limit(_LOOKED_AT)
    )
    since = now - WITHIN
    rows = [row for row in connection.execute(query) if row.kind == Kind.TOKEN_REFUSED.value and row.at > since]
    return sum(1 for row in rows if json.loads(row.body)["data"]["token"] == token) >= REFUSALS


def too_many() -> TokenProblem:
    """The error of a refused use beyond the limit."""
    said = f"{REFUSALS} uses were refused within {int(WITHIN.total_seconds() // 60)} minutes."
    return TokenProblem(said, code="too-many", remedy="Wait, and come back with a token that holds.")


# -- the record ----------------------------------------------------------------------------------------


def folded(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the table as the entries of `KINDS` tell them."""
    rows: dict[str, dict[str, Any]] = {}
    for one in entries:
        data, at = one["data"], unstamp(one["at"])
        if one["kind"] == Kind.TOKEN_MADE.value:
            rows[data["token"]] = _row(data, at)
        else:
            rows[data["token"]] |= {"ended_at": at, "ended_why": data["why"]}
    return list(rows.values())


def _row(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": data["token"],
        "person": data["person"],
        "name": data["name"],
        "scopes": " ".join(data["scopes"]),
        "token_hash": data["hash"],
        "made_at": at,
        "expires_at": unstamp(data["expires_at"]),
        "ended_at": None,
        "ended_why": None,
    }


def token_hash(token: str) -> str:
    """What the store knows a token by."""
    return hashlib.sha256(b"tollgate/api-token/v1\0" + token.encode("utf-8", "replace")).hexdigest()
