"""Checking what a passkey signed: that the key on record agreed to this very decision, and nobody else could have.

A passkey signs SHA-256 of the intent, which names item, round, revision, decision, meaning and person (W3C Web
Authentication, section 7.2). Nobody who holds the register can make such a signature or move one to another record.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from gates.ledger.proof.curves import verify_ed25519, verify_p256, verify_rsa
from gates.ledger.proof.records import Failed, digest_of

PRESENT, VERIFIED = 0x01, 0x04
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


def check_passkey(entry: Mapping[str, Any], keys: Mapping[str, Mapping[str, Any]]) -> None:
    """That the decision in `entry` was signed by the passkey enrolled for its person. `keys` are the enrolments on
    record, by credential. Raises Failed."""
    data, place = entry["data"], f"entry {entry['seq']} of {entry['chain']}"
    shown = data["evidence"]
    enrolled = keys.get(shown["credential"])
    if enrolled is None or enrolled["person"] != data["person"] or enrolled["public_key"] != shown["public_key"]:
        raise Failed(f"{place}: expected a passkey enrolled for {data['person']}, found another")
    intent = shown["intent"]
    _check_intent(place, entry, intent)
    client_data, authenticator = decoded(shown["client_data"]), decoded(shown["authenticator_data"])
    _check_ceremony(place, json.loads(client_data), authenticator, shown, intent)
    message = authenticator + hashlib.sha256(client_data).digest()
    if not is_signed(decoded(shown["public_key"]), message, decoded(shown["signature"])):
        raise Failed(f"{place}: expected a signature by the passkey of {data['person']}, found one that does not hold")


def challenge_of(intent: Mapping[str, Any]) -> bytes:
    """What the passkey is asked to sign: SHA-256("tollgate/intent/v1" 0x00 canonical JSON)."""
    body = json.dumps(intent, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(b"tollgate/intent/v1\0" + body).digest()


def decoded(text: str) -> bytes:
    """Bytes of base64url without padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _check_intent(place: str, entry: Mapping[str, Any], intent: Mapping[str, Any]) -> None:
    data = entry["data"]
    said = {name: data[name] for name in SAME}
    said |= {"item": entry["chain"], "on_behalf_of": data.get("on_behalf_of"), "type": "tollgate/intent"}
    said["comment_digest"] = digest_of("comment", data["comment"].encode())
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
    key, rest = _cbor(cose)
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
