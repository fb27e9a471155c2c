"""Deciding: one person's choice in a round, with proof, bound to what was on the screen.

The decisive signature and the move it causes are one commit. Guessing a secret is counted *before* it is
checked, in a commit of its own, so that parallel guesses cannot slip under the limit, and checking it (tens of
milliseconds of argon2) never holds the write lock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from gates.errors import AlreadyDecided, ProofFailed, Refused, RegisterError, StaleRevision
from gates.items import Actor, Receipt
from gates.ledger.entries import Kind
from gates.service.advancing import advance_item, judge
from gates.service.barring import may_reclaim, reclaim, why_barred
from gates.service.binding import binding
from gates.service.desk import Bound, Desk, item_row
from gates.service.gather import reclaimed
from gates.service.intents import plain_comment
from gates.service.links import FoundLink, check_link, find_link
from gates.service.people import owe_mail
from gates.service.proofs import Proven
from gates.service.receipts import receipt_of
from gates.service.secrets import clear_tries
from gates.service.signwords import check_conditions, check_words, conditions_in
from gates.service.spending import spend
from gates.store import Unit
from gates.store import tables as t
from policies.evaluate import evaluate
from policies.model import meaning_of
from policies.phrases import phrase
from policies.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SignRequest:
    """What a signer sends. `shown_digest` is the revision that was on the screen; nothing is preset."""

    token: str
    position: str
    shown_digest: str
    typed_name: str = ""
    secret: str = ""
    comment: str = ""
    meaning_confirmed: bool = True
    idempotency_key: str = ""
    via: str = "link"
    origin: str = ""
    session: str = ""
    """The token of the browser's session. Where it is the signer's own, its guesses are counted apart."""
    way: str = ""
    """The proof chosen (link, secret, sso, passkey). '': the least that meets the policy and that the signer has."""
    code: str = ""
    """A one-time code, in place of the password."""
    assertion: str = ""
    """What the passkey answered, as the browser gives it (JSON)."""
    state: str = ""
    """Of a single sign-on that came back."""
    browser: str = ""
    """What the browser is known by, to complete a single sign-on in the browser it was begun in."""

    def __repr__(self) -> str:
        return f"SignRequest(position={self.position!r}, token and secret withheld)"


@dataclass(frozen=True, slots=True)
class Refusing:
    """A refusal to be raised once its unit is committed, so that the refused attempt is on the record."""

    error: RegisterError


def decide(desk: Desk, unit: Unit, request: SignRequest, proven: Proven) -> Receipt | Refusing:
    """Record one decision; `proven` is what the caller checked, and is used up with it.

    Raises LinkProblem, StaleRevision, AlreadyDecided, BadInput with nothing written; answers Refusing when
    the person may not decide here or the proof was used up meanwhile, which is entered.
    """
    found = find_link(unit.connection, request.token)
    unit.lock(found.item)
    repeated = recorded_before(desk, unit.connection, request, found)
    if repeated is not None:
        return repeated
    deciding = may_decide(desk, unit, request)
    if isinstance(deciding, Refusing):
        return deciding
    spent = spend(unit, found.person, proven, deciding.facts)
    if spent is not None:
        code, why = spent
        enter_refused(unit, found.item, found.round, found.person, request.via, request.origin, code, why)
        return Refusing(ProofFailed(why))
    return _record(desk, unit, deciding, proven)


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decision that may be taken: where, on what, by whom, and in which words."""

    row: Row[Any]
    bound: Bound
    round_row: Row[Any]
    found: FoundLink
    request: SignRequest
    facts: dict[str, Any]
    """What a signature is bound to: the keys of `intents.BOUND`."""
    reclaims: bool = False
    """Whether somebody away signs after all, and has their seat back with it."""


