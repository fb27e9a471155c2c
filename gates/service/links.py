"""Finding and judging sign-off links. Looking never changes anything and never uses a link up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from gates.errors import LinkProblem
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import Desk, item_row
from gates.service.gather import open_round_of
from gates.service.people import owe_mail
from gates.service.rounds import mint_link
from gates.service.secrets import TRIES_PER_LINK, is_used_up
from gates.signoff import token_hash
from gates.store import Unit
from gates.store import tables as t
from policies.phrases import at_moment, joined, phrase, stored

UNKNOWN = phrase(
    "This link is not known here. It may have lost a piece on the way: open it from the mail once more, "
    "or copy the whole address beneath the button."
)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link on file."""

    link: str
    round: str
    person: str
    item: str
    expires_at: datetime
    revoked_why: str | None


def find_link(connection: Connection, token: str) -> FoundLink:
    """The link of a token. Raises LinkProblem("unknown")."""
    hashed = token_hash(token)
    row = connection.execute(select(t.links).where(t.links.c.token_hash == hashed)).first() if hashed else None
    if row is None:
        raise LinkProblem("unknown", UNKNOWN)
    return FoundLink(row.id, row.round, row.person, row.item, row.expires_at, row.revoked_why)


def check_link(unit: Unit, found: FoundLink, row: Row[Any]) -> Row[Any]:
    """The open round the link may be used in now. Raises LinkProblem used, revoked or expired."""
    problem = problem_of(unit.connection, found, row, unit.now)
    if problem is not None:
        raise problem
    round_row = open_round_of(unit.connection, found.item)
    assert round_row is not None
    return round_row


def problem_of(connection: Connection, found: FoundLink, row: Row[Any], now: datetime) -> LinkProblem | None:
    """Why the link cannot be used any more, for its holder; None when it can."""
    round_row = open_round_of(connection, found.item)
    if round_row is None or round_row.id != found.round:
        return _closed(connection, found, row)
    if found.revoked_why is not None:
        return LinkProblem("revoked", stored(found.revoked_why), item=row.key, title=row.title, person=found.person)
    if found.expires_at <= now:
        return LinkProblem(
            "expired",
            phrase(
                "This link was good for a limited time, and that is over. Nothing is lost: "
                "a fresh one can go to your mailbox on file."
            ),
            item=row.key,
            title=row.title,
            person=found.person,
        )
    return None


def _closed(connection: Connection, found: FoundLink, row: Row[Any]) -> LinkProblem:
    mine = connection.execute(
        select(t.decisions.c.position, t.decisions.c.at).where(
            t.decisions.c.round == found.round,
            t.decisions.c.person == found.person,
            t.decisions.c.withdrawn_at.is_(None),
        )
    ).first()
    why = _said_closed(found.revoked_why, row.key)
    if mine is None:
        return LinkProblem(
            "revoked",
            joined([phrase("Nothing is left to sign here."), why]),
            item=row.key,
            title=row.title,
            person=found.person,
        )
    return LinkProblem(
        "used",
        joined([phrase("You signed here on %(at)s.", at=_local(connection, found.person, mine.at)), why]),
        item=row.key,
        title=row.title,
        person=found.person,
    )


_MOVED = re.compile(r"(?P<outcome>[^:]+): (?P<item>\S+) goes to (?P<state>.+)\.")


def _said_closed(why: str | None, key: str) -> str:
    """Why a round closed, which is on file in English: the sentence of a verdict is made anew, for other languages."""
    if not why:
        return phrase("The round is closed.")
    found = _MOVED.fullmatch(why)
    if found is None or found["item"] != key:
        return stored(why)
    outcome = stored(found["outcome"])
    return phrase("%(outcome)s: %(item)s goes to %(state)s.", outcome=outcome, item=key, state=found["state"])


def _local(connection: Connection, person: str, moment: datetime) -> str:
    """The moment on the person's own clock, as the receipt has it."""
    zone = connection.execute(select(t.people.c.zone).where(t.people.c.id == person)).scalar() or "UTC"
    local = moment.astimezone(ZoneInfo(zone))
    return at_moment(f"{local:%a} {local.day} {local:%b} {local:%Y}, {local:%H:%M} {local.tzname()}", moment, zone)


def fresh_link(desk: Desk, unit: Unit, token: str) -> None:
    """Queue a fresh link to the holder's mailbox on file, when the old one expired or was used up by guesses.

    Says nothing either way: the answer must not tell a stranger whether a link was real. One at a
    time: nothing is sent while a fresh link of this round is still good.
    """
    try:
        found = find_link(unit.connection, token)
    except LinkProblem:
        return
    unit.lock(found.item)
    row = item_row(unit.connection, found.item)
    problem = problem_of(unit.connection, found, row, unit.now)
    is_over = is_used_up(unit.connection, found.link) if problem is None else problem.state == "expired"
    if not is_over or not _may_ask_again(unit, found):
        return
    round_row = open_round_of(unit.connection, found.item)
    assert round_row is not None
    link = mint_link(desk, unit, row.key, round_row, found.person)
    unit.enter(
        row.key,
        Kind.LINK_RENEWED,
        Actor(found.person, "link"),
        {"round": found.round, "person": found.person},
    )
    owe_mail(
        unit,
        row.key,
        "fresh-link",
        found.person,
        link,
        round=found.round,
        reason=phrase("You asked for a fresh link."),
    )


def _may_ask_again(unit: Unit, found: FoundLink) -> bool:
    link = live_link_id(unit.connection, found.round, found.person, unit.now)
    return link is None or is_used_up(unit.connection, link)


def latest_decision(connection: Connection, found: FoundLink) -> str | None:
    """The id of what the link's holder decided in its round: what stands, else what was taken back last."""
    return connection.execute(
        select(t.decisions.c.id)
        .where(t.decisions.c.round == found.round, t.decisions.c.person == found.person)
        .order_by(t.decisions.c.withdrawn_at.is_not(None), t.decisions.c.seq.desc())
        .limit(1)
    ).scalar()


def live_link_id(connection: Connection, round_id: str, person: str, now: datetime) -> str | None:
    """The newest link of a person in a round that can still be used; one that guesses used up comes last."""
    return connection.execute(
        select(t.links.c.id)
        .where(
            t.links.c.round == round_id,
            t.links.c.person == person,
            t.links.c.revoked_at.is_(None),
            t.links.c.expires_at > now,
        )
        .order_by(t.links.c.tries >= TRIES_PER_LINK, t.links.c.minted_at.desc())
        .limit(1)
    ).scalar()
