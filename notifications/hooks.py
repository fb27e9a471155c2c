"""Telling web hooks and chat rooms: signed, within a time limit, and never into the private network by mistake."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from gates.errors import RegisterError
from gates.items import Actor, Owed
from gates.service.hooks import Hook
from notifications.errors import GoneError, PermanentError, TemporaryError
from notifications.outbox import DELAYS, DeliveryReport
from notifications.reach import is_public

TIMEOUT_S = 10.0
"""For all of one telling: whoever answers a byte now and then holds up nobody."""
ENGINE = Actor(None, "engine", rule="deliver")


class HookRegister(Protocol):
    """What telling hooks needs of the register."""

    def hook(self, name: str) -> Hook: ...

    def hook_event(self, owed: Owed) -> dict[str, Any]: ...

    def drop_hook(self, name: str, by: Actor, why: str) -> None: ...

    def done(self, owed_id: int, *, receipt: Mapping[str, Any], run: str | None = None) -> bool: ...

    def failed(self, owed_id: int, error: str, retry_at: datetime | None) -> None: ...

    def put_back(self, owed_ids: Sequence[int], due_at: datetime | None = None) -> None: ...


def tell_hooks(
    register: HookRegister,
    owed: Sequence[Owed],
    *,
    now: datetime,
    rooms: Mapping[str, str],
    may_be_private: bool,
) -> DeliveryReport:
    """Tell each hook what it is owed, in order; one that does not answer is asked no more in this batch."""
    report, silent = DeliveryReport(), set[str]()
    for one in owed:
        name = str(one.payload["hook"])
        what = f"{one.payload['word']} of {one.item_key} to {name}"
        try:
            if name in silent:
                raise TemporaryError(f"{name} did not answer just now")
            hook = register.hook(name)
            if hook.disabled:
                register.done(one.id, receipt={"skipped": f"{name} is told no more: {hook.disabled}"})
                report.note("skipped", f"{what}: not told, {hook.disabled}.")
                continue
            said = _tell(hook, register.hook_event(one), rooms, now, may_be_private=may_be_private)
        except GoneError as error:
            register.drop_hook(name, ENGINE, str(error))
            register.done(one.id, receipt={"skipped": str(error)})
            report.note("skipped", f"{what}: {error}")
        except TemporaryError as error:
            silent.add(name)
            _later(register, one, str(error), now, report, what)
        except (PermanentError, RegisterError) as error:
            register.failed(one.id, str(error), None)
            report.note("dead", f"{what}: given up, {error}")
        except Exception as error:  # what nobody foresaw in one telling stops no other
            _later(register, one, _without_its_words(error), now, report, what)
        else:
            register.done(one.id, receipt={"said": said})
            report.note("sent", f"{what}: told.")
    return report


def _without_its_words(error: Exception) -> str:
    """What kind of error and where: its words may hold an address or a secret, which belong in no log and no record."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def _later(register: HookRegister, one: Owed, error: str, now: datetime, report: DeliveryReport, what: str) -> None:
    if one.tries > len(DELAYS):
        register.failed(one.id, f"given up after {one.tries} tries: {error}", None)
        report.note("dead", f"{what}: given up, {error}")
        return
    register.failed(one.id, error, now + DELAYS[one.tries - 1])
    report.note("retried", f"{what}: tried again later, {error}")


def _tell(
    hook: Hook, event: Mapping[str, Any], rooms: Mapping[str, str], now: datetime, *, may_be_private: bool
) -> str:
    if hook.way == "chat":
        return post_to_room(hook.name, event, rooms)
    return post_event(hook, event, now, may_be_private=may_be_private)


def post_event(hook: Hook, event: Mapping[str, Any], now: datetime, *, may_be_private: bool) -> str:
    """POST one event, signed as Standard Webhooks says, by every secret in force. Returns what the other side said.

    Raises GoneError (410: it wants no more), PermanentError (an address that is refused), TemporaryError.
    """
    from standardwebhooks import Webhook

    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    mark = str(event["id"])
    signatures = " ".join(Webhook(secret).sign(mark, now, body) for secret in hook.secrets)
    parts = urlsplit(hook.url)
    host = parts.hostname or ""
    address = public_address(
        host, parts.port or (443 if parts.scheme == "https" else 80), may_be_private=may_be_private
    )
    # The address that was looked at is the one that is used: the name is not asked a second time.
    literal = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    target = parts._replace(netloc=f"{literal}{port}").geturl()
    headers = {
        "host": f"{host}{port}",
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "Tollgate",
        "webhook-id": mark,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signatures,
    }
    # In a thread of its own, for the caller may be inside a loop already.
    with ThreadPoolExecutor(1) as pool:
        status = pool.submit(asyncio.run, _post(target, host, body.encode(), headers)).result()
    if status == 410:
        raise GoneError(f"{host} answered 410: it wants to be told no more")
    if not 200 <= status < 300:
        raise TemporaryError(f"{host} answered {status}")
    return str(status)


async def _post(target: str, host: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer; what else it says is not read. Raises TemporaryError."""
    import httpx

    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", target, content=body, headers=headers, extensions={"sni_hostname": host}) as answer,
        ):
            return answer.status_code
    except (httpx.HTTPError, TimeoutError) as error:
        raise TemporaryError(f"{host} cannot be reached: {type(error).__name__}") from error


def public_address(host: str, port: int, *, may_be_private: bool) -> str:
    """An address of `host` to connect to. Raises PermanentError for one inside (loopback, private, link-local),
    unless that is allowed; TemporaryError where the name is not known now."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise TemporaryError(f"{host} is not known: {error}") from error
    except UnicodeError as error:
        raise PermanentError(f"{host[:80]!r} is no name of a host") from error
    inside = [one for one in found if not is_public(one)]
    if inside and not may_be_private:
        raise PermanentError(
            f"{host} is {inside[0]}, inside a private network. TOLLGATE_HOOKS_MAY_BE_PRIVATE=true allows it."
        )
    return sorted(found, key=lambda one: (":" in one, one))[0]


def post_to_room(name: str, event: Mapping[str, Any], rooms: Mapping[str, str]) -> str:
    """Say one event in a chat room: what happened, and a link to the item. Never a link to sign by.

    Raises PermanentError (the settings name no such room, or an address apprise cannot read), TemporaryError.
    """
    import apprise

    url = rooms.get(name)
    if url is None:
        raise PermanentError(f"TOLLGATE_CHAT_ROOMS names no room {name}; there is {', '.join(rooms) or 'none'}")
    # It logs the address of a room that it cannot read, and that is a secret.
    logging.getLogger("apprise").disabled = True
    room = apprise.Apprise()
    if not room.add(url):
        raise PermanentError(f"the address of the room {name} in TOLLGATE_CHAT_ROOMS is none that apprise reads")
    data = event["data"]
    title = f"{data['item']} {data['title']}"
    words = str(event["type"]).removeprefix("tollgate.").replace(".", " ")
    body = f"{words[0].upper()}{words[1:]}; now in {str(data['state']).replace('-', ' ')}.\n{data['url']}"
    if not room.notify(body=body, title=title):
        raise TemporaryError(f"the room {name} did not take the message")
    return "told"