def may_decide(desk: Desk, unit: Unit, request: SignRequest) -> Deciding | Refusing:
    """Everything but the proof: link, standing, revision, words, right.

    Raises LinkProblem, StaleRevision, AlreadyDecided, BadInput; answers Refusing when the person may not
    decide here, which is entered.
    """
    found = find_link(unit.connection, request.token)
    unit.lock(found.item)
    row = item_row(unit.connection, found.item)
    bound = desk.bound(unit.connection, row.process_digest)
    round_row = check_link(unit, found, row)
    request = _plainly(bound, round_row, request)
    verdict, facts = judge(desk, unit, row, bound, round_row)
    _check_standing(unit, found, verdict)
    if request.shown_digest != row.revision_digest:
        raise StaleRevision(request.shown_digest, row.revision_digest)
    check_words(bound, round_row, request)
    check_conditions(bound, round_row, request, facts)
    barred = why_barred(verdict, facts, found.person)
    reclaims = barred is not None and may_reclaim(bound, round_row, facts, found.person)
    if reclaims:
        roster = reclaimed(facts.roster, {found.person: unit.now})
        verdict = evaluate(bound.policy(round_row.policy), replace(facts, roster=roster))
    elif barred is not None:
        return _refuse(unit, row, round_row, request, found.person, barred)
    meaning = meaning_of(bound.loaded.process.policies[round_row.policy], request.position)
    behalf = (verdict.sits_for or {}).get(found.person)
    said = binding(desk, unit, row, round_row, found, request.position, request.comment, meaning, behalf)
    return Deciding(row, bound, round_row, found, request, said, reclaims)


def _plainly(bound: Bound, round_row: Row[Any], request: SignRequest) -> SignRequest:
    """The request under its position's own name, where an alias was given."""
    word = bound.policy(round_row.policy).aliases.get(request.position)
    return request if word is None else replace(request, position=word)


def recorded_before(desk: Desk, connection: Connection, request: SignRequest, found: FoundLink) -> Receipt | None:
    """The receipt of this very request, when it was recorded before (its answer got lost on the way)."""
    if not request.idempotency_key:
        return None
    row = connection.execute(
        select(t.decisions.c.id).where(
            t.decisions.c.idempotency_key == request.idempotency_key[:120],
            t.decisions.c.person == found.person,
            t.decisions.c.round == found.round,
        )
    ).first()
    return None if row is None else receipt_of(desk, connection, row.id, repeated=True)


def _check_standing(unit: Unit, found: FoundLink, verdict: Verdict) -> None:
    """Whoever has decided may decide again only where that decision no longer counts. Raises AlreadyDecided."""
    standing = standing_decision(unit.connection, found)
    counts_not = {one.decision.id for one in verdict.set_aside if not one.reason.startswith("already counted")}
    if standing is not None and standing not in counts_not and not _fell(unit, found, standing):
        raise AlreadyDecided(standing)


def standing_decision(connection: Connection, found: FoundLink) -> str | None:
    """The id of the person's decision that stands in the link's round."""
    return connection.execute(
        select(t.decisions.c.id).where(
            t.decisions.c.round == found.round,
            t.decisions.c.person == found.person,
            t.decisions.c.withdrawn_at.is_(None),
        )
    ).scalar()


def _fell(unit: Unit, found: FoundLink, standing: str) -> bool:
    """Whether the standing decision was given for an earlier revision; then the signer may decide again."""
    given = unit.connection.execute(select(t.decisions.c.revision).where(t.decisions.c.id == standing)).scalar_one()
    current = unit.connection.execute(select(t.items.c.revision).where(t.items.c.key == found.item)).scalar_one()
    return bool(given < current)


def _refuse(unit: Unit, row: Row[Any], round_row: Row[Any], request: SignRequest, person: str, why: str) -> Refusing:
    enter_refused(unit, row.key, round_row.id, person, request.via, request.origin, "not-eligible", why)
    return Refusing(Refused(why, code="not-eligible", remedy=phrase("Ask the author who can sign in your place.")))


def enter_refused(unit: Unit, key: str, round_id: str, person: str, via: str, origin: str, code: str, why: str) -> None:
    """Put a refused attempt to decide on the record. No secret, no token."""
    unit.enter(
        key,
        Kind.DECISION_REFUSED,
        Actor(person, via, origin),
        {"round": round_id, "person": person, "code": code, "why": why},
    )


