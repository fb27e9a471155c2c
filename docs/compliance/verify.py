#!/usr/bin/env python3
"""Checks a Tollgate bundle on a machine that has never met the server. Python 3.11 and nothing else.

    python verify.py BUNDLE.zip [--key KEY] [--pin CHECKPOINT] [--complete] [--json]

It reads the file, opens no connection and writes nothing. Each step prints its number; the first that does not hold
ends the check with what was expected and what was found; at the end stands what was not shown. Exit 0: it holds,
1: it does not, 2: the file or an option cannot be read.

The chapters are the modules of gates/ledger/proof. This file is made from them (tests/docs/one_file.py) and a test
keeps them the same. The format is described in docs/reference/bundle-format.md.

Licensed under the Apache License, Version 2.0.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import gc
import hashlib
import json
import re
import struct
import sys
import unicodedata
import zlib
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

# ---------------------------------------------------------------------------------------------------------------------
# records
#
# What holds of one record by itself: its entries are canonical, follow each other, and say nothing impossible.
#
# A record is the chain of an item's entries, oldest first, each one JSON object as RFC 8785 writes it; the bytes kept
# are the bytes hashed. Digests are `SHA-256("tollgate/" + kind + "/v1" 0x00 + bytes)` in hex.
# ---------------------------------------------------------------------------------------------------------------------

GENESIS = "0" * 64
"""What stands for the entry before in a chain's first entry."""


class Failed(Exception):
    """A step that does not hold: what was expected, and what was found."""


def digest_of(kind: str, data: bytes) -> str:
    """The digest of bytes of one kind: `entry`, `revision`, `process`."""
    return hashlib.sha256(b"tollgate/" + kind.encode() + b"/v1\0" + data).hexdigest()


def count_of(count: int, one: str, many: str = "") -> str:
    """`1 entry`, `2 entries`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _refuse_number(text: str) -> NoReturn:
    raise Failed(f"expected whole numbers only, found {text[:40]}")


@lru_cache(maxsize=4096)  # most are versions and counts, which come again
def _whole_number(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) >= 2**53:
        raise Failed(f"expected whole numbers below 2^53, found {text[:40]}")
    return number


_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_whole_number)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
_SHAPE = {
    "format": int, "actor": dict, "at": str, "chain": str, "data": dict, "kind": str, "prev": str, "seq": int,
}  # fmt: skip
_TYPES = list(_SHAPE.values())
_KINDS = {dict: "an object", str: "text", int: "a whole number"}


def parse_entries(bodies: Sequence[bytes], chain: str) -> list[dict[str, Any]]:
    """The entries of a chain from their bytes. Raises Failed, naming the line, when one is not as the format has it.

    The canonical form is compared once for the whole chain, which is faster and the same: whole objects that follow
    each other equal others only where each equals its own."""
    try:
        texts = [body.decode() for body in bodies]
        entries = [_DECODER.raw_decode(text)[0] for text in texts]
        holds = all(map(_is_shaped, entries)) and _ENCODER.encode(entries) == f"[{','.join(texts)}]"
    except (Failed, ValueError, RecursionError):
        holds = False
    if not holds:  # once more, one by one, to name what it is
        return [parse_entry(body, f"line {n} of {chain}") for n, body in enumerate(bodies, 1)]
    for n, (entry, text) in enumerate(zip(entries, texts, strict=True), 1):
        if not text.isascii():
            _check_text(entry, text, f"line {n} of {chain}")
    return entries


def _is_shaped(entry: Any) -> bool:
    return type(entry) is dict and entry.get("format") == 1 and [type(entry.get(one)) for one in _SHAPE] == _TYPES


def parse_entry(body: bytes, place: str) -> dict[str, Any]:
    """One entry from its bytes. Raises Failed when they are not the canonical ones."""
    try:
        text = body.decode()
        entry = _DECODER.decode(text)
        again = _ENCODER.encode(entry)
    except (ValueError, RecursionError) as error:
        raise Failed(f"{place}: expected JSON, found {error}") from None
    except Failed as failure:
        raise Failed(f"{place}: {failure}") from None
    if again != text:  # a key given twice falls out here too
        raise Failed(f"{place}: expected the canonical bytes, found others of the same meaning")
    if type(entry) is not dict or entry.get("format") != 1:
        raise Failed(f"{place}: expected an entry of format 1, found {body[:40]!r}")
    if not _is_shaped(entry):  # `true` is no number here
        name = next(name for name, kind in _SHAPE.items() if type(entry.get(name)) is not kind)
        found = str(entry.get(name))[:40]
        raise Failed(f"{place}: expected {_KINDS[_SHAPE[name]]} under {name!r}, found {found!r}")
    if not text.isascii():
        _check_text(entry, text, place)
    return entry


def _check_text(entry: dict[str, Any], text: str, place: str) -> None:
    """Text is in its composed form; keys are in ASCII, which every reader sorts alike."""
    if not unicodedata.is_normalized("NFC", text):
        raise Failed(f"{place}: expected text in its composed form (NFC), found another")
    parts: list[Any] = [entry]
    while parts:
        part = parts.pop()
        if type(part) is dict:
            for key in part:
                if not key.isascii():
                    raise Failed(f"{place}: expected keys in ASCII, found {key[:40]!r}")
        parts += part.values() if type(part) is dict else part if type(part) is list else ()


def check_sequence(chain: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """Numbers run 1, 2, 3 … and each entry names this chain."""
    if not entries:
        raise Failed(f"expected at least one entry of {chain}, found none")
    for place, entry in enumerate(entries, 1):
        if entry["seq"] != place:
            raise Failed(f"expected entry {place} of {chain}, found number {entry['seq']}")
        if entry["chain"] != chain:
            raise Failed(f"entry {place}: expected chain {chain}, found {entry['chain']}")
    return f"1 to {len(entries)}"


def check_links(chain: str, entries: Sequence[Mapping[str, Any]], digests: Sequence[str]) -> str:
    """Each entry holds the digest of the one before it. Returns the digest of the last."""
    before = GENESIS
    for entry, found in zip(entries, digests, strict=True):
        if entry["prev"] != before:
            stated = str(entry["prev"])
            raise Failed(f"entry {entry['seq']} of {chain}: expected prev {before[:12]}…, found {stated[:12]}…")
        before = found
    return before


def stated_revisions(entries: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Number -> digest of every revision the entries state."""
    stated: dict[int, str] = {}
    for entry in entries:
        if entry["kind"] in ("item:created", "item:edited"):
            stated[entry["data"]["revision"]] = entry["data"]["revision_digest"]
    return stated


