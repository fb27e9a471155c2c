"""`tollgate init`: a process to begin with, commented, with its cases, a roster and the schema beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from workflows.cli import templates
from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, is_terminal

KINDS = ("change_request", "stage_gate", "escalation", "risk", "issue")
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
SITE = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,59}")
RESERVED = ("author", "owner", "editors", "submitter", "anyone")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the templates are filled with."""

    name: str
    title: str
    kind: str
    sites: tuple[str, ...]
    roles: tuple[str, ...]
    approvals: str


def init(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write (.yaml is added where it has no ending); left out, NAME.yaml here."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The process's name: lower case, with hyphens.")] = None,
    title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    sites: Annotated[str | None, typer.Option(help="Sites, with commas: Lyon,Linz.")] = None,
    roles: Annotated[str | None, typer.Option(help="Two roles that sign: quality-lead,engineering.")] = None,
    approvals: Annotated[str | None, typer.Option(help=f"One of {', '.join(templates.APPROVALS)}.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take what is given, else the usual.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a process to begin with: asks a few questions on a terminal, or takes them as options."""
    asking = not yes and is_terminal()
    name = _given(name, file.stem if file else "label-change", "Name of the process", asking)
    answers = Answers(
        name=name,
        title=_given(title, name.replace("-", " ").capitalize(), "What people call it", asking),
        kind=_given(kind, KINDS[0], f"Kind ({', '.join(KINDS)})", asking),
        sites=_listed(_given(sites, "Lyon", "Sites, with commas", asking)),
        roles=_listed(_given(roles, "quality-lead,engineering", "Two roles that sign", asking)),
        approvals=_given(approvals, "two-functions", f"How they approve ({', '.join(templates.APPROVALS)})", asking),
    )
    _check(answers)
    file = file or Path(f"{name}.yaml")
    written = _write(answers, file if file.suffix else file.with_suffix(".yaml"), force)
    main = written[0]
    said = "\n".join(
        [
            *(f"Wrote {path}" for path in written),
            "Next:",
            f"  tollgate process check {main} --roster {written[2]}",
            f"  tollgate process test {main}",
            f"  tollgate process simulate {main} --roster {written[2]}",
        ]
    )
    emit({"written": written, **_as_data(answers)}, said, as_json)


def _given(value: str | None, usual: str, question: str, asking: bool) -> str:
    if value is not None or not asking:
        return (value if value is not None else usual).strip()
    answer: str = typer.prompt(question, default=usual, err=True)
    return answer.strip()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _check(answers: Answers) -> None:
    """Misuse, with the value and the choices, before anything is written."""
    if not NAME.fullmatch(answers.name):
        fail(f"--name {answers.name!r} is no name: lower case letters, digits and single hyphens.", MISUSE)
    if not answers.title or len(answers.title) > 120 or not answers.title.isprintable():
        fail("--title is up to 120 characters on one line.", MISUSE)
    if answers.kind not in KINDS:
        fail(f"--kind {answers.kind!r} is none; there is: {', '.join(KINDS)}.", MISUSE)
    if answers.approvals not in templates.APPROVALS:
        fail(f"--approvals {answers.approvals!r} is none; there is: {', '.join(templates.APPROVALS)}.", MISUSE)
    for site in answers.sites:
        if not SITE.fullmatch(site):
            fail(f"--sites: {site!r} is no name of a site.", MISUSE)
    if not answers.sites:
        fail("--sites names none.", MISUSE)
    if len(answers.roles) != 2:
        fail(f"--roles takes two, with a comma between; found {len(answers.roles)}.", MISUSE)
    for role in answers.roles:
        if not NAME.fullmatch(role) or role in RESERVED:
            fail(f"--roles: {role!r} is no role: lower case, with hyphens, and none of {', '.join(RESERVED)}.", MISUSE)


def _write(answers: Answers, main: Path, force: bool) -> list[str]:
    """Process, cases, roster and schema; nothing is written when one of them is there already."""
    import json

    from policies.schema import process_schema

    schema = main.with_name("process.schema.json")
    files = {
        main: templates.process(answers, schema.name),
        main.with_name(f"{main.stem}.cases.yaml"): templates.cases(answers),
        main.with_name(f"{main.stem}.roster.yaml"): templates.roster(answers),
    }
    there = [path for path in files if path.exists()]
    if there and not force:
        fail(f"{there[0]} is there already. Take another name, or write over it with --force.", NO)
    files[schema] = json.dumps(process_schema(), ensure_ascii=False, indent=2) + "\n"
    try:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}.", NO)
    return [str(path) for path in files]


def _as_data(answers: Answers) -> dict[str, object]:
    return {"name": answers.name, "kind": answers.kind, "approvals": answers.approvals}
