"""Sealing: committed entries get positions in one Merkle log, and a checkpoint of it is signed.

One sequencer at a time (an advisory lock; on SQLite the write lock), and never on the way of a signature: entries
wait in `unsealed`, an exact set, and a late commit simply gets a later position. Safe to run twice: what is sealed
waits no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, text

from gates.errors import LogKeyMissing, Refused
from gates.items import ENGINE, Actor
from gates.ledger.entries import Kind
from gates.ledger.proof.keys import LOG
from gates.ledger.proof.merkle import leaf_hash
from gates.ledger.proof.tags import tag_of
from gates.ledger.signer import KeyRing, Signer, write_checkpoint
from gates.ledger.tree import Rows, Tree, new_nodes
from gates.store import Unit
from gates.store import log_tables as g
from gates.store import tables as t

SEQUENCER = 7070708
MOST_SEALED = 5000
"""Entries in one commit."""

_PENDING = select(g.unsealed.c.id).order_by(g.unsealed.c.id).limit(MOST_SEALED).scalar_subquery()
_TAKE = (
    delete(g.unsealed)
    .where(g.unsealed.c.id.in_(_PENDING))
    .returning(g.unsealed.c.id, g.unsealed.c.chain, g.unsealed.c.seq, g.unsealed.c.digest)
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one seal did: how many entries, and the checkpoint it ended in."""

    entries: int
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class LogView:
    """The log as it stands. `note` is the latest checkpoint, '' before the first; `keys` the newest last."""

    origin: str
    size: int
    pending: int
    note: str
    sealed_at: datetime | None
    keys: tuple[str, ...]


def seal(unit: Unit, ring: KeyRing, origin: str) -> Sealed | None:
    """Give up to `MOST_SEALED` waiting entries their positions and sign a checkpoint. None when none wait.

    The first seal opens the log under `origin`. Raises LogKeyMissing.
    """
    _take_turn(unit)
    if not is_pending(unit.connection):
        return None
    signer = _opened(unit, ring, origin)
    return _append(unit, _take(unit), [signer])


def rotate(unit: Unit, ring: KeyRing, fresh: Signer, by: Actor, reason: str) -> Sealed:
    """Hand the log over to `fresh`: everything that waits is sealed under the old key, then the handing over is
    entered and sealed under both, so that the leaf at position p hands over at size p + 1.

    Raises LogKeyMissing, Refused (the log is not open yet, or the key is in use).
    """
    _take_turn(unit)
    keys = keys_of(unit.connection)
    if not keys:
        raise Refused("The log is not open yet, so there is no key to hand over.", code="log-not-open")
    if str(fresh.key) in keys:
        raise Refused("That key signs or has signed this log already.", code="key-used", remedy="Make a fresh one.")
    signer = _signer(ring, keys[-1])
    while rows := _take(unit):
        _append(unit, rows, [signer])
    unit.enter(LOG, Kind.LOG_KEY_ROTATED, by, {"before": keys[-1], "after": str(fresh.key), "reason": reason})
    handed = _append(unit, _take(unit), [signer, fresh])
    assert handed is not None
    return handed


def keys_of(connection: Connection) -> list[str]:
    """The log's public keys, in the order in which they signed; empty before the first seal."""
    keys = []
    for data in _log_entries(connection):
        keys.append(str(data.get("key") or data["after"]))
    return keys


def origin_of(connection: Connection) -> str:
    """The log's name; '' before the first seal."""
    return next((str(data["origin"]) for data in _log_entries(connection)), "")


def log_view(connection: Connection) -> LogView:
    """The log as it stands."""
    last = latest_checkpoint(connection)
    return LogView(
        origin=origin_of(connection),
        size=last.size if last else 0,
        pending=connection.execute(select(func.count()).select_from(g.unsealed)).scalar_one(),
        note=last.note if last else "",
        sealed_at=last.sealed_at if last else None,
        keys=tuple(keys_of(connection)),
    )


def latest_checkpoint(connection: Connection) -> Row[Any] | None:
    """The newest checkpoint's row."""
    return connection.execute(select(g.checkpoints).order_by(g.checkpoints.c.size.desc()).limit(1)).first()


