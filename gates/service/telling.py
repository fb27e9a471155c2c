"""Mails about proofs: the owner is told at every step, the officers where they are asked or warned."""

from __future__ import annotations

from typing import Any

from gates.service.desk import ACCESS, Desk
from gates.service.people import owe_mail
from gates.service.proofs import officers
from gates.store import Unit
from policies.phrases import phrase

OWNER_REASON = phrase("It is about how you prove yourself when you sign.")
OFFICER_REASON = phrase("You are a proof officer.")


def tell_owner(unit: Unit, person: str, sentence: str, message: str = "proof", **payload: Any) -> None:
    """Owe the owner of a proof one mail about what happened."""
    owe_mail(unit, ACCESS, message, person, _once(unit), sentence=sentence, reason=OWNER_REASON, **payload)


def tell_officers(desk: Desk, unit: Unit, sentence: str, *, but: tuple[str | None, ...] = ()) -> None:
    """Owe every proof officer one mail, leaving out `but`."""
    for officer in officers(desk, unit.connection, unit.now):
        if officer not in but:
            owe_mail(unit, ACCESS, "proof-officers", officer, _once(unit), sentence=sentence, reason=OFFICER_REASON)


def _once(unit: Unit) -> str:
    """What happened is one entry; it is told once. Called after the entry is made."""
    return str(unit.seq(ACCESS))


def name_of(desk: Desk, unit: Unit, person: str | None) -> str:
    """A person's name for a sentence; the operator's where nobody of the roster acts."""
    people = desk.book(unit.connection).people
    return people[person].name if person in people else phrase("The operator of this installation")
