"""`tollgate meeting …`: what is planned, the agenda, the roll-call, the minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, table
from workflows.cli.wired import As, actor, register

if TYPE_CHECKING:
    from datetime import date, datetime

    from gates.service.meetings.views import AgendaLine, MeetingView

meeting_app = typer.Typer(
    help="Meetings at which rounds are decided: agenda, roll-call, minutes.", no_args_is_help=True
)
Key = Annotated[str, typer.Argument(help="The meeting's key, for instance cab-2026-12-01.")]
Reason = Annotated[str, typer.Option(help="Why; it goes on the record.")]
When = Annotated[str, typer.Argument(help="By the clock of the meeting's site: 2026-12-02T14:30.")]


@meeting_app.command("list")
def list_meetings(
    everything: Annotated[bool, typer.Option("--all", help="Those of all time, not of 90 days only.")] = False,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """List the meetings to come, and those that were. Plans what is to be planned first."""
    with register() as book:
        book.plan_meetings()
        found = book.meetings(who, is_all=everything)
    from notifications import words

    rows = [(one.key, words.span(one.starts_at, one.ends_at, one.zone), one.words, one.title) for one in found]
    none = "No meeting is planned: no process has `meetings:`, or nobody holds the role that chairs them."
    emit(found, table(("meeting", "when", "", "title"), rows) if rows else none, as_json)


@meeting_app.command()
def show(key: Key, who: As = None, as_json: AsJson = False) -> None:
    """Show a meeting: when, who, what was decided, what is to be done."""
    with register(create=False) as book:
        view = book.meeting(key, who)
    emit(view, "\n".join([*_head(view), *_attendance(view), "", *_agenda(view), *_afterwards(view)]), as_json)


@meeting_app.command()
def agenda(
    key: Key,
    ask: Annotated[str | None, typer.Option(help="Ask that this item be dealt with.")] = None,
    take_in: Annotated[
        str | None, typer.Option(help="Deal with this item, though late or not ready; the chair.")
    ] = None,
    put_off: Annotated[str | None, typer.Option(help="Leave this item to the next meeting; the chair.")] = None,
    order: Annotated[str | None, typer.Option(help="Items to begin with, with commas between; the chair.")] = None,
    reason: Reason = "",
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Show the agenda with what is not ready and why; or change it, one option at a time."""
    if sum(one is not None for one in (ask, take_in, put_off, order)) > 1:
        fail("Change one thing at a time: --ask, --take-in, --put-off or --order.", MISUSE)
    with register() as book:
        if ask is not None:
            book.ask_for_item(key, ask, actor(who), reason)
        elif take_in is not None:
            book.take_in_item(key, take_in, actor(who), reason)
        elif put_off is not None:
            book.put_off_item(key, put_off, actor(who), reason)
        elif order is not None:
            book.order_agenda(key, [one.strip() for one in order.split(",") if one.strip()], actor(who))
        view = book.meeting(key, who)
    emit({"agenda": view.agenda, "waiting": view.waiting}, "\n".join(_agenda(view)), as_json)


