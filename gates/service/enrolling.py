"""How people come by their proofs: one officer asks, another confirms, the person sets it up (P11-19, P11-23).

Neither officer may be the person, and the two are two. The person gets a one-time link by mail, at the mailbox on
file; its token is derived and only its hash is kept. No secret is ever entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, insert, select, update

from gates.errors import BadInput, LinkProblem, NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.levels import KIND_TITLES
from gates.proofviews import ProofRequest
from gates.service.desk import ACCESS, Desk
from gates.service.passkeys import NewPasskey
from gates.service.proofs import able_officers, is_officer, kinds_of, rows_of, rp_id
from gates.service.secrets import count_from_now, forget_guesses, put_hash
from gates.service.telling import name_of, tell_officers, tell_owner
from gates.signoff import enrol_token, token_hash
from gates.store import Unit
from gates.store import tables as t
from gates.store.proof_tables import proof_requests, proofs
from policies.canonical import nfc
from policies.phrases import phrase

REQUEST_LIFE = timedelta(days=7)
"""How long a request waits to be confirmed."""
LINK_LIFE = timedelta(days=3)
"""How long the one-time link lives once it is."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a person set up, as it is kept. One of the parts is given, by the kind of the request."""

    hashed: str = ""
    passkey: NewPasskey | None = None
    issuer: str = ""
    subject: str = ""
    step: int | None = None
    """Of one-time codes: the step of the code that showed that the app has the seed."""


def request(desk: Desk, unit: Unit, person: str, kind: str, how_checked: str, by: Actor) -> str:
    """Ask that `person` may set up a proof, stating how their identity was checked. Returns the request's id.

    Raises NotFound, BadInput, Refused (no officer, one's own proof, or a kind this installation has not).
    """
    unit.lock(ACCESS)
    _check_officer(desk, unit, person, by)
    checked = nfc(how_checked.strip())
    faults = (
        {} if kind in KIND_TITLES else {"proof": f"There is no proof {kind!r}; there is: {', '.join(KIND_TITLES)}."}
    )
    if len(checked) < 3:
        faults["checked"] = "Say how you checked who they are: for instance “passport, in person”."
    if faults:
        raise BadInput(faults)
    _check_offered(desk, kind)
    replaces = kind in kinds_of(desk, unit.connection, person)
    request_id = token_hex(16)
    unit.connection.execute(
        insert(proof_requests).values(
            id=request_id,
            person=person,
            kind=kind,
            replaces=replaces,
            how_checked=checked[:1000],
            requested_by=by.person,
            requested_at=unit.now,
            expires_at=unit.now + REQUEST_LIFE,
        )
    )
    data = {"request": request_id, "person": person, "proof": kind, "how_checked": checked[:1000], "replaces": replaces}
    unit.enter(ACCESS, Kind.PROOF_REQUESTED, by, data)
    officer, who, word = name_of(desk, unit, by.person), name_of(desk, unit, person), KIND_TITLES[kind]
    tell_owner(
        unit,
        person,
        phrase(
            "%(name)s asked that you may set up: %(proof)s. Your identity was checked like this: %(how)s. Another "
            "officer confirms it; then you get a link. If you know nothing of this, tell a proof officer at once.",
            name=officer,
            proof=word,
            how=checked,
        ),
    )
    said = phrase(
        "%(name)s asks that %(person)s may set up: %(proof)s. Identity checked: %(how)s. Confirm it if it is right.",
        name=officer,
        person=who,
        proof=word,
        how=checked,
    )
    tell_officers(desk, unit, said, but=(by.person, person))
    return request_id


