"""Reading the files a command is given, and writing the one it is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workflows.cli.output import MISUSE, fail

if TYPE_CHECKING:
    from gates.service.rulebook import ProcessText
    from policies.load import LoadedProcess


def read_file(path: Path) -> bytes:
    """The bytes of `path`; misuse with a sentence when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}.", MISUSE)


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path`; misuse with a sentence when that cannot be done."""
    try:
        path.write_bytes(data)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.", MISUSE)


def process_text(path: Path) -> bytes:
    """The text of a process file, or of the shipped process of that name."""
    from policies.library import library_names, library_text

    if not path.exists() and str(path) in library_names():
        return library_text(str(path)).encode()
    if not path.exists():
        shipped = ", ".join(library_names())
        fail(f"{path} cannot be read: No such file, and no shipped process. Shipped are: {shipped}.", MISUSE)
    return read_file(path)


def published_text(name: str, version: str | None = None) -> ProcessText | None:
    """The text of a process in the register: the one in force, or of a version or digest; None where there is no
    register, or it has none such."""
    from policies.errors import TollgateError
    from workflows.settings import load_settings
    from workflows.wiring import inspect_store, wire

    try:
        settings = load_settings()
        if inspect_store(settings) is None:
            return None
        services = wire(settings, create=False)
    except TollgateError:
        return None
    try:
        return services.register.process_text(name, version)
    finally:
        services.close()


def load_file(path: Path) -> LoadedProcess:
    """The checked process of a file, or the shipped one of that name. Raises ProcessError."""
    from policies.load import load_process

    return load_process(process_text(path), str(path))


def day_of(text: str | None, option: str) -> date:
    """The day an option names; today (UTC) when it is left out. Misuse when it is none."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text!r} is not a day. Write it as 2026-12-14.", MISUSE)
