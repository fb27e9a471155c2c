"""`tollgate validation …`: what is installed here, what the tests show, a bill of materials, and a report to sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.files import write_file
from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, plain_errors, talk

if TYPE_CHECKING:
    from workflows.validation.report import Installation

validation_app = typer.Typer(help="Qualify this installation, and write a report to sign.", no_args_is_help=True)
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Also write it to this file.")]


@validation_app.command()
def installation(out: Out = None, as_json: AsJson = False) -> None:
    """Look at what is installed and set up here; exit 1 when something deviates. Changes nothing."""
    from datetime import UTC, datetime

    from workflows.settings import load_settings
    from workflows.validation.installation import checks_as_data, installation_checks

    with plain_errors():
        checks = installation_checks(load_settings())
    if out is not None:
        write_file(out, checks_as_data(checks, datetime.now(UTC)))
        talk(f"Written to {out}. `tollgate validation report --installation {out}` takes it.")
    text = "\n".join(f"{one.state:<9}  {one.area}: {one.what}: {one.said}" for one in checks)
    emit(checks, text, as_json)
    if any(one.state == "deviation" for one in checks):
        raise typer.Exit(NO)


@validation_app.command()
def bill(out: Out = None) -> None:
    """Print a bill of materials of this environment: CycloneDX JSON."""
    from datetime import UTC, datetime

    from workflows.validation.bill import bill_of_materials

    made = bill_of_materials(datetime.now(UTC))
    if out is not None:
        write_file(out, made)
    typer.echo(made.decode(), nl=False)


@validation_app.command()
def report(
    by: Annotated[str, typer.Option("--by", help="Who performs the validation: the name that is printed.")],
    clone: Annotated[Path, typer.Option(help="A clone of the repository at the tag of this version.")] = Path(),
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the report.")] = Path("validation"),
    installed: Annotated[
        Path | None, typer.Option("--installation", help="What `validation installation -o` wrote where Tollgate runs.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out slow tests; they count as not run.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="How many tests run at a time.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run the tests that carry requirement ids and write report.html, report.pdf and bill.json.

    Exit 1 when a test failed or was not run, or the installation deviates. Needs a clone of the repository, since the
    tests are not in the wheel.
    """
    from datetime import UTC, datetime

    from workflows.settings import load_settings
    from workflows.validation.bill import bill_of_materials
    from workflows.validation.operation import FAILED, NOT_RUN, qualify
    from workflows.validation.report import as_html, as_pdf, clone_state, facts_of

    if not by.strip():
        fail("Say who performs the validation: --by NAME.", MISUSE)
    with plain_errors():
        settings, found = load_settings(), _installation(installed)
        began, qualified = datetime.now(UTC), qualify(clone, fast=fast, jobs=jobs)
        now = datetime.now(UTC)
        made = bill_of_materials(now)
        facts = facts_of(
            by=by.strip(),
            site_name=settings.site_name,
            began=began,
            now=now,
            clone=clone_state(clone),
            installation=found,
            qualified=qualified,
            bill=made,
            scope="slow ones left out" if fast else "all of them",
        )
        _make_folder(out)
        write_file(out / "bill.json", made)
        write_file(out / "report.html", as_html(facts).encode())
        write_file(out / "report.pdf", as_pdf(facts, now))
    lines = [f"{count:>4}  {outcome}" for outcome, count, _ in facts["summary"]]
    count = len(facts["deviations"])
    answers = f"{count:>4}  deviation{'' if count == 1 else 's'} to answer"
    text = "\n".join([*lines, answers, f"Written: {out}/report.pdf"])
    data = {"folder": out, "summary": {o: int(n) for o, n, _ in facts["summary"]}, "deviations": facts["deviations"]}
    emit(data, text, as_json)
    if found.deviations or qualified.broke or any(one.outcome in (FAILED, NOT_RUN) for one in qualified.shown):
        raise typer.Exit(NO)


def _installation(path: Path | None) -> Installation:
    from datetime import UTC, datetime
    from socket import gethostname

    from workflows.settings import load_settings
    from workflows.validation.installation import installation_checks
    from workflows.validation.report import Installation, read_installation

    if path is not None:
        return read_installation(path)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Installation(gethostname(), now, tuple(installation_checks(load_settings())))


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"The folder {path} cannot be made: {error.strerror}.", MISUSE)
