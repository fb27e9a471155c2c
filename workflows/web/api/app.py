"""`api_app`: the endpoints, who may call them, errors, and the description of all that as OpenAPI."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gates.service.tokens import SCOPES
from workflows.web.api import endpoints
from workflows.web.api.caller import OPEN, Bearers
from workflows.web.api.problems import HANDLERS, MEDIA
from workflows.web.state import Pages

ABOUT = (
    "What a person may read and raise, by a token of theirs. Every act is theirs and on the record; no token signs a "
    "decision. Scopes: "
)


def api_app(pages: Pages) -> FastAPI:
    """The API, to be mounted."""
    app = FastAPI(
        title="Tollgate",
        version="1",
        description=ABOUT + "; ".join(f"`{name}`: {said}" for name, said in SCOPES.items()) + ".",
        openapi_url=OPEN,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        root_path_in_servers=False,
        servers=[{"url": f"{pages.services.settings.address}/api"}],
        exception_handlers=dict(HANDLERS),
    )
    app.include_router(endpoints.router)
    app.add_middleware(Bearers)
    app.state.pages = pages
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: every endpoint wants a bearer token, every error is a problem document."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, servers=app.servers
        )
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        for operation in (one for path in found["paths"].values() for one in path.values()):
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {MEDIA: response["content"]["application/json"]}
        app.openapi_schema = found
    return app.openapi_schema
