"""The demo's own pages: the mailbox with everybody's mail, and the time machine."""

from __future__ import annotations

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from notifications.mailbox import Mailbox
from workflows.web.access import access_demo, access_post, current_person
from workflows.web.render import page
from workflows.web.state import Pages

STEPS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "sandbox allow-top-navigation-by-user-activation allow-popups"
)
VIEWS = ("html", "text", "headers")


def routes() -> list[Route]:
    """Mailbox and time."""
    return [
        Route("/mailbox", mailbox, methods=["GET"]),
        Route("/mailbox/{id}", mail, methods=["GET"]),
        Route("/mailbox/{id}/html", mail_html, methods=["GET"]),
        Route("/time", move_time, methods=["POST"]),
    ]


def _mailbox(pages: Pages) -> Mailbox:
    found = pages.services.mailbox
    if found is None:
        raise HTTPException(404)
    return found


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
    found = await run_in_threadpool(_mailbox(pages).mail, request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    view = request.query_params.get("view", "html")
    person = await run_in_threadpool(pages.services.register.person_by_email, found.to)
    response = page(request, "mail.html", m=found, view=view if view in VIEWS else "html", person=person, views=VIEWS)
    response.headers["content-security-policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return response


async def mail_html(request: Request) -> Response:
    """The HTML part alone, in a sandbox of its own, for the frame of the mail page."""
    pages = access_demo(request)
    found = await run_in_threadpool(_mailbox(pages).mail, request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    html = found.html.replace("<head>", '<head><base target="_top">', 1)
    headers = {
        "content-security-policy": MAIL_POLICY.replace("base-uri 'none'; ", ""),
        "x-frame-options": "SAMEORIGIN",
    }
    return HTMLResponse(html, headers=headers)


async def move_time(request: Request) -> Response:
    """Put the demo's clock forward and let what is due happen."""
    pages = access_demo(request)
    request.state.person = await current_person(request)
    form = await request.form()
    access_post(request, "time", str(form.get("forgery", "")))
    step = STEPS.get(str(form.get("by", "")))
    if step is None or pages.demo is None:
        raise HTTPException(404)
    said = await run_in_threadpool(pages.demo.time_machine.advance, step)
    return page(request, "time.html", said=said, now=pages.services.clock.now())
