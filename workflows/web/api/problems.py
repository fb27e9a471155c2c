"""Errors as problem documents (RFC 9457): what is wrong, where, which value, what there is, and the remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gates.errors import BadInput, NotFound, Refused, RegisterError, StoreError, TokenProblem

MEDIA = "application/problem+json"
MOST_FAULTS = 20
MOST_VALUE = 120
_TOKEN = {"scope": 403, "read-only": 403, "too-many": 429}
"""What is not about the token itself; the rest is 401."""


class Fault(BaseModel):
    """One value that does not fit."""

    place: str = Field(description="Where it was sent: `fields.colour`, `query.limit`, `header.Idempotency-Key`.")
    value: str | None = Field(default=None, description="What was sent, shortened; absent where nothing was.")
    detail: str
    choices: list[str] = Field(default_factory=list, description="What there is to choose from, where it is a choice.")


class Problem(BaseModel):
    """A problem document (RFC 9457). `type` is about:blank; `code` tells problems of one status apart."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    remedy: str = ""
    errors: list[Fault] = Field(default_factory=list)


@dataclass
class ApiError(Exception):
    """A request that is not followed."""

    status: int
    code: str
    detail: str
    remedy: str = ""
    errors: Sequence[Fault] = ()
    headers: Mapping[str, str] | None = None


def answer(error: ApiError) -> Response:
    """The problem document of an error."""
    document = Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.detail,
        code=error.code,
        remedy=error.remedy,
        errors=list(error.errors)[:MOST_FAULTS],
    )
    body = json.dumps(document.model_dump(exclude_none=True), ensure_ascii=True)
    return Response(body, error.status, {"cache-control": "no-store", **(error.headers or {})}, MEDIA)


def of_token(error: TokenProblem) -> ApiError:
    """A token that is not taken, or not for this."""
    status = _TOKEN.get(error.code, 401)
    headers: dict[str, str] = {}
    if status == 401:
        headers = {"www-authenticate": 'Bearer realm="tollgate", error="invalid_token"'}
    elif error.code == "scope":
        headers = {"www-authenticate": 'Bearer realm="tollgate", error="insufficient_scope"'}
    elif status == 429:
        headers = {"retry-after": "900"}
    return ApiError(status, f"token-{error.code}", error.sentence, error.remedy, headers=headers)


def no_token() -> ApiError:
    """A request without a token."""
    return ApiError(
        401,
        "token-missing",
        "A bearer token is needed.",
        "Send the header `Authorization: Bearer …`; the page /account/tokens makes one.",
        headers={"www-authenticate": 'Bearer realm="tollgate"'},
    )


def of_register(error: RegisterError) -> ApiError:
    """What the register refused, but for values (`faults_of`)."""
    if isinstance(error, TokenProblem):
        return of_token(error)
    if isinstance(error, NotFound):
        return ApiError(404, "not-found", str(error), "GET /api/v1/items lists what there is.")
    if isinstance(error, Refused):
        status = 422 if error.code == "key-reused" else 409
        remedy = "Name one in `process`." if error.code == "no-escalations" else error.remedy
        return ApiError(status, error.code, error.sentence, remedy)
    if isinstance(error, BadInput):
        return unfit([Fault(place=name, detail=said) for name, said in error.faults.items()])
    status = 503 if isinstance(error, StoreError) else 409
    return ApiError(status, "refused", str(error))


def unfit(faults: Sequence[Fault]) -> ApiError:
    """Values that do not fit; nothing was recorded."""
    count = "1 value does" if len(faults) == 1 else f"{len(faults)} values do"
    remedy = "Correct what `errors` names and send it again; the same Idempotency-Key may be used."
    return ApiError(422, "unfit", f"{count} not fit. Nothing was recorded.", remedy, faults)


def shown(value: Any) -> str | None:
    """A value as a fault names it: short, whatever was sent."""
    if value is None:
        return None
    said = value if isinstance(value, str) else repr(value)
    said = said.encode("utf-8", "replace").decode()
    return said if len(said) <= MOST_VALUE else f"{said[:MOST_VALUE]}…"


def of_validation(errors: Sequence[Mapping[str, Any]]) -> ApiError:
    """What a model or a parameter found: one fault for each place, with its value."""
    faults: dict[str, Fault] = {}
    for one in errors:
        parts = [str(part)[:80] for part in one["loc"] if part != "body"]
        if len(parts) > 1 and parts[0] == "fields":
            parts, said = parts[:2], VALUE
        else:
            said = f"{one['msg']}."
        value = None if one["type"] == "missing" else shown(one.get("input"))
        place = ".".join(parts) or "body"
        faults.setdefault(place, Fault(place=place, value=value, detail=said))
    return unfit(list(faults.values()))


VALUE = "A value is a text of at most 10,000 characters, a whole number, true or false, null, or a list of texts."
"""What is said of a field's value that is nothing of it: one sentence, not one for each kind it might have been."""


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return answer(error)


async def _register_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RegisterError)
    return answer(of_register(error))


async def _unfit(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(of_validation(error.errors()))


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return too_large()
    remedy = "/api/openapi.json lists what there is." if error.status_code in (404, 405) else ""
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return answer(ApiError(error.status_code, code, str(error.detail), remedy, headers=error.headers))


async def _failed(_request: Request, _error: Exception) -> Response:
    said = "Something failed here, and it is in the server's log. Nothing was recorded unless you were told so."
    return answer(ApiError(500, "failed", said, "Send the same request with the same Idempotency-Key again."))


def too_large() -> Response:
    """The answer to a body larger than any of ours, before anybody reads it."""
    return answer(
        ApiError(413, "content-too-large", "The body is larger than any of ours.", "Shorten it, or link a document.")
    )


HANDLERS: Mapping[Any, Callable[[Request, Exception], Any]] = {
    ApiError: _api_error,
    RegisterError: _register_error,
    RequestValidationError: _unfit,
    HTTPException: _http_error,
    Exception: _failed,
}
