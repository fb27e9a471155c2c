"""An authenticator in software, for tests without a browser: one passkey (Ed25519) on one site, its user verified."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gates.service.passkeys import to_text

PRESENT_AND_VERIFIED = 0x05
WITH_CREDENTIAL = 0x40


class Authenticator:
    """Answers what `navigator.credentials` would: `made` to create, `got` to get. Its key follows from `seed`."""

    def __init__(self, site: str, seed: bytes = bytes(32)) -> None:
        self.site = site
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.credential = hashlib.sha256(b"credential" + seed).digest()
        self.count = 0

    def made(self, options: str) -> str:
        """The answer to the options of a one-time link."""
        asked = json.loads(options)
        cose = {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}
        held = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(cose)
        data = self._data(asked["rp"]["id"], PRESENT_AND_VERIFIED | WITH_CREDENTIAL) + held
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": to_text(client), "attestationObject": to_text(attestation)})

    def got(self, options: str) -> str:
        """The answer to the options of an intent."""
        asked = json.loads(options)
        client, data = self._client("webauthn.get", asked["challenge"]), self._data(asked["rpId"], PRESENT_AND_VERIFIED)
        signature = self.key.sign(data + hashlib.sha256(client).digest())
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: to_text(part) for name, part in parts.items()})

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.site, "crossOrigin": False}).encode()

    def _data(self, host: str, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, Any]) -> str:
        name = to_text(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
