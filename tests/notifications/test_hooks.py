"""Web hooks and chat rooms against a real HTTP server: signed, owed with the fact, patient, and never a way to sign."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from world import World
from world import test_settings as settings

from gates.errors import BadInput
from notifications.errors import PermanentError, TemporaryError
from notifications.hooks import post_event, post_to_room, public_address
from notifications.outbox import DELAYS
from notifications.reach import is_public
from workflows.steps import hook_step


class Listener:
    """A web server that keeps what it is told and answers as it is set to."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.answer = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(listener.answer)
                self.end_headers()

            def log_message(self, *_said: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def hooked(small_world: World, listener: Listener) -> World:
    """A world whose moves and decisions a web hook is told of."""
    small_world.services = replace(small_world.services, settings=settings(hooks_may_be_private=True))
    by = small_world.by("import")
    small_world.register.add_hook("board", "webhook", listener.url, ("item.moved", "decision.recorded"), None, by)
    return small_world


def tell(world: World) -> Any:
    return hook_step(world.services, world.register.claim("webhook", "worker"))


def test_a_hook_is_told_what_happened_and_can_tell_who_says_so(hooked: World, listener: Listener) -> None:
    """Each move and decision once, as CloudEvents, signed as Standard Webhooks; no link to sign by, no comment, no money;
    a forged body does not verify."""
    key = hooked.change_in_round()
    token = hooked.token("mei", key)
    hooked.sign("mei", key, comment="Confidential remark")
    assert tell(hooked).sent == 3
    assert tell(hooked).said == []
    secret = hooked.register.hook("board").secrets[0]
    events = []
    for headers, body in listener.told:
        hook = Webhook(secret)
        events.append(json.loads(body))
        assert hook.sign(headers["webhook-id"], hooked.clock.at, body.decode()) == headers["webhook-signature"]
    assert [one["type"] for one in events] == [
        "tollgate.item.moved",
        "tollgate.item.moved",
        "tollgate.decision.recorded",
    ]
    assert [one["data"]["state"] for one in events] == ["screening", "sign-off", "sign-off"]
    assert len({one["id"] for one in events}) == 3
    said = b"".join(body for _, body in listener.told)
    for secretive in (token, "Confidential", "12500", "12,500"):
        assert secretive.encode() not in said
    headers, body = listener.told[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"screening", b"closed"), headers)


def test_a_hook_that_is_away_is_told_later_and_holds_up_no_mail(hooked: World, listener: Listener) -> None:
    """500 and then 200: after growing delays, with the same id; mails went out meanwhile."""
    listener.answer = 500
    hooked.change_in_round()
    report = tell(hooked)
    assert (report.sent, report.retried) == (0, 2)
    assert len(listener.told) == 1, "one that does not answer is asked once in a batch"
    assert hooked.mails("mei@")
    listener.answer = 200
    hooked.clock.move_on(seconds=DELAYS[0].total_seconds())
    assert tell(hooked).sent == 2
    assert listener.told[0][0]["webhook-id"] == listener.told[1][0]["webhook-id"]


