"""Taking a decision back while its round is open: with the same proof, on the record; nothing is erased."""

from __future__ import annotations

from typing import Any

from gates.errors import ProofFailed, Refused
from gates.service.advancing import advance_item
from gates.service.binding import binding
from gates.service.deciding import Refusing, SignRequest, enter_refused, standing_decision, withdraw_row
from gates.service.desk import Desk, item_row
from gates.service.intents import TAKE_BACK, plain_comment
from gates.service.links import check_link, find_link
from gates.service.moving import title_of_state
from gates.service.proofs import Proven
from gates.service.secrets import clear_tries
from gates.service.spending import spend
from gates.store import Unit
from policies.phrases import phrase


def withdraw_decision(desk: Desk, unit: Unit, request: SignRequest, proven: Proven | None) -> str | Refusing:
    """Take the standing decision of a link's holder back while the round is open. Returns a sentence.

    The request's comment is the reason. Raises LinkProblem, Refused (nothing stands); answers Refusing when the
    proof was used up meanwhile, which is entered.
    """
    found = find_link(unit.connection, request.token)
    unit.lock(found.item)
    row = item_row(unit.connection, found.item)
    standing, said = may_take_back(desk, unit, request)
    if proven is not None and (spent := spend(unit, found.person, proven, said)):
        code, why = spent
        enter_refused(unit, row.key, found.round, found.person, request.via, request.origin, code, why)
        return Refusing(ProofFailed(why))
    if proven is not None and proven.proof == "secret":
        clear_tries(unit, found.person, found.link)
    reason = plain_comment(request.comment)
    withdraw_row(unit, row.key, found.round, found.person, standing, request.via, request.origin, reason, proven)
    advance_item(desk, unit, row.key)
    after = item_row(unit.connection, row.key)
    bound = desk.bound(unit.connection, row.process_digest)
    return f"Taken back, on the record. {row.key} is in {title_of_state(bound, after.state)}."


def may_take_back(desk: Desk, unit: Unit, request: SignRequest) -> tuple[str, dict[str, Any]]:
    """The id of what is taken back, and what a passkey signs for it. Raises LinkProblem, Refused."""
    found = find_link(unit.connection, request.token)
    row = item_row(unit.connection, found.item)
    round_row = check_link(unit, found, row)
    standing = standing_decision(unit.connection, found)
    if standing is None:
        raise Refused(phrase("You have no decision in this round to take back."), code="nothing-stands")
    said = binding(desk, unit, row, round_row, found, TAKE_BACK, request.comment, "Taken back", None)
    return standing, said
