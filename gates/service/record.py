"""Reading a record whole, for showing and for verifying."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from gates.ledger.verify import StoredRecord
from gates.service.desk import item_row
from gates.store import tables as t


def read_record(connection: Connection, key: str) -> StoredRecord:
    """The item's record as stored: bytes, digests, head, state, revisions, process texts. Raises NotFound."""
    row = item_row(connection, key)
    entries = connection.execute(
        select(t.entries.c.body, t.entries.c.digest).where(t.entries.c.chain == key).order_by(t.entries.c.seq)
    ).all()
    head = connection.execute(select(t.chains.c.head).where(t.chains.c.chain == key)).scalar()
    revisions = connection.execute(
        select(t.revisions.c.number, t.revisions.c.content).where(t.revisions.c.item == key)
    ).all()
    return StoredRecord(
        chain=key,
        bodies=[bytes(entry.body) for entry in entries],
        digests=[entry.digest for entry in entries],
        head=head or "",
        state=row.state,
        revisions={revision.number: bytes(revision.content) for revision in revisions},
        processes=_texts(connection, [bytes(entry.body) for entry in entries]),
    )


def _texts(connection: Connection, bodies: list[bytes]) -> dict[str, bytes]:
    digests = set()
    for body in bodies:
        try:
            digests.add(json.loads(body)["data"].get("process_digest"))
        except (ValueError, KeyError, AttributeError, TypeError):
            continue  # a body that was tampered with is the verifier's to report
    rows = connection.execute(
        select(t.processes.c.digest, t.processes.c.canonical).where(
            t.processes.c.digest.in_(digests - {None})
        )
    )
    return {row.digest: bytes(row.canonical) for row in rows}
