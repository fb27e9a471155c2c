"""Networks that may sign (11.10(h), device checks): where some are named, a signature from elsewhere is refused, and
what decides over signatures too.

An act's origin begins with the address it came from. What has no address, such as the command line, is elsewhere too:
whoever narrows down where signatures may come from does not mean the server's own shell.
"""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from sqlalchemy import select

from gates.errors import Refused
from gates.ledger.entries import Kind
from gates.service.deciding import SignRequest, enter_refused
from gates.service.desk import Desk, item_row
from gates.service.links import check_link, find_link
from gates.store import Unit
from gates.store import tables as t

Network = IPv4Network | IPv6Network
CODE = "other-network"
REFUSALS, WITHIN = 10, timedelta(days=1)
"""So many of one person's refusals about one item are entered in so long a time; those beyond are refused alike."""


def check_network(desk: Desk, request: SignRequest) -> None:
    """Raises LinkProblem, and Refused where the request comes from no network that may sign; that is entered.

    The link is judged first: one that is over is told so, and enters nothing."""
    if is_open(desk, request.origin):
        return
    error = Refused(
        "Signing is not open to the network you come from.",
        code=CODE,
        remedy="Sign from a network that it is open to, such as the company's own; the link stays good.",
    )

    def enter(unit: Unit) -> None:
        found = find_link(unit.connection, request.token)
        unit.lock(found.item)
        check_link(unit, found, item_row(unit.connection, found.item))
        if not is_entered_enough(unit, found.item, Kind.DECISION_REFUSED, found.person):
            enter_refused(
                unit, found.item, found.round, found.person, request.via, request.origin, CODE, error.sentence
            )

    desk.work(enter)
    raise error


def check_act(desk: Desk, origin: str, what: str) -> None:
    """Raises Refused where an act that decides over signatures comes from no network that may sign."""
    if not is_open(desk, origin):
        raise Refused(
            f"You may {what}, but not from where you are: deciding is not open to the network you come from.",
            code=CODE,
            remedy="Do it from a network that signing is open to, such as the company's own.",
        )


def is_open(desk: Desk, origin: str) -> bool:
    """Whether an act from `origin` may sign, or decide over signatures."""
    return not desk.networks or is_within(origin, desk.networks)


def is_entered_enough(unit: Unit, key: str, kind: Kind, person: str | None) -> bool:
    """Whether as many refusals of a person for their network are on an item's record lately as are entered: nobody
    makes a record grow without end. Counted off the record, so that any number of servers count together."""
    query = select(t.entries.c.body).where(
        t.entries.c.chain == key, t.entries.c.kind == kind.value, t.entries.c.at > unit.now - WITHIN
    )
    bodies = [json.loads(body) for body in unit.connection.execute(query).scalars()]
    mine = [one for one in bodies if one["actor"]["person"] == person and one["data"]["code"] == CODE]
    return len(mine) >= REFUSALS


def is_within(origin: str, networks: tuple[Network, ...]) -> bool:
    """Whether an act's origin lies in one of `networks`; an IPv4 address written as IPv6 is that address."""
    try:
        address = ip_address(origin.split(" ", 1)[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in one for one in networks)
