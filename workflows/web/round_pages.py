"""Acts on an open round, for whoever the policy lets: lift a hold, record who is present, close it, override it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor, RoundOffer
from gates.service import Register
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page


def routes() -> list[Route]:
    """One page an act."""
    return [Route("/items/{key}/round/{act}", round_act, methods=["GET", "POST"])]


async def round_act(request: Request) -> Response:
    """Confirm an act on the round, then do it."""
    person = await access_person(request)
    request.state.person = person
    register = pages_of(request).services.register
    key, name = request.path_params["key"], request.path_params["act"]
    view = await run_in_threadpool(register.item, key, person.id)
    offers = await run_in_threadpool(register.round_offers, key, person.id)
    offer = next((one for one in offers if one.name == name), None)
    if offer is None:
        said = "There is no such thing for you to do in this round."
        return page(request, "problem.html", 409, title="Not open", said=said, item=view.line)
    said, form = "", FormData()
    purpose = f"round {key} {name}"
    if request.method == "POST":
        form = await request.form()
        access_post(request, purpose, str(form.get("forgery", "")))
        by = Actor(person.id, "web", origin_of(request))
        try:
            await run_in_threadpool(_do, register, key, offer, form, by)
        except (BadInput, NotFound, Refused) as error:
            said = " ".join(error.faults.values()) if isinstance(error, BadInput) else str(error)
        else:
            return RedirectResponse(f"/items/{key}", 303)
    chosen = {str(value) for value in form.getlist("choice")}
    reason = str(form.get("reason", ""))
    return page(
        request,
        "round_act.html",
        422 if said else 200,
        v=view,
        offer=offer,
        said=said,
        chosen=chosen,
        reason=reason,
        purpose=purpose,
    )


def _do(register: Register, key: str, offer: RoundOffer, form: FormData, by: Actor) -> None:
    """Raises BadInput, NotFound, Refused."""
    chosen, reason = [str(value) for value in form.getlist("choice")], str(form.get("reason", ""))
    if not offer.several and offer.choices and len(chosen) != 1:
        raise BadInput({"choice": "Choose one."})
    if offer.name == "lift":
        register.lift(key, chosen[0], by, reason)
    elif offer.name == "present":
        register.record_attendance(key, chosen, by)
    elif offer.name == "close":
        register.close_round(key, by, reason)
    else:
        register.override(key, chosen[0], by, reason)
