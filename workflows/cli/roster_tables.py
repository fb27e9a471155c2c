"""`tollgate roster template | export`, and what `import` shows before it changes anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.files import read_file, write_file
from workflows.cli.output import MISUSE, AsJson, emit, fail, talk
from workflows.cli.wired import operator, register

if TYPE_CHECKING:
    from gates.roster import RosterFile
    from gates.roster.sheet import Difference
    from gates.service import Register

Out = Annotated[Path, typer.Argument(help="The file to write: .csv or .xlsx.")]


def template(out: Out, as_json: AsJson = False) -> None:
    """Write an empty table with every column, to be filled in and imported."""
    from gates.roster.sheet import HEAD

    _write(out, HEAD, [])
    emit({"file": str(out), "columns": list(HEAD)}, f"{out}: one row for each role somebody holds.", as_json)


def export(out: Out, as_json: AsJson = False) -> None:
    """Write the people and their roles as a table that `import` takes."""
    from gates.roster.sheet import table_of

    with register(create=False) as book:
        head, rows = table_of(book.roster_book())
        _write(out, head, rows)
        book.note_export(operator(), "roster", {"entries": len(rows)})
        emit({"file": str(out), "rows": len(rows)}, f"{out}: {len(rows):,} rows.", as_json)


def _write(out: Path, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from workflows.tables import write_csv, write_xlsx

    if out.suffix not in (".csv", ".xlsx"):
        fail(f"{out} would be no table: name a file that ends in .csv or .xlsx.", MISUSE)
    write_file(out, write_csv(head, rows) if out.suffix == ".csv" else write_xlsx("People", head, rows))


def roster_in(file: Path, book: Register) -> RosterFile:
    """The roster a file says: the whole of it (YAML), or its people (CSV, XLSX) with the sites and titles there are."""
    from gates.roster import RosterFile
    from gates.roster.sheet import people_of, with_people
    from policies.load import build, read_document
    from workflows.roster_files import read_table

    raw = read_file(file)
    if file.suffix.casefold() in (".csv", ".xlsx"):
        return with_people(book.roster_book(), people_of(read_table(raw, file.name)))
    return build(RosterFile, read_document(raw, str(file)))


def show(found: Difference, asked: dict[str, list[str]]) -> None:
    """Say what an import would change; who leaves with asks that are open is named with the items."""
    for person in found.joins:
        talk(f"joins    {person}")
    for person in found.leaves:
        items = asked.get(person, [])
        talk(f"leaves   {person}" + (f": is asked in {', '.join(items)}" if items else ""))
    for person, sentence in found.changes:
        talk(f"changes  {person}: {sentence}")
