"""One record as one JSON document, and back: what a certificate carries and `tollgate record verify --file` reads.

The document is itself canonical JSON, so that each entry, revision and process text stands in it as the very bytes
that were hashed. The shape is in docs/reference/record-format.md.
"""

from __future__ import annotations

import json
from typing import Any

from gates.ledger.verify import StoredRecord
from policies.canonical import canonical
from policies.errors import TollgateError

FORMAT = "tollgate-record/1"


class DocumentError(TollgateError):
    """This is no record document. Take the file `record.json` that is attached to a certificate."""


def record_document(record: StoredRecord) -> bytes:
    """The document of a record. Raises ValueError when a body is no JSON: check the record first."""
    return canonical(
        {
            "format": FORMAT,
            "chain": record.chain,
            "head": record.head,
            "state": record.state,
            "digests": list(record.digests),
            "entries": [json.loads(body) for body in record.bodies],
            "revisions": {str(number): json.loads(body) for number, body in record.revisions.items()},
            "processes": {digest: json.loads(body) for digest, body in record.processes.items()},
        }
    )


def read_document(data: bytes) -> StoredRecord:
    """The record in a document, ready to be verified. Raises DocumentError.

    A document that is not canonical is refused: its entries would be checked as other bytes than those on file.
    """
    try:
        found: dict[str, Any] = json.loads(data)
        if found["format"] != FORMAT:
            raise DocumentError(f"The document is of the format {found['format']!r}; {FORMAT} is read here.")
        if canonical(found) != data:
            raise DocumentError(
                "The document was written anew by another program; its bytes are not the canonical ones."
            )
        return StoredRecord(
            chain=found["chain"],
            bodies=[canonical(entry) for entry in found["entries"]],
            digests=found["digests"],
            head=found["head"],
            state=found["state"],
            revisions={int(number): canonical(content) for number, content in found["revisions"].items()},
            processes={digest: canonical(text) for digest, text in found["processes"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentError(f"The file is no record document ({error!r}).") from error
