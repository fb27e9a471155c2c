"""Delivery over a real SMTP peer, with scripted answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from world import ROSTER, World
from world import test_settings as settings

from gates.service.people import owe_mail
from notifications.outbox import DELAYS
from notifications.outbox import deliver as deliver_mails
from notifications.transports import SmtpTransport
from workflows.runtime.children import free_port
from workflows.steps import deliver_step


class Peer:
    """A mail server whose answers are scripted by a function of the recipient and the try."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.tries: dict[str, int] = {}
        self.sessions = 0
        self.answer: Callable[[str, int], str] = lambda _to, _try: "250 kept"
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

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


def deliver(world: World) -> Any:
    return deliver_step(world.services, world.register.claim("mail", "worker"))


def test_mails_arrive_over_one_connection(posted: World, peer: Peer) -> None:
    """Three mails, one session, text and HTML, with the headers that thread and that nobody's machine answers."""
    assert deliver(posted).sent == 3
    assert peer.sessions == 1
    (mail,) = peer.to("ana@example.com")
    assert str(mail["Subject"]) == "[Sign by Thu 20 Aug 11:00] ECR-0001 New seal for pump P-17 — Lyon — €12,500"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == mail["In-Reply-To"]
    assert str(mail["Reply-To"]) == "Dan Dorn <dan@example.com>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    references = {str(one["References"]) for one in peer.mails}
    assert len(references) == 1
    assert len({str(one["Message-ID"]) for one in peer.mails}) == 3


def test_a_temporary_answer_is_tried_again_with_one_message_id(posted: World, peer: Peer) -> None:
    """451 twice, then 250: sent at the third try, after growing delays, recognisable as the same mail (I7, PR-05)."""
    peer.answer = lambda to, n: "451 try later" if to.startswith("ana") and n < 3 else "250 kept"
    first = deliver(posted)
    assert (first.sent, first.retried) == (2, 1)
    assert deliver(posted).said == []
    posted.clock.move_on(seconds=DELAYS[0].total_seconds())
    assert deliver(posted).retried == 1
    posted.clock.move_on(seconds=DELAYS[0].total_seconds())
    assert deliver(posted).said == []
    posted.clock.move_on(seconds=DELAYS[1].total_seconds())
    assert deliver(posted).sent == 1
    assert len(peer.to("ana@example.com")) == 1


def test_a_permanent_answer_gives_up_at_once_on_the_record(posted: World, peer: Peer) -> None:
    """550 for one of three: the others go out, and the item's record says who was not reached (I7)."""
    peer.answer = lambda to, _n: "550 no such mailbox" if to.startswith("ben") else "250 kept"
    report = deliver(posted)
    assert (report.sent, report.dead) == (2, 1)
    assert posted.kinds("ECR-0001")[-3:].count("item:notice:failed") == 1
    assert posted.register.outbox_count().dead == 1


def test_a_dropped_connection_is_taken_up_again(posted: World, peer: Peer) -> None:
    """Dropped at one recipient: that one is retried, the rest go over a new connection."""
    peer.answer = lambda to, n: "drop" if to.startswith("ana") and n == 1 else "250 kept"
    report = deliver(posted)
    assert (report.sent, report.retried) == (2, 1)
    assert peer.sessions == 2


def test_a_drop_after_the_data_may_send_twice_and_is_recognisable(posted: World, peer: Peer) -> None:
    """The peer kept it and could not say so: the second copy has the same Message-ID and the same link (I7)."""
    peer.answer = lambda to, n: "drop after data" if to.startswith("ana") and n == 1 else "250 kept"
    deliver(posted)
    posted.clock.move_on(minutes=2)
    assert deliver(posted).sent == 1
    first, second = peer.to("ana@example.com")
    assert first["Message-ID"] == second["Message-ID"]
    assert posted.link_in(first) == posted.link_in(second)


def test_a_peer_that_hangs_holds_nobody_up_for_long(posted: World, peer: Peer) -> None:
    """A time-out makes it temporary."""
    peer.answer = lambda to, n: "hang" if to.startswith("ana") and n == 1 else "250 kept"
    start = time.monotonic()
    report = deliver(posted)
    assert (report.sent, report.retried) == (2, 1)
    assert time.monotonic() - start < 10


