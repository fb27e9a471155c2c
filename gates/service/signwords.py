"""The words of a signature: its position, its reason, the conditions it names, and the name that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from gates.errors import BadInput
from gates.promises import fault_of, lines_of
from gates.service.desk import Bound
from gates.service.intents import plain_comment
from gates.service.positions import position_offer, position_offers
from policies.canonical import nfc
from policies.facts import Facts
from policies.phrases import joined, phrase

if TYPE_CHECKING:
    from gates.service.deciding import SignRequest

MAX_COMMENT = 4000


def check_words(bound: Bound, round_row: Row[Any], request: SignRequest) -> None:
    """The position is one of the policy's and has its reason; the meaning is confirmed. Raises BadInput."""
    faults: dict[str, str] = {}
    offer = position_offer(bound, round_row, request.position)
    if offer is None:
        known = joined((one.title for one in position_offers(bound, round_row)), ", ")
        faults["position"] = (
            phrase("Choose one of: %(known)s.", known=known)
            if not request.position
            else phrase(
                "%(word)s cannot be said here; there is: %(known)s.", word=repr(request.position[:40]), known=known
            )
        )
    elif offer.reason_required and not request.comment.strip():
        faults["comment"] = phrase("Say why: %(position)s needs a reason.", position=offer.title)
    if len(request.comment) > MAX_COMMENT:
        count, most = f"{len(request.comment):,}", f"{MAX_COMMENT:,}"
        faults["comment"] = phrase(
            "The comment has %(count)s characters; %(most)s are allowed.", count=count, most=most
        )
    if not request.meaning_confirmed:
        faults["meaning"] = phrase("Confirm what your signature means.")
    if faults:
        raise BadInput(faults)


def is_same_name(typed: str, name: str) -> bool:
    """Whether a typed name is the name on the roster; case and spacing are forgiven."""
    return " ".join(nfc(typed).split()).casefold() == " ".join(nfc(name).split()).casefold()


def conditions_in(bound: Bound, round_row: Row[Any], position: str, comment: str) -> list[str]:
    """What a conditional position asks to be done: the lines of its comment."""
    word = bound.loaded.process.policies[round_row.policy].positions.get(position)
    if word is None or word.conditions is None:
        return []
    return lines_of(comment)


def check_conditions(bound: Bound, round_row: Row[Any], request: SignRequest, facts: Facts) -> None:
    """Each condition names what its policy asks of it. Raises BadInput."""
    word = bound.loaded.process.policies[round_row.policy].positions.get(request.position)
    if word is None:
        return
    today = facts.now.astimezone(ZoneInfo(facts.calendar.zone)).date()
    found = [
        fault
        for line in conditions_in(bound, round_row, request.position, plain_comment(request.comment))
        if (fault := fault_of(line, word, facts.roster.people, today))
    ]
    if found:
        raise BadInput({"comment": found[0]})