def unaccounted(connection: Connection) -> int:
    """How many entries are neither in the log nor waiting for it; anything but 0 is somebody's doing."""
    counts = [
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (t.entries, g.leaves, g.unsealed)
    ]
    return int(counts[0] - counts[1] - counts[2])


def rows_of(connection: Connection) -> Rows:
    """Fetches kept hashes of the log's tree."""

    def rows(height: int, first: int, count: int, /) -> Sequence[bytes]:
        if height == 0:
            place, hashed = g.leaves.c.position, g.leaves.c.hash
            query = select(hashed)
        else:
            place, hashed = g.nodes.c.place, g.nodes.c.hash
            query = select(hashed).where(g.nodes.c.height == height)
        query = query.where(place >= first, place < first + count).order_by(place)
        return [bytes(one) for one in connection.execute(query).scalars()]

    return rows


def is_pending(connection: Connection) -> bool:
    """Whether entries wait to be sealed."""
    return connection.execute(select(g.unsealed.c.id).limit(1)).first() is not None


def _take_turn(unit: Unit) -> None:
    if not unit.is_sqlite:
        unit.connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": SEQUENCER})


def _log_entries(connection: Connection) -> list[dict[str, Any]]:
    bodies = connection.execute(select(t.entries.c.body).where(t.entries.c.chain == LOG).order_by(t.entries.c.seq))
    return [json.loads(body)["data"] for body in bodies.scalars()]


def _opened(unit: Unit, ring: KeyRing, origin: str) -> Signer:
    keys = keys_of(unit.connection)
    if keys:
        return _signer(ring, keys[-1])
    signer = ring.first()
    if signer is None:
        raise LogKeyMissing("")
    unit.enter(LOG, Kind.LOG_OPENED, ENGINE, {"origin": origin, "key": str(signer.key)})
    return signer


def _signer(ring: KeyRing, key: str) -> Signer:
    signer = ring.get(key)
    if signer is None:
        raise LogKeyMissing(key)
    return signer


def _take(unit: Unit) -> list[Row[Any]]:
    rows: list[Row[Any]] = list(unit.connection.execute(_TAKE))
    return sorted(rows, key=lambda row: int(row.id))


def _append(unit: Unit, rows: Sequence[Row[Any]], signers: Sequence[Signer]) -> Sealed | None:
    if not rows:
        return None
    last, fetch = latest_checkpoint(unit.connection), rows_of(unit.connection)
    size, tags = last.size if last else 0, _tags(unit, {row.chain for row in rows})
    hashes = [leaf_hash(tags[row.chain] + bytes.fromhex(row.digest)) for row in rows]
    nodes = list(new_nodes(size, hashes, fetch))
    unit.connection.execute(
        insert(g.leaves),
        [
            {"position": size + n, "chain": row.chain, "seq": row.seq, "digest": row.digest, "hash": hashes[n]}
            for n, row in enumerate(rows)
        ],
    )
    if nodes:
        named = [{"height": height, "place": place, "hash": one} for height, place, one in nodes]
        unit.connection.execute(insert(g.nodes), named)
    size += len(rows)
    note = write_checkpoint(origin_of(unit.connection), size, Tree(size, fetch).root(), signers)
    unit.connection.execute(insert(g.checkpoints).values(size=size, note=note, sealed_at=unit.now))
    return Sealed(len(rows), size, note)


def _tags(unit: Unit, chains: set[str]) -> Mapping[str, bytes]:
    """The tag under which each chain stands in the log: a hash that tells nobody the chain's name."""
    known = {
        row.chain: bytes(row.tag)
        for row in unit.connection.execute(select(g.tags.c.chain, g.tags.c.tag).where(g.tags.c.chain.in_(chains)))
    }
    fresh = []
    for chain in sorted(chains - set(known)):
        salt = token_bytes(32)
        known[chain] = tag_of(salt, chain)
        fresh.append({"chain": chain, "salt": salt, "tag": known[chain]})
    if fresh:
        unit.connection.execute(insert(g.tags), fresh)
    return known
