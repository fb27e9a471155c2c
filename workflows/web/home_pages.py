"""The first page: in the demo a guided strip, elsewhere the way in."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from workflows.web.access import current_person, pages_of
from workflows.web.render import page


def routes() -> list[Route]:
    """The first page."""
    return [Route("/", home, methods=["GET"])]


async def home(request: Request) -> Response:
    """The guided strip, or the inbox."""
    pages = pages_of(request)
    request.state.person = await current_person(request)
    if pages.demo is None:
        return RedirectResponse("/inbox", 303)
    steps = await run_in_threadpool(pages.demo.guide)
    now = next((step for step in steps if not step.done), None)
    people = await run_in_threadpool(pages.services.register.people)
    lines = await run_in_threadpool(lambda: pages.services.register.items(limit=12))
    return page(request, "home.html", steps=steps, now=now, people=people, lines=lines)