def confirm(desk: Desk, unit: Unit, request_id: str, by: Actor) -> str:
    """Confirm another officer's request; the person gets their one-time link. Returns a sentence.

    Raises NotFound, Refused (the same officer, one's own proof, no officer, lapsed or confirmed already).
    """
    unit.lock(ACCESS)
    row = _request_row(unit.connection, request_id)
    _check_officer(desk, unit, row.person, by)
    if by.person == row.requested_by:
        raise Refused("You asked for this yourself; another officer confirms it.", code="same-officer")
    if row.confirmed_at is not None or row.expires_at <= unit.now:
        raise Refused("This request was confirmed already, or has lapsed.", code="not-waiting", remedy="Ask anew.")
    unit.connection.execute(
        update(proof_requests)
        .where(proof_requests.c.id == row.id)
        .values(
            confirmed_by=by.person,
            confirmed_at=unit.now,
            expires_at=unit.now + LINK_LIFE,
            token_hash=token_hash(enrol_token(row.id, desk.link_key)),
        )
    )
    data = {"request": row.id, "person": row.person, "proof": row.kind, "requested_by": row.requested_by}
    unit.enter(ACCESS, Kind.PROOF_CONFIRMED, by, data)
    first, second = name_of(desk, unit, row.requested_by), name_of(desk, unit, by.person)
    said = phrase(
        "%(first)s asked for it and %(second)s confirmed it: you may set up your %(proof)s now.",
        first=first,
        second=second,
        proof=KIND_TITLES[row.kind],
    )
    tell_owner(unit, row.person, said, "proof-link", request=row.id)
    return f"Confirmed. {name_of(desk, unit, row.person)} gets a link by mail, good for {LINK_LIFE.days} days."


def _check_officer(desk: Desk, unit: Unit, person: str, by: Actor) -> None:
    people = desk.book(unit.connection).people
    if person not in people or not people[person].active:
        raise NotFound(f"{person!r} is nobody on the roster. {choices(person, list(people))}")
    if not is_officer(desk, unit.connection, by.person or "", unit.now):
        remedy = f"Who holds the role {desk.officer_role} on the roster may."
        raise Refused("This is for proof officers.", code="not-officer", remedy=remedy)
    if by.person == person:
        raise Refused("Nobody asks for or confirms a proof of their own.", code="own-proof", remedy="Two others do.")


def _check_offered(desk: Desk, kind: str) -> None:
    if kind == "sso" and not desk.issuer:
        raise Refused("No single sign-on is set up here.", code="no-sso", remedy="Set TOLLGATE_OIDC_ISSUER.")
    if kind == "passkey" and not rp_id(desk):
        remedy = "Set TOLLGATE_PUBLIC_URL to an address with a name, for instance http://localhost:8123."
        raise Refused(
            "Passkeys are bound to a name, and the public address is a number.", code="no-name", remedy=remedy
        )


def _request_row(connection: Connection, request_id: str) -> Row[Any]:
    row = connection.execute(select(proof_requests).where(proof_requests.c.id == request_id)).first()
    if row is None:
        raise NotFound(f"There is no request {request_id[:40]!r}. `tollgate people proofs` lists them.")
    return row


def find_enrolment(connection: Connection, token: str, now: datetime) -> Row[Any]:
    """The request of a one-time link that may be used now. Raises LinkProblem (unknown, used, expired, revoked)."""
    hashed = token_hash(token)
    row = (
        connection.execute(
            select(proof_requests, t.people.c.active)
            .join(t.people, t.people.c.id == proof_requests.c.person)
            .where(proof_requests.c.token_hash == hashed)
        ).first()
        if hashed
        else None
    )
    if row is None:
        raise LinkProblem("unknown", "This link is not known here. Open it from the mail once more.")
    if not row.active:
        raise LinkProblem("revoked", "You are no longer on the roster.")
    if row.used_at is not None:
        raise LinkProblem("used", "This link was used: what it was for is set up. If it was not you, report it lost.")
    if row.expires_at <= now:
        raise LinkProblem("expired", "This link was good for three days. Ask a proof officer for another.")
    return row


def complete(desk: Desk, unit: Unit, token: str, done: SetUp, origin: str) -> str:
    """Put what a link's holder set up on file and on the record, and use the link up. Returns a sentence.

    Raises LinkProblem, Refused (a passkey or subject that is somebody's already).
    """
    unit.lock(ACCESS)
    row = find_enrolment(unit.connection, token, unit.now)
    unit.connection.execute(update(proof_requests).where(proof_requests.c.id == row.id).values(used_at=unit.now))
    public = _keep(desk, unit, row, done)
    data = {
        "request": row.id,
        "person": row.person,
        "name": name_of(desk, unit, row.person),
        "proof": row.kind,
        "requested_by": row.requested_by,
        "confirmed_by": row.confirmed_by,
        **public,
    }
    unit.enter(ACCESS, Kind.PROOF_ENROLLED, Actor(row.person, "link", origin), data)
    forget_guesses(unit, row.person)
    word = KIND_TITLES[row.kind]
    said = phrase("Set up: %(proof)s. If it was not you, report it to a proof officer at once.", proof=word)
    tell_owner(unit, row.person, said)
    return f"Set up, on the record: {word}."


