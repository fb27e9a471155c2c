"""`tollgate record exceptions`, `sample`, `samples`, `review`, `reviews`: what auditors ask of the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.files import write_file
from workflows.cli.output import MISUSE, AsJson, emit, fail, plain, table
from workflows.cli.period import Span, period
from workflows.cli.sheets import Out, check_out, take
from workflows.cli.wired import As, actor, operator, reader, register, services

if TYPE_CHECKING:
    from gates.service.compliance.exceptions import ExceptionReport
    from gates.service.compliance.sampling import Sample

Key = Annotated[str, typer.Argument(help="The item's key.")]


def exceptions(
    since: Annotated[str | None, typer.Option("--from", help="From this day on (UTC).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to and with this day (UTC).")] = None,
    span: Span = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Of this kind alone; may be repeated.")] = None,
    person: As = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """List what was late, delegated, overridden, refused, taken back, changed in flight, or not delivered."""
    from gates.service.compliance.exceptions import KINDS
    from workflows.lists import of_exceptions

    first, last = period(since, until, span)
    unknown = [kind for kind in kinds or [] if kind not in KINDS]
    if unknown:
        fail(f"--kind {unknown[0]!r} is no kind of exception. There is: {', '.join(KINDS)}.", MISUSE)
    check_out(out)
    with register(create=False) as book:
        by = reader(book, person)
        report = book.exceptions(first, last, tuple(kinds or ()))
        asked = {"since": since, "until": until, "period": span, "kind": ", ".join(kinds or ())}
        question = {name: value for name, value in asked.items() if value}
        if out is not None:
            take(book, out, of_exceptions(report), by, question, as_json=as_json)
            return
        book.note_search(by, {"list": "exceptions", **question}, len(report.rows))
    emit({**plain(report), "counts": report.counts}, _report_text(report), as_json)


def _report_text(report: ExceptionReport) -> str:
    from gates.service.compliance.entries import Period

    span = Period(report.since, report.until).in_words()
    looked = f"{report.entries:,} entries {span} were looked at, on {report.items:,} items and the chains of the house"
    if not report.rows:
        return f"No exceptions: {looked}, for: {', '.join(report.kinds)}."
    rows = [(f"{r.at:%Y-%m-%d %H:%M}Z", r.kind, r.item, str(r.seq), r.name, r.sentence) for r in report.rows]
    counts = [f"{count:>6,}  {kind}" for kind, count in report.counts.items()]
    shown = table(("when", "kind", "item", "entry", "who", "what"), rows)
    return "\n".join([shown, "", *counts, "", f"{len(rows):,} exception{'' if len(rows) == 1 else 's'}; {looked}."])


def sample(
    size: Annotated[int, typer.Option("--size", help="How many items to draw.")],
    seed: Annotated[str, typer.Option("--seed", help="A word or number of your choice; the same draws the same.")],
    since: Annotated[str | None, typer.Option("--from", help="Items created from this day on (UTC).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Items created up to this day (UTC).")] = None,
    span: Span = None,
    process: Annotated[str | None, typer.Option("--process", help="Items of this process.")] = None,
    site: Annotated[str | None, typer.Option("--site", help="Items of this site.")] = None,
    stratify: Annotated[
        str | None, typer.Option("--stratify", help="At least one from each process, site or outcome.")
    ] = None,
    population: Annotated[
        Path | None, typer.Option("--population", help="Write the list of all items that could be drawn to this file.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--as", "--by", envvar="TOLLGATE_PERSON", help="Who draws: a person's id. Else the operator."),
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Draw a sample of items that anybody can draw again. It goes on the record with its population and seed."""
    from gates.service.compliance.sampling import SampleOrder
    from workflows.lists import of_drawn

    first, last = period(since, until, span)
    check_out(out)
    if population is not None:
        write_file(population, b"")  # a file that cannot be written is found before anything goes on the record
    with services(create=False) as built:
        from workflows.steps import seal_step

        if built.register.log().pending:
            seal_step(built)
        order = SampleOrder(size, seed, first, last, process, site, stratify)
        who = actor(by) if by else operator()
        found = built.register.sample(order, who)
        if population is not None:
            write_file(population, found.listing.encode())
        if out is not None:
            take(built.register, out, of_drawn(found), who, {"sample": found.seq}, as_json=as_json)
            return
    emit({**plain(found), "listing": found.listing.splitlines()}, _sample_text(found), as_json)


def _sample_text(found: Sample) -> str:
    rows = [(one.stratum, str(one.place), one.key, one.hash[:16], one.digest[:16]) for one in found.drawn]
    strata = [f"  {name}: {taken:,} of {there:,}" for name, (there, taken) in found.strata.items()]
    return "\n".join(
        [
            table(("stratum", "place", "item", "hash", "first entry"), rows),
            "",
            f"{len(rows):,} of {found.population:,} items, seed {found.order.seed}",
            *(strata if found.order.stratify else []),
            f"population  SHA-256 {found.population_digest}",
            f"log         {found.log_size:,} entries, root {found.log_root}",
            f"on record   entry {found.seq} of @desk",
        ]
    )


def samples(as_json: AsJson = False) -> None:
    """List the samples drawn so far, oldest first."""
    with register(create=False) as book:
        found = book.samples()
    rows = [
        (str(s.seq), f"{s.at:%Y-%m-%d %H:%M}Z", s.by or "an operator", s.order.seed, f"{len(s.drawn)}/{s.population}",
         " ".join(one.key for one in s.drawn))
        for s in found
    ]  # fmt: skip
    shown = table(("entry", "when", "who", "seed", "drawn", "items"), rows) if rows else "No sample was drawn yet."
    emit(found, shown, as_json)


def review(
    key: Key,
    finding: Annotated[str, typer.Option("--finding", help="What was found; it goes on the record.")],
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """Review the trail of an item, on the record. Refused to whoever had a part in what is reviewed."""
    by = actor(person)
    with register(create=False) as book:
        said = book.review_trail(key, by, finding)
        last = book.trail_reviews(key)[-1]
    emit({"key": key, "review": last, "sentence": said}, f"{said}\nHead {last.head}", as_json)


def reviews(key: Key, person: As = None, out: Out = None, as_json: AsJson = False) -> None:
    """Show who reviewed the trail of an item, up to where, and what they found."""
    from workflows.lists import of_reviews

    check_out(out)
    with register(create=False) as book:
        by, found = reader(book, person), book.trail_reviews(key)
        if out is not None:
            take(book, out, of_reviews(key, found), by, {"item": key}, as_json=as_json)
            return
    lines = [f"{one.sentence}\n      {one.finding}" for one in found]
    emit(found, "\n".join(lines) or f"Nobody has reviewed the trail of {key} yet.", as_json)
