"""`tollgate record …`: the record of an item, shown and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from workflows.cli.files import write_file
from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, plain_errors
from workflows.cli.wired import As, reader, register, services

if TYPE_CHECKING:
    from gates.ledger.verify import StoredRecord

record_app = typer.Typer(help="Show, check and certify the record of an item.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The item's key.")]


@record_app.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """Show every entry, oldest first."""
    with register(create=False) as book:
        lines = book.item(key).timeline
        text = "\n".join(
            f"{line.seq:>4}  {line.at:%Y-%m-%d %H:%M:%S}Z  {line.who}: {line.sentence}"
            + "".join(f"\n      {detail}" for detail in line.details)
            for line in lines
        )
        emit(lines, text, as_json)


@record_app.command()
def verify(
    key: Annotated[
        str | None, typer.Argument(help="The item's key, or a chain of the house (@roster); left out with --file.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A record.json saved from a certificate.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the record in numbered steps; exit 0 when it is whole, 1 when it is not. --file needs no database."""
    from gates.ledger.proof.command import printable
    from gates.ledger.verify import NOT_SHOWN, STEPS, remarks
    from gates.ledger.verify import verify as take_steps

    if (key is None) == (file is None):
        fail("Name an item, or a document with --file: one of the two.", MISUSE)
    record = _of_register(key) if key is not None else _of_file(cast("Path", file))
    steps, said_too, name = take_steps(record), remarks(record), record.chain
    whole = len(steps) == len(STEPS) and all(step.ok for step in steps)
    said = [f"{step.number}  {'ok  ' if step.ok else 'FAIL'}  {step.title}: {step.said}" for step in steps]
    verdict = f"The record of {name} is whole." if whole else f"The record of {name} does NOT hold."
    head = f"Head {record.head}"
    notes = [*(f"Remark: {one}." for one in said_too), *(f"Not shown: {one}." for one in NOT_SHOWN)]
    data = {"key": name, "whole": whole, "head": record.head, "steps": steps, "remarks": said_too}
    emit({**data, "not_shown": NOT_SHOWN}, "\n".join(map(printable, [*said, verdict, head, *notes])), as_json)
    if not whole:
        raise typer.Exit(NO)


def _of_register(key: str) -> StoredRecord:
    with register(create=False) as book:
        return book.read_record(key)


def _of_file(path: Path) -> StoredRecord:
    from gates.ledger.document import read_document
    from workflows.cli.files import read_file

    with plain_errors():
        return read_document(read_file(path))


@record_app.command()
def certificate(
    key: Key,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; left out, KEY.pdf here.")] = None,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    r"""Write the certificate of an item: a PDF that says who signed what, with the record attached.

    The record is checked first. The same record gives the same bytes. That it was made goes on the record. Needs the
    extra: pip install 'tollgate\[pdf]'.
    """
    import hashlib

    from notifications.certificate import certificate_of

    with services(create=False) as built:
        by = reader(built.register, person)
        record = built.register.read_record(key)
        made = certificate_of(record, built.settings.site_name)
        path, digest = out or Path(f"{key}.pdf"), hashlib.sha256(made).hexdigest()
        write_file(path, made)
        built.register.note_export(by, "certificate", {"asked": {"item": key}, "sha256": digest})
    data = {"key": key, "file": path, "bytes": len(made), "sha256": digest, "head": record.head}
    emit(data, f"{path}: certificate of {key}, {len(made):,} bytes\nSHA-256 {digest}\nHead    {record.head}", as_json)
