"""Web hooks and chat rooms: who is told of what happens, owed in the commit of what happened.

A hook is told that something happened and where to look, never how to sign: no link of anybody's, no comment, no
money. Its secret is derived from the link key, so that no table and no entry holds one.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, insert, select, update

from gates.errors import BadInput, NotFound, Refused, choices
from gates.items import Actor, Owed
from gates.ledger.entries import Kind, stamp, unstamp
from gates.service.desk import Desk, item_row
from gates.store import Unit
from gates.store.hook_tables import hooks

HOOKS = "@hooks"
WAYS = ("webhook", "chat")
TOLD = {
    "item.created": Kind.ITEM_CREATED,
    "item.edited": Kind.ITEM_EDITED,
    "item.moved": Kind.ITEM_MOVED,
    "round.opened": Kind.ROUND_OPENED,
    "round.closed": Kind.ROUND_CLOSED,
    "round.deadlocked": Kind.ROUND_DEADLOCKED,
    "decision.recorded": Kind.DECISION_RECORDED,
    "decision.withdrawn": Kind.DECISION_WITHDRAWN,
    "escalation.raised": Kind.ESCALATION_RAISED,
    "condition.lapsed": Kind.CONDITION_LAPSED,
    "notice.failed": Kind.NOTICE_FAILED,
}
"""What a hook may be told of: its own word -> the kind of entry."""
_WORDS = {kind: word for word, kind in TOLD.items()}
BOTH_SECRETS = timedelta(hours=24)
"""How long after a rotation the old secret signs as well."""
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Hook:
    """One of those told. `secrets` are those that sign now, the newest first; a chat room has none."""

    name: str
    way: str
    url: str
    on: tuple[str, ...]
    process: str | None
    secrets: tuple[str, ...]
    disabled: str
    """Why it is told no more; '' while it is."""


def add_hook(unit: Unit, name: str, way: str, url: str, on: tuple[str, ...], process: str | None, by: Actor) -> None:
    """Tell a hook from now on. Raises BadInput naming every fault."""
    faults: dict[str, str] = {}
    if not NAME.fullmatch(name):
        faults["name"] = f"{name!r} is no name: lower case letters, digits and -."
    if way not in WAYS:
        faults["way"] = f"{way!r} is no way; there is {' and '.join(WAYS)}."
    unknown = [word for word in on if word not in TOLD]
    if unknown or not on:
        faults["on"] = f"{', '.join(unknown) or 'nothing'} is not told; there is {', '.join(TOLD)}."
    if way == "webhook" and (fault := _fault_of(url)):
        faults["url"] = fault
    unit.lock(HOOKS)
    if unit.connection.execute(select(hooks.c.name).where(hooks.c.name == name)).first() is not None:
        faults["name"] = f"there is a hook {name} already; remove it first, or choose another name."
    if faults:
        raise BadInput(faults)
    data = {"name": name, "way": way, "url": url or None, "on": sorted(set(on)), "process": process}
    unit.enter(HOOKS, Kind.HOOK_ADDED, by, data)
    unit.connection.execute(insert(hooks).values(**row_of(data)))


def _fault_of(url: str) -> str:
    """What is wrong with the address of a web hook; '' where nothing is."""
    try:
        parts = urlsplit(url)
        parts.hostname and parts.hostname.encode("idna")
        is_one = bool(parts.scheme in ("https", "http") and parts.hostname and parts.port != 0)
    except ValueError:
        is_one = False
    if not is_one or not url.isprintable():
        return f"{url[:200]!r} is no address of a web server; write https://…"
    if "@" in parts.netloc:
        return "it holds a name or a password, and would stand on the record with it; the signature says who calls."
    return ""


def row_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a hook as the entry that added it says."""
    kinds = json.dumps(data["on"])
    own = {"name": data["name"], "way": data["way"], "url": data["url"], "kinds": kinds, "process": data["process"]}
    return {**own, "generation": 1, "rotated_at": None, "disabled_at": None, "why": None}


def rotate_hook(unit: Unit, name: str, by: Actor) -> None:
    """Give a web hook a new secret; for a day the old one signs too. Raises NotFound, Refused."""
    row = _row(unit.connection, name)
    if row.way != "webhook":
        raise Refused(f"{name} is a chat room: its secret is in the settings; change it there.")
    unit.enter(HOOKS, Kind.HOOK_ROTATED, by, {"name": name, "generation": row.generation + 1})
    values = {"generation": row.generation + 1, "rotated_at": unit.now}
    unit.connection.execute(update(hooks).where(hooks.c.name == name).values(**values))


