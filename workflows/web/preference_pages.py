"""How somebody wants their notices: one's own page, that of the office for others, and the link out of a mail.

The link needs no account and changes preferences alone. GET and HEAD show; only POST changes, for mail scanners open
links.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput
from gates.items import Actor, PersonView
from gates.preferences import Preferences
from gates.service.preferring import PreferencesView
from policies.phrases import phrase
from workflows.web.access import access_person, access_post, current_person, origin_of, pages_of
from workflows.web.render import page

HOURS = range(24)


def routes() -> list[Route]:
    """What a reader of mails needs."""
    return [
        Route("/preferences", preferences, methods=["GET", "HEAD", "POST"]),
        Route("/preferences/{token}", by_link, methods=["GET", "HEAD", "POST"]),
    ]


async def preferences(request: Request) -> Response:
    """My preferences, or with `?person=` for the office somebody's; on POST, change them."""
    request.state.person = me = await access_person(request)
    who = request.query_params.get("person") or me.id
    await _access(request, me, who)
    register = pages_of(request).services.register
    shown = await run_in_threadpool(register.preferences, who)
    where = "/preferences" if who == me.id else f"/preferences?person={who}"
    if request.method != "POST":
        return await _shown(request, shown, where, me)
    form = await _form(request, where)
    by = Actor(me.id, "web", origin_of(request))
    try:
        if form.get("act") == "end-links":
            await run_in_threadpool(register.end_preference_links, who, by, form.get("why", ""))
            return RedirectResponse(f"{where}{'&' if '?' in where else '?'}ended", 303)
        wish = _wish(form)
        await run_in_threadpool(register.set_preferences, who, wish, by, form.get("why", ""))
    except BadInput as error:
        return await _shown(request, shown, where, me, form, error.faults)
    return RedirectResponse(f"{where}{'&' if '?' in where else '?'}done", 303)


async def by_link(request: Request) -> Response:
    """The preferences of whoever got the mail; on POST, change them."""
    request.state.person = await current_person(request)
    token, register = request.path_params["token"], pages_of(request).services.register
    shown = await run_in_threadpool(register.preferences_by_link, token)
    where = f"/preferences/{token}"
    if request.method != "POST":
        return await _shown(request, shown, where)
    form = await _form(request, where)
    if form.get("act") == "end-links":
        person = await run_in_threadpool(register.end_preference_links_by_link, token, origin_of(request))
        reader = await run_in_threadpool(register.person, person)
        return page(request, "links_ended.html", reader=reader)
    try:
        await run_in_threadpool(register.set_preferences_by_link, token, _wish(form), origin_of(request))
    except BadInput as error:
        return await _shown(request, shown, where, None, form, error.faults)
    return RedirectResponse(f"{where}?done", 303)


async def _access(request: Request, me: PersonView, who: str) -> None:
    """One's own preferences; those of others for the office alone. Raises HTTPException 403."""
    services = pages_of(request).services
    if who == me.id or await run_in_threadpool(services.register.holds_any, me.id, services.settings.roster_role_names):
        return
    raise HTTPException(403, "How others get their mails is for them to say, or for the project management office.")


async def _form(request: Request, where: str) -> dict[str, str]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    access_post(request, where, form.get("forgery", ""))
    return form


def _wish(form: Mapping[str, str]) -> Preferences:
    """What the form says. Raises BadInput."""
    hour = form.get("hour", "7")
    if not hour.isdecimal():
        raise BadInput({"hour": phrase("%(typed)s is no hour of a day; it would be 0 to 23.", typed=repr(hour[:40]))})
    return Preferences(
        notices=form.get("notices", ""),
        hour=int(hour[:4]),
        # A browser may send seconds with a time of day.
        quiet_from=form.get("quiet_from", "").strip()[:5],
        quiet_until=form.get("quiet_until", "").strip()[:5],
        days_off=form.get("days_off") == "yes",
    )


async def _shown(
    request: Request,
    shown: PreferencesView,
    where: str,
    me: PersonView | None = None,
    form: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response:
    services = pages_of(request).services
    is_office = me is not None and await run_in_threadpool(
        services.register.holds_any, me.id, services.settings.roster_role_names
    )
    kept = {
        "notices": shown.wish.notices,
        "hour": str(shown.wish.hour),
        "quiet_from": shown.wish.quiet_from,
        "quiet_until": shown.wish.quiet_until,
        "days_off": "yes" if shown.wish.days_off else "",
        "why": "",
    }
    if form is not None:
        kept = {name: form.get(name, "") for name in kept}
    reader = me or await run_in_threadpool(services.register.person, shown.person)
    return page(
        request,
        "preferences.html",
        422 if faults else 200,
        reader=reader,
        v=shown,
        where=where,
        mine=me is None or me.id == shown.person,
        is_office=is_office,
        people=await run_in_threadpool(services.register.people) if is_office else [],
        hours=HOURS,
        kept=kept,
        faults=dict(faults or {}),
        is_done="done" in request.query_params,
        is_ended="ended" in request.query_params,
    )
