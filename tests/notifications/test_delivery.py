"""Delivery over a real SMTP peer, with scripted answers."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from mail_server import Peer, deliver
from world import World
from world import test_settings as settings

from gates.service.people import owe_mail
from notifications.outbox import DELAYS
from notifications.outbox import deliver as deliver_mails
from workflows.steps import deliver_step


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


def test_a_dropped_connection_is_taken_up_again(posted: World, peer: Peer) -> None:
    """Dropped at one recipient: that one is retried, the rest go over a new connection."""
    peer.answer = lambda to, n: "drop" if to.startswith("ana") and n == 1 else "250 kept"
    report = deliver(posted)
    assert (report.sent, report.retried) == (2, 1)
    assert peer.sessions == 2


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
