"""A fresh single sign-on as proof: begun for one decision, completed for that decision alone.

What is being signed is kept here against the state parameter; what comes back completes that and nothing else, in the
browser it was begun in, within minutes, once. The nonce and the PKCE verifier are derived from the state under a key
that is not in the database. Talking to the provider is the caller's; whether the answer is fresh and is the person's
is judged here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, insert, select, update

from gates.service.desk import Desk
from gates.service.intents import plain_comment
from gates.service.passkeys import to_text
from gates.service.proofs import Proven, rows_of
from gates.signoff import derived
from gates.store import Unit
from gates.store import tables as t
from gates.store.proof_tables import sign_ons

if TYPE_CHECKING:
    from gates.service.deciding import SignRequest
    from gates.service.links import FoundLink

LIFE = timedelta(minutes=10)
SKEW = timedelta(seconds=60)
"""How far the provider's clock may be behind ours."""


class BadSignOn(Exception):
    """A return that does not hold. `code` is stable; the message is for the record."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the provider is asked with. None of it is stored."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class SignedOn:
    """What the provider vouched for, its signature and addressee checked by the caller."""

    issuer: str
    subject: str
    auth_time: int
    id_token_digest: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A single sign-on under way: what is being done with it, and for whom."""

    act: str
    """decide, take-back or enrol."""
    person: str
    link: str | None
    request: str | None
    body: dict[str, Any]
    evidence: dict[str, Any] | None
    browser: str
    """What the browser it was begun in is kept under."""


def state_hash(state: str) -> str:
    """What a state is kept under."""
    return hashlib.sha256(b"tollgate/sso-state/v1\0" + state.encode("utf-8", "replace")).hexdigest()


def browser_hash(browser: str) -> str:
    """What a browser is kept under."""
    return hashlib.sha256(b"tollgate/sso-browser/v1\0" + browser.encode("utf-8", "replace")).hexdigest()


def begin(
    desk: Desk,
    unit: Unit,
    act: str,
    person: str,
    browser: str,
    body: dict[str, Any],
    *,
    link: str | None = None,
    request: str | None = None,
) -> Begun:
    """Keep what is being done, for as long as signing on takes."""
    state = token_urlsafe(32)
    unit.connection.execute(
        insert(sign_ons).values(
            state_hash=state_hash(state),
            person=person,
            link=link,
            request=request,
            browser=browser_hash(browser),
            body=json.dumps({"act": act, **body}, ensure_ascii=False),
            made_at=unit.now,
            expires_at=unit.now + LIFE,
        )
    )
    return begun(desk, state)


def begun(desk: Desk, state: str) -> Begun:
    """The state with its nonce and verifier, derived anew."""
    return Begun(
        state,
        derived("sso-nonce", state, desk.link_key).hex(),
        to_text(derived("sso-verifier", state, desk.link_key)),
    )


def _row(connection: Connection, state: str) -> Row[Any] | None:
    return connection.execute(select(sign_ons).where(sign_ons.c.state_hash == state_hash(state))).first()


def find(connection: Connection, state: str, now: datetime) -> Row[Any]:
    """The single sign-on of a state, unused and in time. Raises BadSignOn."""
    row = _row(connection, state)
    if row is None:
        raise BadSignOn("unknown-sign-on", "This single sign-on was not begun here.")
    if row.used_at is not None:
        raise BadSignOn("used-sign-on", "This single sign-on was used before.")
    if row.expires_at <= now:
        raise BadSignOn("late-sign-on", "This single sign-on took too long.")
    return row


def claim_return(unit: Unit, state: str) -> Pending:
    """Take the one return a state has. Raises BadSignOn for a second, a late or an unknown one."""
    row = find(unit.connection, state, unit.now)
    claimed = unit.connection.execute(
        update(sign_ons)
        .where(sign_ons.c.state_hash == row.state_hash, sign_ons.c.returned_at.is_(None))
        .values(returned_at=unit.now)
    ).rowcount
    if claimed != 1:
        raise BadSignOn("used-sign-on", "The answer of this single sign-on was used before.")
    return _pending(row)


def pending(connection: Connection, state: str, now: datetime) -> Pending:
    """What a state is about. Raises BadSignOn."""
    return _pending(find(connection, state, now))


