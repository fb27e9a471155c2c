"""Networks that may sign (11.10(h), device checks): where some are named, a signature from elsewhere is refused.

An act's origin begins with the address it came from. What has no address, such as the command line, is elsewhere too:
whoever narrows down where signatures may come from does not mean the server's own shell.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from gates.errors import Refused
from gates.service.deciding import SignRequest, enter_refused
from gates.service.desk import Desk
from gates.service.links import find_link
from gates.store import Unit

Network = IPv4Network | IPv6Network
CODE = "other-network"


def check_network(desk: Desk, request: SignRequest) -> None:
    """Raises LinkProblem, and Refused where the request comes from no network that may sign; that is entered."""
    if not desk.networks or is_within(request.origin, desk.networks):
        return
    error = Refused(
        "Signing is not open to the network you come from.",
        code=CODE,
        remedy="Sign from a network that it is open to, such as the company's own; the link stays good.",
    )

    def enter(unit: Unit) -> None:
        found = find_link(unit.connection, request.token)
        unit.lock(found.item)
        enter_refused(unit, found.item, found.round, found.person, request.via, request.origin, CODE, error.sentence)

    desk.work(enter)
    raise error


def is_within(origin: str, networks: tuple[Network, ...]) -> bool:
    """Whether an act's origin lies in one of `networks`; an IPv4 address written as IPv6 is that address."""
    try:
        address = ip_address(origin.split(" ", 1)[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in one for one in networks)
