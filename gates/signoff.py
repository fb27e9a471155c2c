"""Sign-off links: minted, known again, never stored.

A token is 256 bits, derived from a random link id under a key that is not in the database:
`base32(HMAC-SHA256(key, "tollgate/link/v1" 0x00 link id))` in lower case without padding. So a mail that
is sent again holds the very same link, and the database alone (which keeps only the token's SHA-256)
opens nothing. Base32 survives mail gateways that change the case of a URL. See docs/adr/0003.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime

TOKEN = re.compile(r"[a-z2-7]{52}")
MIN_KEY_BYTES = 32


def new_link_id() -> str:
    """A fresh random link id (128 bits, hex)."""
    return secrets.token_hex(16)


def token_for(link_id: str, key: bytes) -> str:
    """The token of `link_id`: 52 characters of a-z and 2-7."""
    mac = hmac.new(key, b"tollgate/link/v1\0" + link_id.encode("ascii"), hashlib.sha256).digest()
    return base64.b32encode(mac).decode("ascii").rstrip("=").lower()


def derived(purpose: str, of: str, key: bytes) -> bytes:
    """32 bytes that only the holder of `key` can make, for one purpose: seeds, challenges, nonces. Never stored."""
    return hmac.new(key, f"tollgate/{purpose}/v1\0{of}".encode(), hashlib.sha256).digest()


def enrol_token(request_id: str, key: bytes) -> str:
    """The token of the one-time link of a proof request: 52 characters of a-z and 2-7."""
    return base64.b32encode(derived("enrol", request_id, key)).decode("ascii").rstrip("=").lower()


def preference_token(person: str, until: datetime, key: bytes, ended: int = 0) -> str:
    """The link by which `person` changes their preferences, and nothing else, until a moment: letters and digits in
    lower case. It is not on file: it says whose it is and until when, and a seal under `key` shows that we said so.
    The seal is made with how often the person's links were `ended`, so that those before hold no more."""
    said = f"{int(until.timestamp()):x}.{person}"
    seal = _preference_seal(said, key, ended)
    return f"{_b32(said.encode())}-{_b32(seal)}"


def preference_person(token: str, key: bytes, now: datetime, ended: Callable[[str], int] = lambda _: 0) -> str | None:
    """Whose preferences a link changes; None when we did not make it, or its time is over. `ended` says how often a
    person's links were."""
    plain, _, seal = token.strip().lower().partition("-")
    try:
        said = base64.b32decode(plain.upper() + "=" * (-len(plain) % 8)).decode()
        until, _, person = said.partition(".")
        end = int(until, 16)
    except ValueError:
        return None
    is_ours = hmac.compare_digest(seal.encode(), _b32(_preference_seal(said, key, ended(person))).encode())
    return person if is_ours and now.timestamp() < end else None


def _preference_seal(said: str, key: bytes, ended: int) -> bytes:
    return derived(f"preferences/{ended}" if ended else "preferences", said, key)[:20]


def _b32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def token_hash(token: str) -> str | None:
    """What the database keeps of a token as typed or clicked; None if it cannot be one."""
    plain = token.strip().lower()
    if not TOKEN.fullmatch(plain):
        return None
    return hashlib.sha256(b"tollgate/token/v1\0" + plain.encode("ascii")).hexdigest()
