"""Mails that come back: a report is a hint that shows and climbs; whatever else arrives is left alone, and never answered."""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from command_line import well
from mail_server import Peer, deliver
from world import World

from notifications.returns import MOST_BYTES, envelope_id, read_report
from notifications.transports import SmtpTransport

REPORT = """\
From: Mail Delivery System <mailer-daemon@relay.example>
To: tollgate@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to tell you.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
{envelope}
Final-Recipient: rfc822; mei@example.com
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such mailbox

--b
Content-Type: text/rfc822-headers

From: Tollgate <tollgate@example.com>
Message-ID: {number}
--b--
"""


def report(number: str, *, by_envelope: bool = True, action: str = "failed") -> bytes:
    envelope = f"Original-Envelope-Id: {envelope_id(number)}\n" if by_envelope else ""
    return REPORT.format(envelope=envelope, action=action, number="<x@y>" if by_envelope else number).encode()


@pytest.mark.parametrize("by_envelope", [True, False])
def test_a_report_shows_on_the_item_climbs_and_changes_nothing(posted: World, peer: Peer, by_envelope: bool) -> None:
    """Once, however often it arrives; Mei's link stays good, and when she signs after all it counts."""
    deliver(posted)
    (mail,) = peer.to("mei@example.com")
    found = read_report(report(str(mail["Message-ID"]), by_envelope=by_envelope))
    assert found is not None
    assert (found.is_final, found.said) == (True, "5.1.1 550 no such mailbox")
    assert posted.register.note_returned(found.message_id, found.said) == (
        "Noted: the mail to mei about ECR-0001 came back."
    )
    assert "Noted before" in posted.register.note_returned(found.message_id, found.said)
    item = posted.register.item("ECR-0001")
    assert item.round is not None
    assert {ask.person for ask in item.round.asks if ask.unreached} == {"mei"}
    assert item.timeline[-1].sentence == "Mail “ask” to Mei Chen came back, by a report that anybody can write."
    deliver(posted)
    told = [one for one in peer.to("dan@example.com") if "attention" in str(one["Subject"])]
    assert len(told) == 1
    assert "550 no such mailbox" in str(told[0].get_body(("plain",)))
    posted.sign("mei", "ECR-0001", token=posted.link_in(mail))
    assert posted.is_whole("ECR-0001")


def test_a_report_after_the_signature_troubles_nobody(posted: World, peer: Peer) -> None:
    """It stands on the record, and that is all."""
    deliver(posted)
    (mail,) = peer.to("mei@example.com")
    posted.sign("mei", "ECR-0001")
    deliver(posted)
    before = len(peer.mails)
    posted.register.note_returned(str(mail["Message-ID"]), "5.1.1")
    deliver(posted)
    assert len(peer.mails) == before
    assert posted.kinds("ECR-0001")[-1] == "item:notice:failed"
    assert "no mail" in posted.register.note_returned("<0123456789abcdef%@_>", "5.1.1").lower()


def absence_notice() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "mei@example.com", "tollgate@example.com", "Out of office: ECR-0001"
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("I am back on Monday. Approved.")
    return bytes(mail)


@pytest.mark.parametrize(
    "raw",
    [
        absence_notice(),
        b"",
        b"\xff\xfe\x00 not a mail",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n",
        report("<x@y>"),
        report("<0123456789abcdef0123@example.com>") + b" " * MOST_BYTES,
    ],
    ids=["absence", "empty", "bytes", "cut", "number", "huge"],
)
def test_whatever_else_arrives_is_no_report(raw: bytes) -> None:
    """People's answers, absence notices, rubbish: nothing is read out of them (I8)."""
    assert read_report(raw) is None


def test_automatic_mail_is_never_answered(small_world: World, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command that a mail server pipes into: it says what it did and owes no mail, whatever came (PR-05)."""
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path / "home"))
    well("process", "publish", "engineering-change")
    for name, raw, said in (
        ("absence", absence_notice(), "nothing is answered"),
        ("delay", report("<0123456789abcdef0123@example.com>", action="delayed"), "not final"),
        ("stranger", report("<0123456789abcdef0123@example.com>"), "nothing was noted"),
    ):
        path = tmp_path / f"{name}.eml"
        path.write_bytes(raw)
        assert said in well("mail", "returned", str(path))


class KnowsDsn(SMTP):
    """A server that carries the envelope's id along, and keeps what it was told."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        self.event_handler.told.append(arg)
        await super().smtp_MAIL((arg or "").partition(" ENVID")[0])

    async def smtp_RCPT(self, arg: str | None) -> None:
        self.event_handler.told.append(arg)
        await super().smtp_RCPT((arg or "").partition(" NOTIFY")[0])


class KnowsDsnController(Controller):
    def factory(self) -> SMTP:
        return KnowsDsn(self.handler, **self.SMTP_kwargs)


class Knowing(Peer):
    def __init__(self) -> None:
        super().__init__(KnowsDsnController)
        self.told: list[str] = []

    async def handle_EHLO(self, server: SMTP, session: Any, envelope: Any, host: str, said: list[str]) -> list[str]:
        said = await super().handle_EHLO(server, session, envelope, host, said)
        return [*said[:-1], "250-DSN", said[-1]]


def test_servers_that_know_reports_carry_the_envelope_s_id() -> None:
    """So that what comes back names the mail even where its headers are lost; only headers come back, no contents."""
    peer = Knowing()
    peer.controller.start()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "tollgate@example.com", "mei@example.com", "Sign"
    mail["Message-ID"] = "<0123456789abcdef@tollgate.example>"
    mail.set_content("Please sign.")
    try:
        with SmtpTransport("127.0.0.1", peer.controller.port).open() as line:
            line.send(mail)
    finally:
        peer.controller.stop()
    assert len(peer.mails) == 1
    assert "ENVID=0123456789abcdef@tollgate.example RET=HDRS" in peer.told[0].replace("  ", " ")
    assert "NOTIFY=FAILURE" in peer.told[1]
    assert envelope_id("<a+b=c é@x>") == "a+2Bb+3Dc+20+E9@x"


NUMBER = f"<{'a' * 40}@tollgate.example>"


@pytest.mark.parametrize(
    "hostile",
    [
        report(NUMBER).replace(b"multipart/report;", b"multipart/report; " + b"(" * 5000),
        report(NUMBER).replace(b"report-type=", b"a=b; " * 20000 + b"report-type="),
        b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000)),
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
        + b"Content-Type: message/rfc822\n\n" * 3000,
    ],
    ids=["comments", "parameters", "parts", "mails"],
)
def test_a_mail_built_to_choke_on_is_no_report(hostile: bytes) -> None:
    """Nested without end, or with a header that takes hours: let be like anything else, at once."""
    start = time.monotonic()
    assert read_report(hostile) is None
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"550 no\0 such\x1b[2J \x07mailbox", "5.1.1 550 no such[2J mailbox"),
        (b"550 =?utf-7?q?+2AA-?=", "5.1.1 550 =?utf-7?q?+2AA-?="),
        (b"550 " + b"a " * 400_000, "5.1.1 550 a"),
    ],
)
def test_what_a_mail_system_says_goes_on_the_record_as_plain_text(said: bytes, kept: str) -> None:
    """No character that a database, a terminal or the record cannot hold; and no more of it than a sentence."""
    found = read_report(report(NUMBER).replace(b"550 no such mailbox", said))
    assert found is not None
    assert found.said.startswith(kept)
    assert len(found.said) <= 300
