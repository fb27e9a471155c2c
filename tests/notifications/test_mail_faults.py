"""What goes wrong on the way out, scripted on a real mail server under a clock that is set: whatever happens, each mail
owed arrives, once by its Message-ID, or is given up on the item's record and somebody hears of it (I7, I8, PR-05)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from mail_server import Peer, deliver, settle
from world import ROSTER, World
from world import test_settings as settings

from gates.service.people import owe_mail
from workflows.steps import deliver_step


def test_greylisted_for_forty_minutes_it_arrives_when_the_server_lets_it(posted: World, peer: Peer) -> None:
    """451 to everybody for 40 minutes, then 250: each mail arrives once, within the next step of the delays."""
    opens = posted.clock.at + timedelta(minutes=40)
    peer.answer = lambda _to, _n: "451 greylisted" if posted.clock.at < opens else "250 kept"
    tried = 0
    while posted.clock.at < opens:
        tried += deliver(posted).retried
        posted.clock.move_on(minutes=1)
    assert tried == 3 * 5, "after 0, 1, 3, 8 and 23 minutes; the sixth, after 83, is taken"
    assert settle(posted, peer) == {"arrived": 3}
    assert posted.clock.at < opens + timedelta(hours=1)


def test_a_permanent_answer_gives_up_at_once_on_the_record(posted: World, peer: Peer) -> None:
    """550 for one of three: the others go out, and the item's record says who was not reached (I7)."""
    peer.answer = lambda to, _n: "550 no such mailbox" if to.startswith("ben") else "250 kept"
    report = deliver(posted)
    assert (report.sent, report.dead) == (2, 1)
    assert posted.kinds("ECR-0001")[-3:].count("item:notice:failed") == 1
    assert posted.register.outbox_count().dead == 1


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
    assert settle(posted, peer) == {"arrived": 4, "dead": 1}
    peer.answer = lambda _to, _n: "250 kept"
    posted.clock.move_on(hours=48)
    posted.pass_time(hours=0)
    assert peer.to("mei@"), "the reminder arrives"
    assert {ask.unreached for ask in posted.register.item("ECR-0001").round.asks} == {""}


def test_a_drop_after_the_data_may_send_twice_and_is_recognisable(posted: World, peer: Peer) -> None:
    """The peer kept it and could not say so: the second copy has the same Message-ID and the same link (I7)."""
    peer.answer = lambda to, n: "drop after data" if to.startswith("ana") and n == 1 else "250 kept"
    deliver(posted)
    posted.clock.move_on(minutes=2)
    assert deliver(posted).sent == 1
    first, second = peer.to("ana@example.com")
    assert first["Message-ID"] == second["Message-ID"]
    assert posted.link_in(first) == posted.link_in(second)
    assert settle(posted, peer, twice=("ana@example.com",)) == {"arrived": 3}


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
    peer.answer = lambda _to, _n: "250 kept"
    assert settle(posted, peer) == {"arrived": 53}


@pytest.mark.slow
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
    assert settle(posted, peer) == {"arrived": 1003, "dead": 1}