def test_a_telling_that_breaks_in_an_unforeseen_way_stops_no_other(
    hooked: World, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is tried again later, and said where it broke but not its words; the others are told at once."""
    signing, broken = Webhook.sign, []

    def breaks_once(self: Webhook, *said: Any) -> str:
        if not broken:
            broken.append(said)
            raise KeyError("a secret")
        return signing(self, *said)

    monkeypatch.setattr(Webhook, "sign", breaks_once)
    hooked.change_in_round()
    hooked.change_in_round()
    report = tell(hooked)
    assert len(listener.told) == report.sent > 0
    assert report.retried == 1, report.said
    (again,) = [one for one in report.said if "KeyError in test_hooks.py" in one]
    assert "tried again later" in again
    assert "a secret" not in again


def test_a_hook_that_is_gone_is_told_no_more(hooked: World, listener: Listener) -> None:
    """410 ends it, on the record; what was owed is let go."""
    listener.answer = 410
    hooked.change_in_round()
    tell(hooked)
    assert "410" in hooked.register.hook("board").disabled
    assert len(listener.told) == 1
    hooked.change()
    assert tell(hooked).said == []


def test_after_a_rotation_both_secrets_sign_for_a_day(hooked: World, listener: Listener) -> None:
    """The receiver changes over when it likes."""
    old = hooked.register.hook("board").secrets[0]
    new = hooked.register.rotate_hook("board", hooked.by("import")).secrets[0]
    assert old != new
    hooked.change_in_round()
    tell(hooked)
    headers, body = listener.told[0]
    for secret in (old, new):
        assert (
            Webhook(secret).sign(headers["webhook-id"], hooked.clock.at, body.decode()) in headers["webhook-signature"]
        )
    hooked.clock.move_on(hours=25)
    assert hooked.register.hook("board").secrets == (new,)


def test_an_address_inside_is_refused_unless_allowed(hooked: World, listener: Listener) -> None:
    """A hook is no way into the private network."""
    hooked.services = replace(hooked.services, settings=settings())
    hooked.change_in_round()
    assert tell(hooked).dead == 2
    assert listener.told == []


def test_a_chat_room_hears_of_it_with_a_link_to_the_item(hooked: World, listener: Listener) -> None:
    """Through apprise, as JSON: what happened and where to look; nothing to sign by."""
    room = listener.url.replace("http://", "json://")
    hooked.services = replace(hooked.services, settings=settings(chat_rooms={"plant": room}))
    hooked.register.add_hook("plant", "chat", "", ("item.moved",), "engineering-change", hooked.by("import"))
    key = hooked.change_in_round()
    assert hook_step(hooked.services, hooked.register.claim("chat", "worker")).sent == 2
    said = json.loads(listener.told[-1][1])
    assert said["title"] == f"{key} New seal for pump P-17"
    assert f"/items/{key}" in said["message"]
    assert "/s/" not in said["message"]


@pytest.mark.parametrize(
    ("name", "url", "on", "said"),
    [
        ("Board!", "https://x.example", ("item.moved",), "no name"),
        ("other", "ftp://x.example", ("item.moved",), "no address"),
        ("other", "https://x.example", ("item.exploded",), "item.moved"),
        ("board", "https://x.example", ("item.moved",), "already"),
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(
    hooked: World, name: str, url: str, on: tuple[str, ...], said: str
) -> None:
    """With what there is to choose from."""
    with pytest.raises(BadInput, match=said):
        hooked.register.add_hook(name, "webhook", url, on, None, hooked.by("import"))


@pytest.mark.parametrize(
    "url",
    ["https://[x", "https://x.example:99999", f"https://{'a' * 64}.example", "https://me:secret@x.example", "https:x"],
)
def test_an_address_that_none_can_call_is_refused_before_anything_is_owed_to_it(hooked: World, url: str) -> None:
    """It would be tried for ever, and hold up every other hook; a password would stand on the record."""
    with pytest.raises(BadInput) as refused:
        hooked.register.add_hook("other", "webhook", url, ("item.moved",), None, hooked.by("import"))
    assert list(refused.value.faults) == ["url"]


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "fec0::1",
        "ff02::1",
        "224.0.0.1",
        "fe80::1%lo",
    ],
)
def test_an_address_inside_is_known_in_every_dress(address: str) -> None:
    """Through a gateway of IPv6, in old forms, to many at once: metadata services and loopback are not reached."""
    assert not is_public(address)
    with pytest.raises(PermanentError):
        public_address(address.partition("%")[0], 443, may_be_private=False)
    assert is_public("2606:4700::1111")
    assert is_public("64:ff9b::0808:0808")


def test_who_answers_a_byte_now_and_then_holds_up_nobody(hooked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all of one telling there is a time limit, and the body of an answer is not read."""
    monkeypatch.setattr("notifications.hooks.TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 60:
                    line.send(bytes([letter]))
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        hook = replace(hooked.register.hook("board"), url=f"http://127.0.0.1:{server.getsockname()[1]}/")
        start = time.monotonic()
        with pytest.raises(TemporaryError, match="cannot be reached"):
            post_event(hook, {"id": "1"}, hooked.clock.at, may_be_private=True)
        assert time.monotonic() - start < 4


def test_the_address_of_a_room_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read of it neither."""
    event = {"type": "tollgate.item.moved", "data": {"item": "X", "title": "t", "state": "s", "url": "u"}}
    with caplog.at_level(logging.DEBUG):
        for url in ("slack://SECRET@/x", "odd://SECRET", "msteams://SECRET", "tgram://SECRET:TOKEN/1"):
            with pytest.raises(PermanentError) as refused:
                post_to_room("plant", event, {"plant": url})
            assert "SECRET" not in str(refused.value)
    assert "SECRET" not in caplog.text
