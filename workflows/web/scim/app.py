"""`scim_app`: the endpoints under `/scim/v2`. A bearer token opens them and nothing else does."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound, Refused, RegisterError
from gates.items import Actor
from gates.service import Register
from gates.service.directory import User
from gates.service.directorygroups import Group
from workflows.web.access import origin_of, pages_of
from workflows.web.machines import bearer_of
from workflows.web.scim import about, people, teams
from workflows.web.scim.asking import body_of, check_match, operations, page, where
from workflows.web.scim.errors import ScimError, bad
from workflows.web.state import Pages

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MEDIA = "application/scim+json"
USER_FILTERS = {
    "userName": "user_name",
    "externalId": "external_id",
    "id": "person",
}
GROUP_FILTERS = {
    "displayName": "name",
    "externalId": "external_id",
    "id": "id",
    "members.value": "member",
    "members": "member",
}
PLACE = re.compile(r"[A-Za-z0-9_.:-]{1,120}")
"""What an id in an address looks like; anything else is the address of nothing."""
Answer = Callable[["Exchange"], Response]


class Exchange:
    """One request of a known client: what it sent, and as whom it acts."""

    def __init__(self, request: Request, client: str, raw: bytes) -> None:
        pages = pages_of(request)
        self.register: Register = pages.services.register
        self.mapping = pages.services.settings.group_roles
        self.base = f"{pages.services.settings.address}/scim/v2"
        self.by = Actor(None, "scim", f"{client}, {origin_of(request)}")
        self.query: Mapping[str, str] = request.query_params
        self.path: Mapping[str, str] = request.path_params
        self.headers = request.headers
        self.raw = raw


def scim_app(pages: Pages) -> Starlette:
    """The endpoints of SCIM, to be mounted."""
    app = Starlette(
        routes=[
            _route("/Users", GET=list_users, POST=make_user),
            _route("/Users/{id}", GET=get_user, PUT=replace_user, PATCH=patch_user, DELETE=delete_user),
            _route("/Groups", GET=list_groups, POST=make_group),
            _route("/Groups/{id}", GET=get_group, PUT=replace_group, PATCH=patch_group, DELETE=delete_group),
            _route("/ServiceProviderConfig", GET=lambda x: _answer(about.configuration(x.base))),
            _route("/ResourceTypes", GET=lambda x: _listed(about.resource_types(x.base))),
            _route("/ResourceTypes/{id}", GET=lambda x: _named(about.resource_types(x.base), x.path["id"])),
            _route("/Schemas", GET=lambda x: _listed(about.schemas(x.base))),
            _route("/Schemas/{id}", GET=lambda x: _named(about.schemas(x.base), x.path["id"])),
        ],
        exception_handlers={ScimError: _scim_error, HTTPException: _http_error},
    )
    app.state.pages = pages
    return app


def _route(path: str, **answers: Answer) -> Route:
    async def endpoint(request: Request) -> Response:
        register: Register = pages_of(request).services.register
        token = bearer_of(request)
        client = await run_in_threadpool(register.directory_client, token) if token is not None else None
        if client is None:
            raise ScimError(401, "A bearer token is needed; `tollgate roster scim token` makes one.")
        if not PLACE.fullmatch(request.path_params.get("id", "-")):
            raise ScimError(404, "There is no such thing here.")
        exchange = Exchange(request, client, await request.body())
        verb = "GET" if request.method == "HEAD" else request.method
        return await run_in_threadpool(_within, answers[verb], exchange)

    return Route(path, endpoint, methods=list(answers))


def _within(answer: Answer, exchange: Exchange) -> Response:
    """The answer, or the register's refusal in SCIM's shape."""
    try:
        return answer(exchange)
    except RegisterError as error:
        _refuse(error)


def _refuse(error: RegisterError) -> NoReturn:
    if isinstance(error, NotFound):
        raise ScimError(404, str(error)) from error
    if isinstance(error, Refused) and error.code == "uniqueness":
        raise ScimError(409, str(error), "uniqueness") from error
    if isinstance(error, BadInput) and "email" in error.faults:
        raise ScimError(409, str(error), "uniqueness") from error
    raise bad(str(error)) from error


# -- users ---------------------------------------------------------------------------------------------


def list_users(x: Exchange) -> Response:
    """GET /Users"""
    start, count = page(x.query.get("startIndex"), x.query.get("count"))
    found, total = x.register.directory_users(where(x.query.get("filter"), USER_FILTERS), start, count)
    return _listed([_versioned(people.resource(one, x.base), x) for one in found], total, start)


def make_user(x: Exchange) -> Response:
    """POST /Users"""
    return _user(x, x.register.put_directory_user(people.from_body(body_of(x.raw)), x.by), 201)


def get_user(x: Exchange) -> Response:
    """GET /Users/{id}"""
    return _user(x, x.register.directory_user(x.path["id"]))


def replace_user(x: Exchange) -> Response:
    """PUT /Users/{id}"""
    _matched_user(x)
    return _user(x, x.register.put_directory_user(people.from_body(body_of(x.raw), x.path["id"]), x.by))


def patch_user(x: Exchange) -> Response:
    """PATCH /Users/{id}"""
    user = _matched_user(x)
    for one in operations(body_of(x.raw)):
        if one.verb == "remove" and one.path.casefold() in ("username", "active", "emails", "name", "displayname"):
            raise bad(f"{one.path} cannot be removed from a User.", "mutability")
        user = people.changed(user, one.path, None if one.verb == "remove" else one.value)
    return _user(x, x.register.put_directory_user(user, x.by))


def delete_user(x: Exchange) -> Response:
    """DELETE /Users/{id}: the person is deactivated; what they signed stays."""
    _matched_user(x)
    x.register.drop_directory_user(x.path["id"], x.by)
    return Response(status_code=204)


def _matched_user(x: Exchange) -> User:
    user = x.register.directory_user(x.path["id"])
    check_match(x.headers.get("if-match"), _version(people.resource(user, x.base)))
    return user


def _user(x: Exchange, user: User, status: int = 200) -> Response:
    return _one(x, people.resource(user, x.base), status)


# -- groups --------------------------------------------------------------------------------------------


def list_groups(x: Exchange) -> Response:
    """GET /Groups"""
    start, count = page(x.query.get("startIndex"), x.query.get("count"))
    found, total = x.register.directory_groups(where(x.query.get("filter"), GROUP_FILTERS), start, count)
    return _listed([_versioned(teams.resource(one, x.base), x) for one in found], total, start)


def make_group(x: Exchange) -> Response:
    """POST /Groups"""
    return _group(x, x.register.put_directory_group(teams.from_body(body_of(x.raw)), x.mapping, x.by), 201)


def get_group(x: Exchange) -> Response:
    """GET /Groups/{id}"""
    return _group(x, x.register.directory_group(x.path["id"]))


def replace_group(x: Exchange) -> Response:
    """PUT /Groups/{id}"""
    _matched_group(x)
    return _group(x, x.register.put_directory_group(teams.from_body(body_of(x.raw), x.path["id"]), x.mapping, x.by))


def patch_group(x: Exchange) -> Response:
    """PATCH /Groups/{id}"""
    group = _matched_group(x)
    for one in operations(body_of(x.raw)):
        group = teams.changed(group, one.verb, one.path, one.value)
    return _group(x, x.register.put_directory_group(group, x.mapping, x.by))


def delete_group(x: Exchange) -> Response:
    """DELETE /Groups/{id}: its members do not hold its role any more."""
    _matched_group(x)
    x.register.drop_directory_group(x.path["id"], x.by)
    return Response(status_code=204)


def _matched_group(x: Exchange) -> Group:
    group = x.register.directory_group(x.path["id"])
    check_match(x.headers.get("if-match"), _version(teams.resource(group, x.base)))
    return group


def _group(x: Exchange, group: Group, status: int = 200) -> Response:
    return _one(x, teams.resource(group, x.base), status)


# -- answers -------------------------------------------------------------------------------------------


def _version(resource: Mapping[str, Any]) -> str:
    """A weak entity tag of what a resource says."""
    said = json.dumps(resource, sort_keys=True, ensure_ascii=True).encode()
    return f'W/"{hashlib.sha256(said).hexdigest()[:20]}"'


def _versioned(resource: dict[str, Any], x: Exchange) -> dict[str, Any]:
    """The resource with its version, less what the client does not want."""
    whole = {**resource, "meta": {**resource["meta"], "version": _version(resource)}}
    left_out = {name.strip().casefold() for name in x.query.get("excludedAttributes", "").split(",")}
    return {name: value for name, value in whole.items() if name.casefold() not in left_out or name in ALWAYS}


ALWAYS = frozenset({"schemas", "id"})


def _one(x: Exchange, resource: dict[str, Any], status: int) -> Response:
    version = _version(resource)
    headers = {"etag": version, "location": resource["meta"]["location"]}
    if status == 200 and x.headers.get("if-none-match", "").strip() == version:
        return Response(status_code=304, headers=headers)
    return _answer(_versioned(resource, x), status, headers)


def _listed(resources: list[dict[str, Any]], total: int | None = None, start: int = 1) -> Response:
    return _answer(
        {
            "schemas": [LIST],
            "totalResults": len(resources) if total is None else total,
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
    )


def _named(resources: list[dict[str, Any]], name: str) -> Response:
    for one in resources:
        if one["id"] == name:
            return _answer(one)
    raise ScimError(404, "There is no such thing here.")


def _answer(data: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(data, ensure_ascii=False)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, MEDIA)


async def _scim_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ScimError)
    kind = {"scimType": error.kind} if error.kind else {}
    data = {"schemas": [ERROR], "status": str(error.status), **kind, "detail": error.detail}
    return _answer(data, error.status, {"www-authenticate": "Bearer"} if error.status == 401 else None)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await _scim_error(request, ScimError(error.status_code, str(error.detail)))
