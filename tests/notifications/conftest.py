"""A mail server that answers as it is told, and a change whose mails are owed to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from mail_server import Peer
from world import World

from notifications.transports import SmtpTransport


@pytest.fixture
def peer() -> Iterator[Peer]:
    found = Peer()
    found.controller.start()
    yield found
    found.controller.stop()


@pytest.fixture
def posted(small_world: World, peer: Peer) -> World:
    """A world whose mails go to the peer; a change waits in its round, its mails still owed."""
    key = small_world.change(author="dan")
    small_world.register.submit(key, small_world.by("dan"))
    small_world.register.act(key, "accept-fast", small_world.by("cid"))
    small_world.register.open_round(key)
    transport = SmtpTransport("127.0.0.1", peer.controller.port, timeout_s=1.0)
    small_world.services = replace(small_world.services, transport=transport)
    return small_world