def test_a_peer_that_is_away_keeps_everything_owed(posted: World, peer: Peer) -> None:
    """Nothing is lost; everything goes when it is back."""
    peer.controller.stop()
    assert deliver(posted).retried == 3
    peer.controller = Controller(peer, hostname="127.0.0.1", port=peer.controller.port)
    peer.controller.start()
    posted.clock.move_on(minutes=2)
    assert deliver(posted).sent == 3


def test_after_many_tries_a_mail_is_given_up(posted: World, peer: Peer) -> None:
    """A poisoned recipient does not try for ever."""
    peer.answer = lambda _to, _n: "451 never"
    for delay in (*DELAYS, timedelta()):
        deliver(posted)
        posted.clock.at += delay + timedelta(seconds=1)
    assert posted.register.outbox_count().dead == 3
    left = posted.register.claim("mail", "worker")
    assert {owed.payload["message"] for owed in left} == {"escalated"}, "somebody is told that they were not reached"


def test_a_poison_mail_does_not_stop_the_others(posted: World, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be written is given up with its error; the rest go out (I8)."""
    letter = posted.register.letter

    def poisoned(owed: Any) -> Any:
        facts = letter(owed)
        return replace(facts, message="no-such-mail") if owed.payload["person"] == "ana" else facts

    monkeypatch.setattr(posted.register, "letter", poisoned)
    report = deliver(posted)
    assert (report.sent, report.dead) == (2, 1)


def test_what_is_no_longer_needed_is_not_sent(posted: World, peer: Peer) -> None:
    """Nobody is asked for what is over: withdrawn before delivery, no mail asks (I7)."""
    posted.register.withdraw("ECR-0001", posted.by("dan"))
    report = deliver(posted)
    assert not [mail for mail in peer.mails if "Sign by" in str(mail["Subject"])]
    assert report.skipped == 6, "the three asks, and the three that would take back what nobody got"
    assert [str(mail["Subject"]).partition("]")[0] for mail in peer.mails] == ["[Decided"]


def test_two_workers_send_each_mail_once(posted: World, peer: Peer) -> None:
    """A row under a lease is nobody else's; a lapsed lease is given out again."""
    mine = posted.register.claim("mail", "one", limit=2)
    others = posted.register.claim("mail", "two")
    assert (len(mine), len(others)) == (2, 1)
    posted.clock.move_on(seconds=61)
    assert len(posted.register.claim("mail", "two")) == 3


# -- the faults of a year, scripted -------------------------------------------------------------------


def test_greylisted_for_forty_minutes_it_arrives_when_the_server_lets_it(posted: World, peer: Peer) -> None:
    """451 to everybody for 40 minutes, then 250: each mail arrives once, within the next step of the delays."""
    opens = posted.clock.at + timedelta(minutes=40)
    peer.answer = lambda _to, _n: "451 greylisted" if posted.clock.at < opens else "250 kept"
    tried = 0
    while "mail" in posted.register.outbox_count().by_kind or posted.register.outbox_count().later:
        tried += deliver(posted).retried
        posted.clock.move_on(minutes=1)
        assert posted.clock.at < opens + timedelta(hours=2)
    assert len(peer.mails) == 3
    assert tried == 3 * 5, "after 0, 1, 3, 8 and 23 minutes; the sixth, after 83, is taken"
    assert posted.register.outbox_count().dead == 0


def test_a_dead_address_shows_on_the_item_and_climbs(posted: World, peer: Peer) -> None:
    """550 for one of three: the item says who was not reached, its author and the first of its ladder are told at
    once, and once a mail arrives it says so no more (I7)."""
    peer.answer = lambda to, _n: "550 no such mailbox" if to.startswith("mei") else "250 kept"
    deliver(posted)
    deliver(posted)
    asks = {ask.person: ask.unreached for ask in posted.register.item("ECR-0001").round.asks}
    assert "550 no such mailbox" in asks.pop("mei")
    assert set(asks.values()) == {""}
    for person in ("dan", "cid"):
        (mail,) = [one for one in peer.to(f"{person}@") if "attention" in str(one["Subject"])]
        assert "Mei Chen has to sign ECR-0001 and was not reached" in mail.get_body(("plain",)).get_content()
    peer.answer = lambda _to, _n: "250 kept"
    posted.clock.move_on(hours=48)
    posted.pass_time(hours=0)
    assert peer.to("mei@"), "the reminder arrives"
    assert {ask.unreached for ask in posted.register.item("ECR-0001").round.asks} == {""}


def test_one_that_hangs_makes_the_rest_of_its_domain_wait_and_nobody_else(posted: World, peer: Peer) -> None:
    """Fifty mails to a mail system that does not answer cost two time-outs, not fifty (I8)."""
    peer.answer = lambda to, _n: "hang" if to.endswith("slow.example") else "250 kept"
    for n in range(50):
        posted.register._desk.work(
            lambda unit, n=n: owe_mail(unit, "ECR-0001", "notice", "sam", f"{n}", sentence="Hello.", reason="Test.")
        )
    posted.import_roster(ROSTER.replace("sam@example.com", "sam@slow.example"))
    began = time.monotonic()
    report = deliver(posted)
    assert (report.sent, report.retried) == (3, 50)
    assert time.monotonic() - began < 20


def test_poison_in_front_of_a_thousand_holds_up_none(
    posted: World, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter that cannot be made is given up with its error; the thousand behind it go out (I8)."""
    letter = posted.register.letter

    def poisoned(owed: Any) -> Any:
        if "poison" in owed.key:
            raise ValueError("a letter nobody can write")
        return letter(owed)

    monkeypatch.setattr(posted.register, "letter", poisoned)
    people = ["ana", "ben", "cid", "dan", "eve", "mei", "otto", "sam"]

    def owe(unit: Any) -> None:
        owe_mail(unit, "ECR-0001", "notice", "ana", "poison", sentence="x", reason="x")
        for n in range(1000):
            owe_mail(unit, "ECR-0001", "notice", people[n % 8], f"{n}", sentence=f"Notice {n}.", reason="Test.")

    posted.register._desk.work(owe)
    posted.services = replace(posted.services, settings=settings(mail_ceiling=10_000))
    sent = dead = 0
    while owed := posted.register.claim("mail", "worker", 400):
        report = deliver_step(posted.services, owed)
        sent, dead = sent + report.sent, dead + report.dead
    assert (sent, dead) == (1003, 1)
    assert len({str(mail["Message-ID"]) for mail in peer.mails}) == 1003


def test_nobody_gets_more_than_the_ceiling_on_one_day(posted: World, peer: Peer) -> None:
    """What asks for a signature goes all the same; notices beyond it go the next morning, in the reader's zone."""
    posted.services = replace(posted.services, settings=settings(mail_ceiling=5))
    deliver(posted)
    for n in range(12):
        posted.register._desk.work(
            lambda unit, n=n: owe_mail(
                unit, "ECR-0001", "notice", "ana", f"{n}", sentence=f"Notice {n}.", reason="Test."
            )
        )
    assert deliver(posted).put_off == 8
    assert len(peer.to("ana@")) == 5
    posted.clock.move_on(hours=18)
    assert deliver(posted).sent == 0, "it is 5 in the morning in Paris"
    posted.clock.move_on(hours=2)
    assert (deliver(posted).sent, len(peer.to("ana@"))) == (5, 10)


def test_what_a_lease_has_no_time_for_is_given_back_untried(posted: World, peer: Peer) -> None:
    """A batch never outlives its lease: another worker takes the rest, and nothing is sent twice."""
    mails = posted.register.claim("mail", "one")
    services = posted.services
    report = deliver_mails(
        posted.register,
        services.transport,
        mails,
        sender="t@example.com",
        site_name="T",
        now=posted.clock.at,
        patience_s=-1,
    )
    assert report.sent == 0
    again = posted.register.claim("mail", "two")
    assert [one.tries for one in again] == [1, 1, 1]
    assert deliver_step(services, again).sent == 3
    assert len(peer.mails) == 3
