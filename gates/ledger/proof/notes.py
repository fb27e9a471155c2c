"""Checkpoints as C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), signed with Ed25519.

    <origin>
    <number of leaves>
    <root, base64>

    — <key name> <base64 of four bytes of the key's hash and the signature>

A verifier key is `<name>+<eight hex digits of its hash>+<base64 of 0x01 and the 32 bytes of the key>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from gates.ledger.proof.curves import verify_ed25519

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
