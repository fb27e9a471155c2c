"""`create_app`: routes, headers and error pages.

Security headers go on every answer, errors and files included. Access logs are not written here: a path may hold
a sign-off token.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gates.errors import NotFound, RegisterError
from policies.canonical import CanonicalError
from workflows.single_sign_on import single_sign_on
from workflows.web import (
    absence_pages,
    account_pages,
    audit_pages,
    bundle_pages,
    calendar_pages,
    certificate_pages,
    clock_pages,
    condition_pages,
    demo_pages,
    desk_pages,
    enrol_pages,
    home_pages,
    item_pages,
    meeting_pages,
    officer_pages,
    preference_pages,
    rights_pages,
    round_pages,
    session_pages,
    sign_pages,
    sso_pages,
    token_pages,
)
from workflows.web.access import NeedsSignIn, current_person
from workflows.web.api import api_app
from workflows.web.api.problems import too_large
from workflows.web.headers import HEADERS
from workflows.web.render import HERE, page
from workflows.web.runner import runner_status
from workflows.web.scim import scim_app
from workflows.web.state import Pages

MAX_BODY = 256 * 1024
TOO_LARGE = "The form is larger than any of ours. Shorten the text."
STRANGE = re.compile(rb"charset\s*=\s*(?!\"?utf-?8\b)", re.IGNORECASE)
"""A form in another alphabet, as no browser sends it for our pages: what it spells may be no text at all."""
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def create_app(pages: Pages) -> Starlette:
    """The pages of one server. Raises SettingsError where a single sign-on is named and cannot be used."""
    app = Starlette(
        routes=[
            *sign_pages.routes(),
            *sso_pages.routes(),
            *enrol_pages.routes(),
            *account_pages.routes(),
            *absence_pages.routes(),
            *token_pages.routes(),
            *preference_pages.routes(),
            *officer_pages.routes(),
            *item_pages.routes(),
            *round_pages.routes(),
            *condition_pages.routes(),
            *calendar_pages.routes(),
            *clock_pages.routes(),
            *meeting_pages.routes(),
            *certificate_pages.routes(),
            *audit_pages.routes(),
            *rights_pages.routes(),
            *bundle_pages.routes(),
            *desk_pages.routes(),
            *session_pages.routes(),
            *demo_pages.routes(),
            *home_pages.routes(),
            Route("/health", health, methods=["GET"]),
            Mount("/api", api_app(pages), name="api"),
            Mount("/scim/v2", scim_app(pages), name="scim"),
            Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
        ],
        middleware=[
            Middleware(Guard),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(pages)),
        ],
        exception_handlers={
            NeedsSignIn: _needs_sign_in,
            NotFound: _not_found,
            RegisterError: _refused,
            CanonicalError: _refused,
            HTTPException: _http_error,
            500: _failed,
        },
    )
    app.state.pages = pages
    app.state.sso = single_sign_on(pages.services.settings)
    return app


def allowed_hosts(pages: Pages) -> list[str]:
    """The names this server answers to: loopback, and the host of the public address."""
    public = urlsplit(pages.services.settings.address).hostname or "127.0.0.1"
    return sorted({"127.0.0.1", "localhost", "testserver", public})


class Guard:
    """Adds the headers to every answer and refuses bodies past any form's size."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One exchange."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in HEADERS if n not in held)]
            await send(message)

        if not length.isdigit() or int(length) > MAX_BODY:
            too_much = too_large() if scope["path"].startswith("/api/") else Response(TOO_LARGE, 413)
            await too_much(scope, receive, guarded)
            return
        if STRANGE.search(headers.get(b"content-type", b"")):
            other = Response("Forms are sent in UTF-8 here.", 415)
            await other(scope, receive, guarded)
            return
        await self.app(scope, _limited(receive), guarded)


def _limited(receive: Receive) -> Receive:
    """A body without a stated length is cut off at the same size."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise HTTPException(413, TOO_LARGE)
        return message

    return limited


def health(request: Request) -> JSONResponse:
    """What a probe wants to know: the database answers, who works, what is owed."""
    services = request.app.state.pages.services
    runner, owed = runner_status(services), services.register.outbox_count()
    return JSONResponse(
        {
            "status": "ok",
            "runner": {"state": runner.state, "sentence": runner.sentence},
            "outbox": {"waiting": owed.waiting, "later": owed.later, "dead": owed.dead},
        }
    )


async def _needs_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, NeedsSignIn)
    return RedirectResponse(f"/sign-in?back={quote(error.back)}", 303)


async def _with_person(request: Request) -> None:
    request.state.person = await current_person(request)


async def _not_found(request: Request, error: Exception) -> Response:
    await _with_person(request)
    return page(request, "problem.html", 404, title="There is no such thing here", said=str(error))


async def _refused(request: Request, error: Exception) -> Response:
    await _with_person(request)
    return page(request, "problem.html", 409, title="That is not possible now", said=str(error))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    await _with_person(request)
    titles = {403: "Not from here", 404: "There is no such page", 405: "Not in this way", 413: "Too much"}
    said = {
        404: "Check the address, or start from the beginning.",
        405: "This address only shows; nothing was changed.",
    }
    response = page(
        request,
        "problem.html",
        error.status_code,
        title=titles.get(error.status_code, "That did not work"),
        said=said.get(error.status_code, error.detail),
    )
    response.headers.update(error.headers or {})
    return response


async def _failed(request: Request, error: Exception) -> Response:
    return Response(
        "Something failed here, and it is in the server's log. Nothing was recorded unless you were told so; "
        "open the page again to see.",
        500,
        media_type="text/plain",
    )
