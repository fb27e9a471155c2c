"""Which human answers questions about an item: mails name one, and answers to them go there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from gates.service.desk import Desk
from gates.service.gather import item_facts
from gates.service.people import resolve


def who_to_ask(desk: Desk, connection: Connection, row: Row[Any], reader: str) -> str:
    """Name and address of whom the process names as its `contact`, of the owner, the author, else of the manager of
    `reader`: of somebody other than the reader, and active. '' where there is nobody."""
    process = desk.bound(connection, row.process_digest).loaded.process
    named: dict[str, str] = {}
    if process.contact is not None:
        roster = desk.roster(connection, desk.clock.now())
        named = resolve(process.contact, item_facts(connection, row, process), roster)
    known = desk.book(connection).people.get(reader)
    asked = (*named, row.owner, row.author, known.manager if known else None)
    others = (one for one in asked if one is not None and one != reader)
    return next((found for one in others if (found := address_of(desk, connection, one))), "")


def holder_of(desk: Desk, connection: Connection, roles: Collection[str], now: datetime) -> str:
    """The same of the first, by id, who holds one of `roles` now; '' where nobody does."""
    holders = sorted({held.person for held in desk.roster(connection, now).holdings if held.role in roles})
    return next((found for one in holders if (found := address_of(desk, connection, one))), "")


def address_of(desk: Desk, connection: Connection, person: str) -> str:
    """`Dan Dorn <dan@example.com>`; '' for somebody who is not there any more."""
    known = desk.book(connection).people.get(person)
    return f"{known.name} <{known.email}>" if known is not None and known.active and known.email else ""
