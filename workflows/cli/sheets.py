"""Lists that a command writes to a file instead of the terminal: `-o list.csv`, `.xlsx` or `.json`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.files import write_file
from workflows.cli.output import MISUSE, emit, fail

if TYPE_CHECKING:
    from gates.items import Actor
    from gates.service import Register
    from workflows.lists import Sheet

Out = Annotated[Path | None, typer.Option("-o", "--out", help="Write a .csv, .xlsx or .json file instead.")]


def check_out(out: Path | None) -> None:
    """Misuse when the file's name asks for no form there is; said before anything is read."""
    from workflows.lists import FORMS

    if out is not None and out.suffix.removeprefix(".") not in FORMS:
        fail(f"{out} would be no list: name a file that ends in {', '.join(f'.{form}' for form in FORMS)}.", MISUSE)


def take(register: Register, out: Path, sheet: Sheet, by: Actor, asked: Mapping[str, object], *, as_json: bool) -> None:
    """Write `sheet`, then enter that it left the register, and say so."""
    from workflows.lists import write

    write_file(out, write(sheet, out.suffix.removeprefix(".")))
    told = {name: str(value) for name, value in asked.items() if value}
    register.note_export(by, sheet.name, {"asked": told, "entries": len(sheet.rows)})
    count = len(sheet.rows)
    emit({"file": str(out), "rows": count}, f"{out}: {count:,} {'row' if count == 1 else 'rows'}.", as_json)
