"""Passkeys (WebAuthn level 3): what is asked of an authenticator, and whether what it answered holds.

User verification is required, always; EdDSA (-8), ES256 (-7) and RS256 (-257) are taken. Writes nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from gates.service.desk import Desk
from gates.service.proofs import rp_id

ALGORITHMS = (-8, -7, -257)
LONGEST = 20_000
"""No authenticator's answer comes near; more is not read."""


class BadPasskey(Exception):
    """An answer that does not hold. `code` is stable; the message is for the record."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a browser sent, taken apart and not yet believed."""

    credential: str
    challenge: str
    """In hex, as intents are kept."""
    origin: str
    client_data: str
    authenticator_data: str
    signature: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was registered."""

    credential: str
    public_key: str
    algorithm: int
    aaguid: str
    counter: int


def origin_of(desk: Desk) -> str:
    """The one origin passkeys are taken from."""
    parts = urlsplit(desk.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def to_text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def to_bytes(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def register_options(
    desk: Desk, challenge: bytes, person: str, name: str, email: str, known: Iterable[str], site: str
) -> str:
    """What `navigator.credentials.create` is given, as JSON. The authenticators `known` hold one already."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=rp_id(desk),
        rp_name=site,
        user_id=person.encode(),
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=to_bytes(one)) for one in known],
        supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
    )
    return options_to_json(options)


def check_registered(desk: Desk, challenge: bytes, answer: str) -> NewPasskey:
    """The passkey an authenticator made. Raises BadPasskey."""
    from webauthn import verify_registration_response
    from webauthn.helpers import parse_cbor
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        made = verify_registration_response(
            credential=_parsed(answer),
            expected_challenge=challenge,
            expected_rp_id=rp_id(desk),
            expected_origin=origin_of(desk),
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
        algorithm = int(parse_cbor(made.credential_public_key)[3])
    except _errors() as error:
        raise BadPasskey("bad-passkey", str(error)) from error
    return NewPasskey(
        to_text(made.credential_id), to_text(made.credential_public_key), algorithm, made.aaguid, made.sign_count
    )


def sign_options(desk: Desk, challenge: str, known: Iterable[str]) -> str:
    """What `navigator.credentials.get` is given, as JSON."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=rp_id(desk),
        challenge=bytes.fromhex(challenge),
        allow_credentials=[PublicKeyCredentialDescriptor(id=to_bytes(one)) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def take_apart(answer: str) -> Answered:
    """The parts of what a browser sent. Raises BadPasskey where it is not an authenticator's answer at all."""
    raw = _parsed(answer)
    try:
        response = raw["response"]
        names = ("clientDataJSON", "authenticatorData", "signature")
        client_data, authenticator_data, signature = (str(response[name]) for name in names)
        client = json.loads(to_bytes(client_data))
        challenge, origin = to_bytes(str(client["challenge"])).hex(), str(client["origin"])
        return Answered(str(raw["id"]), challenge, origin, client_data, authenticator_data, signature, raw)
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError) as error:
        raise BadPasskey("bad-passkey", "This is no answer of a passkey.") from error


def check_signed(desk: Desk, answered: Answered, challenge: str, row: Row[Any]) -> int:
    """Whether the passkey of `row` signed `challenge`, with its user verified, on our origin.

    Returns the signature counter. Raises BadPasskey.
    """
    from webauthn import verify_authentication_response

    if answered.origin != origin_of(desk):
        raise BadPasskey("wrong-origin", f"The passkey was used on {answered.origin[:200]}, not here.")
    try:
        if len(raw := to_bytes(answered.authenticator_data)) < 37 or not raw[32] & 0x04:
            raise BadPasskey("unverified-user", "The authenticator did not verify its user.")
        done = verify_authentication_response(
            credential=answered.raw,
            expected_challenge=bytes.fromhex(challenge),
            expected_rp_id=row.rp_id,
            expected_origin=origin_of(desk),
            credential_public_key=to_bytes(row.public_key),
            credential_current_sign_count=row.counter,
            require_user_verification=True,
        )
    except _errors() as error:
        raise BadPasskey("bad-passkey", str(error)[:300]) from error
    return done.new_sign_count


def evidence(desk: Desk, answered: Answered, row: Row[Any], intent: dict[str, Any]) -> dict[str, Any]:
    """What the entry keeps: enough for anybody to check the signature again without us."""
    return {
        "kind": "passkey",
        "credential": row.credential,
        "algorithm": row.algorithm,
        "public_key": row.public_key,
        # Written anew, so that there is one way to write each.
        "client_data": to_text(to_bytes(answered.client_data)),
        "authenticator_data": to_text(to_bytes(answered.authenticator_data)),
        "signature": to_text(to_bytes(answered.signature)),
        "rp_id": row.rp_id,
        "origin": origin_of(desk),
        "intent": intent,
    }


def _parsed(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST:
        raise BadPasskey("bad-passkey", "The answer is longer than any authenticator's.")
    try:
        raw = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise BadPasskey("bad-passkey", "This is no answer of a passkey.") from error
    if not isinstance(raw, dict):
        raise BadPasskey("bad-passkey", "This is no answer of a passkey.")
    return raw


def _errors() -> tuple[type[Exception], ...]:
    """What the library raises on answers that do not hold; hostile ones reach further than its own errors."""
    from webauthn.helpers.exceptions import WebAuthnException

    return (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
