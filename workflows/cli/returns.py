"""`tollgate mail returned`: what mail systems say about mails that did not arrive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workflows.cli.output import AsJson, emit, fail
from workflows.cli.wired import register

OTHER = "No report of delivery; nothing was done, and nothing is answered."


def returned(
    file: Annotated[str, typer.Argument(help="One mail as it arrived; - reads it from stdin.")] = "-",
    as_json: AsJson = False,
) -> None:
    """Note a mail system's report that a mail did not arrive: a hint, which shows on the item and changes nothing.

    For a mail server to pipe into. Whatever else arrives, people's answers and absence notices among it, is let be.
    """
    from notifications.returns import MOST_BYTES, read_report

    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.")
    report = read_report(raw)
    if report is None:
        said = OTHER
    elif not report.is_final:
        said = "A report of something that is not final; nothing was noted."
    else:
        with register(create=False) as book:
            said = book.note_returned(report.message_id, report.said)
    emit({"said": said}, said, as_json)
