"""The sign page: GET and HEAD show, only POST decides, and the harmless branch is the last one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from secrets import token_urlsafe
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gates.errors import (
    AlreadyDecided,
    BadInput,
    LinkProblem,
    ProofFailed,
    ProofLocked,
    Refused,
    StaleRevision,
)
from gates.items import PersonView, SignView
from gates.service import Register, SignRequest
from notifications.languages import language_of
from notifications.speech import say
from policies.phrases import joined, phrase, said_by
from workflows.web.access import access_post, current_person, nonce_of, origin_of, pages_of, session_of
from workflows.web.condition_pages import check_rows, rows_of, written
from workflows.web.render import page
from workflows.web.sso_pages import away

STATUS = {"unknown": 404, "used": 410, "expired": 410, "revoked": 410}
TITLES = {
    "unknown": phrase("This link is not known"),
    "used": phrase("You have signed here already"),
    "expired": phrase("This link has expired"),
    "revoked": phrase("Nothing is left to sign here"),
}


def routes() -> list[Route]:
    """The addresses that mails lead to."""
    return [
        Route("/s/{token}", sign, methods=["GET", "HEAD", "POST"]),
        Route("/s/{token}/receipt", receipt, methods=["GET", "HEAD"]),
        Route("/s/{token}/fresh", fresh, methods=["POST"]),
        Route("/s/{token}/take-back", take_back, methods=["POST"]),
        Route("/s/{token}/intent", intent, methods=["POST"]),
    ]


def _register(request: Request) -> Register:
    return pages_of(request).services.register


async def sign(request: Request) -> Response:
    """Show what is to be signed; on POST, decide."""
    request.state.person = await current_person(request)
    token = request.path_params["token"]
    try:
        if request.method == "POST":
            return await _decide(request, token)
        return await _show(request, token, await run_in_threadpool(_view, request, token))
    except LinkProblem as problem:
        return await _problem(request, token, problem)


def _view(request: Request, token: str) -> SignView:
    return _register(request).sign_view(token, session_of(request))


def _purpose(token: str) -> str:
    return f"sign {token}"


async def _decide(request: Request, token: str) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, _purpose(token), form.get("forgery", ""))
    asked = _asked(request, token, form)
    try:
        check_rows(await run_in_threadpool(_view, request, token), form)
        if asked.way == "sso":
            return await away(request, lambda: _register(request).begin_sign_on(asked))
        await run_in_threadpool(_register(request).decide, asked)
    except (BadInput, ProofFailed, StaleRevision, Refused, AlreadyDecided) as error:
        view = await run_in_threadpool(_view, request, token)
        return await _again(request, token, view, form, error)
    return RedirectResponse(f"/s/{token}/receipt", 303)


def _asked(request: Request, token: str, form: Mapping[str, str]) -> SignRequest:
    return SignRequest(
        token=token,
        position=form.get("position", ""),
        shown_digest=form.get("shown", ""),
        typed_name=form.get("name", ""),
        secret=form.get("secret", ""),
        comment=written(form),
        meaning_confirmed=form.get("meaning") == "yes",
        idempotency_key=form.get("once", ""),
        via="link",
        origin=origin_of(request),
        session=session_of(request),
        way=form.get("way", ""),
        code=form.get("code", ""),
        assertion=form.get("assertion", ""),
        browser=nonce_of(request),
    )


async def intent(request: Request) -> Response:
    """What a passkey is to sign, made for exactly what is written in the form. Decides nothing."""
    token = request.path_params["token"]
    form = {name: str(value) for name, value in (await request.form()).items()}
    register = _register(request)
    if form.get("act") == "take-back":
        access_post(request, f"take-back {token}", form.get("forgery", ""))
        make = partial(register.intend_take_back, token, form.get("reason", ""))
    else:
        access_post(request, _purpose(token), form.get("forgery", ""))
        make = partial(register.intend, _asked(request, token, form))
    try:
        if form.get("act") != "take-back":
            check_rows(await run_in_threadpool(_view, request, token), form)
        options = await run_in_threadpool(make)
    except BadInput as error:
        return await _said(request, token, joined(error.faults.values()), 422)
    except StaleRevision as error:
        return await _said(request, token, joined([said_by(error), phrase("Reload this page.")]), 409)
    except (LinkProblem, Refused, AlreadyDecided) as error:
        return await _said(request, token, said_by(error), 403)
    return JSONResponse({"options": json.loads(options)}, headers={"cache-control": "no-store"})


async def _said(request: Request, token: str, said: str, status: int) -> Response:
    """A sentence for the script, in the language of the link's holder."""
    with suppress(LinkProblem):
        reader = (await run_in_threadpool(_view, request, token)).person
        said = say(said, language_of(reader.locale), reader.zone)
    return JSONResponse({"said": said}, status)


async def _again(request: Request, token: str, view: SignView, form: Mapping[str, str], error: Exception) -> Response:
    """The form once more, with what was typed (never the secret) and what was wrong."""
    kept: dict[str, Any] = {name: form.get(name, "") for name in ("comment", "name", "position", "once", "way")}
    kept["rows"] = rows_of(form)
    kept["meaning"] = form.get("meaning", "")
    if form.get("secret") or form.get("code"):
        kept["again"] = "yes"
    if isinstance(error, BadInput):
        return await _show(request, token, view, 422, faults=error.faults, kept=kept)
    if isinstance(error, ProofLocked) or view.locked:
        return await _show(request, token, view, 429, faults={"secret": said_by(error)}, kept=kept)
    if isinstance(error, ProofFailed):
        name = _BOXES.get(form.get("way") or view.proof, "secret")
        name = "code" if name == "secret" and (form.get("code") or not view.has_password) else name
        return await _show(request, token, view, 422, faults={name: said_by(error)}, kept=kept)
    if isinstance(error, StaleRevision):
        # What was chosen was chosen for other content: nothing is preselected the second time.
        return await _show(request, token, view, 409, stale=True, kept={**kept, "position": "", "meaning": ""})
    if isinstance(error, AlreadyDecided):
        return await _show(request, token, view, 409)
    return await _show(request, token, view, 403, faults={"": said_by(error)}, kept=kept)