def drop_hook(unit: Unit, name: str, by: Actor, why: str) -> None:
    """Tell a hook no more: removed by somebody, or gone by its own word (410). Once is enough. Raises NotFound."""
    row = _row(unit.connection, name)
    if row.disabled_at is not None:
        return
    unit.enter(HOOKS, Kind.HOOK_DISABLED, by, {"name": name, "why": why[:300]})
    values = {"disabled_at": unit.now, "why": why[:300]}
    unit.connection.execute(update(hooks).where(hooks.c.name == name).values(**values))


def all_hooks(desk: Desk, connection: Connection, now: datetime) -> list[Hook]:
    """Every hook there is or was."""
    return [_hook(desk, row, now) for row in connection.execute(select(hooks).order_by(hooks.c.name))]


def find_hook(desk: Desk, connection: Connection, name: str, now: datetime) -> Hook:
    """One hook. Raises NotFound."""
    return _hook(desk, _row(connection, name), now)


def owe_hooks(unit: Unit) -> None:
    """Owe every hook what it is told of among the entries of this unit. The last thing in a unit of work."""
    told = [(_WORDS[kind], one) for kind, one in unit.entered if kind in _WORDS and not one.chain.startswith("@")]
    if not told:
        return
    rows = unit.connection.execute(select(hooks).where(hooks.c.disabled_at.is_(None))).all()
    for row in rows:
        for word, entry in told:
            item = item_row(unit.connection, entry.chain)
            if word not in json.loads(row.kinds) or row.process not in (None, item.process):
                continue
            what = {"hook": row.name, "word": word, "seq": entry.seq, "digest": entry.digest, "at": stamp(unit.now)}
            payload = {**what, "state": item.state, "ended": item.ended}
            unit.owe(row.way, entry.chain, f"{row.way}:{row.name}:{entry.chain}:{entry.seq}", payload)


def event(desk: Desk, connection: Connection, owed: Owed) -> dict[str, Any]:
    """What one hook is told, as a CloudEvents 1.0 object in JSON format. Raises NotFound."""
    payload, row = owed.payload, item_row(connection, owed.item_key)
    return {
        "specversion": "1.0",
        "id": f"{owed.item_key}:{payload['seq']}",
        "source": desk.public_url,
        "type": f"tollgate.{payload['word']}",
        "subject": owed.item_key,
        "time": payload["at"],
        "datacontenttype": "application/json",
        "data": {
            "item": owed.item_key,
            "title": row.title,
            "process": row.process,
            "site": row.site,
            "state": payload["state"],
            "ended": payload["ended"],
            "entry": payload["seq"],
            "entry_digest": payload["digest"],
            "url": f"{desk.public_url}/items/{owed.item_key}",
        },
    }


def _row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(hooks).where(hooks.c.name == name)).first()
    if row is None:
        known = list(connection.execute(select(hooks.c.name)).scalars())
        raise NotFound(f"There is no hook {name}. {choices(name, known)}")
    return row


def _hook(desk: Desk, row: Row[Any], now: datetime) -> Hook:
    both = row.rotated_at is not None and now - row.rotated_at < BOTH_SECRETS
    generations = [row.generation, *([row.generation - 1] if both else [])]
    secrets = tuple(_secret(desk, row.name, n) for n in generations) if row.way == "webhook" else ()
    why = (row.why or "disabled") if row.disabled_at is not None else ""
    return Hook(row.name, row.way, row.url or "", tuple(json.loads(row.kinds)), row.process, secrets, why)


def _secret(desk: Desk, name: str, generation: int) -> str:
    """`whsec_…`, as Standard Webhooks writes it."""
    derived = hmac.digest(desk.link_key, f"webhook:{name}:{generation}".encode(), "sha256")
    return "whsec_" + base64.b64encode(derived).decode()


def folded(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the table as the entries tell them."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        data, at = entry["data"], unstamp(entry["at"])
        if entry["kind"] == Kind.HOOK_ADDED.value:
            found[data["name"]] = row_of(data)
        elif entry["kind"] == Kind.HOOK_ROTATED.value:
            found[data["name"]] |= {"generation": data["generation"], "rotated_at": at}
        elif entry["kind"] == Kind.HOOK_DISABLED.value:
            found[data["name"]] |= {"disabled_at": at, "why": data["why"]}
    return list(found.values())
