"""Requirements, the tests that carry their ids, and the page that shows both.

The ids stand in the docstrings of tests; the files are parsed and never run for it. Only a clone of the repository has
them, so everything here takes the folder of one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.errors import TollgateError
from policies.load import read_document

REQUIREMENTS = Path("docs/compliance/requirements.yaml")
PAGE = Path("docs/compliance/trace.md")
KINDS = frozenset({"SW", "CFG", "PROC"})
_ID = re.compile(r"\b(?:P11|A11|PR)-\d{2}\b|\b(?:ALC|GAMP|DEV|ISO|SOX|EID)-\d\b|\bI[1-9]\b")


class CloneError(TollgateError):
    """The folder is no clone of the repository. Clone it at the tag of the installed version, and name its folder."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable statement. `kinds` are SW, CFG and PROC; `gap` says what is not there."""

    id: str
    source: str
    clause: str
    kinds: frozenset[str]
    text: str
    gap: str = ""

    @property
    def kind(self) -> str:
        """`SW+PROC`, software first."""
        return "+".join(kind for kind in ("SW", "CFG", "PROC") if kind in self.kinds)


@dataclass(frozen=True, slots=True, order=True)
class Carrier:
    """One test, where it stands, and what its docstring says."""

    file: str
    name: str
    sentence: str = ""

    @property
    def node(self) -> str:
        """As pytest names it."""
        return f"{self.file}::{self.name}"


def read_requirements(clone: Path) -> tuple[Requirement, ...]:
    """The requirements of a clone, in their order. Raises CloneError, ProcessError (unreadable YAML)."""
    path = clone / REQUIREMENTS
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CloneError(f"{path} cannot be read ({error.strerror}). {CloneError.__doc__}") from error
    sources: Mapping[str, Mapping[str, Mapping[str, str]]] = read_document(text, str(REQUIREMENTS)).data
    return tuple(
        Requirement(
            id=name,
            source=source,
            clause=str(stated["clause"]),
            kinds=frozenset(stated["kind"].split("+")),
            text=stated["text"],
            gap=stated.get("gap", ""),
        )
        for source, found in sources.items()
        for name, stated in found.items()
    )


def ids_in(text: str) -> tuple[str, ...]:
    """The requirement ids a text names, each once, in their order."""
    return tuple(dict.fromkeys(_ID.findall(text)))


def carriers(clone: Path) -> dict[str, tuple[Carrier, ...]]:
    """For each id the tests whose docstring names it, by file and name."""
    found: dict[str, list[Carrier]] = {}
    for path in sorted((clone / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            said = ast.get_docstring(node) or ""
            carrier = Carrier(path.relative_to(clone).as_posix(), node.name, " ".join(said.split()))
            for name in ids_in(said):
                found.setdefault(name, []).append(carrier)
    return {name: tuple(sorted(tests)) for name, tests in found.items()}


def page(requirements: Sequence[Requirement], tests: Mapping[str, Sequence[Carrier]]) -> str:
    """docs/compliance/trace.md"""
    parts = [
        "# Requirements and the tests that show them\n\n"
        "Made from [requirements.yaml](requirements.yaml) and from the docstrings of the tests "
        "(`python tests/docs/generated.py`). Results come with the [validation report]"
        "(../howto/validate.md), which runs these tests in your environment.\n\n"
        "SW: the software does it. CFG: the software offers it, you set it. PROC: your procedure.\n"
    ]
    for source in dict.fromkeys(one.source for one in requirements):
        parts.append(
            f"\n## {source}\n\n| id | clause | kind | statement | shown by |\n| --- | --- | --- | --- | --- |\n"
        )
        parts += [_row(one, tests.get(one.id, ())) for one in requirements if one.source == source]
    return "".join(parts)


def _row(one: Requirement, tests: Sequence[Carrier]) -> str:
    shown = [f"[{_plain(test.name)}](../../{test.file})" for test in tests]
    gap = [f"**Gap:** {one.gap}"] if one.gap else []
    return f"| {one.id} | {one.clause} | {one.kind} | {one.text} | {'<br>'.join([*shown, *gap]) or '–'} |\n"


def _plain(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")
