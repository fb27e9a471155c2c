"""Conditions: the boxes of the sign page that name owner and day, and the page of one condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor, SignView
from gates.service import Register
from policies.phrases import either, phrase
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page

ROWS = 3
"""Boxes for conditions on the sign page; further ones are lines of the comment."""

Row = tuple[str, str, str]
"""What was typed of one condition: text, owner, day."""


def rows_of(form: Mapping[str, str]) -> list[Row]:
    """The boxes as typed, empty ones too."""
    return [
        (form.get(f"condition.{n}", ""), form.get(f"condition-owner.{n}", ""), form.get(f"condition-due.{n}", ""))
        for n in range(ROWS)
    ]


def written(form: Mapping[str, str]) -> str:
    """The comment with the boxes' conditions below it, one a line, as they are signed."""
    lines = [form.get("comment", "").rstrip()]
    for text, owner, due in rows_of(form):
        if text.strip() or owner or due:
            marks = [f"owner: {_word(owner)}"] if owner else []
            marks += [f"due: {_word(due)}"] if due else []
            said = " ".join(text.split())
            lines.append(f"{said} [{', '.join(marks)}]" if marks else said)
    return "\n".join(line for line in lines if line)


def _word(typed: str) -> str:
    """One word, so that what is no person or no day is refused as such and never read as part of the text."""
    return re.sub(r"[\s,\[\]]+", "-", typed.strip()) or "-"


def check_rows(view: SignView, form: Mapping[str, str]) -> None:
    """Conditions go with a conditional decision. Raises BadInput."""
    taking = [one for one in view.positions if one.conditions]
    given = any(text.strip() for text, _, _ in rows_of(form))
    if given and form.get("position") and form["position"] not in {one.name for one in taking}:
        words = either(one.title for one in taking)
        raise BadInput({"position": phrase("Conditions go with %(words)s. Choose that, or clear them.", words=words)})


def routes() -> list[Route]:
    """One page a condition."""
    return [Route("/items/{key}/conditions/{number:int}", condition, methods=["GET", "POST"])]


async def condition(request: Request) -> Response:
    """One condition with what the reader may do about it; on POST, do it."""
    person = await access_person(request)
    request.state.person = person
    register = pages_of(request).services.register
    key, number = request.path_params["key"], request.path_params["number"]
    purpose, faults, form = f"condition {key} {number}", {}, {}
    if request.method == "POST":
        form = {name: str(value) for name, value in (await request.form()).items()}
        access_post(request, purpose, form.get("forgery", ""))
        try:
            await run_in_threadpool(_do, register, key, number, form, Actor(person.id, "web", origin_of(request)))
        except BadInput as error:
            faults = dict(error.faults)
        except Refused as error:
            faults = {"": str(error)}
        else:
            return RedirectResponse(f"/items/{key}", 303)
    lines = await run_in_threadpool(lambda: register.conditions(item=key, person=person.id))
    one = next((line for line in lines if line.number == number), None)
    if one is None:
        raise NotFound(f"{key} has no condition {number}.")
    return page(request, "condition.html", 422 if faults else 200, c=one, purpose=purpose, faults=faults, form=form)


def _do(register: Register, key: str, number: int, form: Mapping[str, str], by: Actor) -> None:
    """Raises BadInput, NotFound, Refused."""
    reason = form.get("reason", "")
    acts: dict[str, Callable[[], str]] = {
        "met": lambda: register.call_condition_met(key, number, by, form.get("evidence", "")),
        "confirm": lambda: register.confirm_condition(key, number, by),
        "return": lambda: register.send_condition_back(key, number, by, reason),
        "waive": lambda: register.waive_condition(key, number, by, reason),
        "extend": lambda: register.extend_condition(key, number, by, _day(form.get("due", "")), reason),
    }
    act = acts.get(form.get("act", ""))
    if act is None:
        raise BadInput({"act": f"Choose one of: {', '.join(acts)}."})
    act()


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise BadInput({"due": f"{typed[:40]!r} is no day such as 2026-12-01."}) from None
