"""One's own tokens, by which programs act in one's name: made, shown once, listed, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, Refused
from gates.items import Actor, PersonView
from gates.service.tokens import MOST_DAYS, SCOPES, USUAL_DAYS
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page

HERE = "/account/tokens"


def routes() -> list[Route]:
    """Two addresses."""
    return [
        Route(HERE, tokens, methods=["GET", "POST"]),
        Route(f"{HERE}/{{token}}/end", end, methods=["POST"]),
    ]


async def tokens(request: Request) -> Response:
    """My tokens; on POST, make one and show it, this once."""
    request.state.person = person = await access_person(request)
    if request.method == "GET":
        return await _page(request, person)
    form = await request.form()
    access_post(request, "token", str(form.get("forgery", "")))
    kept = {name: str(form.get(name, "")) for name in ("name", "days")}
    scopes = [str(one) for one in form.getlist("scope")]
    register = pages_of(request).services.register
    by = Actor(person.id, "web", origin_of(request))
    try:
        days = _days(form)
        made, line = await run_in_threadpool(register.make_token, person.id, kept["name"], scopes, days, by)
    except BadInput as error:
        return await _page(request, person, kept, scopes, error.faults)
    except Refused as error:
        return await _page(request, person, kept, scopes, {"": str(error)})
    answer = page(request, "token_made.html", token=made, line=line, scopes=SCOPES)
    answer.headers["cache-control"] = "no-store"
    return answer


def _days(form: FormData) -> int:
    typed = str(form.get("days", "")).strip()
    if not typed.isdecimal() or len(typed) > 4:
        raise BadInput({"days": f"{typed[:20]!r} is no number of days; 1 to {MOST_DAYS} are allowed."})
    return int(typed)


async def _page(
    request: Request,
    person: PersonView,
    kept: Mapping[str, str] | None = None,
    chosen: Sequence[str] = ("items:read",),
    faults: Mapping[str, str] | None = None,
) -> Response:
    register = pages_of(request).services.register
    return page(
        request,
        "tokens.html",
        422 if faults else 200,
        lines=await run_in_threadpool(register.tokens, person.id),
        scopes=SCOPES,
        most=MOST_DAYS,
        kept=kept or {"name": "", "days": str(USUAL_DAYS)},
        chosen=chosen,
        faults=faults or {},
    )


async def end(request: Request) -> Response:
    """End one of mine at once."""
    request.state.person = person = await access_person(request)
    token = request.path_params["token"]
    form = await request.form()
    access_post(request, f"end {token}", str(form.get("forgery", "")))
    by = Actor(person.id, "web", origin_of(request))
    register = pages_of(request).services.register
    await run_in_threadpool(lambda: register.end_token(token, by, person=person.id))
    return RedirectResponse(HERE, 303)
