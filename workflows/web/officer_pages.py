"""For proof officers: ask that somebody may set up a proof, confirm what another asked, locks, losses."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor
from gates.levels import KIND_TITLES
from gates.service import Register
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page


def routes() -> list[Route]:
    """One page with its acts."""
    return [Route("/officer", officer, methods=["GET"]), Route("/officer/{act}", act, methods=["POST"])]


async def officer(request: Request) -> Response:
    """What waits for an officer, and everybody's proofs."""
    request.state.person = await access_person(request)
    return await run_in_threadpool(_show, request)


def _show(
    request: Request, status: int = 200, *, said: str = "", fault: str = "", kept: dict[str, str] | None = None
) -> Response:
    register, person = pages_of(request).services.register, request.state.person
    if not register.is_officer(person.id):
        words = "This page is for proof officers. Your own proofs are under your name, at the top."
        return page(request, "problem.html", 403, title="For proof officers", said=words)
    return page(
        request,
        "officer.html",
        status,
        waiting=[one for one in register.proof_requests() if one.state == "waiting"],
        everybody=register.proofs(),
        kinds={kind: title for kind, title in KIND_TITLES.items() if register.may_offer(kind)},
        said=said,
        fault=fault,
        kept={"person": "", "proof": "", "checked": "", **(kept or {})},
    )


async def act(request: Request) -> Response:
    """Do one act, and show the page again with what came of it."""
    request.state.person = person = await access_person(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, "officer", form.get("forgery", ""))
    by = Actor(person.id, "web", origin_of(request))
    register, name = pages_of(request).services.register, request.path_params["act"]
    try:
        said = await run_in_threadpool(_do, register, name, form, by)
    except (BadInput, NotFound, Refused) as error:
        fault = " ".join(error.faults.values()) if isinstance(error, BadInput) else str(error)
        return await run_in_threadpool(lambda: _show(request, 422, fault=fault, kept=form))
    return await run_in_threadpool(lambda: _show(request, said=said))


def _do(register: Register, name: str, form: dict[str, str], by: Actor) -> str:
    if name == "request":
        register.request_proof(form.get("person", ""), form.get("proof", ""), form.get("checked", ""), by)
        return "Asked, on the record. Another officer confirms it; then a link goes out by mail."
    if name == "confirm":
        return register.confirm_proof(form.get("request", ""), by)
    if name == "lost":
        return register.report_lost(form.get("person", ""), form.get("which", ""), by, form.get("reason", ""))
    if name == "release":
        return register.release_lock(form.get("person", ""), by, form.get("reason", ""))
    raise NotFound(f"Officers cannot {name[:40]!r}; there is: request, confirm, lost, release.")
