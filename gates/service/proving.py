"""Checking the proof a policy asks of its signers, before and outside the unit that decides.

A guess is counted, in a commit of its own, before it is checked; checking never holds the write lock. What a proof
uses up (a code, an intent, a return from single sign-on) is used up in the commit that decides: see `spending`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gates.errors import ProofFailed
from gates.levels import LEVELS
from gates.service import codes, deciding, intents, links, losing, passkeys, proofs, secrets, sessions, singlesign
from gates.service.desk import Desk, item_row
from gates.service.gather import open_round_of
from gates.service.links import FoundLink
from gates.service.passkeys import BadPasskey
from gates.service.proofs import Proven
from gates.service.secrets import Try
from gates.service.signwords import check_words, is_same_name
from gates.store import Unit
from policies.phrases import either, joined, phrase, phrases


@dataclass(frozen=True, slots=True)
class _Asked:
    """One attempt: the request, its link, and the name on the roster."""

    request: deciding.SignRequest
    found: FoundLink
    name: str
    way: str


def prove(desk: Desk, request: deciding.SignRequest) -> Proven:
    """Check the proof the round's policy asks, or a stronger one of the signer's choice. Returns what was reached.

    Raises LinkProblem, BadInput (before any try is counted), ProofFailed, ProofLocked. A request that was
    recorded before needs no second proof: it gets its receipt.
    """
    with desk.store.reading() as connection:
        found = links.find_link(connection, request.token)
        earlier = deciding.recorded_before(desk, connection, request, found)
        if earlier is not None:
            return Proven(earlier.proof, {})
    return _check(desk, _asked(desk, request, is_decision=True))


def prove_again(desk: Desk, request: deciding.SignRequest) -> Proven | None:
    """The same for taking a decision back; None where the policy asks for an acknowledgement only."""
    asked = _asked(desk, request, is_decision=False)
    return None if asked.way == "link" else _check(desk, asked)


def _asked(desk: Desk, request: deciding.SignRequest, *, is_decision: bool) -> _Asked:
    with desk.store.reading() as connection:
        found = links.find_link(connection, request.token)
        row = item_row(connection, found.item)
        problem = links.problem_of(connection, found, row, desk.clock.now())
        if problem is not None:
            raise problem
        round_row = open_round_of(connection, row.key)
        assert round_row is not None
        bound = desk.bound(connection, row.process_digest)
        demanded = bound.loaded.process.policies[round_row.policy].signature.proof
        name = desk.book(connection).people[found.person].name
        if is_decision:
            check_words(bound, round_row, request)
        ways = proofs.ways(demanded, proofs.kinds_of(desk, connection, found.person))
    asked = _Asked(request, found, name, request.way or (ways[0] if ways else ""))
    if not ways:
        raise _refused(
            desk, asked, "no-proof", f"No proof that meets {LEVELS[demanded]} is set up.", proofs.lacks(demanded)
        )
    if asked.way not in ways:
        said = phrase("This takes %(ways)s.", ways=either(ways))
        raise _refused(desk, asked, "too-weak", f"The proof offered does not meet {LEVELS[demanded]}.", said)
    return asked


def _check(desk: Desk, asked: _Asked) -> Proven:
    if asked.way == "link":
        return _check_name(desk, asked)
    if asked.way == "secret":
        return _check_secret(desk, asked)
    if asked.way == "sso":
        return _check_sign_on(desk, asked)
    return _check_passkey(desk, asked)


def _check_name(desk: Desk, asked: _Asked) -> Proven:
    if is_same_name(asked.request.typed_name, asked.name):
        return Proven("link", {"kind": "link"})
    said = phrase("Type your full name as it stands at the top of the page: %(name)s.", name=asked.name)
    raise _refused(desk, asked, "wrong-name", "The typed name is not the name on the roster.", said)


def _check_secret(desk: Desk, asked: _Asked) -> Proven:
    """A password or a one-time code. A guess of either counts as one."""
    request, found = asked.request, asked.found
    with desk.store.reading() as connection:
        session = sessions.own_session(connection, request.session, found.person, desk.clock.now())
    if session is None:
        attempt = desk.work(lambda unit: secrets.try_by_link(unit, found.person, found.link))
    else:
        attempt = desk.work(lambda unit: secrets.try_in_session(unit, found.person, session))
    if request.code.strip():
        proven = _check_code(desk, asked, attempt)
    elif secrets.is_right(request.secret, attempt.hash):
        proven = Proven("secret", {"kind": "password"})
    else:
        raise _wrong(desk, asked, attempt, "wrong-secret", phrase("The password was not right."))
    if session is not None:
        desk.work(lambda unit: secrets.clear_session(unit, session))
    return proven


def _check_code(desk: Desk, asked: _Asked, attempt: Try) -> Proven:
    with desk.store.reading() as connection:
        matched = codes.match(desk, connection, asked.found.person, asked.request.code, desk.clock.now())
    if matched is None:
        raise _wrong(desk, asked, attempt, "wrong-code", phrase("The code was not right."))
    proof_id, step, is_taken = matched
    if is_taken:
        raise _wrong(desk, asked, attempt, "used-code", phrase("The code was used before. Wait for the next one."))
    return Proven("secret", {"kind": "totp", "step": step}, proof_id)


def _wrong(desk: Desk, asked: _Asked, attempt: Try, code: str, said: str) -> ProofFailed:
    """The error of a wrong guess, with the tries left; the last of the limit is told to the person and the officers."""
    left = phrases("%(num)s try is left.", "%(num)s tries are left.", attempt.left)
    raise _refused(desk, asked, code, said, joined([said, left]), attempt)


def _check_sign_on(desk: Desk, asked: _Asked) -> Proven:
    with desk.store.reading() as connection:
        try:
            return singlesign.proven(desk, connection, asked.request, asked.found, desk.clock.now())
        except singlesign.BadSignOn as error:
            code, why = error.code, str(error)
    raise _refused(desk, asked, code, why, joined([why, phrase("Sign again from the start.")]))


def _check_passkey(desk: Desk, asked: _Asked) -> Proven:
    try:
        return _believe(desk, asked)
    except BadPasskey as error:
        code, why = error.code, str(error)
    raise _refused(
        desk, asked, code, why, phrase("The passkey was not taken: %(why)s Use it once more from this page.", why=why)
    )


def _believe(desk: Desk, asked: _Asked) -> Proven:
    """The passkey signed an intent of this link, unused and in time, and it is what was sent. Raises BadPasskey."""
    request, found = asked.request, asked.found
    answered = passkeys.take_apart(request.assertion)
    with desk.store.reading() as connection:
        intent = intents.find(connection, answered.challenge)
        known = {row.credential: row for row in proofs.rows_of(desk, connection, found.person, "passkey")}
    if intent is None or intent.link != found.link or intent.person != found.person:
        raise BadPasskey("unknown-intent", "What it signed was not asked on this link.")
    if intent.used_at is not None:
        raise BadPasskey("used-intent", "What it signed was used before.")
    if intent.expires_at <= desk.clock.now():
        raise BadPasskey("late-intent", "What it signed was asked too long ago.")
    row = known.get(answered.credential)
    if row is None:
        raise BadPasskey("unknown-passkey", "It is not enrolled for this person, or was reported lost.")
    counter = passkeys.check_signed(desk, answered, intent.challenge, row)
    sent = {"position": request.position, "comment_digest": intents.comment_digest(request.comment)}
    if request.position != intents.TAKE_BACK:
        sent["revision_digest"] = request.shown_digest
    if changed := [key for key, value in sent.items() if intent.body[key] != value]:
        raise BadPasskey("changed-intent", f"What was sent is not what it signed ({', '.join(changed)} differ).")
    evidence = passkeys.evidence(desk, answered, row, intent.body)
    return Proven("passkey", evidence, row.id, intent.challenge, counter)


def _refused(desk: Desk, asked: _Asked, code: str, why: str, said: str, attempt: Try | None = None) -> ProofFailed:
    """The error to raise, with the refused attempt put on the record."""
    request, found = asked.request, asked.found
    locks = attempt.locks if attempt else None

    def enter(unit: Unit) -> None:
        deciding.enter_refused(unit, found.item, found.round, found.person, request.via, request.origin, code, why)
        if locks is not None:
            losing.enter_locked(desk, unit, found.person, found.item, locks)

    desk.work(enter)
    return ProofFailed(said, attempt.left if attempt else None)
