"""Reading a bundle: a zip of the members that its manifest's chains imply, and of nothing else.

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

The zip is read from its first byte to its last: each member follows the one before, the directory the last member, and
every header is the one the register writes. So there is no place in it where another reader could find another file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from gates.ledger.proof.records import Failed

FORMAT = 1
LARGEST = 2 * 10**9
"""Bytes of all members together, unpacked."""
MOST_TIMES = 100
"""How many times its packed size a bundle may have; records are packed to about a tenth."""
SALT = 32
"""Bytes of a chain's salt: with one length, no two pairs of salt and name give one tag."""

_NAMES = re.compile(
    r"README\.txt|manifest\.json|processes\.jsonl|(entries|revisions)/[0-9]{1,6}\.jsonl"
    r"|log/(checkpoint\.txt|positions\.json|hashes\.txt|leaves\.bin|earlier\.json)"
)
_ALWAYS = {"README.txt", "processes.jsonl", "log/checkpoint.txt", "log/positions.json", "log/earlier.json"}
_KEYS = {"format", "made_at", "site", "chains", "files"}
_CHAIN_KEYS = {"chain", "whole", "salt", "head", "state", "entries"}
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
    site: str
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
        members = _members(source)
    except zlib.error as error:
        raise Failed(f"expected a whole zip file, found none that can be read ({str(error)[:200]})") from None
    try:
        return _bundle(members)
    except Failed:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise Failed(
            f"expected a bundle of format {FORMAT}, found one without what it must have ({repr(error)[:200]})"
        ) from None


# What the register writes around its members: PKWARE's records of zip, without flags, further fields or comments, of
# one date and one mode. Here they are written again and compared.
_LOCAL = struct.Struct("<4s HHHHH LLLHH")
_ENTRY = struct.Struct("<4s BB HHHHH LLLHH HHHLL")
_END = struct.Struct("<4s HHHHLLH")
_MANY = struct.Struct("<4s QHHLLQQQQ 4sLQL")
"""What stands before the end where there are more members than two bytes count."""
_STORED, _DEFLATED = 0, 8
_VERSION, _UNIX, _DAY, _MODE = 20, 3, 0x21, 0o644 << 16
"""Version 2.0; made on Unix; 1 January 1980; a file that its owner may write and everybody read."""


def _members(file: BinaryIO) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    directory = bytearray()
    place = total = packed = 0
    file.seek(0)
    while len(head := file.read(_LOCAL.size)) == _LOCAL.size and head.startswith(b"PK\3\4"):
        _, _, _, method, _, _, crc, inside, size, length, _ = _LOCAL.unpack(head)
        raw_name = file.read(length)
        name = raw_name.decode("ascii", "backslashreplace")
        if not _NAMES.fullmatch(name):
            raise Failed(f"expected the members of a bundle, found {name[:80]!r} as well")
        if name in found:
            raise Failed(f"expected each member once, found {name} twice")
        if method not in (_STORED, _DEFLATED):
            raise Failed(f"expected members that are stored or deflated, found {name} packed otherwise")
        fields = (_VERSION, 0, method, 0, _DAY, crc, inside, size, length, 0)
        if head != _LOCAL.pack(b"PK\3\4", *fields):
            raise Failed(f"expected {name} as the register writes it, found other flags, dates or further fields")
        total, packed = total + size, packed + inside
        if max(total, packed) > LARGEST or total > MOST_TIMES * packed + 2**20:
            raise Failed(f"expected at most {LARGEST:,} bytes, {MOST_TIMES} times the packed ones, found more")
        found[name] = _unpacked(name, file.read(inside), method, inside, size, crc)
        directory += _ENTRY.pack(b"PK\1\2", _VERSION, _UNIX, *fields, 0, 0, 0, _MODE, place) + raw_name
        place += _LOCAL.size + length + inside
    if not found:
        raise Failed("expected a whole zip file, found none that can be read")
    rest = bytes(directory) + _end(len(found), len(directory), place)
    if head + file.read(len(rest)) != rest:
        raise Failed("expected the directory of these members and nothing else, found another, or bytes beside it")
    return found


def _unpacked(name: str, raw: bytes, method: int, inside: int, size: int, crc: int) -> bytes:
    """A member's bytes. What is packed ends where it says: nothing hides behind it."""
    data, is_whole = raw, len(raw) == inside
    if method == _DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        data = unpacker.decompress(raw, size + 1)
        is_whole = is_whole and unpacker.eof and not unpacker.unused_data
    if not is_whole or len(data) != size or zlib.crc32(data) != crc:
        raise Failed(f"expected {size:,} bytes in {name}, found others")
    return data


def _end(count: int, length: int, place: int) -> bytes:
    """The end of a zip: its directory has `count` members and `length` bytes, from `place` on."""
    most = 2**16 - 1
    end = _END.pack(b"PK\5\6", 0, 0, min(count, most), min(count, most), length, place, 0)
    if count <= most:
        return end
    version = 45
    many = (44, version, version, 0, 0, count, count, length, place)
    return _MANY.pack(b"PK\6\6", *many, b"PK\6\7", 0, place + length, 1) + end


