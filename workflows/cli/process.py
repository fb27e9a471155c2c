"""`tollgate process …`: check, test, draw, replay, simulate and publish processes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflows.cli import publishing
from workflows.cli.diff import diff
from workflows.cli.explain_file import explain
from workflows.cli.files import load_file as _load
from workflows.cli.files import process_text, published_text, read_file
from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, plain, plain_errors, talk
from workflows.cli.simulate import simulate
from workflows.cli.staffing import StaffedBy
from workflows.cli.wired import register

if TYPE_CHECKING:
    from policies.cases import CasesReport
    from policies.load import LoadedProcess

process_app = typer.Typer(help="Check, test, draw, replay, simulate and publish processes.", no_args_is_help=True)
process_app.command()(simulate)
process_app.command()(explain)
process_app.command()(diff)
process_app.command()(publishing.publish)
process_app.command()(publishing.migrate)
File = Annotated[Path, typer.Argument(help="A process file, or the name of a shipped process.")]
Files = Annotated[list[Path], typer.Argument(help="Process files, folders of them, or names of shipped processes.")]
CASES, ROSTER = ".cases.yaml", ".roster.yaml"


NO_CASES = """{path} has no cases beside it. Begin {beside} like this:

process: {name}
people:
  author: {{}}
{people}
cases:
  - case: While nobody has spoken it is pending
    policy: {policy}
    site: Lyon
    events: []  # then somebody speaks: [{{by: {first}, says: {position}}}]
    expect: {{verdict: pending}}

policies/library/engineering-change.cases.yaml is a longer example."""


@process_app.command()
def check(
    file: Files,
    roster: Annotated[
        Path | None, typer.Option(help="A roster.yaml: can these people meet every outcome, whoever is away?")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="The day to look from; left out, today."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=1000, help="How many days ahead leaves are looked at.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Check files: "ok" and a paragraph, or one line for each fault. Exit 0 when all are sound."""
    from policies.describe import describe
    from policies.errors import ProcessError

    with plain_errors():
        people = None if roster is None else StaffedBy.read(roster, start, days)
    answers: list[dict[str, Any]] = []
    paths = _each(file)
    known = _names(paths) if len(paths) > 1 else set()
    for path in paths:
        try:
            loaded = _load(path)
        except ProcessError as error:
            answers.append({"file": str(path), "ok": False, "faults": plain(error.faults)})
            if not as_json:
                typer.echo(str(error))
            continue
        found = [] if people is None else people.check(loaded)
        well = all(one.level.value != "error" for one in found)
        lines = [f"{fault.at(str(path))} (warning)" for fault in loaded.warnings]
        answer = {"file": str(path), "ok": well, "digest": loaded.digest, "warnings": plain(loaded.warnings)}
        unknown = _unknown_escalations(loaded, known)
        lines += [f"{path}: {said} (warning)" for said in unknown]
        if unknown:
            answer["unknown_escalations"] = unknown
        if people is not None:
            lines += [people.line(one, loaded, path) for one in found]
            answer["staffing"] = [people.data(one, loaded, path) for one in found]
        answers.append(answer)
        if not as_json:
            said = f"{path}: ok. {describe(loaded)}" if well else f"{path}: not ok with the people of {roster}."
            typer.echo("\n".join([*lines, said]))
    if as_json:
        typer.echo(json.dumps(answers, ensure_ascii=False, indent=2))
    if not all(answer["ok"] for answer in answers):
        raise typer.Exit(NO)


def _names(paths: list[Path]) -> set[str]:
    """The processes of these files, and the shipped ones; a file that cannot be read names none."""
    from policies.errors import ProcessError
    from policies.library import library_names

    found = set(library_names())
    for path in paths:
        with suppress(ProcessError):
            found.add(_load(path).process.process)
    return found


def _unknown_escalations(loaded: LoadedProcess, known: set[str]) -> list[str]:
    """Escalations raised in none of the processes `known`; of one file alone nothing is known."""
    from gates.errors import choices
    from policies.following import raised_processes

    if not known:
        return []
    return [
        f"{where} raises escalations in {name}, which is neither among these files nor shipped. "
        f"{choices(name, sorted(known))}"
        for name, where in raised_processes(loaded.process).items()
        if name not in known and name != loaded.process.process
    ]