def _keep(desk: Desk, unit: Unit, row: Row[Any], done: SetUp) -> dict[str, Any]:
    """The rows of a proof, and what of it the entry states."""
    if row.replaces:
        # Whoever knew the old one may be in.
        unit.connection.execute(
            update(t.sessions)
            .where(t.sessions.c.person == row.person, t.sessions.c.ended_at.is_(None))
            .values(ended_at=unit.now)
        )
    if row.kind == "password":
        put_hash(unit, row.person, done.hashed)
        return {}
    values: dict[str, Any] = {"id": row.id, "person": row.person, "kind": row.kind, "enrolled_at": unit.now}
    public: dict[str, Any] = {}
    if row.kind == "totp":
        count_from_now(unit, row.person)
        values["last_step"] = done.step
    if row.kind == "sso":
        public = {"issuer": done.issuer, "subject": done.subject}
    if row.kind == "passkey":
        assert done.passkey is not None
        made = done.passkey
        public = {
            "credential": made.credential,
            "public_key": made.public_key,
            "algorithm": made.algorithm,
            "aaguid": made.aaguid,
            "rp_id": rp_id(desk),
        }
        values["counter"] = made.counter
    if row.kind in ("totp", "sso"):
        # The new one takes the place of the old; passkeys may be several, one a device.
        unit.connection.execute(
            update(proofs)
            .where(proofs.c.person == row.person, proofs.c.kind == row.kind, proofs.c.ended_at.is_(None))
            .values(ended_at=unit.now)
        )
    if not unit.insert_or_skip(proofs, values | public):
        _refuse_taken(row.kind)
    return public


def _refuse_taken(kind: str) -> NoReturn:
    remedy = "Use one that is yours alone, or tell a proof officer."
    raise Refused(f"It is set up for somebody already: {KIND_TITLES[kind]}.", code="taken", remedy=remedy)


def check_bootstrap(desk: Desk, unit: Unit) -> None:
    """The operator may set a password while fewer than two officers can prove themselves. Raises Refused."""
    unit.lock(ACCESS)
    able = able_officers(desk, unit.connection, unit.now)
    if len(able) >= 2:
        names = " and ".join(name_of(desk, unit, one) for one in able[:2])
        raise Refused(
            f"Two proof officers can act ({names}), so nobody sets a password alone any more.",
            code="two-officers",
            remedy="One asks with `tollgate people enrol`, another confirms with `tollgate people confirm`.",
        )


def tell_bootstrap(unit: Unit, person: str) -> None:
    """Owe the owner a mail about a password that the operator set."""
    tell_owner(
        unit,
        person,
        phrase(
            "The operator of this installation set a password for you, because fewer than two proof officers can act "
            "yet. If you know nothing of this, tell your PMO at once."
        ),
    )


def requests(desk: Desk, connection: Connection, now: datetime) -> list[ProofRequest]:
    """The requests of the last weeks, the latest first."""
    people = desk.book(connection).people
    rows = connection.execute(select(proof_requests).order_by(proof_requests.c.requested_at.desc()).limit(200))
    return [
        ProofRequest(
            id=row.id,
            person=row.person,
            name=people[row.person].name,
            kind=row.kind,
            title=KIND_TITLES[row.kind],
            replaces=row.replaces,
            how_checked=row.how_checked,
            requested_by=row.requested_by,
            requested_by_name=people[row.requested_by].name,
            requested_at=row.requested_at,
            confirmed_by=row.confirmed_by,
            expires_at=row.expires_at,
            state=_state_of(row, now),
        )
        for row in rows
    ]


def _state_of(row: Row[Any], now: datetime) -> str:
    if row.used_at is not None:
        return "used"
    if row.expires_at <= now:
        return "lapsed"
    return "waiting" if row.confirmed_at is None else "confirmed"


def passkeys_of(desk: Desk, connection: Connection, person: str) -> list[str]:
    """The credentials a person has already, so that an authenticator is not enrolled twice."""
    return [str(row.credential) for row in rows_of(desk, connection, person, "passkey")]
