"""`tollgate record search`, `person` and `as-of`: questions to the record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, plain, table
from workflows.cli.period import period
from workflows.cli.sheets import Out, check_out, take
from workflows.cli.wired import As, reader, register

if TYPE_CHECKING:
    from gates.service.searching.find import Answer
    from gates.service.searching.sentences import FoundEntry

KINDS = "decision, signature, refused, move, edit, round, policy, proof, …"
Kind = Annotated[str | None, typer.Option("--kind", help=KINDS)]
Process = Annotated[str | None, typer.Option("--process", help="A process.")]
Since = Annotated[str | None, typer.Option("--from", help="From this day on (UTC).")]
Until = Annotated[str | None, typer.Option("--until", help="Up to this day (UTC).")]
Page = Annotated[int, typer.Option("--page", min=1, help="Which page of 50.")]


def search(
    words: Annotated[str, typer.Argument(help='Words and "phrases"; all have to be there.')] = "",
    who: Annotated[
        str | None, typer.Option("--who", help="A person's id: what they did and what is about them.")
    ] = None,
    kind: Kind = None,
    item: Annotated[str | None, typer.Option("--item", help="An item's key.")] = None,
    process: Process = None,
    position: Annotated[str | None, typer.Option("--position", help="What was said: approve, reject, …")] = None,
    level: Annotated[str | None, typer.Option("--level", help="The level of proof reached: L0 to L3.")] = None,
    since: Since = None,
    until: Until = None,
    why: Annotated[str, typer.Option("--why", help="Words of a reason or comment.")] = "",
    page: Page = 1,
    person: As = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Search every entry of the record: who, what, when and why; newest first. What was asked goes on the record."""
    from gates.service.searching.find import Question
    from workflows.lists import of_entries

    first, last = period(since, until)
    question = Question(
        words=words,
        who=who,
        kind=kind,
        item=item,
        process=process,
        position=position,
        level=level,
        since=first,
        until=last,
        why=why,
        page=page,
        is_whole=out is not None,
    )
    check_out(out)
    with register(create=False) as book:
        by = reader(book, person)
        answer, asked = book.search(question), question.asked()
        if out is not None:
            take(book, out, of_entries(answer.found), by, asked, as_json=as_json)
            return
        if asked and page == 1:
            book.note_search(by, asked, answer.total)
    lines = [f"{_line(one)}{_details(one)}" for one in answer.found]
    emit(answer, "\n".join([*lines, _count(answer)]), as_json)


def person(
    who: Annotated[str, typer.Argument(help="A person's id on the roster, also of somebody who has left.")],
    kind: Kind = None,
    process: Process = None,
    since: Since = None,
    until: Until = None,
    page: Page = 1,
    by: As = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Show everything somebody did and everything that was done about them, newest first; each says which."""
    from gates.service.searching.find import Question
    from workflows.lists import of_person, part_of

    first, last = period(since, until)
    question = Question(
        who=who, kind=kind, process=process, since=first, until=last, page=page, is_whole=out is not None
    )
    check_out(out)
    with register(create=False) as book:
        actor = reader(book, by)
        answer, asked = book.search(question), question.asked()
        if out is not None:
            take(book, out, of_person(answer.found, who), actor, asked, as_json=as_json)
            return
        if page == 1:
            book.note_search(actor, asked, answer.total)
    data = {**plain(answer), "found": [{"part": part_of(one, who), **plain(one)} for one in answer.found]}
    lines = [f"{part_of(one, who):5}  {_line(one)}{_capacity(one)}{_details(one)}" for one in answer.found]
    emit(data, "\n".join([*lines, _count(answer)]), as_json)


def _line(one: FoundEntry) -> str:
    return f"{one.at:%Y-%m-%d %H:%M:%S}Z  {one.chain} {one.seq}  {one.who}: {one.sentence}"


def _details(one: FoundEntry) -> str:
    return "".join(f"\n      {detail}" for detail in one.details)


def _capacity(one: FoundEntry) -> str:
    return f" [{one.capacity}{f', for {one.on_behalf_of}' if one.on_behalf_of else ''}]" if one.capacity else ""


def _count(answer: Answer) -> str:
    pages = f", page {answer.page} of {answer.pages}" if answer.pages > 1 else ""
    return f"{answer.total:,} {'entry' if answer.total == 1 else 'entries'}{pages}."


def as_of(
    key: Annotated[str, typer.Argument(help="The item's key.")],
    moment: Annotated[str, typer.Argument(help="2026-03-01, or 2026-03-01T10:00Z.")],
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """Show an item as it was at some past moment, from its entries alone. That it was looked at goes on the record."""
    then = moment_of(moment)
    with register(create=False) as book:
        by, was = reader(book, person), book.as_of(key, then)
        book.note_search(by, was.question, was.entries)
    rows = [(one.title, one.text or "–") for one in was.fields]
    rows += [
        (text, f"{'met' if met else 'open'}{f', {evidence}' if evidence else ''}")
        for text, met, evidence in was.criteria
    ]
    said = [
        f"  {one.position} by {one.name}{f' for {one.on_behalf_of}' if one.on_behalf_of else ''}, {one.capacity}, "
        f"{one.at:%Y-%m-%d %H:%M}Z{'' if one.stands else ' (taken back)'}"
        for one in was.said
    ]
    head = [
        f"{was.key} {was.title}",
        f"as of {was.moment:%Y-%m-%d %H:%M:%S} UTC, after {was.entries} of its {was.of} entries",
        f"in {was.state}, revision {was.revision} ({was.revision_digest[:12]}…), "
        f"{was.process} ({was.process_digest[:12]}…)",
    ]
    asked = ", ".join(f"{name} ({capacity})" for name, capacity in was.asked)
    text = "\n".join([*head, "", table(("field", "value"), rows), *(["", f"Asked: {asked}"] if asked else []), *said])
    emit(was, text, as_json)


def moment_of(text: str) -> datetime:
    """A moment as somebody types it: a day is its end. Misuse when it is none."""
    try:
        found = datetime.fromisoformat(text)
        if len(text) == 10:
            found += timedelta(days=1, microseconds=-1)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        fail(f"{text!r} is no moment; write 2026-03-01 or 2026-03-01T10:00Z.", MISUSE)
