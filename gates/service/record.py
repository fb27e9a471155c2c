"""Reading a record whole, for showing and for verifying."""

from __future__ import annotations

import json

from sqlalchemy import Connection, LargeBinary, cast, select

from gates.errors import NotFound, choices
from gates.ledger.verify import StoredRecord
from gates.service.desk import item_row
from gates.service.digests import HOUSE, entries_with_log, logged, without_entry
from gates.store import log_tables as g
from gates.store import tables as t


def read_record(connection: Connection, key: str) -> StoredRecord:
    """The record of an item, or of a chain of the house (`@roster` …), as stored: bytes, digests, those in the log,
    head, state, revisions, process texts. Raises NotFound.

    Bytes are cast in the query: a row that somebody rewrote as text has to be reported, not to break the check.
    """
    state = "" if key.startswith("@") else str(item_row(connection, key).state)
    entries = list(entries_with_log(connection, t.entries.c.chain == key))
    cut = [row.digest for row in without_entry(connection, g.leaves.c.chain == key)]
    head = connection.execute(select(t.chains.c.head).where(t.chains.c.chain == key)).scalar()
    if key.startswith("@") and not entries and not cut:
        known = list(connection.execute(select(t.entries.c.chain).where(HOUSE).distinct()).scalars())
        raise NotFound(f"There is no chain {key}. {choices(key, sorted(known))}")
    revisions = connection.execute(
        select(t.revisions.c.number, cast(t.revisions.c.content, LargeBinary).label("content")).where(
            t.revisions.c.item == key
        )
    ).all()
    return StoredRecord(
        chain=key,
        bodies=[bytes(entry.body) for entry in entries],
        digests=[entry.digest for entry in entries],
        head=head or "",
        state=state,
        revisions={revision.number: bytes(revision.content) for revision in revisions},
        processes=texts_of(connection, [bytes(entry.body) for entry in entries]),
        logged=[*map(logged, entries), *cut],
    )


def texts_of(connection: Connection, bodies: list[bytes]) -> dict[str, bytes]:
    """The process texts that entries name, by digest."""
    digests = set()
    for body in bodies:
        try:
            digests.add(json.loads(body)["data"].get("process_digest"))
        except (ValueError, KeyError, AttributeError, TypeError):
            continue  # a body that was tampered with is the verifier's to report
    rows = connection.execute(
        select(t.processes.c.digest, cast(t.processes.c.canonical, LargeBinary).label("canonical")).where(
            t.processes.c.digest.in_(digests - {None})
        )
    )
    return {row.digest: bytes(row.canonical) for row in rows}
