"""The demo's own pages: the mailbox with everybody's mail, and the time machine."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from notifications.mailbox import Mailbox, MailView
from workflows.web.access import access_demo, access_post, current_person, start_session
from workflows.web.render import page
from workflows.web.state import Pages

STEPS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "sandbox allow-top-navigation-by-user-activation allow-popups"
)
OWN_ADDRESS = re.compile(r"\b127\.0\.0\.1:\d{1,5}\b")
VIEWS = ("html", "text", "headers")


def routes() -> list[Route]:
    """Mailbox and time."""
    return [
        Route("/mailbox", mailbox, methods=["GET"]),
        Route("/mailbox/{id}", mail, methods=["GET"]),
        Route("/mailbox/{id}/html", mail_html, methods=["GET"]),
        Route("/time", time, methods=["GET", "POST"]),
    ]


def _mailbox(pages: Pages) -> Mailbox:
    found = pages.services.mailbox
    if found is None:
        raise HTTPException(404)
    return found


def _found(pages: Pages, mail_id: str) -> MailView:
    """One mail, leading to where the demo is served now: it may have been written on another port."""
    found = _mailbox(pages).mail(mail_id)
    if found is None:
        raise HTTPException(404)
    here = urlsplit(pages.services.settings.address).netloc
    return replace(found, text=OWN_ADDRESS.sub(here, found.text), html=OWN_ADDRESS.sub(here, found.html))


def _tallness(text: str) -> int:
    """How tall the mail's frame has to be, in steps of ten lines: without a script it cannot grow by itself."""
    lines = sum(max(1, -(-len(line) // 40)) for line in text.splitlines())
    return min(max(-(-lines // 10), 2), 12)


async def mailbox(request: Request) -> Response:
    """Every mail, or one person's; the newest first."""
    pages = access_demo(request)
    request.state.person = await current_person(request)
    to = request.query_params.get("to") or None
    everybody = await run_in_threadpool(_mailbox(pages).mails)
    people = await run_in_threadpool(pages.services.register.people)
    counts: dict[str, int] = {}
    for one in everybody:
        counts[one.to] = counts.get(one.to, 0) + 1
    shown = [one for one in everybody if to is None or one.to == to]
    return page(
        request,
        "mailbox.html",
        mails=shown[:200],
        people=[p for p in people if p.email in counts],
        counts=counts,
        to=to,
    )


async def mail(request: Request) -> Response:
    """One mail: as HTML, as text, or its headers."""
    pages = access_demo(request)
    request.state.person = await current_person(request)
    found = await run_in_threadpool(_found, pages, request.path_params["id"])
    view = request.query_params.get("view", "html")
    person = await run_in_threadpool(pages.services.register.person_by_email, found.to)
    response = page(
        request,
        "mail.html",
        m=found,
        view=view if view in VIEWS else "html",
        person=person,
        views=VIEWS,
        tall=_tallness(found.text),
    )
    response.headers["content-security-policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return response


async def mail_html(request: Request) -> Response:
    """The HTML part alone, in a sandbox of its own, for the frame of the mail page."""
    pages = access_demo(request)
    found = await run_in_threadpool(_found, pages, request.path_params["id"])
    html = found.html.replace("<head>", '<head><base target="_top">', 1)
    headers = {
        "content-security-policy": MAIL_POLICY.replace("base-uri 'none'; ", ""),
        "x-frame-options": "SAMEORIGIN",
    }
    return HTMLResponse(html, headers=headers)


async def time(request: Request) -> Response:
    """Put the demo's clock forward; then, at an address that may be opened again, say what happened."""
    pages = access_demo(request)
    request.state.person = await current_person(request)
    if request.method == "POST":
        return await _move_time(request, pages)
    since = _moment(request.query_params.get("since", ""))
    happened = await run_in_threadpool(pages.services.register.by_clock_since, since) if since else []
    everybody = await run_in_threadpool(_mailbox(pages).mails) if since else []
    mails = [one for one in everybody if since is not None and one.date >= since.replace(microsecond=0)]
    sights = await run_in_threadpool(pages.demo.sights) if pages.demo is not None else []
    return page(request, "time.html", happened=happened, mails=mails, sights=sights, since=since)


async def _move_time(request: Request, pages: Pages) -> Response:
    form = await request.form()
    access_post(request, "time", str(form.get("forgery", "")))
    step = STEPS.get(str(form.get("by", "")))
    if step is None or pages.demo is None:
        raise HTTPException(404)
    before = await run_in_threadpool(pages.demo.time_machine.advance, step)
    response = RedirectResponse(f"/time?since={quote(before.isoformat())}", 303)
    if request.state.person is not None:
        # The jump is longer than any session lives; whoever travels stays signed in.
        token = await run_in_threadpool(pages.services.register.open_session, request.state.person.id)
        start_session(request, response, token)
    return response


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
