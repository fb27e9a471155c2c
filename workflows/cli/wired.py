"""The services for a command, and who acts."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import MISUSE, fail, plain_errors

if TYPE_CHECKING:
    from gates.items import Actor
    from gates.service import Register
    from workflows.wiring import Services

As = Annotated[
    str | None, typer.Option("--as", envvar="TOLLGATE_PERSON", help="Who acts: a person's id on the roster.")
]


@contextmanager
def services(*, create: bool = True) -> Iterator[Services]:
    """The services of this command, closed at its end; our errors become a sentence and exit code 1."""
    from workflows.settings import load_settings
    from workflows.wiring import wire

    with plain_errors():
        settings = load_settings()
    with plain_errors(settings.address):
        built = wire(settings, create=create)
        try:
            yield built
        finally:
            built.close()


@contextmanager
def register(*, create: bool = True) -> Iterator[Register]:
    """The register of this command."""
    with services(create=create) as built:
        yield built.register


def actor(person: str | None) -> Actor:
    """Who acts. The operating system's user is kept with the act. Misuse when nobody is named."""
    from gates.items import Actor

    if not person:
        fail("Say who acts: --as PERSON, or TOLLGATE_PERSON. `tollgate roster list` shows the ids.", MISUSE)
    return Actor(person, "cli", f"command line, user {_user()}")


def operator() -> Actor:
    """The operator at this machine, for acts that are nobody's on the roster."""
    from gates.items import Actor

    return Actor(None, "cli", f"command line, user {_user()}")


def reader(book: Register, person: str | None) -> Actor:
    """Who reads: a person where one is named, else the operator. Raises NotFound."""
    return actor(book.person(person).id) if person else operator()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
