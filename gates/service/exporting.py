"""Exporting records as a bundle: whole chains, what they rest on, and what shows that they are in the log."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, and_, cast, exists, select

from gates.errors import NotFound, Refused, choices
from gates.ledger.bundle import BundleParts, ChainPart
from gates.ledger.entries import GENESIS, Kind, stamp
from gates.ledger.proof.keys import LOG
from gates.ledger.proof.notes import read_checkpoint
from gates.ledger.tree import Tree
from gates.service.desk import ACCESS, item_row
from gates.service.record import texts_of
from gates.service.sealing import latest_checkpoint, rows_of
from gates.store import log_tables as g
from gates.store import tables as t

EARLIER = 100
"""At most so many earlier checkpoints go along, the last of each day."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items: by key, of a program, or with an entry from `since` to before `until`. Nothing set: all. `house`:
    which of the register's own chains (`@roster` …) go along; alone, where `is_of_items` is not set."""

    keys: tuple[str, ...] = ()
    program: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    house: tuple[str, ...] = ()
    is_of_items: bool = True


def chosen(connection: Connection, choice: Choice) -> list[str]:
    """The keys of the items chosen, in order, then the chains of the house. Raises NotFound when one is unknown, or
    nothing fits."""
    house = _chosen_house(connection, choice.house)
    if not choice.is_of_items:
        return house
    for key in choice.keys:
        item_row(connection, key)
    query = select(t.items.c.key).order_by(t.items.c.created_at, t.items.c.key)
    if choice.keys:
        query = query.where(t.items.c.key.in_(choice.keys))
    if choice.program is not None:
        query = query.where(t.items.c.program == choice.program)
    if choice.since is not None or choice.until is not None:
        within = [t.entries.c.chain == t.items.c.key]
        within += [t.entries.c.at >= choice.since] if choice.since else []
        within += [t.entries.c.at < choice.until] if choice.until else []
        query = query.where(exists(select(1).where(and_(*within))))
    found = list(connection.execute(query).scalars())
    if not found:
        programs = connection.execute(select(t.items.c.program).distinct()).scalars()
        known = [one for one in programs if one]
        hint = f" {choices(choice.program, known)}" if choice.program else ""
        raise NotFound(f"No item fits, so there is nothing to export.{hint}")
    return found + house


def _chosen_house(connection: Connection, names: Sequence[str]) -> list[str]:
    known = list(connection.execute(select(t.chains.c.chain).where(t.chains.c.head != GENESIS)).scalars())
    house = sorted(one for one in known if one.startswith("@"))
    for name in names:
        if name not in house:
            raise NotFound(f"There is no chain {name}. {choices(name, house)}")
    return sorted({*names})


def export(
    connection: Connection, keys: Sequence[str], *, site: str, now: datetime, complete: bool, pins: Iterable[int]
) -> BundleParts:
    """The parts of a bundle with the whole records of `keys`, in one consistent view. `pins` are the sizes of
    checkpoints that are kept elsewhere and must be led from.

    Raises Refused when an entry has no position in the log yet.
    """
    last = latest_checkpoint(connection)
    if last is None:
        raise Refused("Nothing is sealed yet.", code="not-sealed", remedy="A worker seals every few seconds.")
    size, tree = last.size, Tree(last.size, rows_of(connection))
    parts = list(_parts(connection, [*(key for key in keys if key != LOG), LOG]))
    extract = None if ACCESS in keys else _enrolments(connection, parts)
    parts += [extract] if extract else []
    places = sorted(place for part in parts for place in part.positions)
    if places and places[-1] >= size:
        raise _unsealed("an entry")
    return BundleParts(
        made_at=stamp(now),
        site=site,
        chains=parts,
        processes=texts_of(
            connection, [body for part in parts if not part.name.startswith("@") for body in part.bodies]
        ),
        checkpoint=last.note,
        hashes=() if complete else tree.others(places),
        leaves=_all_leaves(connection, size) if complete else None,
        earlier=[(row.note, tree.consistency(row.size)) for row in _earlier(connection, size, pins)],
        house=_house(connection, {part.name for part in parts}) if complete else {},
    )


def proof_of(connection: Connection, key: str, seq: int) -> str:
    """One entry's place in the log as a C2SP tlog-proof, for other tools. Raises NotFound, Refused."""
    known = connection.execute(select(t.entries.c.seq).where(t.entries.c.chain == key, t.entries.c.seq == seq)).first()
    if known is None:
        raise NotFound(f"{key} has no entry {seq}. `tollgate record show {key}` lists them.")
    row = connection.execute(select(g.leaves.c.position).where(g.leaves.c.chain == key, g.leaves.c.seq == seq)).first()
    last = latest_checkpoint(connection)
    if row is None or last is None:
        raise _unsealed(f"entry {seq} of {key}")
    path = [b64encode(one).decode() for one in Tree(last.size, rows_of(connection)).path(row.position)]
    return "\n".join(["c2sp.org/tlog-proof@v1", f"index {row.position}", *path, "", last.note])


def _parts(connection: Connection, chains: Sequence[str]) -> Iterator[ChainPart]:
    for first in range(0, len(chains), AT_ONCE):
        yield from _some_parts(connection, chains[first : first + AT_ONCE])


