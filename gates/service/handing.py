"""Asks that go over to a stand-in and come back: withdrawn with a reason on the record, and told to who loses them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind
from gates.service.people import owe_mail
from gates.store import Unit
from gates.store import tables as t
from policies.facts import Facts
from policies.phrases import phrase
from policies.verdict import Verdict


def withdraw_ask(unit: Unit, ask: Row[Any], why: str, by: Actor = ENGINE, *, tell: bool = True) -> None:
    """Ask somebody no more in an open round: their links of it end with this commit, and they hear why."""
    unit.enter(ask.item, Kind.ASK_WITHDRAWN, by, {"round": ask.round, "person": ask.person, "why": why})
    mine = t.asks.c.round == ask.round, t.asks.c.person == ask.person
    unit.connection.execute(update(t.asks).where(*mine).values(withdrawn_at=unit.now))
    unit.connection.execute(
        update(t.links)
        .where(t.links.c.round == ask.round, t.links.c.person == ask.person, t.links.c.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_why=why[:200])
    )
    if tell:
        owe_mail(
            unit,
            ask.item,
            "not-needed",
            ask.person,
            f"{ask.round}:{unit.seq(ask.item)}",
            round=ask.round,
            sentence=why,
            reason=phrase("You were asked to sign in this round."),
        )


def open_asks(connection: Connection, people: set[str]) -> list[Row[Any]]:
    """The asks of `people` in open rounds that were not withdrawn, by item."""
    query = (
        select(t.asks)
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(t.asks.c.person.in_(people), t.asks.c.withdrawn_at.is_(None), t.rounds.c.closed_at.is_(None))
        .order_by(t.asks.c.item, t.asks.c.person)
    )
    return list(connection.execute(query))


def hand_back(unit: Unit, row: Row[Any], round_row: Row[Any], verdict: Verdict, facts: Facts) -> None:
    """Stand-ins who sit no longer, and have not signed, are asked no more; who is back hears that it is theirs again.

    Runs whenever a round is judged, and judging is set for the minute at which an absence begins or ends.
    """
    query = select(t.asks).where(t.asks.c.round == round_row.id, t.asks.c.withdrawn_at.is_(None))
    asks = {ask.person: ask for ask in unit.connection.execute(query)}
    spoken = {one.person for one in facts.decisions if not one.withdrawn and one.lifts is None}
    for person, ask in sorted(asks.items()):
        absent = ask.on_behalf_of
        if absent is None or person in spoken or person in (verdict.eligible or {}):
            continue
        name = facts.roster.name(absent)
        signed = absent in spoken
        why = (
            phrase("%(name)s signed in person.", name=name)
            if signed
            else phrase("You no longer sit for %(name)s here. Nothing is left to do.", name=name)
        )
        withdraw_ask(unit, ask, why)
        if not signed and absent in asks and absent in (verdict.eligible or {}):
            owe_mail(
                unit,
                row.key,
                "reminder",
                absent,
                f"back:{unit.seq(row.key)}",
                round=round_row.id,
                reason=phrase(
                    "%(name)s no longer signs in your place: it is yours again.", name=facts.roster.name(person)
                ),
            )
