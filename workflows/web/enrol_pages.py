"""The one-time link of a proof: its holder sets up a password, one-time codes, a passkey or a sign-on account."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.errors import BadInput, LinkProblem, ProofFailed, Refused
from gates.proofviews import Enrolment
from gates.service import Register
from workflows.web.access import access_post, current_person, nonce_of, origin_of, pages_of
from workflows.web.render import page
from workflows.web.sso_pages import away

STATUS = {"unknown": 404, "used": 410, "expired": 410, "revoked": 410}


def routes() -> list[Route]:
    """The address that the mail leads to."""
    return [Route("/enrol/{token}", enrol, methods=["GET", "HEAD", "POST"])]


async def enrol(request: Request) -> Response:
    """Show what is to be set up; on POST, set it up."""
    request.state.person = await current_person(request)
    token = request.path_params["token"]
    services = pages_of(request).services
    try:
        shown = await run_in_threadpool(services.register.enrolment, token, services.settings.site_name)
        if request.method == "POST":
            return await _set_up(request, token, shown)
    except LinkProblem as problem:
        return page(request, "problem.html", STATUS[problem.state], title="Nothing to set up here", said=str(problem))
    return _show(request, token, shown)


async def _set_up(request: Request, token: str, shown: Enrolment) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, f"enrol {token}", form.get("forgery", ""))
    register, origin = pages_of(request).services.register, origin_of(request)
    try:
        if shown.kind == "sso":
            return await away(request, lambda: register.begin_enrolment_sign_on(token, nonce_of(request)))
        said = await run_in_threadpool(_complete, register, token, shown.kind, form, origin)
    except BadInput as error:
        return _show(request, token, shown, " ".join(error.faults.values()))
    except (ProofFailed, Refused) as error:
        return _show(request, token, shown, str(error))
    return page(request, "problem.html", title="Set up", said=f"{said} You can sign with it from now on.")


def _complete(register: Register, token: str, kind: str, form: dict[str, str], origin: str) -> str:
    if kind == "password":
        return register.enrol_password(token, form.get("secret", ""), origin)
    if kind == "totp":
        return register.enrol_code(token, form.get("code", ""), origin)
    return register.enrol_passkey(token, form.get("assertion", ""), origin)


def _show(request: Request, token: str, shown: Enrolment, fault: str = "") -> Response:
    return page(
        request,
        "enrol.html",
        422 if fault else 200,
        scripted=shown.kind == "passkey",
        e=shown,
        token=token,
        fault=fault,
        picture=_picture(shown.otpauth) if shown.otpauth else "",
        groups=" ".join(shown.seed[at : at + 4] for at in range(0, len(shown.seed), 4)),
        purpose=f"enrol {token}",
    )


def _picture(address: str) -> str:
    """The QR code of an otpauth address, as SVG to stand in the page."""
    import segno

    drawn: str = segno.make(address, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", title="QR code for an authenticator app", omitsize=True
    )
    return drawn
