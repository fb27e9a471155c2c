"""The how-tos: every command is one that exists, with options it has; every example reads."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from gates.roster import RosterFile
from gates.service.compliance.exceptions import KINDS
from policies.load import build, read_document
from workflows.cli.main import app

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted([*DOCS.glob("howto/*.md"), *DOCS.glob("tutorial/*.md"), *DOCS.glob("explanation/*.md")])


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in re.findall(r"```(?:console|sh)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(page.name, line.split("| ")[-1].strip()) for line in lines if "tollgate " in line]
    return [(page, line[line.index("tollgate ") :]) for page, line in found if "tollgate " in line]


@pytest.mark.parametrize(("page", "line"), commands())
def test_the_commands_of_the_pages_exist(page, line):
    """Nobody is told to type what the program does not know."""
    words = [word for word in shlex.split(line.split(" > ")[0].split(" && ")[0])[1:] if word != "&"]
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name, *words = words
        assert name in command.commands, f"{page}: there is no command {name!r} in {line!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    used = {word.split("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
    assert used <= {*known, "--help", "-h"}, f"{page}: {line!r}"


def test_the_roster_of_the_absences_reads():
    """The example can be copied and imported."""
    (text,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "howto" / "absences.md").read_text(), flags=re.DOTALL)
    roster = build(RosterFile, read_document(text, "roster.yaml"))
    assert [line.stand_in for line in roster.absences] == ["ben", None]


def test_the_kinds_of_exceptions_are_those_of_the_page():
    """Each with the same words."""
    text = (DOCS / "howto" / "audit.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text, flags=re.M)) == KINDS
