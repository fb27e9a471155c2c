"""The how-tos: every command is one that exists, with options it has; every example reads."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from command_line import NEW, well
from world import ROSTER

from gates.roster import RosterFile
from gates.service.compliance.exceptions import KINDS, ExceptionReport
from gates.service.compliance.sampling import Sample, SampleOrder
from gates.sitesfile import SitesFile
from policies.load import build, load_process, read_document
from workflows import lists
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


def test_the_windows_of_the_page_read():
    """The sites file and the process can be copied: the process needs no more than its head and a policy."""
    calendar, process = re.findall(r"```yaml\n(.*?)```", (DOCS / "howto" / "windows.md").read_text(), flags=re.DOTALL)
    assert len(build(SitesFile, read_document(calendar, "sites.yaml")).sites["Lyon"].windows) == 4
    head = "process: x\ntitle: X\nkind: change_request\nnumbering: 'X-{n}'\nstart: planning\n"
    rule = "{from: plant-manager, at_least: 1}"
    reject = "{from: plant-manager, position: reject, at_least: 1}"
    rest = f"  closed: {{end: done}}\npolicies:\n  exception: {{reject: {reject}, approve: {rule}}}\n"
    assert load_process(head + process + rest, "x.yaml").process.states["planning"].acts["schedule"].window


def test_the_kinds_of_exceptions_are_those_of_the_page():
    """Each with the same words."""
    text = (DOCS / "howto" / "audit.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text, flags=re.M)) == KINDS


def test_the_columns_of_the_auditors_lists_are_those_of_the_page():
    """A11-09: each list, each column, in order."""
    order = SampleOrder(1, "2026")
    sample = Sample(1, datetime(2026, 1, 1, tzinfo=UTC), None, order, 0, "", 0, "", {}, ())
    sheets = [
        lists.of_entries(()),
        lists.of_person((), "ana"),
        lists.of_exceptions(ExceptionReport(None, None, (), 0, 0, ())),
        lists.of_drawn(sample),
        lists.of_reviews("ECR-0042", ()),
        lists.of_access(()),
    ]
    columns = (DOCS / "reference" / "audit-lists.md").read_text(encoding="utf-8").split("## Columns")[1]
    found = re.findall(r"^\| `([a-z]+)(?:-…)?` \| (.+) \|$", columns, flags=re.M)
    assert found == [(sheet.name.split("-")[0], ", ".join(sheet.head)) for sheet in sheets]


def test_the_audit_comes_out_as_the_page_says(tmp_path, monkeypatch):
    """A11-09, A11-11: every command of the page, in turn, on a register with one change in it."""
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    well("process", "publish", "engineering-change")
    well("roster", "import", "roster.yaml")
    well(*NEW)
    now = datetime.now(UTC) + timedelta(days=1)
    said = {"ECR-0042": "ECR-0001", "2026-06-30": f"{now:%Y-%m-%d}", "2026-03-01T10:00Z": f"{now:%Y-%m-%dT%H:%MZ}"}
    walked = [line for page, line in commands() if page == "audit.md"]
    assert len(walked) > 10
    for line in walked:
        for written, meant in said.items():
            line = line.replace(written, meant)
        assert well(*shlex.split(line)[1:]).strip(), line
    assert (tmp_path / "population.txt").read_text(encoding="utf-8").startswith("ECR-0001 ")
    assert (tmp_path / "ecr-0042.xlsx").read_bytes()[:2] == b"PK"
