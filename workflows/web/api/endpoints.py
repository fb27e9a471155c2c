"""The endpoints of version 1, each a few lines around one method of the register."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from gates.errors import BadInput, NotFound, choices
from gates.ledger.document import record_document
from policies.model import Process
from workflows.web.api import shapes, views
from workflows.web.api.caller import ItemKey, Once, Raiser, Reader, Sent
from workflows.web.api.problems import Fault, Problem, of_validation, shown, unfit

MOST_PAGE = 100
"""Items of a page; the policy is asked for each that is in a round, so this bounds what a page costs."""
Word = Annotated[str | None, Query(max_length=80)]
router = APIRouter(prefix="/v1")


def _problems(*more: int) -> dict[int | str, dict[str, Any]]:
    said = {
        400: "The body is no JSON",
        401: "No token, or one that does not hold",
        403: "The token, or its person, may not do this",
        404: "There is no such item",
        409: "Not possible now",
        413: "Too large",
        415: "Not sent as JSON",
        422: "Values that do not fit: place, value, choices",
        429: "Too many refused uses of a token",
    }
    return {status: {"model": Problem, "description": said[status]} for status in sorted({401, 403, 422, 429, *more})}


@router.get("/items", responses=_problems(), summary="List items, the latest change first")
def list_items(
    request: Request,
    caller: Reader,
    state: Word = None,
    process: Word = None,
    site: Word = None,
    waiting: Annotated[str | None, Query(max_length=80, description="A person's id, or `me`.")] = None,
    open: Annotated[bool, Query(description="Only items that have not ended.")] = True,
    limit: Annotated[int, Query(ge=1, le=MOST_PAGE)] = 50,
    after: Annotated[str | None, Query(max_length=300, description="From `next` of the page before.")] = None,
) -> shapes.Page:
    """Narrowed by state, process and site, and to those that wait for a person's decision."""
    register = caller.register
    asked = {"state": state, "process": process, "site": site, "waiting": waiting}
    person = caller.holder.person if waiting == "me" else waiting
    processes = [one.name for one in register.processes()]
    known: dict[str, Sequence[str]] = {"process": processes, "site": register.sites()}
    if waiting not in (None, "me"):
        known["waiting"] = [one.id for one in register.people()]
    if state is not None and not (STATE.fullmatch(state) and register.items(state=state, limit=1)):
        known["state"] = sorted({name for one in processes for name in register.process(one).process.states})
    faults = [_unknown(name, value, known[name]) for name, value in asked.items() if _is_unknown(name, value, known)]
    faults += [_unasked(name) for name in request.query_params if name not in ASKED]
    place = _place(after, faults)
    if faults:
        raise unfit(faults)
    found = register.items(
        process=process,
        state=state,
        site=site,
        open_only=open,
        waiting=person,
        after=place,
        limit=limit + 1,
    )
    more = None
    if len(found) > limit:
        last = found[limit - 1]
        here = {**{name: value for name, value in asked.items() if value is not None}, "limit": limit}
        here |= {} if open else {"open": "false"}
        more = f"{caller.base}/api/v1/items?{urlencode({**here, 'after': _mark(last.updated_at, last.key)})}"
    return shapes.Page(items=[views.line(one, caller.base) for one in found[:limit]], next=more)


ASKED = ("state", "process", "site", "waiting", "open", "limit", "after")
STATE = re.compile(r"[a-z][a-z0-9_-]{0,79}")


def _unasked(name: str) -> Fault:
    said = f"There is nothing to ask of that name. {choices(name, ASKED)}"
    return Fault(place=f"query.{shown(name)}", detail=said, choices=list(ASKED))


def _is_unknown(name: str, value: str | None, known: dict[str, Sequence[str]]) -> bool:
    return value is not None and name in known and value not in known[name]


def _unknown(name: str, value: str | None, known: Sequence[str]) -> Fault:
    word = value or ""
    said = f"There is no {'person' if name == 'waiting' else name} {shown(word)!r}. {choices(word, known)}"
    return Fault(place=f"query.{name}", value=shown(word), detail=said, choices=list(known)[:100])


def _mark(at: datetime, key: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode()


def _place(after: str | None, faults: list[Fault]) -> tuple[datetime, str] | None:
    """Behind which item a page begins; a fault where `after` says none."""
    if after is None:
        return None
    try:
        moment, _, key = base64.urlsafe_b64decode(after.encode()).decode("ascii").partition(" ")
        at = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error):
        at, key = None, ""
    if at is None or at.tzinfo is None or not key.isprintable() or not 1 <= len(key) <= 80:
        said = "It marks no place of a list. Take the address `next` of the page before as it stands."
        faults.append(Fault(place="query.after", value=shown(after), detail=said))
        return None
    return at, key


@router.get("/items/{key}", responses=_problems(404), summary="One item: state, round, who is missing, by when")
def show_item(caller: Reader, key: ItemKey) -> shapes.Item:
    """Who is missing, what the policy says in one sentence, when it is and was first due, what it is linked to."""
    view = caller.register.item(key, caller.holder.person)
    return views.item(view, caller.register.clocks(key), caller.base)


@router.get("/items/{key}/record", responses=_problems(404), summary="The item's record, to be checked elsewhere")
def show_record(caller: Reader, key: ItemKey) -> Response:
    """Every entry with its digest, revisions and process texts, byte for byte as `tollgate record verify --file` checks
    them. That it left the register is entered."""
    made = record_document(caller.register.read_record(key))
    told = {"asked": {"item": key}, "sha256": hashlib.sha256(made).hexdigest()}
    caller.register.note_export(caller.by, "record", told)
    return Response(made, headers={"cache-control": "no-store"}, media_type="application/json")


@router.post(
    "/items/{key}/escalations",
    status_code=201,
    responses=_problems(400, 404, 409, 413, 415),
    summary="Raise an escalation about an item",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": shapes.Raise.model_json_schema()}},
        },
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
                "description": "The same request with the same key is done once; the answer is the same.",
            }
        ],
    },
)
def raise_escalation(caller: Raiser, key: ItemKey, once: Once, sent: Sent, response: Response) -> shapes.Raised:
    """The same act as on the item's page, as the person whose token it is."""
    try:
        asked = shapes.Raise.model_validate(sent)
    except ValidationError as error:
        raise of_validation(error.errors(include_url=False)) from error
    register = caller.register
    clocks = register.clocks(key)
    try:
        made = register.raise_escalation(
            key, asked.process, caller.by, title=asked.title, fields=asked.fields, once=once
        )
    except BadInput as error:
        named = asked.process or clocks.escalates_in
        raise unfit(_faults(error, asked, register.process(named).process)) from error
    except NotFound as error:
        names = [one.name for one in register.processes()]
        if asked.process is None or asked.process in names:
            raise
        raise unfit([Fault(place="process", value=asked.process, detail=str(error), choices=names)]) from error
    url = views.url_of(made, caller.base)
    response.headers["location"] = url
    return shapes.Raised(key=made, about=key, url=url, page=views.page_of(made, caller.base))


def _faults(error: BadInput, asked: shapes.Raise, process: Process) -> list[Fault]:
    """Each fault with its place in the body, what stood there, and what there is."""
    found = []
    for name, said in error.faults.items():
        if name == "title":
            found.append(Fault(place="title", value=shown(asked.title), detail=said))
        elif name in asked.fields or name in process.fields:
            field = process.fields.get(name)
            there = list(process.fields) if field is None else list(field.of or ())
            found.append(Fault(place=f"fields.{name}", value=shown(asked.fields.get(name)), detail=said, choices=there))
        else:
            found.append(Fault(place=name, detail=said))
    return found