def _bundle(members: dict[str, bytes]) -> Bundle:
    if "manifest.json" not in members:
        raise Failed("expected the member manifest.json, found none")
    manifest = _json_of(members["manifest.json"])
    if type(manifest["format"]) is not int or manifest["format"] != FORMAT:
        raise Failed(f"expected a bundle of format {FORMAT}, found {manifest['format']!r}; use a newer verifier")
    if not isinstance(manifest["made_at"], str) or not _STAMP.fullmatch(manifest["made_at"]):
        raise Failed(f"expected the time it was made as a UTC time, found {manifest['made_at']!r}")
    _check_keys("the manifest", manifest, _KEYS | ({"house"} if "log/leaves.bin" in members else set()))
    if not isinstance(manifest["site"], str):
        raise Failed(f"expected the site as text, found {str(manifest['site'])[:40]!r}")
    _check_files(manifest, members)
    positions = _json_of(members["log/positions.json"])
    if len(positions) != len(manifest["chains"]):
        raise Failed(f"expected positions of {len(manifest['chains'])} chains, found those of {len(positions)}")
    return Bundle(
        made_at=manifest["made_at"],
        site=manifest["site"],
        chains=tuple(_chain(n, one, members, positions[n]) for n, one in enumerate(manifest["chains"])),
        processes=tuple(_lines(members["processes.jsonl"])),
        checkpoint=members["log/checkpoint.txt"].decode(),
        hashes=tuple(_hash(line.decode()) for line in _lines(members.get("log/hashes.txt", b""))),
        leaves=members.get("log/leaves.bin"),
        earlier=tuple(_earlier(one) for one in _json_of(members["log/earlier.json"])),
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


def _check_keys(of: str, found: dict[str, Any], known: set[str]) -> None:
    """That `found` says nothing that no step looks at; what it must say is asked for where it is read."""
    if odd := sorted(set(found) - known):
        raise Failed(f"expected the keys of {of}, found {odd[0][:40]!r} as well")


def _check_files(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    """The members are those that the chains imply, with the digests stated, and README.txt is the text known."""
    chains, stated, there = manifest["chains"], manifest["files"], set(members) - {"manifest.json"}
    implied = _ALWAYS | {f"entries/{n}.jsonl" for n in range(len(chains))}
    implied |= {f"revisions/{n}.jsonl" for n, one in enumerate(chains) if not one["chain"].startswith("@")}
    implied.add("log/leaves.bin" if "log/leaves.bin" in there else "log/hashes.txt")
    if odd := sorted((there ^ set(stated)) | (there ^ implied)):
        raise Failed(f"expected the members of the manifest's chains, found a difference in {', '.join(odd[:5])}")
    for name in sorted(there):
        found = hashlib.sha256(members[name]).hexdigest()
        if found != stated[name]:
            raise Failed(f"{name}: expected SHA-256 {str(stated[name])[:12]}…, found {found[:12]}…")
    counts = [(one["chain"], one["entries"]) for one in chains]
    if members["README.txt"] != readme(manifest["site"], manifest["made_at"], counts, "log/leaves.bin" in there):
        raise Failed("expected in README.txt what every bundle says of itself, found something else")


def readme(site: str, made_at: str, chains: Sequence[tuple[str, int]], has_leaves: bool) -> bytes:
    """README.txt of a bundle with these chains, each with its number of entries."""
    items = [f"  {n:>6}  {name}, {count} entries\n" for n, (name, count) in enumerate(chains)]
    shown = items if len(items) <= 200 else [*items[:200], f"  … and {len(items) - 200} more, see manifest.json\n"]
    kind = ", with every leaf of the log, so that it can be shown that nothing is left out" if has_leaves else ""
    return (
        f"This is a bundle of records from {site}, made {made_at}{kind}.\n\n"
        "Check it on any machine with Python 3.11 or later; neither the server nor a network is needed:\n\n"
        "    python verify.py THIS-FILE.zip\n\n"
        "verify.py is part of Tollgate's documentation (docs/compliance/verify.py). Take it from there, not from\n"
        "whoever gave you this file. `tollgate verify THIS-FILE.zip --replay` also judges every verdict again.\n\n"
        "What is inside, by number (entries/<number>.jsonl):\n\n" + "".join(shown)
    ).encode()


def _chain(place: int, stated: dict[str, Any], members: dict[str, bytes], positions: list[int]) -> Chain:
    bodies = _lines(members[f"entries/{place}.jsonl"])
    revisions = _lines(members.get(f"revisions/{place}.jsonl", b""))
    if len(bodies) != len(positions) or any(type(one) is not int or not 0 <= one < 2**53 for one in positions):
        raise Failed(f"{stated['chain']}: expected a position for each of {len(bodies)} entries, found others")
    _check_keys("a chain", stated, _CHAIN_KEYS)
    if stated["entries"] != len(bodies):
        raise Failed(f"{stated['chain']}: expected {stated['entries']} entries as stated, found {len(bodies)}")
    is_item, is_whole = not stated["chain"].startswith("@"), stated["whole"] is True
    if (stated["state"] and not is_item) or (stated["head"] and not is_whole):
        raise Failed(f"{stated['chain']}: expected a state of items and a head of whole chains alone, found another")
    return Chain(
        name=str(stated["chain"]),
        whole=is_whole,
        salt=_salt(stated["salt"]),
        head=str(stated["head"]),
        state=str(stated["state"]),
        bodies=tuple(bodies),
        positions=tuple(positions),
        revisions=dict(enumerate(revisions, 1)),
    )


def _earlier(stated: dict[str, Any]) -> tuple[str, tuple[bytes, ...]]:
    _check_keys("an earlier checkpoint", stated, {"checkpoint", "path"})
    return str(stated["checkpoint"]), tuple(_hash(path) for path in stated["path"])


def _lines(data: bytes) -> list[bytes]:
    if data and not data.endswith(b"\n"):
        raise Failed("expected whole lines, found one that is cut off")
    return data.split(b"\n")[:-1]


def _hash(text: str) -> bytes:
    found = base64.b64decode(text, validate=True)
    if len(found) != 32 or base64.b64encode(found).decode() != text:
        raise Failed(f"expected hashes of 32 bytes in base64, found {text[:60]!r}")
    return found