def _record(desk: Desk, unit: Unit, deciding: Deciding, proven: Proven) -> Receipt:
    row, bound, round_row = deciding.row, deciding.bound, deciding.round_row
    found, request, said = deciding.found, deciding.request, deciding.facts
    decision_id = token_hex(16)
    comment = plain_comment(request.comment)
    conditions = conditions_in(bound, round_row, request.position, comment)
    if deciding.reclaims:
        reclaim(unit, row, round_row, Actor(found.person, request.via, request.origin))
    _set_earlier_aside(unit, row, found, request)
    zone = desk.book(unit.connection).people[found.person].zone
    behalf = said["on_behalf_of"]
    data = {
        "decision": decision_id,
        **{key: said[key] for key in _ENTERED},
        "proof": proven.proof,
        "comment": comment,
        **({"on_behalf_of": behalf} if behalf else {}),
        **({"conditions": conditions} if conditions else {}),
        "level": proven.level,
        "zone": zone,
        "local_time": unit.now.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"),
        "evidence": proven.evidence,
    }
    entry = unit.enter(row.key, Kind.DECISION_RECORDED, Actor(found.person, request.via, request.origin), data)
    unit.connection.execute(
        insert(t.decisions).values(
            id=decision_id,
            item=row.key,
            **{key: said[key] for key in _KEPT},
            proof=proven.proof,
            comment=comment,
            at=unit.now,
            seq=entry.seq,
            idempotency_key=request.idempotency_key[:120] or None,
            on_behalf_of=behalf,
            conditions=json.dumps(conditions, ensure_ascii=False) if conditions else None,
        )
    )
    _mark_seen(unit, found, row.revision)
    if proven.proof == "secret":
        clear_tries(unit, found.person, found.link)
    _owe_receipt(unit, row, round_row, found, decision_id)
    desk.faults.reach("decide:before-advance")
    advance_item(desk, unit, row.key)
    desk.faults.reach("decide:before-commit")
    return receipt_of(desk, unit.connection, decision_id)


_KEPT = ("round", "person", "position", "capacity", "meaning", "revision", "revision_digest")
_ENTERED = (*_KEPT, "name", "process_digest")


def _owe_receipt(unit: Unit, row: Row[Any], round_row: Row[Any], found: FoundLink, decision_id: str) -> None:
    owe_mail(
        unit,
        row.key,
        "receipt",
        found.person,
        decision_id,
        decision=decision_id,
        round=round_row.id,
        reason=phrase("You signed. Keep this mail as your proof."),
    )


def _set_earlier_aside(unit: Unit, row: Row[Any], found: FoundLink, request: SignRequest) -> None:
    """A decision that fell with an edit makes room for the new one; both stay on the record."""
    earlier = standing_decision(unit.connection, found)
    if earlier is not None:
        withdraw_row(unit, row.key, found.round, found.person, earlier, request.via, request.origin, "decided again")


def withdraw_row(
    unit: Unit,
    key: str,
    round_id: str,
    person: str,
    decision_id: str,
    via: str,
    origin: str,
    reason: str,
    proven: Proven | None = None,
) -> None:
    """Take one decision back, on the record, with the proof where one was asked."""
    data: dict[str, Any] = {"round": round_id, "person": person, "decision": decision_id, "reason": reason}
    if proven is not None:
        data |= {"level": proven.level, "evidence": proven.evidence}
    unit.enter(key, Kind.DECISION_WITHDRAWN, Actor(person, via, origin), data)
    unit.connection.execute(update(t.decisions).where(t.decisions.c.id == decision_id).values(withdrawn_at=unit.now))


def _mark_seen(unit: Unit, found: FoundLink, revision: int) -> None:
    unit.connection.execute(
        update(t.asks)
        .where(t.asks.c.round == found.round, t.asks.c.person == found.person)
        .values(seen_revision=revision)
    )
