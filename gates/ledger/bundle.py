"""Writing a bundle: a zip that proves itself. `gates.ledger.proof.archive` says what is in it and reads it.

The same content gives the same bytes: members in order, without a date of their own.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gates.ledger.proof.archive import FORMAT, readme

EPOCH = (1980, 1, 1, 0, 0, 0)
UNIX = 3


@dataclass(frozen=True)
class ChainPart:
    """One chain to be written. `whole`: all its entries; else single ones that others rest on."""

    name: str
    whole: bool
    salt: bytes
    head: str
    state: str
    bodies: Sequence[bytes]
    positions: Sequence[int]
    revisions: Sequence[bytes] = ()


@dataclass(frozen=True)
class BundleParts:
    """What a bundle is made of. `leaves` (64 bytes each) only where completeness is to be shown; `house` then has the
    salts of the register's own chains, so that their leaves are told from those of items."""

    made_at: str
    site: str
    chains: Sequence[ChainPart]
    processes: Mapping[str, bytes]
    checkpoint: str
    hashes: Sequence[bytes] = ()
    leaves: bytes | None = None
    earlier: Sequence[tuple[str, Sequence[bytes]]] = field(default_factory=tuple)
    house: Mapping[str, bytes] = field(default_factory=dict)


def write_bundle(parts: BundleParts) -> bytes:
    """The zip's bytes."""
    members = _members(parts)
    members["manifest.json"] = _json(
        {
            "format": FORMAT,
            "made_at": parts.made_at,
            "site": parts.site,
            "chains": [
                {
                    "chain": one.name,
                    "whole": one.whole,
                    "salt": one.salt.hex(),
                    "head": one.head,
                    "state": one.state,
                    "entries": len(one.bodies),
                }
                for one in parts.chains
            ],
            **({"house": {name: salt.hex() for name, salt in parts.house.items()}} if parts.house else {}),
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(members.items())},
        }
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, UNIX, 0o644 << 16
            archive.writestr(info, members[name])
    return out.getvalue()


def _members(parts: BundleParts) -> dict[str, bytes]:
    members: dict[str, bytes] = {
        "README.txt": readme(
            parts.site, parts.made_at, [(one.name, len(one.bodies)) for one in parts.chains], parts.leaves is not None
        ),
        "processes.jsonl": _lines(parts.processes[name] for name in sorted(parts.processes)),
        "log/checkpoint.txt": parts.checkpoint.encode(),
        "log/positions.json": _json([list(one.positions) for one in parts.chains]),
        "log/earlier.json": _json(
            [{"checkpoint": note, "path": [_b64(h) for h in path]} for note, path in parts.earlier]
        ),
    }
    if parts.leaves is None:
        members["log/hashes.txt"] = "".join(f"{_b64(one)}\n" for one in parts.hashes).encode()
    else:
        members["log/leaves.bin"] = parts.leaves
    for n, chain in enumerate(parts.chains):
        members[f"entries/{n}.jsonl"] = _lines(chain.bodies)
        if chain.revisions:
            members[f"revisions/{n}.jsonl"] = _lines(chain.revisions)
    return members


def _lines(bodies: Iterable[bytes]) -> bytes:
    return b"".join(body + b"\n" for body in bodies)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
