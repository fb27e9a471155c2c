"""The JSON Schema in a real editor's language server: docs/howto/edit-with-completion.md, walked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server import LanguageServer, Place, language_server

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "edit-with-completion.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.S)
STEP = "  "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """A server on a folder with the schema in it, written by the page's own command."""
    root = tmp_path_factory.mktemp("processes")
    (command,) = re.findall(r"```console\ntollgate (.*?) > (\S+)\n```", PAGE)
    made = subprocess.run(
        [sys.executable, "-m", "workflows.cli.main", *command[0].split()], capture_output=True, check=True
    )
    (root / command[1]).write_bytes(made.stdout)
    with language_server(root) as running:
        yield running


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the one table under a heading of the page; backticks are taken off."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert lines
    return [tuple(cell.strip().strip("`") for cell in line.strip("| ").split(" | ")) for line in lines]


def words(cell: str) -> list[str]:
    return [word.strip("` ") for word in cell.split(",")]


def place_of(line_start: str) -> Place:
    """Line and column of the one line of the example that starts so, leading blanks aside."""
    found = [
        (number, len(line) - len(line.lstrip()))
        for number, line in enumerate(EXAMPLE.splitlines())
        if line.lstrip().startswith(line_start)
    ]
    assert len(found) == 1, (line_start, found)
    return found[0]


def with_line(after: str, added: str) -> tuple[str, Place]:
    """The example with `added` under the line that starts with `after`, a step further in; where it ends."""
    number, indent = place_of(after)
    lines = EXAMPLE.splitlines()
    new = [" " * indent + STEP + line for line in added.split("\n")]
    lines[number + 1 : number + 1] = new
    return "\n".join(lines) + "\n", (number + len(new), len(new[-1]))


def test_the_example_has_no_faults(server: LanguageServer) -> None:
    """A process that is sound is sound in the editor."""
    assert server.diagnostics(EXAMPLE) == []


@pytest.mark.parametrize(("under", "typed", "offered"), rows("What it offers"))
def test_keys_are_completed(server: LanguageServer, under: str, typed: str, offered: str) -> None:
    """On a new line, the words that may stand there are offered, each with its text."""
    text, at = with_line(under, "- " if typed == "-" else "")
    found = server.completion(text, at)
    assert [word for word in words(offered) if word not in found] == []
    assert [word for word in words(offered) if not found[word].get("documentation")] == []


@pytest.mark.parametrize(("key", "offered"), rows("What may stand after a key"))
def test_values_are_completed(server: LanguageServer, key: str, offered: str) -> None:
    """After a key, the values it may take are offered."""
    number, indent = place_of(key)
    lines = EXAMPLE.splitlines()
    lines[number] = " " * indent + key + " "
    found = server.completion("\n".join(lines) + "\n", (number, indent + len(key) + 1))
    assert [word for word in words(offered) if word not in found] == []


@pytest.mark.parametrize(("key", "shown"), rows("What it explains"))
def test_keys_are_explained(server: LanguageServer, key: str, shown: str) -> None:
    """Over a key, its text from the reference is shown."""
    number, indent = place_of(key)
    assert shown in server.hover(EXAMPLE, (number, indent + 1))


@pytest.mark.parametrize(("instead", "written", "message"), rows("What it refuses"))
def test_faults_are_shown_as_they_are_typed(server: LanguageServer, instead: str, written: str, message: str) -> None:
    """A fault is marked on its line, with what would fit."""
    number, _ = place_of(instead)
    lines = EXAMPLE.splitlines()
    lines[number] = lines[number].replace(instead, written)
    found = server.diagnostics("\n".join(lines) + "\n")
    assert [words for line, words in found if line == number] == [message]
    assert len(found) == 1


SNIPPETS = [
    ("all:", "- ", "votes: so many of a role"),
    ("all:", "- ", "votes: one at the item's site"),
    ("all:", "- ", "votes: a share of a role"),
    ("all:", "- ", "votes: a veto"),
    ("all:", "- ", "all of several"),
    ("policies:", "other:\n  ", "policy: approve or reject"),
    ("states:", "other:\n  ", "state: people act"),
    ("states:", "other:\n  ", "state: a round of approval"),
    ("states:", "other:\n  ", "state: an end"),
    ("acts:", "other:\n  ", "act: to another state"),
]


@pytest.mark.parametrize(("under", "typed", "label"), SNIPPETS)
def test_snippets_are_offered_and_sound(server: LanguageServer, under: str, typed: str, label: str) -> None:
    """Whole rules, policies and states come with places to fill in; left as they are, they are no fault."""
    text, at = with_line(under, typed)
    inserted = server.completion(text, at)[label]["insertText"]
    assert "${1:" in inserted
    lines = text.splitlines()
    indent = len(lines[at[0]]) - len(lines[at[0]].lstrip())
    lines[at[0]] += re.sub(r"\$\{[0-9]:([^}]*)\}", r"\1", inserted).replace("\n", "\n" + " " * indent)
    assert server.diagnostics("\n".join(lines) + "\n") == []


def test_no_key_completes_to_null(server: LanguageServer) -> None:
    """Nothing that is offered would be refused for having nothing in it."""
    for under in ("submit:", "draft:", "release:"):
        found = server.completion(*with_line(under, ""))
        assert [label for label, item in found.items() if "null" in json.dumps(item["insertText"])] == []
