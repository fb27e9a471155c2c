"""Which addresses are out in the world, and which are inside: nothing a person types makes us ask the latter."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_CARRIES = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
"""Addresses whose last 32 bits are one of IPv4, at the far side of a gateway (RFC 6052) or of old (RFC 4291)."""


def is_public(address: str) -> bool:
    """Whether an address, as a look-up gives it, is of one machine in the public network. What carries an address of
    IPv4 inside is judged by that. Raises ValueError for what is no address."""
    found = ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast:
        return False
    if isinstance(found, IPv4Address):
        return True
    return not found.is_site_local and all(is_public(str(one)) for one in _carried(found))


def _carried(found: IPv6Address) -> list[IPv4Address]:
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if any(found in network for network in _CARRIES):
        inner.append(IPv4Address(int(found) & 0xFFFFFFFF))
    return [one for one in inner if one is not None]
