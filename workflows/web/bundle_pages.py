"""The record of an item as a bundle, for whoever checks it on a machine of their own. For holders of a desk role."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.service.exporting import Choice
from workflows.web.access import is_looked_at, pages_of
from workflows.web.desk_pages import actor, begin


def routes() -> list[Route]:
    """The bundle."""
    return [Route("/desk/items/{key}/bundle", bundle, methods=["GET"])]


async def bundle(request: Request) -> Response:
    """The zip, with all leaves of the log where `?complete=1` asks for them; that it left is entered.

    Raises Refused while an entry waits to be sealed."""
    register, person = await begin(request)
    key, complete = request.path_params["key"], request.query_params.get("complete") == "1"
    site = pages_of(request).services.settings.site_name
    found, data = await run_in_threadpool(
        lambda: register.export(Choice((key,)), site=site, complete=complete, pins=())
    )
    if is_looked_at(request):
        digest = hashlib.sha256(data).hexdigest()
        told = {"items": len(found), "keys": found, "complete": complete, "sha256": digest}
        await run_in_threadpool(register.note_export, actor(request, person), "bundle", told)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(key, safe='')}.zip",
        "cache-control": "no-store",
    }
    return Response(data, media_type="application/zip", headers=headers)
