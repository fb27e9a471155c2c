"""What a check answers with, and how it names the choices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing found. `at_key` points at the key of `path` rather than at its value."""

    path: Path
    code: str
    message: str
    remedy: str = ""
    is_error: bool = True
    at_key: bool = False


def choose(word: str, known: Iterable[str]) -> str:
    """A near miss, or what there is."""
    options = sorted(known)
    near = get_close_matches(word, options, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"There is: {', '.join(options) or 'none'}."
