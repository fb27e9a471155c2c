"""Who may: one function per right, one condition per line, so that coverage shows each.

An anti-forgery value is `HMAC(key, cookie nonce, purpose)`: it needs the cookie this browser holds, and a value
made for one form is worth nothing in another.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gates.items import PersonView
from workflows.web.state import Pages

NONCE_COOKIE = "tollgate_nonce"
SESSION_COOKIE = "tollgate_session"


AUDITORS_ACT = ("/desk", "/account", "/enrol", "/preferences")
"""Where somebody who is an auditor and nothing else may act: at the desk, and on what is their own."""


class NeedsSignIn(Exception):
    """The page is for a signed-in person; `back` is where they wanted to go."""

    def __init__(self, back: str) -> None:
        self.back = back
        super().__init__(back)


def pages_of(request: Request) -> Pages:
    """What the pages work with."""
    pages: Pages = request.app.state.pages
    return pages


def nonce_of(request: Request) -> str:
    """This browser's nonce, a fresh one when it has none yet."""
    held: str | None = getattr(request.state, "nonce", None)
    if held is None:
        held = request.cookies.get(NONCE_COOKIE, "")
        if len(held) != 43:
            held = secrets.token_urlsafe(32)
        request.state.nonce = held
    return held


def forgery_value(request: Request, purpose: str) -> str:
    """The anti-forgery value of one form in this browser."""
    text = f"tollgate/form/v1\0{nonce_of(request)}\0{purpose}".encode()
    return hmac.new(pages_of(request).key, text, hashlib.sha256).hexdigest()


def keep_nonce(request: Request, response: Response) -> None:
    """Hand the browser its nonce with a page that holds a form."""
    if request.cookies.get(NONCE_COOKIE) != nonce_of(request):
        _set_cookie(request, response, NONCE_COOKIE, nonce_of(request), None)


def _set_cookie(request: Request, response: Response, name: str, value: str, max_age: int | None) -> None:
    secure = pages_of(request).services.settings.address.startswith("https://")
    response.set_cookie(name, value, max_age=max_age, httponly=True, samesite="strict", secure=secure, path="/")


def access_post(request: Request, purpose: str, value: str) -> None:
    """A POST comes from our own form in this browser. Raises HTTPException 403."""
    origin = request.headers.get("origin")
    if origin is not None and origin != "null" and not _is_ours(origin, request.headers.get("host")):
        raise HTTPException(403, "This form was sent from another site. Open the page again and send it from there.")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "This form was sent from another site. Open the page again and send it from there.")
    if NONCE_COOKIE not in request.cookies:
        raise HTTPException(
            403, "This browser sent no cookie with the form. Allow cookies for this site and try again."
        )
    if not hmac.compare_digest(value.encode(errors="replace"), forgery_value(request, purpose).encode()):
        raise HTTPException(403, "This page is too old, or was opened in another window. Open it again and repeat.")


def _is_ours(origin: str, host: str | None) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


async def current_person(request: Request) -> PersonView | None:
    """The signed-in person, or None."""
    token = session_of(request)
    if not token:
        return None
    return await run_in_threadpool(pages_of(request).services.register.session_person, token)


async def access_person(request: Request) -> PersonView:
    """The signed-in person. Raises NeedsSignIn."""
    person = await current_person(request)
    if person is None:
        raise NeedsSignIn(f"{request.url.path}{f'?{request.url.query}' if request.url.query else ''}")
    if request.method not in ("GET", "HEAD") and not request.url.path.startswith(AUDITORS_ACT):
        services = pages_of(request).services
        role = services.settings.read_only_role
        if await run_in_threadpool(services.register.holds_only, person.id, role):
            raise HTTPException(403, "Auditors read everything and change nothing. Ask somebody with another role.")
    return person


def access_demo(request: Request) -> Pages:
    """The demo's pages exist in the demo only. Raises HTTPException 404."""
    pages = pages_of(request)
    if pages.demo is None:
        raise HTTPException(404)
    return pages


def start_session(request: Request, response: Response, token: str) -> None:
    """Hand the browser its session."""
    _set_cookie(request, response, SESSION_COOKIE, token, 12 * 3600)


def session_of(request: Request) -> str:
    """The token of this browser's session; '' when it has none."""
    return request.cookies.get(SESSION_COOKIE, "")


def end_session(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(SESSION_COOKIE, path="/")


def is_looked_at(request: Request) -> bool:
    """Whether a person looks at the page: not a probe, and not a browser that fetches ahead."""
    ahead = " ".join(request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return request.method == "GET" and "prefetch" not in ahead.lower() and "prerender" not in ahead.lower()


def origin_of(request: Request) -> str:
    """Address and client, as the record keeps them (11.10(h) device checks)."""
    host = request.client.host if request.client else "unknown"
    return f"{host} {request.headers.get('user-agent', '')[:120]}".strip()
