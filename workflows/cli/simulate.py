"""`tollgate process simulate`: a process tried on people and dates before anybody meets it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.files import day_of, load_file, read_file
from workflows.cli.output import MISUSE, AsJson, emit, fail, plain_errors

if TYPE_CHECKING:
    from gates.roster import RosterBook
    from gates.simulate import PeopleFile, Plan
    from policies.facts import ItemFacts
    from policies.load import Document, LoadedProcess


def simulate(
    file: Annotated[Path, typer.Argument(help="A process file, or the name of a shipped process.")],
    roster: Annotated[Path | None, typer.Option(help="The roster; left out: a few made-up people a role.")] = None,
    item: Annotated[Path | None, typer.Option(help="The item's site, author and fields; the rest is made up.")] = None,
    people: Annotated[Path | None, typer.Option(help="How people answer, and when they are away.")] = None,
    origin: Annotated[str | None, typer.Option("--from", help="The state it starts in; left out: the start.")] = None,
    runs: Annotated[int, typer.Option(min=1, max=100_000)] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 1,
    start: Annotated[str | None, typer.Option(help="The first day, as 2026-12-14; left out: today.")] = None,
    until_days: Annotated[int, typer.Option(min=1, max=3650, help="Days after which a run is left open.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Simulate a process: how long it takes, where and for whom it waits, what it misses, where it gets stuck."""
    from gates.simulate import simulate as run

    with plain_errors():
        loaded = load_file(file)
    with _misuse():
        plan = _plan(loaded, roster, item, people, _state(loaded, origin), day_of(start, "--start"), until_days)
    report = run(plan, runs=runs, seed=seed, progress=_with_progress)
    emit(report.as_data(), report.as_text(), as_json)


@contextmanager
def _misuse() -> Iterator[None]:
    """A file that does not fit is misuse: the process itself has been read by then."""
    from policies.errors import TollgateError

    try:
        yield
    except TollgateError as error:
        fail(str(error), MISUSE)


def _plan(
    loaded: LoadedProcess,
    roster: Path | None,
    item: Path | None,
    people: Path | None,
    origin: str,
    start: date,
    days: int,
) -> Plan:
    from gates.simulate import made_up_roster, make_plan, with_author

    book = _book(roster)
    about = _document(item)
    facts, assumed = _item(loaded, about, book, start)
    if book is None:
        assumed = ["People: a few for each role, at work from 9 to 5 UTC without holidays.", *assumed]
        book = made_up_roster(loaded, facts)
    zone = book.sites[facts.site].zone if facts.site in book.sites else "UTC"
    book = with_author(book, facts.author, zone)
    habits = _habits(people, loaded, book)
    if people is None:
        assumed = [*assumed, "Habits: answers in 4 working hours (p90 two days), nine of ten approve."]
    return make_plan(loaded, facts, book, habits, start=start, days=days, origin=origin, assumed=assumed)


def _document(path: Path | None) -> Document | None:
    from policies.load import read_document

    return None if path is None else read_document(read_file(path), str(path))


def _book(path: Path | None) -> RosterBook | None:
    from gates.roster import RosterFile
    from gates.simulate import book_of
    from policies.load import build

    document = _document(path)
    return None if document is None else book_of(build(RosterFile, document))


def _item(
    loaded: LoadedProcess, document: Document | None, book: RosterBook | None, start: date
) -> tuple[ItemFacts, list[str]]:
    """The item, and what was made up in a sentence. Who is named in its file has to be on the roster."""
    from gates.simulate import item_of, read_item

    file = read_item(document)
    for word in ("site", "author", "owner") if book is not None else ():
        known = list(book.sites if word == "site" else book.people) if book is not None else []
        _known(word, getattr(file, word), known, document)
    site = next(iter(book.sites), None) if book is not None else None
    facts, made_up = item_of(loaded, file, document, site=site, start=start)
    return facts, [f"Item: {'; '.join(made_up)}."] if made_up else []


def _known(word: str, value: str | None, known: Sequence[str], document: Document | None) -> None:
    if value is None or value in known or document is None:
        return
    line, column = document.place((word,))
    where = "a site of the roster" if word == "site" else "anybody on the roster"
    fail(f"{document.source}:{line}:{column}: {word} {value!r} is not {where}. {_near(value, known)}", MISUSE)


def _habits(path: Path | None, loaded: LoadedProcess, book: RosterBook) -> PeopleFile:
    from gates.simulate import PeopleFile, check_people, read_people

    if path is None:
        return PeopleFile()
    file, document = read_people(read_file(path), str(path))
    roles = list(dict.fromkeys(holding.role for holding in book.holdings))
    check_people(file, document, loaded, list(book.people), roles, list(book.sites))
    return file


def _state(loaded: LoadedProcess, name: str | None) -> str:
    states = loaded.process.states
    if name is None:
        return loaded.process.start
    open_ones = [state for state, line in states.items() if line.end is None]
    if name not in open_ones:
        what = f"{name!r} is an end" if name in states else f"There is no state {name!r}"
        fail(f"--from: {what}. {_near(name, open_ones)}", MISUSE)
    return name


def _near(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"There is: {', '.join(known)}."


def _with_progress(numbers: Sequence[int]) -> Iterable[int]:
    """The numbers, with a bar on stderr for whoever watches."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(numbers, "Simulating", console=console, transient=True, disable=not console.is_terminal)
