"""Reading a bundle: a zip whose members are known by name, no larger than they say, and all accounted for.

README.txt               what this is, in plain words
manifest.json            what is inside, and what the register claims of it
entries/<n>.jsonl        the entries of the n-th chain of the manifest, one a line, as they were hashed
revisions/<n>.jsonl      the revisions of that item, by number, as they were signed
processes.jsonl          the process texts in force
log/checkpoint.txt       the log's signed checkpoint (C2SP)
log/positions.json       for each chain, the positions of its entries in the log
log/hashes.txt           what leads from these entries to the checkpoint's root (or log/leaves.bin)
log/leaves.bin           every leaf of the log, 64 bytes each: with it, "these are all" can be shown
log/earlier.json         earlier checkpoints, each with the path that leads from it to this one
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from gates.ledger.proof.records import Failed

FORMAT = 1
LARGEST = 2**31
"""Bytes of all members together, unpacked."""
MOST_TIMES = 100
"""How many times its packed size a bundle may have; records are packed to about a tenth."""
SALT = 32
"""Bytes of a chain's salt: with one length, no two pairs of salt and name give one tag."""

_NAMES = re.compile(
    r"README\.txt|manifest\.json|processes\.jsonl|(entries|revisions)/[0-9]{1,6}\.jsonl"
    r"|log/(checkpoint\.txt|positions\.json|hashes\.txt|leaves\.bin|earlier\.json)"
)
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


@dataclass(frozen=True)
class Chain:
    """One chain of a bundle. `whole`: from its first entry on; else single entries that others rest on."""

    name: str
    whole: bool
    salt: bytes
    head: str
    state: str
    bodies: tuple[bytes, ...]
    positions: tuple[int, ...]
    revisions: Mapping[int, bytes]


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds, read and not yet checked. `leaves` is None where completeness cannot be shown."""

    made_at: str
    chains: tuple[Chain, ...]
    processes: tuple[bytes, ...]
    checkpoint: str
    hashes: tuple[bytes, ...]
    leaves: bytes | None
    earlier: tuple[tuple[str, tuple[bytes, ...]], ...]
    house: Mapping[str, bytes]
    """Salts of the register's own chains (`@roster` …), which are no items; where all leaves are there."""


def read_bundle(source: str | BinaryIO) -> Bundle:
    """The bundle in a file. Raises Failed (what was expected, what was found), OSError."""
    if isinstance(source, str):
        with open(source, "rb") as file:
            return read_bundle(file)
    try:
        with zipfile.ZipFile(source) as archive:
            members = _members(archive)
            _check_bounds(archive, source)
    except _BROKEN as error:
        raise Failed(f"expected a whole zip file, found none that can be read ({str(error)[:200]})") from None
    try:
        return _bundle(members)
    except Failed:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise Failed(
            f"expected a bundle of format {FORMAT}, found one without what it must have ({repr(error)[:200]})"
        ) from None


def _check_bounds(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """Nothing stands before the first member or after the end of the archive."""
    first = min((info.header_offset for info in archive.infolist()), default=0)
    file.seek(0)
    starts = file.read(4) == b"PK\x03\x04"
    file.seek(-22, 2)
    ends = file.read(4) == b"PK\x05\x06"
    if first or not starts or not ends or archive.comment:
        raise Failed("expected a zip file and nothing else, found bytes before or after it")


_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError,
    ValueError, OverflowError, OSError,
)  # fmt: skip
"""What reading a zip raises that is none, or was damaged: offsets that lead nowhere are an OSError on a disk."""


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = packed = 0
    for info in archive.infolist():
        if not _NAMES.fullmatch(info.filename):
            raise Failed(f"expected the members of a bundle, found {info.filename[:80]!r} as well")
        if info.filename in found:
            raise Failed(f"expected each member once, found {info.filename} twice")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise Failed(f"expected members that are stored or deflated, found {info.filename} packed otherwise")
        total, packed = total + info.file_size, packed + info.compress_size
        if total > LARGEST or total > MOST_TIMES * packed + 2**20:
            raise Failed(f"expected at most {LARGEST:,} bytes, {MOST_TIMES} times the packed ones, found more")
        with archive.open(info) as member:
            found[info.filename] = member.read(info.file_size + 1)
        if len(found[info.filename]) != info.file_size:
            raise Failed(f"expected {info.file_size:,} bytes in {info.filename}, found others")
    return found