def _pending(row: Row[Any]) -> Pending:
    body = json.loads(row.body)
    evidence = json.loads(row.evidence) if row.evidence else None
    return Pending(body.pop("act"), row.person, row.link, row.request, body, evidence, row.browser)


def look_up(connection: Connection, state: str) -> Pending | None:
    """What a state is or was about, used or not; None for an unknown one. For the record of refusals."""
    row = _row(connection, state)
    return None if row is None else _pending(row)


def keep_return(desk: Desk, unit: Unit, state: str, done: SignedOn) -> None:
    """Keep what the provider vouched for. Raises BadSignOn where it is not fresh, or not this person."""
    row = find(unit.connection, state, unit.now)
    if done.issuer != desk.issuer:
        raise BadSignOn("wrong-issuer", "Another provider answered than the one that is trusted.")
    if datetime.fromtimestamp(done.auth_time, UTC) < row.made_at - SKEW:
        raise BadSignOn("stale-sign-on", "The provider did not ask for a fresh sign-on: the last one is older.")
    if row.request is None and done.subject not in {
        one.subject for one in rows_of(desk, unit.connection, row.person, "sso")
    }:
        raise BadSignOn("wrong-subject", "Somebody else signed on than the person this link is for.")
    evidence = {
        "kind": "sso",
        "issuer": done.issuer,
        "subject": done.subject,
        "auth_time": done.auth_time,
        "id_token_digest": done.id_token_digest,
    }
    unit.connection.execute(
        update(sign_ons).where(sign_ons.c.state_hash == row.state_hash).values(evidence=json.dumps(evidence))
    )


def proven(desk: Desk, connection: Connection, request: SignRequest, found: FoundLink, now: datetime) -> Proven:
    """The proof of a return, for exactly what was begun. Raises BadSignOn."""
    row = find(connection, request.state, now)
    kept = _pending(row)
    if row.link != found.link or row.person != found.person:
        raise BadSignOn("wrong-sign-on", "This single sign-on was begun for something else.")
    if row.browser != browser_hash(request.browser):
        raise BadSignOn("wrong-browser", "This single sign-on was begun in another browser.")
    if kept.evidence is None:
        raise BadSignOn("no-sign-on", "The provider has not vouched for anybody yet.")
    asked = (kept.body["position"], kept.body["comment"], kept.body["shown"])
    if asked != (request.position, plain_comment(request.comment), request.shown_digest):
        raise BadSignOn("changed-sign-on", "What was sent is not what this single sign-on was begun for.")
    enrolled = [
        one for one in rows_of(desk, connection, found.person, "sso") if one.subject == kept.evidence["subject"]
    ]
    if not enrolled:
        raise BadSignOn("wrong-subject", "Somebody else signed on than the person this link is for.")
    return Proven("sso", kept.evidence, enrolled[0].id, state=row.state_hash)


def enrolled(desk: Desk, kept: Pending, browser: str) -> dict[str, Any]:
    """Issuer and subject of an account to be enrolled. Raises BadSignOn."""
    if kept.browser != browser_hash(browser):
        raise BadSignOn("wrong-browser", "This single sign-on was begun in another browser.")
    if kept.evidence is None or kept.evidence["issuer"] != desk.issuer:
        raise BadSignOn("no-sign-on", "The provider has not vouched for anybody yet.")
    return kept.evidence


def link_of(connection: Connection, link: str) -> Row[Any]:
    """Item, round and person of a link."""
    return connection.execute(select(t.links).where(t.links.c.id == link)).one()


def use(unit: Unit, hashed: str) -> bool:
    """Use a single sign-on up. False when it was used already."""
    return (
        unit.connection.execute(
            update(sign_ons)
            .where(sign_ons.c.state_hash == hashed, sign_ons.c.used_at.is_(None), sign_ons.c.expires_at > unit.now)
            .values(used_at=unit.now)
        ).rowcount
        == 1
    )


def end_all(unit: Unit, person: str) -> None:
    """Let no single sign-on of a person be completed any more."""
    unit.connection.execute(
        update(sign_ons).where(sign_ons.c.person == person, sign_ons.c.used_at.is_(None)).values(used_at=unit.now)
    )
