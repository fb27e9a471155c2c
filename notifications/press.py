"""The press: a typst template and data -> one PDF that is PDF/A-3a (archival) and PDF/UA-1 (accessible).

Data reach a template as JSON in `sys.inputs`, never as typst text, so that no title can be read as code. The same
data and attachment give the same bytes: the date is given, fonts are those inside typst (and of the extra `cjk`,
where it is installed), and no system font is looked at.

A character that no font here has is written as its code point, `[U+1F600]`, and so is each invisible one that could
make a name read otherwise than it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from notifications.errors import PressError, PressMissing

INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
CJK_PACKAGE = "noto_cjk_sans_jp_regular"
BREAK_EVERY = 5
"""Letters between two places where a run of more than thirty without a space may be broken, so that it never leaves
the page. Digests are left whole."""
_WORD = re.compile(r"\S{31,}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LACKING = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF, associated with the whole document (PDF/A-3)."""

    name: str
    data: bytes
    media_type: str
    description: str


def press(
    template: Path, data: Mapping[str, Any], *, at: datetime, attachment: Attachment | None = None, cjk: bool = True
) -> bytes:
    """The PDF of `template` filled with `data`, dated `at`. Raises PressMissing, PressError.

    `cjk=False` leaves the font of the extra `cjk` aside even where it is installed.
    """
    if find_spec("typst") is None:
        raise PressMissing
    lacking: set[str] = set()
    while True:
        try:
            return _compile(template, _set(data, lacking), at, attachment, _fonts() if cjk else [])
        except _Lacking as found:
            if found.characters <= lacking:
                raise PressError(f"{template.name} cannot be set: {found}") from found
            lacking |= found.characters


class _Lacking(Exception):
    """No font has these characters."""

    def __init__(self, characters: frozenset[str], said: str) -> None:
        self.characters = characters
        super().__init__(said)


def _compile(
    template: Path, data: Mapping[str, Any], at: datetime, attachment: Attachment | None, fonts: list[Path]
) -> bytes:
    import typst

    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    if attachment is not None:
        inputs["attached"] = attachment.data.decode("utf-8")
        inputs["attachment"] = json.dumps(
            {"name": attachment.name, "type": attachment.media_type, "description": attachment.description}
        )
    try:
        made = typst.compile(
            template,
            root=template.parent,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        lacking = frozenset("".join(map(_unescaped, _LACKING.findall(f"{error.message}\n{error.diagnostic}"))))
        if lacking:
            raise _Lacking(lacking, error.message) from error
        raise PressError(f"{template.name} cannot be set: {error.message}") from error
    assert isinstance(made, bytes)
    return made


def _unescaped(text: str) -> str:
    """A text as typst's messages quote it, as it was."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _fonts() -> list[Path]:
    """The folder of the extra `cjk`, where it is installed."""
    found = find_spec(CJK_PACKAGE)
    return [Path(place) for place in found.submodule_search_locations or ()] if found is not None else []


def _set(value: Any, lacking: set[str]) -> Any:
    """The data with every text fit to be set; `boxed` at the top says whether a character had to be spelt out."""
    boxed = False

    def fit(one: Any) -> Any:
        nonlocal boxed
        if isinstance(one, str):
            shown = "".join(c if _is_shown(c, lacking) else f"[U+{ord(c):04X}]" for c in one)
            boxed = boxed or shown != one
            return _WORD.sub(_breakable, shown)
        if isinstance(one, Mapping):
            return {key: fit(part) for key, part in one.items()}
        if isinstance(one, list | tuple):
            return [fit(part) for part in one]
        return one

    fitted = fit(value)
    return {**fitted, "boxed": boxed}


def _is_shown(character: str, lacking: set[str]) -> bool:
    if character in "\n\t":
        return True
    return character not in lacking and unicodedata.category(character) not in INVISIBLE


def _breakable(match: re.Match[str]) -> str:
    word = match[0]
    if _DIGEST.fullmatch(word):
        return word
    return "\u200b".join(word[i : i + BREAK_EVERY] for i in range(0, len(word), BREAK_EVERY))
