"""Reading the files a command is given."""

from __future__ import annotations

from pathlib import Path

from workflows.cli.output import MISUSE, fail


def read_file(path: Path) -> bytes:
    """The bytes of `path`; misuse with a sentence when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}.", MISUSE)
