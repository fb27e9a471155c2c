"""Who calls: a person of the roster, by a token of theirs. Asked before anything of the request is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gates.errors import TokenProblem
from gates.items import Actor
from gates.service import Register
from gates.service.tokens import Holder
from workflows.web.access import READ_ONLY, is_read_only, origin_of, pages_of
from workflows.web.api.problems import ApiError, Fault, answer, no_token, of_token, shown, unfit
from workflows.web.machines import bearer_of, json_of
from workflows.web.state import Pages

OPEN = "/openapi.json"
"""The one address that needs no token: it says nothing of this installation but its address."""
KEY = re.compile(r"[A-Za-z0-9_.\-]{1,80}")
ONCE = re.compile(r"[\x21-\x7e]{1,200}")


class Caller:
    """One request of a known person: who, by what, and where it is done."""

    def __init__(self, request: Request) -> None:
        self.pages: Pages = pages_of(request)
        self.register: Register = self.pages.services.register
        self.holder: Holder = request.state.holder
        self.by = Actor(self.holder.person, "api", f"token {self.holder.token}, {origin_of(request)}")
        self.base = self.pages.services.settings.address

    def refuse(self, problem: TokenProblem) -> TokenProblem:
        """The error to raise, with the refused use on the record."""
        return self.register.refuse_token(self.holder, problem, self.by)


class Bearers:
    """Lets through who sends a token that holds. Everybody else is answered here, before a body is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange."""
        if scope["type"] != "http" or scope["path"] == f"{scope.get('root_path', '')}{OPEN}":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        register: Register = pages_of(request).services.register
        try:
            token = bearer_of(request)
            if not token:
                raise no_token()
            request.state.holder = await run_in_threadpool(register.token_holder, token, origin_of(request))
        except TokenProblem as error:
            await answer(of_token(error))(scope, receive, send)
        except ApiError as error:
            await answer(error)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
            await run_in_threadpool(register.note_token_use, request.state.holder)


def may(scope: str, *, changes: bool = False) -> Callable[[Request], Caller]:
    """A dependency: the caller, whose token opens `scope`. Raises TokenProblem, with the refused use on the record."""

    def caller(request: Request) -> Caller:
        found = Caller(request)
        if scope not in found.holder.scopes:
            held = ", ".join(found.holder.scopes)
            said = f"This token is for {held}; this needs {scope}."
            raise found.refuse(TokenProblem(said, code="scope", remedy="Make a token with that scope."))
        if changes and is_read_only(found.pages, found.holder.person):
            raise found.refuse(TokenProblem(READ_ONLY, code="read-only"))
        return found

    return caller


Reader = Annotated[Caller, Depends(may("items:read"))]
Raiser = Annotated[Caller, Depends(may("escalations:raise", changes=True))]


def item_key(key: str) -> str:
    """A key as an address may name it. Raises ApiError 404: anything else is the key of nothing."""
    if not KEY.fullmatch(key):
        raise ApiError(404, "not-found", "There is no such item.", "GET /api/v1/items lists what there is.")
    return key


ItemKey = Annotated[str, Depends(item_key)]


def once_of(request: Request) -> str | None:
    """The Idempotency-Key of a request; None where it has none. Raises ApiError."""
    given = request.headers.get("idempotency-key")
    if given is not None and not ONCE.fullmatch(given):
        said = "A key has 1 to 200 printable ASCII characters without blanks; a UUID will do."
        raise unfit([Fault(place="header.Idempotency-Key", value=shown(given), detail=said)])
    return given


async def sent(request: Request) -> object:
    """The JSON a request carries. Raises ApiError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        raise ApiError(415, "no-json", f"The body is of {kind[:80] or 'no kind'}.", "Send it as application/json.")
    try:
        found: object = json_of(await request.body())
    except ValueError as error:
        said = "The body is no JSON that is taken here."
        raise ApiError(400, "no-json", said, "Send one object; no NaN, no number of thousands of digits.") from error
    return found


Sent = Annotated[object, Depends(sent)]
Once = Annotated[str | None, Depends(once_of)]
