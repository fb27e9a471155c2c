"""Meetings: those to come, and one page each for agenda, roll-call and minutes. No script is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor, PersonView
from gates.ledger.entries import unstamp
from gates.service import Register
from workflows.web.access import access_person, access_post, origin_of, pages_of
from workflows.web.render import page

BOXES = ("act", "item", "reason", "text", "owner", "due", "when", "number", "back")


def routes() -> list[Route]:
    """The list, one meeting, and its minutes for paper."""
    return [
        Route("/meetings", meetings, methods=["GET", "POST"]),
        Route("/meetings/{key}", meeting, methods=["GET", "POST"]),
        Route("/meetings/{key}/minutes", minutes, methods=["GET"]),
    ]


async def meetings(request: Request) -> Response:
    """What is planned and what was held; on POST, one more of a kind."""
    person = await access_person(request)
    request.state.person = person
    register, purpose = pages_of(request).services.register, "meetings"
    faults: Mapping[str, str] = {}
    form: dict[str, str] = {}
    if request.method == "POST":
        sent = await request.form()
        form = {name: str(value) for name, value in sent.items()}
        access_post(request, purpose, form.get("forgery", ""))
        try:
            made = await run_in_threadpool(_add, register, form, _actor(request, person))
        except (BadInput, NotFound, Refused) as error:
            faults = _faults(error)
        else:
            return RedirectResponse(f"/meetings/{made}", 303)
    lines = await run_in_threadpool(register.meetings, person.id)
    now = register.now()
    ahead = [line for line in lines if line.ends_at > now or line.state == "open"]
    return page(
        request,
        "meetings.html",
        422 if faults else 200,
        ahead=ahead,
        past=[line for line in lines if line not in ahead],
        actions=await run_in_threadpool(register.actions_of, person.id),
        mine=await run_in_threadpool(register.chaired_by, person.id),
        purpose=purpose,
        faults=faults,
        form=form,
    )


def _add(register: Register, form: Mapping[str, str], by: Actor) -> str:
    process, _, name = form.get("kind", "").partition(" ")
    return register.add_meeting(process, name, _moment(form.get("when", "")), by, form.get("reason", ""))


async def meeting(request: Request) -> Response:
    """One meeting; on POST what its form says. Raises NotFound."""
    person = await access_person(request)
    request.state.person = person
    register, key = pages_of(request).services.register, request.path_params["key"]
    faults: Mapping[str, str] = {}
    form = dict.fromkeys(BOXES, "")
    if request.method == "POST":
        sent = await request.form()
        access_post(request, f"meeting {key}", str(sent.get("forgery", "")))
        form = {name: str(sent.get(name, "")) for name in BOXES}
        try:
            await run_in_threadpool(_do, register, key, sent, _actor(request, person))
        except (BadInput, NotFound, Refused) as error:
            faults = _faults(error)
        else:
            return RedirectResponse(f"/meetings/{_back(form) or key}{_ANCHORS.get(form['act'], '')}", 303)
    return await _show(request, register, key, person, faults, form)


async def _show(
    request: Request,
    register: Register,
    key: str,
    person: PersonView,
    faults: Mapping[str, str],
    form: Mapping[str, str],
) -> Response:
    view = await run_in_threadpool(register.meeting, key, person.id)
    asks = await run_in_threadpool(register.inbox, person.id)
    people = await run_in_threadpool(register.people)
    return page(
        request,
        "meeting.html",
        422 if faults else 200,
        v=view,
        tokens={ask.item.key: ask.token for ask in asks},
        everybody=[(one.id, one.name) for one in people],
        purpose=f"meeting {key}",
        faults=faults,
        form=form,
    )


async def minutes(request: Request) -> Response:
    """Closed minutes, for paper. Raises NotFound where they are not closed."""
    request.state.person = await access_person(request)
    register, key = pages_of(request).services.register, request.path_params["key"]
    view = await run_in_threadpool(register.meeting, key)
    if view.minutes is None:
        raise NotFound(f"The minutes of {key} are not closed yet.")
    times = {name: unstamp(view.minutes[name]) for name in ("planned_from", "planned_until", "opened_at", "closed_at")}
    return page(request, "minutes.html", v=view, m=view.minutes, times=times)


def _do(register: Register, key: str, sent: FormData, by: Actor) -> None:
    """Raises BadInput, NotFound, Refused."""
    act = _ACTS.get(str(sent.get("act", "")))
    if act is None:
        raise BadInput({"act": f"Choose one of: {', '.join(_ACTS)}."})
    act(register, key, sent, by)


def _attend(register: Register, key: str, sent: FormData, by: Actor) -> None:
    register.attend_meeting(key, [str(one) for one in sent.getlist("present")], by)


def _up(register: Register, key: str, sent: FormData, by: Actor) -> None:
    """One place up: the order that is shown, with two of it in each other's place."""
    keys = [line.item.key for line in register.meeting(key, by.person).agenda]
    item = _of(sent, "item")
    if item in keys[1:]:
        place = keys.index(item)
        keys[place - 1], keys[place] = keys[place], keys[place - 1]
    register.order_agenda(key, keys, by)


