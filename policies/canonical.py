"""Canonical bytes and digests: a strict profile of RFC 8785 (JCS).

The profile refuses what JSON libraries disagree on: no floats, integers below 2^53, string keys
in ASCII, strings normalised to NFC. Inside it, `json.dumps` with sorted keys gives the very bytes
RFC 8785 asks for (held by a test against the `rfc8785` package).

Every digest is domain-separated, so that the bytes of one kind of thing can never pass for another:
`SHA-256("tollgate/" + kind + "/v1" + 0x00 + bytes)`, printed as 64 lower-case hex digits.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from policies.errors import TollgateError

Kind = Literal["process", "revision", "entry", "text", "intent", "comment"]

MAX_INTEGER = 2**53 - 1


class CanonicalError(TollgateError):
    """The value has no canonical form. Use text, whole numbers, true, false, null, lists and mappings."""


def canonical(value: Any) -> bytes:
    """The one byte string for `value` (RFC 8785, strict profile). Raises CanonicalError."""
    return json.dumps(
        _checked(value, "$"),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode("utf-8")


def digest(kind: Kind, data: bytes) -> str:
    """Domain-separated SHA-256 of `data` as 64 hex digits."""
    return hashlib.sha256(b"tollgate/" + kind.encode("ascii") + b"/v1\0" + data).hexdigest()


def nfc(text: str) -> str:
    """`text` in Unicode NFC, which is what is shown, stored and signed."""
    return unicodedata.normalize("NFC", text)


def _checked(value: Any, path: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _string(value, path)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise CanonicalError(f"{path}: {value} is past 2^53; write it as text.")
        return int(value)
    if isinstance(value, Mapping):
        return {_key(k, path): _checked(v, f"{path}.{k}") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(v, f"{path}[{i}]") for i, v in enumerate(value)]
    raise CanonicalError(
        f"{path}: a {type(value).__name__} has no canonical form; write decimals, dates and times as text."
    )


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise CanonicalError(f"{path}: the key {key!r} is not ASCII text.")
    return key


def _string(value: str, path: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError(f"{path}: the text holds half a surrogate pair; remove it.") from error
    return nfc(str(value))