@process_app.command()
def schema() -> None:
    """Print the JSON Schema of process files, for editors."""
    from policies.schema import process_schema

    typer.echo(json.dumps(process_schema(), ensure_ascii=False, indent=2))


@process_app.command()
def show(
    name: Annotated[str, typer.Argument(help="The process's name, for instance escalation.")],
    version: Annotated[
        str | None,
        typer.Option(help="A version's number, or the beginning of a text's digest; left out: the one in force."),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="The text that is shipped, whatever is published.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the text of a process: the one in force, else the shipped one of that name."""
    from policies.library import library_names, library_text

    found = None if shipped else published_text(name, version)
    if found is None and version is not None:
        fail(f"{name} has no version {version} here.", NO)
    if found is None and name not in library_names():
        known = ", ".join(library_names())
        fail(f"There is no process {name!r}, published or shipped. Shipped are: {known}.", MISUSE)
    text, origin = (library_text(name), "shipped") if found is None else (found.source, f"version {found.version}")
    talk(f"{name}: {'the shipped text' if found is None else f'version {found.version}, {found.digest[:12]}'}")
    emit({"process": name, "text": text, "from": origin}, text.rstrip("\n"), as_json)


@process_app.command()
def diagram(
    file: File,
    svg: Annotated[bool, typer.Option("--svg", help="SVG instead of Mermaid.")] = False,
    state: Annotated[str | None, typer.Option(help="The state to light.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a process: Mermaid text, or SVG."""
    from policies.diagram import diagram_mermaid, diagram_svg

    with plain_errors():
        process = _load(file).process
        if state is not None and state not in process.states:
            fail(f"There is no state {state!r}; there is: {', '.join(process.states)}.", MISUSE)
        text = diagram_svg(process, state) if svg else diagram_mermaid(process, state)
        emit({"format": "svg" if svg else "mermaid", "text": text}, text, as_json)


@process_app.command("test")
def run_cases_beside(file: Files, as_json: AsJson = False) -> None:
    """Run the cases beside each file (NAME.cases.yaml); exit 0 when all come out as expected."""
    from policies.cases import CasesFile, run_cases
    from policies.load import build, read_document

    well, data = True, []
    with plain_errors():
        for path in _each(file):
            beside = build(CasesFile, read_document(_cases(path), f"{path} (cases)"))
            report = run_cases(_load(path), beside)
            well = well and report.is_well
            data.append({"file": str(path), "ok": report.is_well, **_report_data(report)})
            if not as_json:
                for result in report.results:
                    typer.echo(f"{'FAIL' if result.problems else 'ok  '}  {result.policy}: {result.case}")
                    for problem in result.problems:
                        typer.echo(f"        {problem}")
                typer.echo(f"{path}: {_counted(len(report.results))}. {_coverage_words(report)}")
    if len(data) > 1 and not as_json:
        typer.echo(_sum_words(data))
    if as_json:
        typer.echo(json.dumps(plain(data), ensure_ascii=False, indent=2))
    if not well:
        raise typer.Exit(NO)


def _each(given: list[Path]) -> list[Path]:
    """The process files meant: those in a folder, and for a file of cases or people the one it lies beside."""
    found: dict[Path, None] = {}
    for one in given:
        inside = sorted((*one.glob("*.yaml"), *one.glob("*.yml"))) if one.is_dir() else [one]
        for path in inside:
            beside = path.with_name(f"{path.name.removesuffix(CASES).removesuffix(ROSTER)}.yaml")
            found[beside if path.name.endswith((CASES, ROSTER)) and beside.exists() else path] = None
        if not inside:
            fail(f"There is no process file in {one}.", MISUSE)
    return list(found)


def _counted(count: int) -> str:
    return f"{count:,} {'case' if count == 1 else 'cases'}"


def _sum_words(data: list[dict[str, Any]]) -> str:
    cases = [result for one in data for result in one["results"]]
    failed = sum(bool(result.problems) for result in cases)
    seen, turns = sum(one["turns_seen"] for one in data), sum(one["turns"] for one in data)
    said = f"{failed} not as expected" if failed else "all as expected"
    return f"{len(data)} files, {_counted(len(cases))}, {said}. Coverage: {seen:,} of {turns:,} rule turns."


def _report_data(report: CasesReport) -> dict[str, Any]:
    coverage = report.coverage
    seen, turns = coverage.share
    return {
        "results": report.results,
        "never_reached": coverage.never_reached,
        "never_met": coverage.never_met,
        "never_unmet": coverage.never_unmet,
        "turns_seen": seen,
        "turns": turns,
    }


def _coverage_words(report: CasesReport) -> str:
    coverage = report.coverage
    seen, turns = coverage.share
    lists = (
        ("Outcomes never reached", coverage.never_reached),
        ("Rules never met", coverage.never_met),
        ("Rules never unmet", coverage.never_unmet),
    )
    gaps = [f"{words}: {', '.join(found)}." for words, found in lists if found]
    return " ".join([f"Coverage: {seen} of {turns} rule turns.", *gaps])


def _beginning(path: Path, beside: Path) -> str:
    """Cases of the first policy that come out as expected: two people in each role it asks, and nobody has spoken."""
    loaded = _load(path)
    name, policy = next(iter(loaded.policies.items()), ("NAME-OF-THE-POLICY", None))
    roles = sorted(policy.asks) if policy else []
    people = {f"{role}-{number}": role for role in roles for number in (1, 2)} or {"ana": "engineering"}
    return NO_CASES.format(
        path=path,
        beside=beside,
        name=loaded.process.process,
        people="\n".join(f"  {person}: {{roles: [{role}]}}" for person, role in people.items()),
        policy=name,
        first=next(iter(people)),
        position=policy.positions[0] if policy and policy.positions else "approve",
    )


def _cases(path: Path) -> bytes:
    from policies.library import library_cases, library_names

    if not path.exists() and str(path) in library_names():
        return library_cases(str(path)).encode()
    beside = path.with_suffix(CASES)
    if path.exists() and not beside.exists():
        fail(_beginning(path, beside), MISUSE)
    if not path.exists():
        process_text(path)
    return read_file(beside)


@process_app.command()
def replay(
    file: File,
    events: Annotated[Path | None, typer.Option(help="The log: CSV, or CSV in gzip.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="The map from the log's columns and words to the process.")
    ] = None,
    groups: Annotated[Path | None, typer.Option(help="The log of groups, for a map that judges attempts.")] = None,
    as_json: AsJson = False,
) -> None:
    """Drive a past log through a process: what it allows, what it refuses, and on whom its approvals rest.

    Without a log: which of the register's own past decisions the file would have made otherwise, and why.
    """
    if events is None and mapping is None:
        _replay_history(file, as_json)
        return
    if events is None or mapping is None:
        fail("A log needs both --events and --map; without either the register's own history is replayed.", MISUSE)
    from gates.replay import new_replay
    from policies.load import read_document

    with plain_errors():
        document = read_document(read_file(mapping), str(mapping))
        drive = new_replay(_load(file), document, None if groups is None else _rows(groups))
        rows = _rows(events)
        for number, row in enumerate(_with_progress(rows), 2):
            drive.row(row, number)
        report = drive.finish()
        emit(report.as_data(), report.as_text(), as_json)


def _replay_history(file: Path, as_json: bool) -> None:
    from workflows.cli import history

    with register() as book:
        loaded = _load(file)
        name = loaded.process.process
        found = history.rejudge(loaded, book.past_rounds(name))
        emit(history.as_data(found), history.as_text(found, name), as_json)


def _rows(path: Path) -> list[dict[str, str]]:
    raw = read_file(path)
    try:
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        fail(f"{path} is neither CSV in UTF-8 nor such a file in gzip: {error}.", MISUSE)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    if not rows:
        fail(f"{path} holds no rows.", MISUSE)
    return [{name: value or "" for name, value in row.items() if name is not None} for row in rows]


def _with_progress(rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The rows, with a bar on stderr for whoever watches."""
    from rich.console import Console
    from rich.progress import track

    yield from track(rows, "Replaying", console=Console(stderr=True), transient=True)
