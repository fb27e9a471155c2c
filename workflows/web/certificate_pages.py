"""The certificate of an item, for signed-in people. That one left the register is an entry of the desk, not of the
item: the same record gives the same certificate, however often it was taken."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.items import Actor
from notifications.certificate import certificate_of
from notifications.errors import PostError
from workflows.web.access import access_person, is_looked_at, origin_of, pages_of
from workflows.web.render import page


def routes() -> list[Route]:
    """The certificate."""
    return [Route("/items/{key}/certificate", certificate, methods=["GET"])]


async def certificate(request: Request) -> Response:
    """The PDF; a page that says what is missing where it cannot be made."""
    person = request.state.person = await access_person(request)
    services, key = pages_of(request).services, request.path_params["key"]
    record = await run_in_threadpool(services.register.read_record, key)
    try:
        made = await run_in_threadpool(certificate_of, record, services.settings.site_name)
    except PostError as error:
        return page(request, "problem.html", 503, title="No certificate can be made here", said=str(error))
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(key, safe='')}.pdf",
        "cache-control": "no-store",
    }
    if is_looked_at(request):
        told = {"asked": {"item": key}, "sha256": hashlib.sha256(made).hexdigest()}
        by = Actor(person.id, "web", origin_of(request))
        await run_in_threadpool(services.register.note_export, by, "certificate", told)
    return Response(made, media_type="application/pdf", headers=headers)