def _action(register: Register, key: str, sent: FormData, by: Actor) -> None:
    due = _day(_of(sent, "due"))
    register.set_action(key, _of(sent, "text"), _of(sent, "owner"), due, by, _of(sent, "item") or None)


def _done(register: Register, key: str, sent: FormData, by: Actor) -> None:
    number = _of(sent, "number")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise BadInput({"number": f"{number[:20]!r} is no number."})
    register.do_action(key, int(number), _of(sent, "text"), by)


Act = Callable[[Register, str, FormData, Actor], object]
_ACTS: dict[str, Act] = {
    "attend": _attend,
    "up": _up,
    "action": _action,
    "done": _done,
    "ask": lambda r, key, sent, by: r.ask_for_item(key, _of(sent, "item"), by, _of(sent, "reason")),
    "take-in": lambda r, key, sent, by: r.take_in_item(key, _of(sent, "item"), by, _of(sent, "reason")),
    "put-off": lambda r, key, sent, by: r.put_off_item(key, _of(sent, "item"), by, _of(sent, "reason")),
    "move": lambda r, key, sent, by: r.move_meeting(key, _moment(_of(sent, "when")), by, _of(sent, "reason")),
    "cancel": lambda r, key, sent, by: r.cancel_meeting(key, by, _of(sent, "reason")),
    "note": lambda r, key, sent, by: r.note_meeting(key, _of(sent, "item") or None, _of(sent, "text"), by),
    "close": lambda r, key, _sent, by: r.close_minutes(key, by),
    "correct": lambda r, key, sent, by: r.correct_minutes(key, _of(sent, "text"), _of(sent, "reason"), by),
}
_ANCHORS = {"attend": "#people", "note": "#minutes", "action": "#minutes", "up": "#agenda"}


def _of(sent: FormData, name: str) -> str:
    return str(sent.get(name, "")).strip()


def _back(form: Mapping[str, str]) -> str:
    """The meeting whose page the form stood on, where that is another one."""
    named = form.get("back", "")
    return named if all(one.isalnum() or one in "-_" for one in named) else ""


def _moment(typed: str) -> datetime:
    try:
        found = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise BadInput({"when": f"{typed[:40]!r} is no time such as 2027-01-12T10:00."}) from None
    if found.tzinfo is not None:
        raise BadInput({"when": "Write it by the clock of the site, without a zone."})
    return found


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise BadInput({"due": f"{typed[:40]!r} is no day such as 2027-01-12."}) from None


def _actor(request: Request, person: PersonView) -> Actor:
    return Actor(person.id, "web", origin_of(request))


def _faults(error: BadInput | NotFound | Refused) -> Mapping[str, str]:
    return error.faults if isinstance(error, BadInput) else {"": str(error)}
