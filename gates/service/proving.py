"""Checking the proof a policy asks of its signers, before and outside the unit that decides.

A guess is counted, in a commit of its own, before it is checked; checking never holds the write lock.
"""

from __future__ import annotations

from gates.errors import ProofFailed
from gates.service import deciding, links, secrets, sessions
from gates.service.desk import Desk, item_row
from gates.service.gather import open_round_of
from gates.service.links import FoundLink


def prove(desk: Desk, request: deciding.SignRequest) -> str:
    """Check the proof the round's policy asks. Returns the proof reached (`link` or `secret`).

    Raises LinkProblem, BadInput (before any try is counted), ProofFailed, ProofLocked. A request that was
    recorded before needs no second proof: it gets its receipt.
    """
    with desk.store.reading() as connection:
        found = links.find_link(connection, request.token)
        row = item_row(connection, found.item)
        earlier = deciding.recorded_before(desk, connection, request, found)
        if earlier is not None:
            return earlier.proof
        problem = links.problem_of(connection, found, row, desk.clock.now())
        if problem is not None:
            raise problem
        round_row = open_round_of(connection, row.key)
        assert round_row is not None
        bound = desk.bound(connection, row.process_digest)
        wanted = bound.loaded.process.policies[round_row.policy].signature.proof
        name = desk.book(connection).people[found.person].name
        deciding.check_words(bound, round_row, request)
    if wanted == "link":
        _check_name(desk, request, found, name)
    else:
        check_secret(desk, request)
    return wanted


def _check_name(desk: Desk, request: deciding.SignRequest, found: FoundLink, name: str) -> None:
    if deciding.is_same_name(request.typed_name, name):
        return
    _refuse(desk, request, found, "wrong-name", "The typed name is not the name on the roster.")
    raise ProofFailed(f"Type your full name as it stands at the top of the page: {name}.")


def check_secret(desk: Desk, request: deciding.SignRequest) -> None:
    """Check the link holder's password. Raises ProofFailed with the tries left, ProofLocked."""
    with desk.store.reading() as connection:
        found = links.find_link(connection, request.token)
        session = sessions.own_session(connection, request.session, found.person, desk.clock.now())
    if session is None:
        attempt = desk.work(lambda unit: secrets.try_by_link(unit, found.person, found.link))
    else:
        attempt = desk.work(lambda unit: secrets.try_in_session(unit, found.person, session))
    if secrets.is_right(request.secret, attempt.hash):
        if session is not None:
            desk.work(lambda unit: secrets.clear_session(unit, session))
        return
    _refuse(desk, request, found, "wrong-secret", "The password was not right.")
    if attempt.hash is None:
        raise ProofFailed("No password is set for you yet. Ask the PMO to set one up with you.", attempt.left)
    tries = "1 try is" if attempt.left == 1 else f"{attempt.left} tries are"
    raise ProofFailed(f"The password was not right; {tries} left.", attempt.left)


def _refuse(desk: Desk, request: deciding.SignRequest, found: FoundLink, code: str, why: str) -> None:
    """Put the refused attempt on the record."""
    desk.work(
        lambda unit: deciding.enter_refused(
            unit, found.item, found.round, found.person, request.via, request.origin, code, why
        )
    )