def check_revisions(chain: str, entries: Sequence[Mapping[str, Any]], revisions: Mapping[int, bytes]) -> int:
    """The revisions on file are those stated, byte for byte. Returns how many."""
    stated = stated_revisions(entries)
    if sorted(stated) != sorted(revisions):
        raise Failed(f"{chain}: expected revisions {sorted(stated)}, found {sorted(revisions)}")
    for number, body in revisions.items():
        found = digest_of("revision", body)
        if found != stated[number]:
            raise Failed(f"revision {number} of {chain}: expected {stated[number][:12]}…, found {found[:12]}…")
    return len(stated)


def stated_processes(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """The digests of the process texts that were in force."""
    return {entry["data"]["process_digest"] for entry in entries if "process_digest" in entry["data"]}


def check_processes(entries: Sequence[Mapping[str, Any]], there: Container[str]) -> set[str]:
    """The process texts in force are among those whose digests are `there`; returns the digests stated."""
    stated = stated_processes(entries)
    for wanted in sorted(stated):
        if wanted not in there:
            raise Failed(f"expected the process text {wanted[:12]}…, found none")
    return stated


def check_decisions(entries: Sequence[Mapping[str, Any]]) -> int:
    """Each decision is in a round open at that time, on the revision then current, and one person's only one."""
    on_screen: dict[int, str] = {}
    open_round: str | None = None
    standing: set[tuple[str, str]] = set()
    count = 0
    for entry in entries:
        kind, data = entry["kind"], entry["data"]
        if kind in ("item:created", "item:edited"):
            on_screen[data["revision"]] = data["revision_digest"]
        elif kind == "item:round:opened":
            open_round = data["round"]
        elif kind == "item:round:closed":
            open_round = None
        elif kind == "item:decision:withdrawn":
            standing.discard((data["round"], data["person"]))
        elif kind == "item:decision:recorded":
            count += 1
            _check_decision(entry, open_round, on_screen, standing)
            standing.add((data["round"], data["person"]))
    return count


def _check_decision(
    entry: Mapping[str, Any], open_round: str | None, on_screen: Mapping[int, str], standing: set[tuple[str, str]]
) -> None:
    data, place = entry["data"], f"entry {entry['seq']} of {entry['chain']}"
    if data["round"] != open_round:
        raise Failed(f"{place}: expected a decision in the open round {open_round}, found {data['round']}")
    latest = max(on_screen)
    if (data["revision"], data["revision_digest"]) != (latest, on_screen[latest]):
        raise Failed(
            f"{place}: expected a decision on revision {latest}, found {data['revision']} "
            f"({data['revision_digest'][:12]}…)"
        )
    if (data["round"], data["person"]) in standing:
        raise Failed(f"{place}: expected one standing decision of {data['person']}, found a second")
    if data["person"] != entry["actor"]["person"]:
        raise Failed(f"{place}: expected the signer {data['person']} to act, found {entry['actor']['person']}")


def check_moves(chain: str, entries: Sequence[Mapping[str, Any]], state: str) -> int:
    """Each move starts where the item was, and the last leads to the state on file. Returns how many."""
    now, count = entries[0]["data"].get("state"), 0
    for entry in entries:
        if entry["kind"] != "item:moved":
            continue
        count += 1
        if entry["data"]["from"] != now:
            raise Failed(f"entry {entry['seq']} of {chain}: expected a move from {now}, found {entry['data']['from']}")
        now = entry["data"]["to"]
    if now != state:
        raise Failed(f"expected {chain} in the state {state} on file, found {now} after {count_of(count, 'move')}")
    return count


# ---------------------------------------------------------------------------------------------------------------------
# merkle
#
# Merkle trees as RFC 6962 hashes them (section 2.1), and the checks of what is shown against a root.
#
# A tree of n leaves splits at the largest power of two below n. A leaf's hash is SHA-256(0x00 || data), a node's is
# SHA-256(0x01 || left || right); the empty tree's is SHA-256 of nothing.
# ---------------------------------------------------------------------------------------------------------------------

EMPTY_ROOT = hashlib.sha256(b"").digest()


class NotInTree(ValueError):
    """What is shown does not lead to the root."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two halves."""
    return hashlib.sha256(b"\1" + left + right).digest()


def split_of(width: int) -> int:
    """The width of the left part of a tree of `width` leaves (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def root_of_all(hashes: Iterable[bytes]) -> bytes:
    """The root of the tree with these leaf hashes, in order."""
    stack: list[bytes] = []
    for place, one in enumerate(hashes):
        while place & 1:  # each full pair below this leaf is closed
            one = node_hash(stack.pop(), one)
            place >>= 1
        stack.append(one)
    if not stack:
        return EMPTY_ROOT
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def root_of_some(size: int, leaves: Mapping[int, bytes], others: Iterable[bytes]) -> bytes:
    """The root of a tree of `size` leaves of which some are known, by position; `others` are the hashes of the
    largest parts without a known leaf, from left to right. Raises NotInTree when they do not fit."""
    places = sorted(leaves)
    if not places or places[0] < 0 or places[-1] >= size:
        raise NotInTree(f"expected positions from 0 to below {size}, found {places[:1]} to {places[-1:]}")
    rest = iter(others)
    root = _root_between(0, size, 0, len(places), places, leaves, rest)
    if next(rest, None) is not None:
        raise NotInTree("expected no further hash, found one too many")
    return root


def _root_between(
    low: int,
    high: int,
    first: int,
    last: int,
    places: Sequence[int],
    leaves: Mapping[int, bytes],
    rest: Iterator[bytes],
) -> bytes:
    if first == last:
        found = next(rest, None)
        if found is None:
            raise NotInTree("expected a further hash, found too few")
        return found
    if high - low == 1:
        return leaves[low]
    middle = low + split_of(high - low)
    cut = bisect_left(places, middle, first, last)
    left = _root_between(low, middle, first, cut, places, leaves, rest)
    return node_hash(left, _root_between(middle, high, cut, last, places, leaves, rest))


def check_consistency(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """That the tree of `size` leaves begins with the tree of `old_size` (RFC 9162 section 2.1.4.2).

    Raises NotInTree."""
    if not 0 < old_size <= size:
        raise NotInTree(f"expected an earlier size from 1 to {size}, found {old_size}")
    if old_size == size:
        if old_root != root or path:
            raise NotInTree("expected one root for one size, found two")
        return
    hashes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not hashes:
        raise NotInTree("expected hashes that lead from the earlier tree to this one, found none")
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            raise NotInTree("expected no further hash, found one too many")
        if node & 1 or node == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, one)
        node, last = node >> 1, last >> 1
    if last:
        raise NotInTree("expected a further hash, found too few")
    if old != old_root:
        raise NotInTree("expected the earlier root, found another")
    if new != root:
        raise NotInTree("expected the later root, found another")


# ---------------------------------------------------------------------------------------------------------------------
# curves
#
# Checking signatures with the standard library alone: Ed25519 (RFC 8032), ECDSA on P-256 with SHA-256
# (FIPS 186-5) and RSA PKCS#1 v1.5 with SHA-256 (RFC 8017).
#
# Slow (some milliseconds each) and for checking only: nothing here is secret, so nothing here hides its timing. Where
# the package `cryptography` is installed, `verify_…` use it.
# ---------------------------------------------------------------------------------------------------------------------

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
except ImportError:
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

Point = tuple[int, int, int, int]

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


def _edwards_point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = _x_of(y, sign) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _edwards_add(a: Point, b: Point) -> Point:
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    t, z = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = right - left, z - t, z + t, right + left
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _edwards_times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _edwards_add(total, point)
        point, scalar = _edwards_add(point, point), scalar >> 1
    return total


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = _x_of(_BASE_Y, 0) or 0
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def check_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of `message` under `public` (32 bytes). RFC 8032 section 5.1.7."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = _edwards_point(public), _edwards_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= _ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    left, right = _edwards_times(s, _BASE), _edwards_add(r, _edwards_times(k, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % _P or (left[1] * right[2] - right[1] * left[2]) % _P)


_Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Affine = tuple[int, int] | None


def _affine_add(a: Affine, b: Affine) -> Affine:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % _Q == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, _Q)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _Q)
    x = (slope * slope - a[0] - b[0]) % _Q
    return x, (slope * (a[0] - x) - a[1]) % _Q


def _affine_times(scalar: int, point: Affine) -> Affine:
    total: Affine = None
    while scalar:
        if scalar & 1:
            total = _affine_add(total, point)
        point, scalar = _affine_add(point, point), scalar >> 1
    return total


def _der_pair(signature: bytes) -> tuple[int, int] | None:
    """The two integers of an ECDSA signature in DER; None for anything else."""
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2:
        return None
    found, rest = [], signature[2:]
    for _ in range(2):
        if len(rest) < 2 or rest[0] != 2 or not 0 < rest[1] <= len(rest) - 2:
            return None
        found.append(int.from_bytes(rest[2 : 2 + rest[1]], "big", signed=True))
        rest = rest[2 + rest[1] :]
    return None if rest else (found[0], found[1])


def check_p256(x: bytes, y: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the DER `signature` is that of SHA-256(`message`) under the point (x, y). FIPS 186-5 section 6.4.2."""
    if len(x) != 32 or len(y) != 32:
        return False
    key, pair = (int.from_bytes(x, "big"), int.from_bytes(y, "big")), _der_pair(signature)
    on_curve = (key[1] ** 2 - key[0] ** 3 + 3 * key[0] - _B) % _Q == 0 and max(key) < _Q
    if pair is None or not on_curve or not all(0 < one < _N for one in pair):
        return False
    r, s = pair
    inverse = pow(s, -1, _N)
    number = int.from_bytes(hashlib.sha256(message).digest(), "big")
    point = _affine_add(_affine_times(number * inverse % _N, _G), _affine_times(r * inverse % _N, key))
    return point is not None and point[0] % _N == r


_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def check_rsa(modulus: bytes, exponent: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of SHA-256(`message`), PKCS#1 v1.5. RFC 8017 section 8.2.2; 2048 to 8192 bits, and
    an exponent of at most 32: larger ones would only keep whoever checks waiting."""
    n, e, size = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"), len(modulus.lstrip(b"\0"))
    if not _is_rsa(modulus, exponent) or len(signature) != size or e < 3:
        return False
    known = _SHA256_INFO + hashlib.sha256(message).digest()
    wanted = b"\0\1" + b"\xff" * (size - len(known) - 3) + b"\0" + known
    return pow(int.from_bytes(signature, "big"), e, n).to_bytes(size, "big") == wanted


def _is_rsa(modulus: bytes, exponent: bytes) -> bool:
    return 256 <= len(modulus.lstrip(b"\0")) <= 1024 and len(exponent.lstrip(b"\0")) <= 4


def _holds(check: Callable[[], object]) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """`check_ed25519`, faster where `cryptography` is installed."""
    if not HAS_CRYPTOGRAPHY:
        return check_ed25519(public, message, signature)
    return _holds(lambda: ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message))


def verify_p256(x: bytes, y: bytes, message: bytes, signature: bytes) -> bool:
    """`check_p256`, faster where `cryptography` is installed."""
    if not HAS_CRYPTOGRAPHY or len(x) != 32 or len(y) != 32:
        return check_p256(x, y, message, signature)
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    return _holds(lambda: numbers.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256())))


def verify_rsa(modulus: bytes, exponent: bytes, message: bytes, signature: bytes) -> bool:
    """`check_rsa`, faster where `cryptography` is installed."""
    if not HAS_CRYPTOGRAPHY or not _is_rsa(modulus, exponent):
        return check_rsa(modulus, exponent, message, signature)
    numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
    return _holds(lambda: numbers.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256()))


# ---------------------------------------------------------------------------------------------------------------------
# notes
#
# Checkpoints as C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), signed with Ed25519.
#
#     <origin>
#     <number of leaves>
#     <root, base64>
#
#     — <key name> <base64 of four bytes of the key's hash and the signature>
#
# A verifier key is `<name>+<eight hex digits of its hash>+<base64 of 0x01 and the 32 bytes of the key>`.
# ---------------------------------------------------------------------------------------------------------------------

ED25519 = b"\x01"
DASH = "\u2014"
MAX_NOTE = 20_000


class BadNote(ValueError):
    """The text is no note, or no key, of this form."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name. `public` are 32 bytes."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """Four bytes by which a signature line names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement: the log `origin` has `size` leaves and this root. `signed` is what the lines sign."""

    origin: str
    size: int
    root: bytes
    signed: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]
    """Of each line: the key's name, its hash, the signature."""

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether a line of `key` is there and holds."""
        lines = [line for line in self.signatures if line[:2] == (key.name, key.hash)]
        return bool(lines) and all(verify_ed25519(key.public, self.signed, line[2]) for line in lines)


def read_key(text: str) -> VerifierKey:
    """The key written as `name+hash+base64`. Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    marked, _, coded = rest.partition("+")
    data = _decoded(coded)
    if not name or " " in name or len(data) != 33 or data[:1] != ED25519:
        raise BadNote(f"expected a verifier key name+hash+base64 for Ed25519, found {text.strip()[:60]!r}")
    key = VerifierKey(name, data[1:])
    if key.hash.hex() != marked:
        raise BadNote(f"expected the hash {key.hash.hex()} in the key of {name}, found {marked[:20]!r}")
    return key


def body_of(origin: str, size: int, root: bytes) -> bytes:
    """What the signature lines of a checkpoint sign."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint as written. No signature is checked here. Raises BadNote."""
    if len(text) > MAX_NOTE:
        raise BadNote(f"expected a checkpoint of less than {MAX_NOTE:,} characters, found {len(text):,}")
    head, blank, tail = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or not tail.endswith("\n") or len(lines) < 3 or not lines[0]:
        raise BadNote("expected origin, size, root, an empty line and signatures, found something else")
    if not (lines[1].isascii() and lines[1].isdigit()) or len(lines[1]) > 18 or str(int(lines[1])) != lines[1]:
        raise BadNote(f"expected the number of leaves in the second line, found {lines[1][:40]!r}")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise BadNote(f"expected a root of 32 bytes in the third line, found {len(root)}")
    signatures = tuple(_signature(line) for line in tail[:-1].split("\n"))
    if len({one[:2] for one in signatures}) != len(signatures):
        raise BadNote("expected one signature line of each key, found two of one")
    return Checkpoint(lines[0], int(lines[1]), root, (head + "\n").encode(), signatures)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, name, coded = [*line.split(" "), "", ""][:3]
    data = _decoded(coded)
    if dash != DASH or not name or len(data) < 5 or line.count(" ") != 2:
        raise BadNote(f"expected a signature line “{DASH} name base64”, found {line[:60]!r}")
    return name, data[:4], data[4:]


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(f"expected base64, found {text[:60]!r}") from None
    if base64.b64encode(data).decode() != text:
        raise BadNote(f"expected base64 in its one form, found {text[:60]!r}")
    return data


# ---------------------------------------------------------------------------------------------------------------------
# tags
#
# Under what tag a chain stands in the log: a hash that tells nobody the name of an item they were not shown.
# ---------------------------------------------------------------------------------------------------------------------

def tag_of(salt: bytes, chain: str) -> bytes:
    """SHA-256("tollgate/tag/v1" 0x00 salt chain)."""
    return hashlib.sha256(b"tollgate/tag/v1\0" + salt + chain.encode()).digest()


# ---------------------------------------------------------------------------------------------------------------------
# keys
#
# Which key signs the log at which size, as the log itself says.
#
# The chain `@log` begins with the log's opening, which names its first key. A handing over at position p is entered
# under the old key and sealed alone: the checkpoint of p + 1 leaves bears both signatures, larger ones the new key's.
# A key that was handed over signs nothing larger any more.
# ---------------------------------------------------------------------------------------------------------------------

LOG = "@log"


@dataclass(frozen=True)
class KeyRange:
    """A key signs checkpoints of `first` to `last` leaves (None: until it is handed over)."""

    key: VerifierKey
    first: int
    last: int | None

    def covers(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)


def key_ranges(entries: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> list[KeyRange]:
    """The ranges of the log's keys, oldest first, from the entries of `@log`. Raises Failed."""
    ranges: list[KeyRange] = []
    for entry, position in zip(entries, positions, strict=True):
        data = entry["data"]
        if entry["kind"] == "log:opened":
            ranges.append(KeyRange(_key(data["key"]), 0, None))
        elif entry["kind"] == "log:key:rotated":
            if not ranges or str(ranges[-1].key) != data["before"]:
                raise Failed(f"expected the log's key to be handed over by {ranges[-1:]}, found {data['before']}")
            ranges[-1] = KeyRange(ranges[-1].key, ranges[-1].first, position + 1)
            ranges.append(KeyRange(_key(data["after"]), position + 1, None))
    if not ranges:
        raise Failed("expected the opening of the log among its entries, found none")
    return ranges


def check_signed(checkpoint: Checkpoint, ranges: Sequence[KeyRange]) -> None:
    """That every key whose range covers the checkpoint's size signed it. Raises Failed."""
    for one in ranges:
        if one.covers(checkpoint.size) and not checkpoint.is_signed_by(one.key):
            retired = [
                old.key.name for old in ranges if not old.covers(checkpoint.size) and checkpoint.is_signed_by(old.key)
            ]
            found = f"one of a key that signs no log of {checkpoint.size} leaves" if retired else "none that holds"
            raise Failed(
                f"expected a signature by {one.key} on the checkpoint of {checkpoint.size} leaves, found {found}"
            )


def check_trusted(trusted: VerifierKey, ranges: Sequence[KeyRange]) -> None:
    """That `trusted` signs or has signed this log. Raises Failed."""
    if all(one.key != trusted for one in ranges):
        raise Failed(f"expected the log that {trusted} signs, found one of {', '.join(str(one.key) for one in ranges)}")


def check_handed(ranges: Sequence[KeyRange], handed: Mapping[int, Checkpoint]) -> None:
    """That the checkpoint at which each key was handed over is there; both keys signed it. Raises Failed."""
    for one in ranges[:-1]:
        if one.last not in handed:
            raise Failed(f"expected the checkpoint of {one.last} leaves, at which the key was handed over, found none")


def _key(text: str) -> VerifierKey:
    try:
        return read_key(text)
    except BadNote as fault:
        raise Failed(str(fault)) from None


# ---------------------------------------------------------------------------------------------------------------------
# passkeys
#
# Checking what a passkey signed: that the key on record agreed to this very decision, and nobody else could have.
#
# A passkey signs SHA-256 of the intent, which names item, round, revision, decision, meaning and person (W3C Web
# Authentication, section 7.2). Nobody who holds the register can make such a signature or move one to another record.
# ---------------------------------------------------------------------------------------------------------------------

PRESENT, VERIFIED = 0x01, 0x04
LONGEST_KEY = 2048
"""Bytes of a COSE key; an RSA key of 8192 bits has about half as many."""
REACHED = {"link": "L0", "password": "L1", "totp": "L1", "sso": "L2", "passkey": "L3"}
"""Kind of evidence -> the level of proof it reaches."""
TAKE_BACK = "(take back)"
"""What stands for a position in the intent of whoever takes a decision back."""
SAME = (
    "round",
    "revision",
    "revision_digest",
    "process_digest",
    "position",
    "meaning",
    "capacity",
    "person",
    "name",
)
"""What the intent and the entry both say."""


@dataclass(frozen=True)
class Enrolled:
    """A passkey on record: its enrolment, that entry's position in the log, and that of the loss reported."""

    data: Mapping[str, Any]
    since: int
    lost: int | None = None

    def could_sign(self, position: int) -> bool:
        """Whether it was in force at a position of the log."""
        return self.since < position and (self.lost is None or position < self.lost)


def enrolments(entries: Iterable[Mapping[str, Any]], positions: Iterable[int]) -> dict[str, Enrolled]:
    """The passkeys by credential, from entries of `@access` and their positions in the log."""
    found: dict[str, Enrolled] = {}
    for entry, position in zip(entries, positions, strict=True):
        data = entry["data"]
        if entry["kind"] == "person:proof:enrolled" and "credential" in data:
            found[data["credential"]] = Enrolled(data, position)
        elif entry["kind"] == "person:proof:lost":
            lost = [one for one in data["credentials"] if one in found]
            found |= {one: Enrolled(found[one].data, found[one].since, position) for one in lost}
    return found


def is_by_passkey(entry: Mapping[str, Any]) -> bool:
    """Whether a decision, or its taking back, says that a passkey signed it.

    Raises Failed when it states a level that its evidence does not reach, or a passkey without what it signed."""
    data, place = entry["data"], f"entry {entry['seq']} of {entry['chain']}"
    shown = (data.get("evidence") or {}).get("kind")
    if data.get("level", REACHED.get(str(shown))) != REACHED.get(str(shown)):
        raise Failed(f"{place}: expected {data['level']} to be reached, found {shown}")
    if data.get("proof") == "passkey" and shown != "passkey":
        raise Failed(f"{place}: expected what the passkey signed, found none")
    return shown == "passkey"


def check_passkey(entry: Mapping[str, Any], position: int, keys: Mapping[str, Enrolled], used: set[bytes]) -> None:
    """That the decision in `entry`, at its position in the log, was signed by the passkey enrolled for its person.

    `keys` are the enrolments on record, by credential; `used` the challenges that were signed for entries before, to
    which this one's is added: a signature counts once. Raises Failed."""
    data, place = entry["data"], f"entry {entry['seq']} of {entry['chain']}"
    shown, who = data["evidence"], data["person"]
    key = keys.get(shown["credential"])
    if key is None or not key.could_sign(position) or key.data["person"] != who:
        raise Failed(f"{place}: expected a passkey enrolled for {who}, found another")
    if key.data["public_key"] != shown["public_key"]:
        raise Failed(f"{place}: expected the key enrolled for {who}, found another")
    intent = shown["intent"]
    _check_intent(place, entry, intent)
    client_data, authenticator = decoded(shown["client_data"]), decoded(shown["authenticator_data"])
    _check_ceremony(place, json.loads(client_data), authenticator, shown, intent)
    message = authenticator + hashlib.sha256(client_data).digest()
    if not is_signed(decoded(shown["public_key"]), message, decoded(shown["signature"])):
        raise Failed(f"{place}: expected a signature by the passkey of {who}, found one that does not hold")
    if challenge_of(intent) in used:
        raise Failed(f"{place}: expected a signature of its own, found one that was used before")
    used.add(challenge_of(intent))


def challenge_of(intent: Mapping[str, Any]) -> bytes:
    """What the passkey is asked to sign: SHA-256("tollgate/intent/v1" 0x00 canonical JSON)."""
    body = json.dumps(intent, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(b"tollgate/intent/v1\0" + body).digest()


def decoded(text: str) -> bytes:
    """Bytes of base64url without padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _check_intent(place: str, entry: Mapping[str, Any], intent: Mapping[str, Any]) -> None:
    data = entry["data"]
    said: dict[str, Any] = {"item": entry["chain"], "type": "tollgate/intent"}
    if entry["kind"] == "item:decision:recorded":
        said |= {name: data[name] for name in SAME} | {"on_behalf_of": data.get("on_behalf_of")}
        words = data["comment"]
    else:
        said |= {name: data[name] for name in ("round", "person")} | {"position": TAKE_BACK}
        words = data["reason"]
    said["comment_digest"] = digest_of("comment", words.encode())
    for name, value in said.items():
        if intent[name] != value:
            raise Failed(f"{place}: expected the passkey to agree to {name} {value!r}, found {intent[name]!r}")


def _check_ceremony(
    place: str, client: Mapping[str, Any], authenticator: bytes, shown: Mapping[str, Any], intent: Mapping[str, Any]
) -> None:
    if client["type"] != "webauthn.get" or client["origin"] != shown["origin"]:
        raise Failed(f"{place}: expected a signing at {shown['origin']}, found {client['type']} at {client['origin']}")
    if decoded(client["challenge"]) != challenge_of(intent):
        raise Failed(f"{place}: expected the passkey to sign this decision, found another challenge")
    if authenticator[:32] != hashlib.sha256(shown["rp_id"].encode()).digest():
        raise Failed(f"{place}: expected a passkey of {shown['rp_id']}, found one of another host")
    if authenticator[32] & (PRESENT | VERIFIED) != PRESENT | VERIFIED:
        raise Failed(f"{place}: expected a person who was present and verified, found neither or one")


def is_signed(cose: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` holds under a COSE key: EdDSA (-8), ES256 (-7) or RS256 (-257)."""
    key, rest = _cbor(cose) if len(cose) <= LONGEST_KEY else (None, b"")
    if rest or not isinstance(key, dict):
        return False
    if key.get(3) == -8 and key.get(-1) == 6:
        return verify_ed25519(key[-2], message, signature)
    if key.get(3) == -7 and key.get(-1) == 1:
        return verify_p256(key[-2], key[-3], message, signature)
    if key.get(3) == -257:
        return verify_rsa(key[-1], key[-2], message, signature)
    return False


def _cbor(data: bytes) -> tuple[Any, bytes]:
    """The first item of CBOR (RFC 8949): whole numbers, bytes, text, lists and maps, which is what keys are."""
    kind, small, rest = data[0] >> 5, data[0] & 31, data[1:]
    if small > 27:
        raise ValueError("no CBOR of a key")
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(small, 0)
    number = int.from_bytes(rest[:width], "big") if width else small
    rest = rest[width:]
    if kind in (0, 1):
        return (number if kind == 0 else -1 - number), rest
    if kind in (2, 3):
        piece = rest[:number]
        return (piece if kind == 2 else piece.decode()), rest[number:]
    if kind not in (4, 5):
        raise ValueError("no CBOR of a key")
    parts = []
    for _ in range(number * (kind - 3)):
        part, rest = _cbor(rest)
        parts.append(part)
    return (parts if kind == 4 else dict(zip(parts[::2], parts[1::2], strict=True))), rest


# ---------------------------------------------------------------------------------------------------------------------
# archive
#
# Reading a bundle: a zip of the members that its manifest's chains imply, and of nothing else.
#
# README.txt               what this is, in plain words
# manifest.json            what is inside, and what the register claims of it
# entries/<n>.jsonl        the entries of the n-th chain of the manifest, one a line, as they were hashed
# revisions/<n>.jsonl      the revisions of that item, by number, as they were signed
# processes.jsonl          the process texts in force
# log/checkpoint.txt       the log's signed checkpoint (C2SP)
# log/positions.json       for each chain, the positions of its entries in the log
# log/hashes.txt           what leads from these entries to the checkpoint's root (or log/leaves.bin)
# log/leaves.bin           every leaf of the log, 64 bytes each: with it, "these are all" can be shown
# log/earlier.json         earlier checkpoints, each with the path that leads from it to this one
#
# The zip is read from its first byte to its last: each member follows the one before, the directory the last member, and
# every header is the one the register writes. So there is no place in it where another reader could find another file.
# ---------------------------------------------------------------------------------------------------------------------

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


# ---------------------------------------------------------------------------------------------------------------------
# steps
#
# The numbered steps by which a bundle is checked. The first that fails ends the check.
# ---------------------------------------------------------------------------------------------------------------------

ACCESS = "@access"
"""The one chain of which single entries may be shown: the enrolments that passkeys rest on."""

MOST_EARLIER = 1000
"""Earlier checkpoints of a bundle; the register puts about a hundred in."""

LEAF = 64
"""Bytes of a leaf: the tag of its chain, then the digest of its entry."""


@dataclass(frozen=True)
class Taken:
    """One step taken: `ok`, or what was expected and found."""

    number: int
    title: str
    ok: bool
    said: str


@dataclass(frozen=True)
class Asked:
    """What whoever checks brings along: the log's key, a checkpoint kept elsewhere (size and root), and whether it
    must be shown that these are all entries of the items, or all items that there are."""

    key: VerifierKey | None = None
    pin: tuple[int, bytes] | None = None
    complete: bool = False
    all_items: bool = False


@dataclass
class Outcome:
    """The steps taken, what they do not show, and what was found on the way (for whoever judges it again)."""

    steps: list[Taken] = field(default_factory=list)
    not_shown: list[str] = field(default_factory=list)
    bundle: Bundle | None = None
    entries: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return len(self.steps) == LAST and all(step.ok for step in self.steps)


class _Check:
    """One bundle on its way through the steps."""

    def __init__(self, bundle: Bundle, asked: Asked) -> None:
        self.bundle = bundle
        self.asked = asked
        self.entries: list[list[dict[str, Any]]] = []
        self.digests: list[list[str]] = []
        self.ranges: list[KeyRange] = []
        self.not_shown: list[str] = []
        self._checkpoint: Checkpoint | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        if self._checkpoint is None:
            self._checkpoint = read_checkpoint(self.bundle.checkpoint)
        return self._checkpoint

    @property
    def items(self) -> list[tuple[Chain, list[dict[str, Any]]]]:
        pairs = zip(self.bundle.chains, self.entries, strict=True)
        return [(chain, entries) for chain, entries in pairs if not chain.name.startswith("@")]

    def canonical(self) -> str:
        for chain in self.bundle.chains:
            self.digests.append([digest_of("entry", body) for body in chain.bodies])
            self.entries.append(parse_entries(chain.bodies, chain.name))
        return count_of(sum(map(len, self.entries)), "entry", "entries")

    def chained(self) -> str:
        names = [chain.name for chain in self.bundle.chains]
        if len(set(names)) != len(names):
            raise Failed(f"expected each chain once, found {max(names, key=names.count)} twice")
        for chain, entries, digests in zip(self.bundle.chains, self.entries, self.digests, strict=True):
            if not chain.whole:
                if chain.name != ACCESS:
                    raise Failed(f"expected {chain.name} whole, found single entries of it")
                _check_extract(chain, entries)
                continue
            check_sequence(chain.name, entries)
            head = check_links(chain.name, entries, digests)
            if head != chain.head:
                raise Failed(f"expected {chain.name} to end in {chain.head[:12]}…, found {head[:12]}…")
        return count_of(sum(chain.whole for chain in self.bundle.chains), "chain")

    def signed(self) -> str:
        log = [n for n, chain in enumerate(self.bundle.chains) if chain.name == LOG and chain.whole]
        if not log:
            raise Failed("expected the chain @log, found none")
        self.ranges = key_ranges(self.entries[log[0]], self.bundle.chains[log[0]].positions)
        origin = self.entries[log[0]][0]["data"]["origin"]
        if self.checkpoint.origin != origin:
            raise Failed(f"expected a checkpoint of {origin}, found one of {self.checkpoint.origin}")
        check_signed(self.checkpoint, self.ranges)
        key = self.ranges[-1].key
        if self.asked.key is not None:
            check_trusted(self.asked.key, self.ranges)
        else:
            self.not_shown.append(
                f"that the log's key is the register's own: compare it with the one that was given out ({key}), or "
                "name that one with --key"
            )
        return f"{self.checkpoint.size:,} leaves of {origin}, by {key.name}+{key.hash.hex()}"

    def included(self) -> str:
        if self.bundle.leaves is not None:
            return self._included_in_all(self.bundle.leaves)
        leaves: dict[int, bytes] = {}
        for chain, digests in zip(self.bundle.chains, self.digests, strict=True):
            tag = tag_of(chain.salt, chain.name)
            for position, digest in zip(chain.positions, digests, strict=True):
                leaves[position] = leaf_hash(tag + bytes.fromhex(digest))
        if len(leaves) != sum(map(len, self.digests)):
            raise Failed("expected a position for each entry, found two entries at one")
        root = root_of_some(self.checkpoint.size, leaves, self.bundle.hashes)
        if root != self.checkpoint.root:
            raise Failed(f"expected the root {self.checkpoint.root.hex()[:12]}…, found {root.hex()[:12]}…")
        return f"{count_of(len(leaves), 'entry', 'entries')} lead to the root {root.hex()[:12]}…"

    def _included_in_all(self, leaves: bytes) -> str:
        size = self.checkpoint.size
        if len(leaves) != size * LEAF:
            raise Failed(f"expected {size} leaves of {LEAF} bytes, found {len(leaves)} bytes")
        view = memoryview(leaves)
        root = root_of_all(leaf_hash(bytes(view[n : n + LEAF])) for n in range(0, len(leaves), LEAF))
        if root != self.checkpoint.root:
            raise Failed(f"expected the root {self.checkpoint.root.hex()[:12]}…, found {root.hex()[:12]}…")
        for chain, digests in zip(self.bundle.chains, self.digests, strict=True):
            tag = tag_of(chain.salt, chain.name)
            for n, (position, digest) in enumerate(zip(chain.positions, digests, strict=True), 1):
                if not 0 <= position < size or view[position * LEAF : (position + 1) * LEAF] != tag + bytes.fromhex(
                    digest
                ):
                    raise Failed(
                        f"line {n} of {chain.name}: expected it at position {position}, found another leaf there"
                    )
        return f"the root {root.hex()[:12]}… is that of all {size:,} leaves, these entries among them"

    def ordered(self) -> str:
        for chain in self.bundle.chains:
            if any(a >= b for a, b in zip(chain.positions, chain.positions[1:], strict=False)):
                raise Failed(f"expected the entries of {chain.name} in the log in their own order, found another")
        return "by position, not by clock"

    def consistent(self) -> str:
        handed: dict[int, Checkpoint] = {}
        if len(self.bundle.earlier) > MOST_EARLIER:
            raise Failed(f"expected at most {MOST_EARLIER:,} earlier checkpoints, found {len(self.bundle.earlier):,}")
        for text, path in self.bundle.earlier:
            earlier = read_checkpoint(text)
            if earlier.size <= max(handed, default=0):
                raise Failed(f"expected earlier checkpoints in their order, found one of {earlier.size:,} leaves")
            if earlier.origin != self.checkpoint.origin:
                raise Failed(f"expected earlier checkpoints of {self.checkpoint.origin}, found one of {earlier.origin}")
            check_signed(earlier, self.ranges)
            check_consistency(earlier.size, earlier.root, self.checkpoint.size, self.checkpoint.root, path)
            handed[earlier.size] = earlier
        handed[self.checkpoint.size] = self.checkpoint
        check_handed(self.ranges, handed)
        del handed[self.checkpoint.size]
        if self.asked.pin is None:
            self.not_shown.append(
                "that whoever holds the log's key did not cut or rewrite it: give a checkpoint that was kept elsewhere "
                "with --pin (every receipt mail holds one)"
            )
            return f"with {count_of(len(handed), 'earlier checkpoint')}"
        self._pinned(*self.asked.pin)
        kept = f"with the one of {self.asked.pin[0]:,} leaves kept elsewhere"
        return f"with {count_of(len(handed), 'earlier checkpoint')} and {kept}"

    def _pinned(self, size: int, root: bytes) -> None:
        if size > self.checkpoint.size:
            raise Failed(
                f"expected a log of at least the {size:,} leaves of the pinned checkpoint, found "
                f"{self.checkpoint.size:,}: its end was cut off, or the bundle was made before; have it made anew"
            )
        paths = {read_checkpoint(text).size: path for text, path in self.bundle.earlier}
        if size == self.checkpoint.size:
            paths[size] = ()
        if size not in paths and self.bundle.leaves is not None:
            view = memoryview(self.bundle.leaves)
            found = root_of_all(leaf_hash(bytes(view[n * LEAF : (n + 1) * LEAF])) for n in range(size))
            if found != root:
                raise Failed(
                    f"expected the pinned root {root.hex()[:12]}… at {size:,} leaves, found {found.hex()[:12]}…"
                )
            return
        if size not in paths:
            raise Failed(f"expected a path from {size:,} leaves, found none: have the bundle made with that checkpoint")
        check_consistency(size, root, self.checkpoint.size, self.checkpoint.root, paths[size])

    def complete(self) -> str:
        if self.bundle.leaves is None:
            if self.asked.complete or self.asked.all_items:
                raise Failed("expected all leaves of the log, found none: have the bundle made with --complete")
            self.not_shown.append("that these are all entries of the items (have the bundle made with --complete)")
            return "not asked"
        counts: dict[bytes, int] = {}
        for n in range(0, len(self.bundle.leaves), LEAF):
            tag = self.bundle.leaves[n : n + 32]
            counts[tag] = counts.get(tag, 0) + 1
        inside = 0
        for chain in self.bundle.chains:
            found = counts.pop(tag_of(chain.salt, chain.name), 0)
            if chain.whole and found != len(chain.bodies):
                raise Failed(f"expected all {found} entries of {chain.name}, found {len(chain.bodies)}")
            inside += len(chain.bodies)
        for name, salt in self.bundle.house.items():
            if not name.startswith("@"):
                raise Failed(f"expected chains of the house beside the items, found {name[:80]!r}")
            if not counts.pop(tag_of(salt, name), 0):
                raise Failed(f"expected leaves of {name[:80]!r} in the log, found none")
        said = f"all entries of every chain; {inside:,} of the log's {self.checkpoint.size:,} are here"
        if counts:
            leaves = count_of(sum(counts.values()), "leaf", "leaves")
            others = f"{count_of(len(counts), 'further chain')} of the log ({leaves})"
            if self.asked.all_items:
                raise Failed(f"expected every item of the log, found {others} that the bundle does not hold or name")
            self.not_shown.append(f"what the {others} are about (`record export --all --complete` has every item)")
            return said
        return f"{said}, the rest are of the house; no item is left out"

    def revised(self) -> str:
        return count_of(sum(check_revisions(c.name, entries, c.revisions) for c, entries in self.items), "revision")

    def ruled(self) -> str:
        there = {digest_of("process", body) for body in self.bundle.processes}
        stated: set[str] = set()
        for _, entries in self.items:
            stated |= check_processes(entries, there)
        if unused := there - stated:
            raise Failed(f"expected the process texts that were in force, found another: {min(unused)[:12]}…")
        return count_of(len(stated), "text")

    def decided(self) -> str:
        return count_of(sum(check_decisions(entries) for _, entries in self.items), "decision")

    def proven(self) -> str:
        access = [n for n, chain in enumerate(self.bundle.chains) if chain.name == ACCESS]
        keys: dict[str, Enrolled] = {}
        for n in access:
            keys = enrolments(self.entries[n], self.bundle.chains[n].positions)
        used: set[bytes] = set()
        total = checked = 0
        for chain, entries in self.items:
            for entry, position in zip(entries, chain.positions, strict=True):
                if not entry["kind"].startswith("item:decision:"):
                    continue
                is_decision = entry["kind"] == "item:decision:recorded"
                total += is_decision
                if (is_decision or entry["kind"] == "item:decision:withdrawn") and is_by_passkey(entry):
                    check_passkey(entry, position, keys, used)
                    checked += is_decision
        if checked < total:
            self.not_shown.append(
                f"who typed the password or the code of {count_of(total - checked, 'decision')}: the server checked it "
                "at the time; only passkeys can be checked again"
            )
        if any(not self.bundle.chains[n].whole for n in access):
            self.not_shown.append(
                "that no passkey was reported lost before it signed: of @access only the entries that name one are "
                "here, and whoever made the bundle chose them (the register refuses a lost passkey at signing)"
            )
        return f"{checked:,} of {count_of(total, 'decision')} by a passkey" + (
            "" if HAS_CRYPTOGRAPHY or not checked else " (slowly: the package cryptography is not installed)"
        )

    def moved(self) -> str:
        return count_of(sum(check_moves(c.name, entries, c.state) for c, entries in self.items), "move")


STEPS: dict[int, tuple[str, Callable[[_Check], str]]] = {
    2: ("entries are canonical", _Check.canonical),
    3: ("each entry holds the one before, without a gap", _Check.chained),
    4: ("the checkpoint is signed by the log's key", _Check.signed),
    5: ("every entry is in the log", _Check.included),
    6: ("the log keeps the order of each record", _Check.ordered),
    7: ("the log only grew", _Check.consistent),
    8: ("nothing is left out", _Check.complete),
    9: ("revisions are those that were signed", _Check.revised),
    10: ("process texts are those in force", _Check.ruled),
    11: ("decisions are bound to round, revision and person", _Check.decided),
    12: ("passkeys agreed to these decisions", _Check.proven),
    13: ("moves lead to the state on file", _Check.moved),
}
FIRST = "the bundle is whole"
LAST = max(STEPS)


def verify_bundle(source: str | BinaryIO, asked: Asked | None = None) -> Outcome:
    """Take the steps in order; stops after the first that fails. Raises OSError when the file cannot be read."""
    outcome = Outcome()
    try:
        outcome.bundle = read_bundle(source)
    except Failed as failure:
        outcome.steps.append(Taken(1, FIRST, False, str(failure)))
        return outcome
    collects = gc.isenabled()
    gc.disable()  # millions of small objects are made and kept, none in a circle: looking for circles costs a tenth
    try:
        _take(outcome, asked or Asked())
    finally:
        if collects:
            gc.enable()
    return outcome


def _take(outcome: Outcome, asked: Asked) -> None:
    assert outcome.bundle is not None
    check = _Check(outcome.bundle, asked)
    outcome.steps.append(Taken(1, FIRST, True, f"it says it was made {outcome.bundle.made_at}, which nothing signs"))
    for number, (title, step) in STEPS.items():
        try:
            said = step(check)
        except (Failed, NotInTree, BadNote) as failure:
            outcome.steps.append(Taken(number, title, False, str(failure)))
            break
        except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
            # Content that lacks what its kind must have: a shape the program never writes.
            said = f"expected the keys of the format, found an entry without them ({repr(error)[:200]})"
            outcome.steps.append(Taken(number, title, False, said))
            break
        outcome.steps.append(Taken(number, title, True, said))
    check.not_shown.append(
        f"that it was made at {check.bundle.made_at} in {check.bundle.site!r}: of manifest.json and README.txt nothing "
        "signs the time and the name of the register (all else in them is held against the entries)"
    )
    outcome.entries, outcome.not_shown = check.entries, check.not_shown


def _check_extract(chain: Chain, entries: Sequence[Mapping[str, Any]]) -> None:
    numbers = [entry["seq"] for entry in entries]
    if any(entry["chain"] != chain.name for entry in entries) or numbers != sorted(set(numbers)):
        raise Failed(f"expected single entries of {chain.name} in their order, found others")


# ---------------------------------------------------------------------------------------------------------------------
# command
#
# `python verify.py BUNDLE`: the steps, one a line, and what they do not show. Exit 0, 1 (it does not hold) or 2.
# ---------------------------------------------------------------------------------------------------------------------

WITHOUT_REPLAY = "that each verdict follows from the rule (`tollgate verify BUNDLE --replay` judges it again)"
LONGEST_LINE = 800
AS_RECORDED = (
    "that people, roles and absences were as each verdict took them to be: it is judged again by the facts that were "
    "entered with it"
)


def read_pin(text: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint kept elsewhere: the note itself, or `<size> <root>` as a receipt mail states it.

    Raises BadNote."""
    words = text.split()
    if len(words) == 2 and words[0].isdigit():
        try:
            return int(words[0]), base64.b64decode(words[1], validate=True)
        except ValueError:
            raise BadNote(f"expected a size and a root in base64, found {text[:80]!r}") from None
    pinned = read_checkpoint(text.strip("\n") + "\n")
    return pinned.size, pinned.root


def asked_of(key: str | None, pin: str | None, complete: bool, all_items: bool = False) -> Asked:
    """What is asked, from the words of a command line; `key` and `pin` are files or the text itself.

    Raises BadNote, OSError."""
    return Asked(
        key=None if key is None else read_key(_text(key)),
        pin=None if pin is None else read_pin(_text(pin)),
        complete=complete,
        all_items=all_items,
    )


def lines_of(outcome: Outcome, name: str) -> list[str]:
    """The outcome as people read it."""
    said = [f"{one.number:>2}  {'ok  ' if one.ok else 'FAIL'}  {one.title}: {one.said}" for one in outcome.steps]
    lines = [*said, sentence_of(outcome, name), *(f"Not shown: {one}." for one in outcome.not_shown)]
    return [printable(one) for one in lines]


def printable(line: str) -> str:
    """One line on a terminal, whatever a bundle says: it cannot end it, hide what follows, turn it round or fill it."""
    line = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def sentence_of(outcome: Outcome, name: str) -> str:
    """The verdict in one sentence."""
    if not outcome.ok:
        return f"{name} does NOT hold: step {outcome.steps[-1].number}."
    items = sum(not chain.name.startswith("@") for chain in outcome.bundle.chains) if outcome.bundle else 0
    entries = sum(map(len, outcome.entries))
    decisions = sum(one["kind"] == "item:decision:recorded" for chain in outcome.entries for one in chain)
    counts = f"{count_of(items, 'item')}, {count_of(entries, 'entry', 'entries')}, {count_of(decisions, 'decision')}"
    return f"{name} holds: {counts}."


def data_of(outcome: Outcome, name: str) -> dict[str, object]:
    """The outcome as JSON-ready data."""
    steps = [asdict(one) for one in outcome.steps]
    return {"bundle": name, "whole": outcome.ok, "steps": steps, "not_shown": outcome.not_shown}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a bundle. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Check a Tollgate bundle, with Python alone.")
    parser.add_argument("bundle", help="the zip file")
    parser.add_argument("--key", help="the log's key, as name+hash+base64 or a file with it")
    parser.add_argument("--pin", help="a checkpoint kept elsewhere: a file, or 'size root'")
    parser.add_argument("--complete", action="store_true", help="fail unless these are all entries of the items")
    parser.add_argument("--all", action="store_true", help="fail unless these are all items of the log")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    try:
        outcome = verify_bundle(asked.bundle, asked_of(asked.key, asked.pin, asked.complete, asked.all))
    except OSError as error:
        sys.stderr.write(f"{error.filename or asked.bundle} cannot be read: {error.strerror}.\n")
        return 2
    except BadNote as fault:
        sys.stderr.write(f"--key or --pin: {fault}.\n")
        return 2
    outcome.not_shown.append(WITHOUT_REPLAY)
    name = Path(asked.bundle).name
    said = json.dumps(data_of(outcome, name), indent=2) if asked.json else "\n".join(lines_of(outcome, name))
    sys.stdout.write(f"{said}\n")
    return 0 if outcome.ok else 1


def _text(given: str) -> str:
    path = Path(given)
    if len(given) >= 1000 or not given.isprintable() or not path.is_file():
        return given
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadNote(f"expected text in {given}, found a file of another kind") from None


if __name__ == "__main__":
    raise SystemExit(main())
