"""Somebody leaves the roster: links, sessions and asks end in the same commit, and rounds are judged again."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update

from gates.items import Actor
from gates.service.advancing import advance_item
from gates.service.desk import Desk
from gates.service.handing import open_asks, withdraw_ask
from gates.service.moving import owe_carry
from gates.store import Unit
from gates.store import tables as t
from gates.store.roster_tables import preference_links
from policies.phrases import phrase

LEFT = phrase("You are no longer on the roster.")


def end_ways_in(unit: Unit, people: Iterable[str]) -> None:
    """End every link and every session of `people`, and the links to their preferences."""
    gone = set(people)
    unit.connection.execute(
        update(t.links)
        .where(t.links.c.person.in_(gone), t.links.c.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_why=LEFT)
    )
    unit.connection.execute(
        update(t.sessions)
        .where(t.sessions.c.person.in_(gone), t.sessions.c.ended_at.is_(None))
        .values(ended_at=unit.now)
    )
    end_preference_links(unit, gone)


def end_preference_links(unit: Unit, people: Iterable[str]) -> None:
    """End every link by which `people` change their preferences."""
    for person in sorted(set(people)):
        unit.insert_or_skip(preference_links, {"person": person, "ended": 0})
        mine = preference_links.c.person == person
        unit.connection.execute(update(preference_links).where(mine).values(ended=preference_links.c.ended + 1))


def withdraw_asks(desk: Desk, unit: Unit, people: Iterable[str], by: Actor) -> tuple[str, ...]:
    """Withdraw the open asks of people who left and judge their rounds again; the roster read is that without them.

    What they signed before stands as the policy has it. Returns the items, each once.
    """
    gone = set(people)
    items: list[str] = []
    spoken = {
        (row.round, row.person)
        for row in unit.connection.execute(
            select(t.decisions.c.round, t.decisions.c.person).where(
                t.decisions.c.person.in_(gone), t.decisions.c.withdrawn_at.is_(None)
            )
        )
    }
    for ask in open_asks(unit.connection, gone):
        unit.lock(ask.item)
        if ask.item not in items:
            items.append(ask.item)
        if (ask.round, ask.person) not in spoken:
            name = desk.book(unit.connection).people[ask.person].name
            withdraw_ask(unit, ask, phrase("%(name)s is no longer on the roster.", name=name), by, tell=False)
    judge_again(desk, unit, items)
    return tuple(items)


def judge_again(desk: Desk, unit: Unit, items: Iterable[str]) -> None:
    """Judge the open rounds of `items` as the roster is now; whoever is to be asked now is asked by what this owes."""
    for key in sorted(set(items)):
        advance_item(desk, unit, key)


def concerned(unit: Unit, people: Iterable[str]) -> tuple[str, ...]:
    """The items in whose open rounds one of `people` is asked."""
    return tuple(dict.fromkeys(ask.item for ask in open_asks(unit.connection, set(people))))


def ask_afresh(unit: Unit, person: str) -> tuple[str, ...]:
    """Somebody is back on the roster: rounds that asked them before and are open still are carried, which asks them
    with a fresh link. Returns the items."""
    query = (
        select(t.asks.c.item)
        .join(t.rounds, t.rounds.c.id == t.asks.c.round)
        .where(t.asks.c.person == person, t.asks.c.withdrawn_at.is_not(None), t.rounds.c.closed_at.is_(None))
        .order_by(t.asks.c.item)
    )
    items = tuple(unit.connection.execute(query).scalars())
    for key in items:
        unit.lock(key)
        owe_carry(unit, key, because=f"{key}:{person}:{unit.now.timestamp()}")
    return items
