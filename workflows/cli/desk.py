"""`tollgate record search` and `as-of`: questions to the record."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, table
from workflows.cli.period import period
from workflows.cli.wired import operator, register

if TYPE_CHECKING:
    from gates.service.searching.sentences import FoundEntry

HEAD = (
    "at (UTC)", "item", "title", "process", "entry", "kind", "who", "what", "capacity", "for", "level", "why", "digest",
)  # fmt: skip
Out = Annotated[Path | None, typer.Option("-o", "--out", help="Write a .csv, .xlsx or .json file instead.")]


def search(
    words: Annotated[str, typer.Argument(help='Words and "phrases"; all have to be there.')] = "",
    who: Annotated[
        str | None, typer.Option("--who", help="A person's id: what they did and what is about them.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="decision, signature, refused, move, edit, round, policy, proof, …")
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help="An item's key.")] = None,
    process: Annotated[str | None, typer.Option("--process", help="A process.")] = None,
    position: Annotated[str | None, typer.Option("--position", help="What was said: approve, reject, …")] = None,
    level: Annotated[str | None, typer.Option("--level", help="The level of proof reached: L0 to L3.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From this day on (UTC).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this day (UTC).")] = None,
    why: Annotated[str, typer.Option("--why", help="Words of a reason or comment.")] = "",
    page: Annotated[int, typer.Option("--page", min=1, help="Which page of 50.")] = 1,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Search every entry of the record: who, what, when and why; newest first."""
    from gates.service.searching.find import MOST_PER_PAGE, PAGE, Question

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
        per_page=PAGE if out is None else MOST_PER_PAGE,
    )
    with register(create=False) as book:
        answer = book.search(question)
        if out is not None:
            write_list(out, "Record", HEAD, [row_of(one) for one in answer.found], answer.found)
            asked = {name: str(value) for name, value in asdict(question).items() if value and name != "per_page"}
            book.note_export(operator(), "record", {"asked": asked, "entries": len(answer.found)})
    if out is not None:
        said = f"{out}: {len(answer.found):,} of {answer.total:,} entries."
        emit({"file": str(out), "entries": len(answer.found), "total": answer.total}, said, as_json)
        return
    lines = [
        f"{one.at:%Y-%m-%d %H:%M:%S}Z  {one.chain} {one.seq}  {one.who}: {one.sentence}"
        + "".join(f"\n      {detail}" for detail in one.details)
        for one in answer.found
    ]
    pages = f", page {answer.page} of {answer.pages}" if answer.pages > 1 else ""
    emit(
        answer, "\n".join([*lines, f"{answer.total:,} {'entry' if answer.total == 1 else 'entries'}{pages}."]), as_json
    )


def as_of(
    key: Annotated[str, typer.Argument(help="The item's key.")],
    moment: Annotated[str, typer.Argument(help="2026-03-01, or 2026-03-01T10:00Z.")],
    as_json: AsJson = False,
) -> None:
    """Show an item as it was at some past moment, from its entries alone."""
    then = _moment(moment)
    with register(create=False) as book:
        was = book.as_of(key, then)
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


def row_of(one: FoundEntry) -> tuple[Any, ...]:
    """One entry as the columns of `HEAD`."""
    return (
        one.at, one.item, one.title, one.process, one.seq, one.kind, one.who, one.sentence, one.capacity,
        one.on_behalf_of, one.level, one.why, one.digest,
    )  # fmt: skip


def write_list(path: Path, title: str, head: tuple[str, ...], rows: list[tuple[Any, ...]], data: Any) -> None:
    """Write a list in the form that the file's name asks for."""
    import json

    from workflows.cli.output import plain
    from workflows.tables import write_csv, write_xlsx

    forms = {
        ".csv": lambda: write_csv(head, rows),
        ".xlsx": lambda: write_xlsx(title, head, rows),
        ".json": lambda: json.dumps(plain(data), ensure_ascii=False, indent=2).encode(),
    }
    if path.suffix not in forms:
        fail(f"{path} would be no list: name a file that ends in {', '.join(forms)}.", MISUSE)
    try:
        path.write_bytes(forms[path.suffix]())
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.", NO)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no moment; write 2026-03-01 or 2026-03-01T10:00Z.", MISUSE)
    if len(text) == 10:
        found += timedelta(days=1, microseconds=-1)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
