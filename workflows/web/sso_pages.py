"""Single sign-on: away to the provider, back, and the decision shown once more before it is recorded.

The provider leads the browser back with a GET, which keeps what the provider vouched for and decides nothing; only
the POST that follows does, in the browser it was begun in.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import LinkProblem, ProofFailed, RegisterError
from gates.items import Receipt, SignView
from gates.service import Begun, Register
from gates.service.singlesign import Pending, browser_hash
from workflows.single_sign_on import SignOnRefused, SingleSignOn
from workflows.web.access import access_post, current_person, nonce_of, origin_of, pages_of
from workflows.web.render import page


def routes() -> list[Route]:
    """Where the provider leads back to, and where its answer is used."""
    return [
        Route("/sso/return", returned, methods=["GET"]),
        Route("/sso/{state}", finish, methods=["GET", "POST"]),
    ]


def _provider(request: Request) -> SingleSignOn:
    """The provider. Raises ProofFailed where none is set up."""
    provider: SingleSignOn | None = request.app.state.sso
    if provider is None:
        raise ProofFailed("No single sign-on is set up here. Use another proof.")
    return provider


async def away(request: Request, begin: Callable[[], Begun]) -> Response:
    """Keep what is being done and lead the browser to the provider.

    By a page and not by a redirect: our forms may lead nowhere but to us. Raises ProofFailed and what `begin` does.
    """
    provider = _provider(request)

    def go() -> str:
        begun = begin()
        try:
            return provider.address(begun)
        except SignOnRefused as error:
            raise ProofFailed(str(error)) from error

    address = await run_in_threadpool(go)
    return page(request, "sso_go.html", address=address, title="On to your sign-on", words="Sign on")


async def returned(request: Request) -> Response:
    """Keep what the provider vouched for, once, and go on to what it is for."""
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    if request.method == "HEAD":
        return Response()
    try:
        await run_in_threadpool(_keep, request, state, code)
    except (ProofFailed, LinkProblem) as error:
        return page(request, "problem.html", 422, title="Not signed on", said=str(error), keeps_nonce=False)
    return page(request, "sso_go.html", address=f"/sso/{state}", title="Back again", words="Go on", keeps_nonce=False)


def _keep(request: Request, state: str, code: str) -> None:
    register, provider = _register(request), _provider(request)
    begun = register.claim_sign_on(state, origin_of(request))
    if request.query_params.get("iss", provider.issuer) != provider.issuer:
        said = "Another provider answered than the one that is trusted."
        register.refuse_sign_on(state, origin_of(request), "wrong-issuer", said)
    if not code:
        said = "You did not sign on at the provider."
        register.refuse_sign_on(state, origin_of(request), "not-signed-on", said)
    try:
        done = provider.exchange(code, begun, register.now())
    except SignOnRefused as error:
        register.refuse_sign_on(state, origin_of(request), error.code, str(error))
    register.keep_sign_on(state, done, origin_of(request))


async def finish(request: Request) -> Response:
    """Show what was begun; on POST, do exactly that."""
    request.state.person = await current_person(request)
    state = request.path_params["state"]
    register = _register(request)
    try:
        kept, token = await run_in_threadpool(register.pending_sign_on, state)
        if kept.browser != browser_hash(nonce_of(request)):
            raise ProofFailed("This was begun in another browser. Go on there, or begin again here.")
        if request.method == "POST":
            form = await request.form()
            access_post(request, f"sso {state}", str(form.get("forgery", "")))
            done = await run_in_threadpool(register.finish_sign_on, state, nonce_of(request), origin_of(request))
            return _done(request, token, done, kept)
        view = await run_in_threadpool(register.sign_view, token) if kept.link else None
    except RegisterError as error:
        return page(request, "problem.html", 422, title="Not signed", said=str(error))
    return _show(request, state, token, kept, view)


def _show(request: Request, state: str, token: str, kept: Pending, view: SignView | None) -> Response:
    offered = {one.name: one.title for one in view.positions} if view else {}
    return page(
        request,
        "sso.html",
        kept=kept,
        token=token,
        v=view,
        meaning=next((one.meaning for one in view.positions if one.name == kept.body["position"]), "") if view else "",
        position=offered.get(kept.body["position"], "Take it back"),
        stale=view is not None and kept.act == "decide" and view.revision_digest != kept.body["shown"],
        state=state,
        purpose=f"sso {state}",
    )


def _done(request: Request, token: str, done: Receipt | str, kept: Pending) -> Response:
    if kept.link:
        return RedirectResponse(f"/s/{token}/receipt", 303)
    return page(request, "problem.html", title="Set up", said=str(done))


def _register(request: Request) -> Register:
    return pages_of(request).services.register
