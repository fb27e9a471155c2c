"""The keys the log is signed with. They live outside the database: in a file, or behind another `Signer`."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gates.ledger.proof.notes import DASH, ED25519, BadNote, VerifierKey, body_of

PREFIX = "PRIVATE+KEY+"


class Signer(Protocol):
    """Signs for one key: from a file, or in a key management service or a hardware module."""

    @property
    def key(self) -> VerifierKey:
        """The public key."""
        ...

    def sign(self, message: bytes, /) -> bytes:
        """The Ed25519 signature, 64 bytes."""
        ...


@dataclass(frozen=True)
class FileSigner:
    """A key held as its seed of 32 bytes. Written as `PRIVATE+KEY+name+hash+base64`, as other log tools do."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, message: bytes, /) -> bytes:
        return self._private.sign(message)

    def written(self) -> str:
        """The line a key file holds. A secret."""
        return f"{PREFIX}{self.name}+{self.key.hash.hex()}+{base64.b64encode(ED25519 + self.seed).decode()}"


def read_signer(line: str) -> FileSigner:
    """The signer written on a line of a key file. Raises BadNote, which never quotes the line."""
    name, _, rest = line.strip().removeprefix(PREFIX).partition("+")
    marked, _, coded = rest.partition("+")
    try:
        data = base64.b64decode(coded, validate=True)
    except ValueError:
        data = b""
    if not line.startswith(PREFIX) or len(data) != 33 or data[:1] != ED25519:
        raise BadNote(f"expected lines “{PREFIX}name+hash+base64” for Ed25519 in the key file")
    signer = FileSigner(name, data[1:])
    if signer.key.hash.hex() != marked:
        raise BadNote(f"the key of {name} in the key file does not have the hash that stands beside it")
    return signer


class KeyRing:
    """The signers this process holds, by their public keys as written."""

    def __init__(self, signers: Iterable[Signer] = ()) -> None:
        self._signers = {str(signer.key): signer for signer in signers}
        self.names = list(self._signers)

    def get(self, key: str) -> Signer | None:
        """The signer of a key, if it is held here."""
        return self._signers.get(key)

    def first(self) -> Signer | None:
        """The signer a log is opened with."""
        return self._signers[self.names[0]] if self.names else None

    def holding(self, signer: Signer) -> KeyRing:
        """This ring and one signer more."""
        return KeyRing([*self._signers.values(), signer])


def write_checkpoint(origin: str, size: int, root: bytes, signers: Iterable[Signer]) -> str:
    """A checkpoint as a signed note, with a line for each signer."""
    body = body_of(origin, size, root)
    lines = [f"{DASH} {one.key.name} {base64.b64encode(one.key.hash + one.sign(body)).decode()}\n" for one in signers]
    return body.decode() + "\n" + "".join(lines)