def _bundle(members: dict[str, bytes]) -> Bundle:
    if "manifest.json" not in members:
        raise Failed("expected the member manifest.json, found none")
    manifest = _json_of(members["manifest.json"])
    if type(manifest["format"]) is not int or manifest["format"] != FORMAT:
        raise Failed(f"expected a bundle of format {FORMAT}, found {manifest['format']!r}; use a newer verifier")
    if not isinstance(manifest["made_at"], str) or not _STAMP.fullmatch(manifest["made_at"]):
        raise Failed(f"expected the time it was made as a UTC time, found {manifest['made_at']!r}")
    _check_files(manifest["files"], members)
    positions = _json_of(members["log/positions.json"])
    if len(positions) != len(manifest["chains"]):
        raise Failed(f"expected positions of {len(manifest['chains'])} chains, found those of {len(positions)}")
    return Bundle(
        made_at=manifest["made_at"],
        chains=tuple(_chain(n, one, members, positions[n]) for n, one in enumerate(manifest["chains"])),
        processes=tuple(_lines(members.get("processes.jsonl", b""))),
        checkpoint=members["log/checkpoint.txt"].decode(),
        hashes=tuple(_hash(line.decode()) for line in _lines(members.get("log/hashes.txt", b""))),
        leaves=members.get("log/leaves.bin"),
        earlier=tuple(
            (str(one["checkpoint"]), tuple(_hash(path) for path in one["path"]))
            for one in _json_of(members.get("log/earlier.json", b"[]"))
        ),
        house={str(name): _salt(salt) for name, salt in manifest.get("house", {}).items()},
    )


def _json_of(data: bytes) -> Any:
    """JSON in UTF-8 in which no key stands twice: two readers could take it for two things."""
    return json.loads(data.decode(), object_pairs_hook=_once)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise Failed(f"expected each key once, found {max(names, key=names.count)[:40]!r} twice")
    return found


def _salt(text: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != SALT or found.hex() != text:
        raise Failed(f"expected a salt of {SALT} bytes in hexadecimal, found {text[:80]!r}")
    return found


def _check_files(stated: dict[str, Any], members: dict[str, bytes]) -> None:
    there = sorted(set(members) - {"manifest.json"})
    if there != sorted(stated):
        odd = sorted(set(there) ^ set(stated))
        raise Failed(f"expected the members the manifest states, found a difference in {', '.join(odd[:5])}")
    for name in there:
        found = hashlib.sha256(members[name]).hexdigest()
        if found != stated[name]:
            raise Failed(f"{name}: expected SHA-256 {stated[name][:12]}…, found {found[:12]}…")


def _chain(place: int, stated: dict[str, Any], members: dict[str, bytes], positions: list[int]) -> Chain:
    bodies = _lines(members[f"entries/{place}.jsonl"])
    revisions = _lines(members.get(f"revisions/{place}.jsonl", b""))
    if len(bodies) != len(positions) or any(type(one) is not int or not 0 <= one < 2**53 for one in positions):
        raise Failed(f"{stated['chain']}: expected a position for each of {len(bodies)} entries, found others")
    return Chain(
        name=str(stated["chain"]),
        whole=stated["whole"] is True,
        salt=_salt(stated["salt"]),
        head=str(stated["head"]),
        state=str(stated["state"]),
        bodies=tuple(bodies),
        positions=tuple(positions),
        revisions=dict(enumerate(revisions, 1)),
    )


def _lines(data: bytes) -> list[bytes]:
    if data and not data.endswith(b"\n"):
        raise Failed("expected whole lines, found one that is cut off")
    return data.split(b"\n")[:-1]


def _hash(text: str) -> bytes:
    found = base64.b64decode(text, validate=True)
    if len(found) != 32 or base64.b64encode(found).decode() != text:
        raise Failed(f"expected hashes of 32 bytes in base64, found {text[:60]!r}")
    return found
