"""What every command shares: results on stdout, talk on stderr, plain errors, exit codes."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from policies.errors import TollgateError

NO = 1
MISUSE = 2

_wants_json: ContextVar[bool] = ContextVar("_wants_json", default=False)


def emit(data: Any, text: str, as_json: bool) -> None:
    """Print a result: the text for people, or the data as JSON."""
    typer.echo(json.dumps(plain(data), ensure_ascii=False, indent=2) if as_json else text)


def talk(text: str) -> None:
    """Say something that is not the result."""
    typer.echo(text, err=True)


def fail(message: str, code: int = NO) -> NoReturn:
    """Say why not, and leave. With --json the answer is JSON either way, on stdout."""
    if _wants_json.get():
        typer.echo(json.dumps({"error": message}, ensure_ascii=False, indent=2))
    else:
        talk(message)
    raise typer.Exit(code)


def forget_json() -> None:
    """A new command begins: its errors are sentences until it asks for JSON."""
    _wants_json.set(False)


def _remember(as_json: bool) -> bool:
    """Kept for `fail`, which is called from places that know of no options."""
    _wants_json.set(as_json)
    return as_json


AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.", callback=_remember)]


@contextmanager
def plain_errors(address: str = "") -> Iterator[None]:
    """Turn our errors into a sentence on stderr and exit code 1; everything else is a defect and stays loud. Pages
    that a sentence names are given with the server's `address`: a terminal knows no page by its path alone."""
    try:
        yield
    except TollgateError as error:
        fail(_PATH.sub(rf"{address}\1", str(error)) if address else str(error))


_PATH = re.compile(r"(?<![\w/.])(/(?:items|meetings|processes|account|officer)/[\w/-]+)")


def plain(value: Any) -> Any:
    """Any of our views as JSON-ready data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Columns of text, aligned; the last column is not padded."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def is_terminal() -> bool:
    """Whether somebody sits at the other end."""
    return sys.stdin.isatty()
