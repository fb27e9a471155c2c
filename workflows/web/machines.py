"""What the ways in for programs share: the token a request carries, and JSON that somebody else wrote."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request


def bearer_of(request: Request) -> str | None:
    """The bearer token of a request (RFC 6750, 2.1); None where it carries none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def json_of(raw: bytes) -> Any:
    """What a client's JSON says. Raises ValueError for what is none: NaN, depth without end and numbers of thousands
    of digits too."""
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("it is too deep") from error


def _no_constant(word: str) -> Any:
    raise ValueError(word)