@meeting_app.command()
def attend(
    key: Key,
    people: Annotated[list[str] | None, typer.Argument(help="Who is present now: people's ids.")] = None,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Record who is present now, here and in every round that counts it; for the chair. Opens the meeting."""
    with register() as book:
        said = book.attend_meeting(key, people or [], actor(who))
        view = book.meeting(key, who)
    here = [one.name for one in view.people if one.is_present]
    lines = [f"Present: {', '.join(here) or 'nobody'}.", *said]
    lines += [f"{one.item.key}: {one.presence}." for one in view.agenda if one.presence and not one.decided]
    emit({"present": [one.person for one in view.people if one.is_present], "said": said}, "\n".join(lines), as_json)


@meeting_app.command()
def minutes(
    key: Key,
    note: Annotated[str | None, typer.Option(help="Write a note; about an item with --item.")] = None,
    action: Annotated[str | None, typer.Option(help="Agree on something to be done, with --owner and --due.")] = None,
    done: Annotated[int | None, typer.Option(help="Say that this action is done, with --note.")] = None,
    item: Annotated[str | None, typer.Option(help="The item it is about.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who is to do it: a person's id.")] = None,
    due: Annotated[str | None, typer.Option(help="Until the end of which day: 2026-12-11.")] = None,
    close: Annotated[bool, typer.Option("--close", help="Close them: they stay as they are.")] = False,
    correct: Annotated[
        str | None, typer.Option(help="Put closed ones right by a further entry, with --reason.")
    ] = None,
    reason: Reason = "",
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Show the minutes, or keep them; for the chair. Actions are done by their owners too."""
    with register() as book:
        if done is not None:
            book.do_action(key, done, note or "", actor(who))
        elif action is not None:
            book.set_action(key, action, owner or "", _day(due), actor(who), item)
        elif note is not None:
            book.note_meeting(key, item, note, actor(who))
        elif correct is not None:
            book.correct_minutes(key, correct, reason, actor(who))
        if close:
            book.close_minutes(key, actor(who))
        view = book.meeting(key, who)
    data = {"minutes": view.minutes, "digest": view.digest, "actions": view.actions, "corrections": view.corrections}
    emit(data, "\n".join([*_head(view), *_attendance(view), "", *_agenda(view), *_afterwards(view)]), as_json)


@meeting_app.command()
def move(key: Key, when: When, reason: Reason = "", who: As = None, as_json: AsJson = False) -> None:
    """Hold it at another time; everybody invited is sent the update. For the chair."""
    with register() as book:
        book.move_meeting(key, _moment(when), actor(who), reason)
        view = book.meeting(key)
    emit(view.line, "\n".join(_head(view)), as_json)


@meeting_app.command()
def cancel(key: Key, reason: Reason = "", who: As = None, as_json: AsJson = False) -> None:
    """Do not hold it; everybody invited is sent the cancellation. For the chair."""
    with register() as book:
        book.cancel_meeting(key, actor(who), reason)
        view = book.meeting(key)
    emit(view.line, "\n".join(_head(view)), as_json)


@meeting_app.command()
def add(
    process: Annotated[str, typer.Argument(help="The process, for instance it-ot-change.")],
    name: Annotated[str, typer.Argument(help="Which of its meetings, for instance cab.")],
    when: When,
    reason: Reason = "",
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Hold one more of a kind. For whoever chairs it."""
    with register() as book:
        key = book.add_meeting(process, name, _moment(when), actor(who), reason)
        view = book.meeting(key)
    emit(view.line, "\n".join(_head(view)), as_json)


def _head(view: MeetingView) -> list[str]:
    from notifications import words

    line = view.line
    said = [f"{line.key}: {line.title}, {words.span(line.starts_at, line.ends_at, line.zone)}. {line.words}."]
    said += [f"Chair: {line.chair_name}."] if line.chair_name else []
    said += [f"Where: {view.place}."] if view.place else []
    return said + ([view.why.rstrip(".") + "."] if view.why else [])


def _attendance(view: MeetingView) -> list[str]:
    """Who was there, with when they came late or left early, and who was invited and was not; nothing before it is
    opened."""
    if view.opened_at is None:
        return []
    zone = ZoneInfo(view.line.zone)
    there = []
    for one in view.people:
        if not one.times:
            continue
        came, left = one.times[0][0], one.times[-1][1]
        said = [f"from {came.astimezone(zone):%H:%M}"] if came > view.opened_at else []
        gone = left is not None and (view.closed_at is None or left < view.closed_at)
        said += [f"until {left.astimezone(zone):%H:%M}"] if left is not None and gone else []
        there.append(one.name + (f" ({' '.join(said)})" if said else ""))
    absent = [one.name for one in view.people if one.invited and not one.times]
    return [f"Present: {', '.join(there) or 'nobody'}."] + ([f"Absent: {', '.join(absent)}."] if absent else [])


def _agenda(view: MeetingView) -> list[str]:
    from notifications import words

    cut = f" (ready by {words.when(view.cut_off_at, view.line.zone)})" if view.cut_off_at else ""
    said = [f"Agenda{cut}:"]
    for place, one in enumerate(view.agenda, 1):
        said += [f"  {place}. {_item(one)}"]
    said += ["  nothing"] if not view.agenda else []
    if view.waiting:
        said.append("Not on it:")
        for one in view.waiting:
            said.append(f"  - {_item(one)}")
    late = next((one.item.key for one in view.waiting if one.standing == "late"), None)
    if late is not None:
        said.append(f"The chair takes in what is late: tollgate meeting agenda {view.line.key} --take-in {late}")
    return said


def _item(one: AgendaLine) -> str:
    parts = [f"{one.item.key} {one.item.title}"]
    parts += [f"asked for by {one.asked}"] if one.asked else []
    parts += [one.why] if one.why else []
    parts += list(one.decided) if one.decided else [one.sentence] if one.sentence else []
    parts += [one.presence] if one.presence and not one.decided else []
    parts += [f"signed: {', '.join(one.signed)}"] if one.signed and not one.decided else []
    parts += [f"{lack.what} {lack.who}".strip() for lack in one.lacks]
    return "\n     ".join(parts + ([f"Note: {one.note}"] if one.note else []))


def _afterwards(view: MeetingView) -> list[str]:
    said = [f"Note: {view.note}"] if view.note else []
    for one in (*view.actions, *view.carried):
        state = f"done by {one.done_by}: {one.note}" if one.done_at else f"due {one.due_on.isoformat()}"
        said.append(f"Action {one.number} of {one.meeting}: {one.text} ({one.owner_name}, {state})")
    said += [f"Corrected: {one.text} ({one.reason})" for one in view.corrections]
    return said + ([f"Minutes closed by {view.closed_by}, digest {view.digest}"] if view.digest else [])


def _moment(text: str) -> datetime:
    from gates.values import Misfit, parse, to_python
    from policies.model import Field

    field = Field(type="moment")
    try:
        found: datetime | None = to_python(field, parse(field, text)) if text.strip() else None
    except Misfit as misfit:
        fail(f"{text!r}: {misfit}", MISUSE)
    if found is None:
        fail("Say when: 2026-12-02T14:30.", MISUSE)
    return found


def _day(text: str | None) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text or "")
    except ValueError:
        fail(f"--due {text or ''}: write a day, for instance 2026-12-11.", MISUSE)
