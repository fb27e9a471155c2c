"""A real mail server whose answers are scripted, and what every mail owed must come to."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Collection
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlalchemy import select
from world import World

from gates.service.outbox import asks
from gates.store import work_tables as w
from workflows.runtime.children import free_port
from workflows.steps import deliver_step


class Peer:
    """A mail server whose answers are scripted by a function of the recipient and the try."""

    def __init__(self, controller: type[Controller] = Controller) -> None:
        self.mails: list[EmailMessage] = []
        self.tries: dict[str, int] = {}
        self.sessions = 0
        self.answer: Callable[[str, int], str] = lambda _to, _try: "250 kept"
        self.controller = controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_EHLO(self, server: SMTP, session: Any, envelope: Any, host: str, said: list[str]) -> list[str]:
        self.sessions += 1
        session.host_name = host
        return said

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.tries[address] = self.tries.get(address, 0) + 1
        answer = self.answer(address, self.tries[address])
        if answer == "hang":
            await asyncio.sleep(3)
        if answer == "drop":
            server.transport.close()
        if answer[0] in "45":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.answer(envelope.rcpt_tos[0], self.tries[envelope.rcpt_tos[0]]) == "drop after data":
            server.transport.close()
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]


def deliver(world: World) -> Any:
    """One look of a worker at the mails."""
    return deliver_step(world.services, world.register.claim("mail", "worker"))


def settle(world: World, peer: Peer, *, twice: Collection[str] = ()) -> Counter[str]:
    """Work until nothing is owed, under the clock. Then every mail owed has arrived once, by its Message-ID (those to
    `twice` two times, the same), or is given up on the record; whoever was to sign and was not reached shows on the
    item, and the author has heard of it. Returns what became of them, counted."""
    for _ in range(400):
        deliver(world)
        count = world.register.outbox_count()
        if not count.by_kind.get("mail") and not count.later:
            break
        world.clock.move_on(minutes=15)
    with world.store.reading() as connection:
        rows = connection.execute(select(w.outbox).where(w.outbox.c.kind == "mail")).all()
    arrived = Counter(str(mail["Message-ID"]) for mail in peer.mails)
    became: Counter[str] = Counter()
    seen: set[str] = set()
    for row in rows:
        payload, receipt = json.loads(row.payload), json.loads(row.receipt or "{}")
        address = world.register.person(payload["person"]).email
        if row.done_at is not None and "skipped" not in receipt:
            assert arrived[receipt["message_id"]] == (2 if address in twice else 1), row.key
            seen.add(receipt["message_id"])
            became["arrived"] += 1
        elif row.dead_at is not None:
            became["dead"] += 1
            assert "item:notice:failed" in world.kinds(row.item)
            if asks(payload):
                _shows_and_climbs(world, peer, row.item, payload["person"])
        else:
            assert row.done_at is not None, f"{row.key} is still owed"
            became["skipped"] += 1
    assert set(arrived) == seen, "nothing arrived that was not owed"
    return became


def _shows_and_climbs(world: World, peer: Peer, key: str, person: str) -> None:
    item = world.register.item(key)
    assert item.round is not None
    assert item.author is not None
    assert next(ask.unreached for ask in item.round.asks if ask.person == person)
    name, author = world.register.person(person).name, world.register.person(item.author).email
    told = [mail for mail in peer.to(author) if "attention" in str(mail["Subject"])]
    assert any(f"{name} has to sign {key} and was not reached" in str(mail.get_body(("plain",))) for mail in told)
