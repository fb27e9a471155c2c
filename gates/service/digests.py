"""Entries held against the log: is every one the bytes that were entered, where it was entered?

The log keeps each entry's digest in a leaf of its own, from the commit that entered it: first among those that wait,
then at a position. Whoever changes an entry behind the program would have to change the log too, which bundles and
checkpoints kept elsewhere show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, String, and_, cast, func, select, type_coerce

from gates.ledger.entries import GENESIS, stamp
from gates.ledger.proof.merkle import leaf_hash
from gates.ledger.proof.records import digest_of
from gates.store import log_tables as g
from gates.store import tables as t

_E = t.entries.c
HOUSE = _E.chain.startswith("@")
"""The register's own chains: `@roster`, `@access` …"""


def entries_with_log(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Row[Any]]:
    """The entries `which`, chain by chain, as they are stored, each with what the log has of it (see `logged`).

    Bytes are cast in the query: a row that somebody rewrote as text has to be reported, not to break the check."""
    query = (
        select(
            _E.chain,
            _E.seq,
            _E.kind,
            type_coerce(_E.at, String).label("at"),
            _E.digest,
            cast(_E.body, LargeBinary).label("body"),
            func.coalesce(g.leaves.c.digest, g.unsealed.c.digest).label("kept"),
            g.leaves.c.hash,
            g.tags.c.tag,
        )
        .select_from(t.entries)
        .outerjoin(g.leaves, and_(g.leaves.c.chain == _E.chain, g.leaves.c.seq == _E.seq))
        .outerjoin(g.unsealed, and_(g.unsealed.c.chain == _E.chain, g.unsealed.c.seq == _E.seq))
        .outerjoin(g.tags, g.tags.c.chain == _E.chain)
        .where(*which)
        .order_by(_E.chain, _E.seq)
    )
    yield from connection.execute(query)


def logged(row: Row[Any]) -> str:
    """The entry's digest in the log, or waiting for it; '' where there is none, or its leaf was changed."""
    if row.kept is None:
        return ""
    if row.hash is not None and leaf_hash(bytes(row.tag or b"") + bytes.fromhex(row.kept)) != bytes(row.hash):
        return ""
    return str(row.kept)


def without_entry(connection: Connection, *which: ColumnElement[bool]) -> list[Row[Any]]:
    """Chain, number and digest of what the log has and the entries have not; `which` are conditions on leaves."""
    query = (
        select(g.leaves.c.chain, g.leaves.c.seq, g.leaves.c.digest)
        .outerjoin(t.entries, and_(g.leaves.c.chain == _E.chain, g.leaves.c.seq == _E.seq))
        .where(_E.seq.is_(None), *which)
        .order_by(g.leaves.c.chain, g.leaves.c.seq)
    )
    return list(connection.execute(query))


def changed_entries(connection: Connection, *which: ColumnElement[bool]) -> Iterator[str]:
    """What of the entries `which` (whole chains; all, where nothing is said) is not as it was entered, a sentence for
    each, without its full stop."""
    for chain, rows in groupby(entries_with_log(connection, *which), key=lambda row: row.chain):
        before = GENESIS
        for place, row in enumerate(rows, 1):
            found, kept = digest_of("entry", bytes(row.body)), logged(row)
            if said := _said(row, found, kept, place, before):
                yield f"entries {chain} {row.seq}: {said}"
            before = kept or found


def _said(row: Row[Any], found: str, kept: str, place: int, before: str) -> str:
    if not kept:
        return "it is neither in the log nor waiting for it"
    if kept != found:
        return f"expected {kept[:12]}… as it was entered in the log, found {found[:12]}…"
    if row.digest != found:
        return f"digest: expected {found[:12]}…, found {row.digest[:12]}…"
    entry = json.loads(bytes(row.body))
    at = row.at if isinstance(row.at, str) else stamp(row.at)
    stated = {"chain": row.chain, "seq": row.seq, "kind": row.kind, "at": at}
    for name, value in stated.items():
        if entry[name] != value:
            return f"{name}: expected {entry[name]}, found {value}"
    if row.seq != place:
        return f"expected number {place} of its chain"
    return "" if entry["prev"] == before else f"expected to follow {before[:12]}…, found {entry['prev'][:12]}…"