def _some_parts(connection: Connection, chains: Sequence[str]) -> Iterator[ChainPart]:
    bodies = _by_chain(
        connection.execute(
            select(t.entries.c.chain, cast(t.entries.c.body, LargeBinary).label("value"))
            .where(t.entries.c.chain.in_(chains))
            .order_by(t.entries.c.chain, t.entries.c.seq)
        )
    )
    positions = _by_chain(
        connection.execute(
            select(g.leaves.c.chain, g.leaves.c.position.label("value"))
            .where(g.leaves.c.chain.in_(chains))
            .order_by(g.leaves.c.chain, g.leaves.c.seq)
        )
    )
    revisions = _by_chain(
        connection.execute(
            select(t.revisions.c.item.label("chain"), cast(t.revisions.c.content, LargeBinary).label("value"))
            .where(t.revisions.c.item.in_(chains))
            .order_by(t.revisions.c.item, t.revisions.c.number)
        )
    )
    heads = {row.chain: row.head for row in connection.execute(select(t.chains).where(t.chains.c.chain.in_(chains)))}
    salts = {row.chain: row.salt for row in connection.execute(select(g.tags).where(g.tags.c.chain.in_(chains)))}
    states = {row.key: row.state for row in connection.execute(select(t.items).where(t.items.c.key.in_(chains)))}
    for chain in chains:
        said = [bytes(one) for one in bodies.get(chain, [])]
        if len(positions.get(chain, [])) < len(said):
            raise _unsealed(f"an entry of {chain}")
        yield ChainPart(
            name=chain,
            whole=True,
            salt=bytes(salts[chain]),
            head=heads[chain],
            state=states.get(chain, ""),
            bodies=said,
            positions=positions[chain],
            revisions=[bytes(one) for one in revisions.get(chain, [])],
        )


def _by_chain(rows: Iterable[Row[Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.chain, []).append(row.value)
    return found


def _enrolments(connection: Connection, parts: Sequence[ChainPart]) -> ChainPart | None:
    """The entries by which the passkeys that signed were enrolled, or lost, so that they can be checked again."""
    used = {credential for part in parts for body in part.bodies for credential in _credential(body)}
    if not used:
        return None
    rows = connection.execute(
        select(cast(t.entries.c.body, LargeBinary).label("body"), g.leaves.c.position)
        .join(g.leaves, and_(g.leaves.c.chain == t.entries.c.chain, g.leaves.c.seq == t.entries.c.seq))
        .where(t.entries.c.chain == ACCESS, t.entries.c.kind.in_((Kind.PROOF_ENROLLED.value, Kind.PROOF_LOST.value)))
        .order_by(t.entries.c.seq)
    ).all()
    wanted = [row for row in rows if used & _credentials(json.loads(bytes(row.body))["data"])]
    salt = connection.execute(select(g.tags.c.salt).where(g.tags.c.chain == ACCESS)).scalar_one()
    bodies, places = [bytes(row.body) for row in wanted], [int(row.position) for row in wanted]
    return ChainPart(ACCESS, False, bytes(salt), "", "", bodies, places)


def _credentials(data: dict[str, Any]) -> set[str]:
    """The passkeys that an enrolment or a loss is about."""
    return {*data.get("credentials", ()), *([data["credential"]] if data.get("credential") else [])}


def _credential(body: bytes) -> list[str]:
    if b'"credential"' not in body:
        return []
    evidence = json.loads(body)["data"].get("evidence") or {}
    return [evidence["credential"]] if "credential" in evidence else []


def _all_leaves(connection: Connection, size: int) -> bytes:
    tags = {row.chain: bytes(row.tag) for row in connection.execute(select(g.tags.c.chain, g.tags.c.tag))}
    rows = connection.execute(
        select(g.leaves.c.chain, g.leaves.c.digest).where(g.leaves.c.position < size).order_by(g.leaves.c.position)
    )
    return b"".join(tags[row.chain] + bytes.fromhex(row.digest) for row in rows)


def _house(connection: Connection, shown: set[str]) -> dict[str, bytes]:
    """The salts of the register's own chains that are not in the bundle."""
    rows = connection.execute(select(g.tags.c.chain, g.tags.c.salt).where(g.tags.c.chain.startswith("@")))
    return {row.chain: bytes(row.salt) for row in rows if row.chain not in shown}


def _earlier(connection: Connection, size: int, pins: Iterable[int]) -> list[Row[Any]]:
    """The last checkpoint of each day, those at which a key was handed over, and those asked for by size."""
    rows = connection.execute(select(g.checkpoints).where(g.checkpoints.c.size < size).order_by(g.checkpoints.c.size))
    by_day, always = {}, {}
    wanted = set(pins)
    for row in rows:
        by_day[row.sealed_at.date()] = row
        if row.size in wanted or len(read_checkpoint(row.note).signatures) > 1:
            always[row.size] = row
    always |= {row.size: row for row in list(by_day.values())[-EARLIER:]}
    return [always[found] for found in sorted(always)]


def _unsealed(what: str) -> Refused:
    return Refused(
        f"Not sealed yet: {what} has no position in the log.",
        code="not-sealed",
        remedy="A worker seals every few seconds (`tollgate doctor` says when none does); try again then.",
    )
