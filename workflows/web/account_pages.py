"""One's own proofs: which there are, how old, and reporting one lost."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.errors import NotFound
from gates.items import Actor
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page


def routes() -> list[Route]:
    """What a signed-in person sees of their own."""
    return [Route("/account", account, methods=["GET"]), Route("/account/lost", lost, methods=["POST"])]


async def account(request: Request) -> Response:
    """My proofs, and who can let me set up another."""
    request.state.person = person = await access_person(request)
    register = pages_of(request).services.register
    return page(
        request,
        "account.html",
        proofs=await run_in_threadpool(register.proofs_of, person.id),
        officers=[one for one in await run_in_threadpool(register.officers) if one.id != person.id],
        is_officer=await run_in_threadpool(register.is_officer, person.id),
    )


async def lost(request: Request) -> Response:
    """De-authorise one of my proofs at once; this session ends with it."""
    request.state.person = person = await access_person(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, "lost", form.get("forgery", ""))
    by = Actor(person.id, "web", origin_of(request))
    register = pages_of(request).services.register
    try:
        said = await run_in_threadpool(register.report_lost, person.id, form.get("which", ""), by)
    except NotFound as error:
        return page(request, "problem.html", 404, title="There is no such proof", said=str(error))
    request.state.person = None
    return page(request, "problem.html", title="Reported lost", said=said)
