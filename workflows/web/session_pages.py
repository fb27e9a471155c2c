"""Signing in and out. In the demo, acting as anybody."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import NotFound, ProofFailed, ProofLocked
from notifications.addresses import normal_address
from notifications.errors import BadAddress
from workflows.web.access import (
    access_demo,
    access_post,
    current_person,
    end_session,
    origin_of,
    pages_of,
    session_of,
    start_session,
)
from workflows.web.render import page


def routes() -> list[Route]:
    """Sessions."""
    return [
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/act-as", act_as, methods=["POST"]),
    ]


def _back(raw: str) -> str:
    """Where to go afterwards: a path of this site and nothing else."""
    return raw if raw.startswith("/") and not raw.startswith("//") and "\\" not in raw else "/inbox"


async def sign_in(request: Request) -> Response:
    """Address and password; the answer never says which of them was wrong."""
    request.state.person = await current_person(request)
    pages = pages_of(request)
    back = _back(request.query_params.get("back", "/inbox"))
    address = fault = ""
    is_over = request.state.person is None and bool(session_of(request))
    status = 200
    if request.method == "POST":
        form = {name: str(value) for name, value in (await request.form()).items()}
        access_post(request, "sign-in", form.get("forgery", ""))
        address, back = form.get("address", ""), _back(form.get("back", ""))
        try:
            plain = normal_address(address)
            person = await run_in_threadpool(
                pages.services.register.check_sign_in, plain, form.get("secret", ""), origin_of(request)
            )
        except (ProofFailed, BadAddress) as error:
            status = 429 if isinstance(error, ProofLocked) else 422
            fault = str(error)
        else:
            return await _started(request, person.id, back)
    people = await run_in_threadpool(pages.services.register.people) if pages.demo else []
    return page(
        request, "sign_in.html", status, people=people, address=address, fault=fault, back=back, is_over=is_over
    )


async def _started(request: Request, person: str, back: str) -> Response:
    token = await run_in_threadpool(pages_of(request).services.register.open_session, person)
    response = RedirectResponse(back, 303)
    start_session(request, response, token)
    return response


async def sign_out(request: Request) -> Response:
    """End the session."""
    form = await request.form()
    access_post(request, "sign-out", str(form.get("forgery", "")))
    token = session_of(request)
    if token:
        await run_in_threadpool(pages_of(request).services.register.end_session, token)
    response = RedirectResponse("/", 303)
    end_session(response)
    return response


async def act_as(request: Request) -> Response:
    """Demo only: take somebody's place without a password."""
    pages = access_demo(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, "act-as", form.get("forgery", ""))
    person = await run_in_threadpool(pages.services.register.person, form.get("person", ""))
    if not person.active:
        raise NotFound(f"{person.name} is not active.")
    return await _started(request, person.id, _back(form.get("back", "/inbox")))
