"""Who may do what, at the compliance desk: now or at a past moment, to take along, and its review on the record."""

from __future__ import annotations

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, StaleRevision
from workflows.lists import of_access
from workflows.web.access import access_post
from workflows.web.desk_pages import actor, begin, day_end, form_of, noted, taken
from workflows.web.render import page

ADDRESS = "/desk/access"
INSTANT = timedelta(microseconds=1)


def routes() -> list[Route]:
    """One page."""
    return [Route(ADDRESS, access, methods=["GET", "POST"])]


async def access(request: Request) -> Response:
    """Accounts and roles with what granted and what ended each; a POST puts a review of them on the record."""
    register, person = await begin(request)
    said, finding, status = "", "", 200
    if request.method == "POST":
        form = {name: str(value) for name, value in (await request.form()).items()}
        access_post(request, "access", form.get("forgery", ""))
        finding = form.get("finding", "")
        try:
            by, shown_head = actor(request, person), form.get("head", "")
            await run_in_threadpool(register.review_access, by, finding, shown_head)
            return RedirectResponse(ADDRESS, 303)
        except BadInput as error:
            said, status = " ".join(error.faults.values()), 422
        except StaleRevision as error:
            said, status = str(error), 409
    asked = {name: request.query_params.get(name, "").strip() for name in ("day", "show")}
    faults: dict[str, str] = {}
    after = day_end(asked["day"], "day", person, faults)
    report = await run_in_threadpool(register.access, after - INSTANT if after else None)
    rows = report.rows if asked["show"] == "all" else report.held
    if form_of(request) and not faults:
        return await taken(request, person, of_access(rows), asked)
    shown = page(
        request,
        "desk/access.html",
        422 if faults else status,
        asked=asked,
        faults=faults,
        report=report,
        rows=rows,
        said=said,
        finding=finding,
    )
    question = {"list": "access", **{name: value for name, value in asked.items() if value}}
    return noted(shown, request, person, question, len(rows))