_BOXES = {"link": "name", "sso": "way", "passkey": "way"}
"""Where a fault of a proof stands on the page."""


async def _show(
    request: Request,
    token: str,
    view: SignView,
    status: int = 200,
    *,
    faults: Mapping[str, str] | None = None,
    stale: bool = False,
    kept: Mapping[str, Any] | None = None,
) -> Response:
    asked = (kept or {}).get("way") or request.query_params.get("way", "")
    way = asked if asked in view.ways else view.proof
    context: dict[str, Any] = {
        "v": view,
        "way": way,
        "token": token,
        "purpose": _purpose(token),
        "faults": faults or {},
        "stale": stale,
        "kept": {
            "comment": "",
            "name": "",
            "position": "",
            "once": "",
            "meaning": "",
            "again": "",
            "rows": rows_of({}),
            **(kept or {}),
        },
        "demands": sorted({word for one in view.positions for word in one.conditions.split()}),
        "people": await _owners(request, view),
        "once": (kept or {}).get("once") or token_urlsafe(16),
        "met": sum(1 for line in view.criteria if line.met),
        "again": view.decided is not None and bool(view.decided.set_aside),
        "fresh_purpose": f"fresh {token}",
    }
    return page(request, "sign.html", status, scripted=way == "passkey", reader=view.person, **context)


async def _owners(request: Request, view: SignView) -> list[PersonView]:
    """Who may own a condition; nobody is looked up where none can be named."""
    if not any(one.conditions for one in view.positions):
        return []
    return await run_in_threadpool(_register(request).people)


async def _problem(request: Request, token: str, problem: LinkProblem) -> Response:
    holder = await run_in_threadpool(_register(request).person, problem.person) if problem.person else None
    return page(
        request,
        "link_problem.html",
        STATUS[problem.state],
        reader=holder,
        title=TITLES[problem.state],
        problem=problem,
        token=token,
        purpose=f"fresh {token}",
    )


async def receipt(request: Request) -> Response:
    """The receipt of what the link's holder signed."""
    request.state.person = await current_person(request)
    return await _receipt(request, request.path_params["token"])


async def _receipt(request: Request, token: str, status: int = 200, *, fault: str = "", reason: str = "") -> Response:
    """The receipt; after a refused attempt to take it back with what was typed and why."""
    try:
        found = await run_in_threadpool(_register(request).receipt_by_link, token)
    except LinkProblem as problem:
        return await _problem(request, token, problem)
    if found is None:
        return RedirectResponse(f"/s/{token}", 303)
    person = await run_in_threadpool(_register(request).person, found.person)
    view = None
    with suppress(LinkProblem):  # the round is closed: the receipt stands, and there is nothing to take back
        view = await run_in_threadpool(_view, request, token)
    return page(
        request,
        "receipt.html",
        status,
        r=found,
        reader=person,
        token=token,
        is_open=view is not None,
        v=view,
        way=view.proof if view is not None and view.level != "L0" else "",
        scripted=view is not None and view.proof == "passkey",
        purpose=f"take-back {token}",
        fault=fault,
        reason=reason,
    )


async def fresh(request: Request) -> Response:
    """Ask for a fresh link. The answer is the same whatever the old one was."""
    request.state.person = await current_person(request)
    token = request.path_params["token"]
    form = await request.form()
    access_post(request, f"fresh {token}", str(form.get("forgery", "")))
    holder = await run_in_threadpool(_holder, request, token)
    await run_in_threadpool(_register(request).request_fresh_link, token)
    return page(request, "sent.html", reader=holder)


def _holder(request: Request, token: str) -> PersonView | None:
    """Whose link it is: the page of the link itself speaks their language too, so this tells nobody more."""
    try:
        return _view(request, token).person
    except LinkProblem as problem:
        return _register(request).person(problem.person) if problem.person else None


async def take_back(request: Request) -> Response:
    """Take one's own decision back while the round is open: a new act on the record, nothing is erased."""
    request.state.person = await current_person(request)
    token = request.path_params["token"]
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, f"take-back {token}", form.get("forgery", ""))
    register, way, reason = _register(request), form.get("way", ""), form.get("reason", "")
    try:
        if way == "sso":
            return await away(request, lambda: register.begin_sign_on_to_take_back(token, reason, nonce_of(request)))
        await run_in_threadpool(
            lambda: register.withdraw_decision(
                token,
                secret=form.get("secret", ""),
                reason=reason,
                origin=origin_of(request),
                session=session_of(request),
                way=way,
                code=form.get("code", ""),
                assertion=form.get("assertion", ""),
            )
        )
    except LinkProblem as problem:
        return await _problem(request, token, problem)
    except (ProofFailed, Refused) as error:
        return await _receipt(request, token, 422, fault=said_by(error), reason=form.get("reason", ""))
    return RedirectResponse(f"/s/{token}/receipt", 303)
