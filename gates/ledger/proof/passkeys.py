"""Checking what a passkey signed: that the key on record agreed to this very decision, and nobody else could have.

A passkey signs SHA-256 of the intent, which names item, round, revision, decision, meaning and person (W3C Web
Authentication, section 7.2). Nobody who holds the register can make such a signature or move one to another record.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gates.ledger.proof.curves import verify_ed25519, verify_p256, verify_rsa
from gates.ledger.proof.records import Failed, digest_of

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
