"""`tollgate`: the one command. Heavy libraries are imported by the commands that need them."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.cli import (
    accesses,
    auditing,
    bundles,
    calendars,
    clocks,
    conditions,
    database,
    demo,
    desk,
    directories,
    doctor,
    hooks,
    init,
    items,
    log,
    mail,
    meetings,
    people,
    preferences,
    process,
    proofs,
    record,
    roster_days,
    roster_tables,
    rounds,
    run,
    tokens,
    validation,
    windows,
)
from workflows.cli.output import forget_json

app = typer.Typer(
    name="tollgate",
    help="Moves stage gates, change requests and escalations through review, sign-off and notification.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("serve")(run.serve)
app.command("worker")(run.worker)
app.command("init")(init.init)
app.add_typer(process.process_app, name="process")
app.add_typer(items.item_app, name="item")
items.item_app.command("extend")(clocks.extend)
items.item_app.command("due")(clocks.due)
items.item_app.command("escalate")(clocks.escalate)
app.command("sign")(items.sign)
app.add_typer(rounds.round_app, name="round")
app.add_typer(conditions.condition_app, name="condition")
app.add_typer(calendars.calendar_app, name="calendar")
app.add_typer(hooks.hook_app, name="hook")
app.add_typer(mail.mail_app, name="mail")
app.add_typer(windows.window_app, name="window")
app.add_typer(meetings.meeting_app, name="meeting")
app.command("explain")(items.explain)
app.add_typer(record.record_app, name="record")
record.record_app.command("search")(desk.search)
record.record_app.command("person")(desk.person)
record.record_app.command("as-of")(desk.as_of)
record.record_app.command("export")(bundles.export)
record.record_app.command("rebuild")(bundles.rebuild)
record.record_app.command("exceptions")(auditing.exceptions)
record.record_app.command("sample")(auditing.sample)
record.record_app.command("samples")(auditing.samples)
record.record_app.command("review")(auditing.review)
record.record_app.command("reviews")(auditing.reviews)
record.record_app.command("access")(accesses.access)
record.record_app.command("review-access")(accesses.review_access)
app.command("verify")(bundles.verify)
app.add_typer(log.log_app, name="log")
app.add_typer(people.roster_app, name="roster")
people.roster_app.command("template")(roster_tables.template)
people.roster_app.command("export")(roster_tables.export)
people.roster_app.command("deactivate")(roster_days.deactivate)
people.roster_app.command("reactivate")(roster_days.reactivate)
people.roster_app.command("away")(roster_days.away)
people.roster_app.command("back")(roster_days.back)
people.roster_app.command("absences")(roster_days.absences)
people.roster_app.command("gaps")(roster_days.gaps)
people.roster_app.command("preferences")(preferences.preferences)
people.roster_app.add_typer(directories.scim_app, name="scim")
app.add_typer(people.person_app, name="person")
people.person_app.command("token")(tokens.token)
people.person_app.command("tokens")(tokens.tokens)
people.person_app.command("end-token")(tokens.end_token)
app.add_typer(proofs.people_app, name="people")
app.add_typer(database.db_app, name="db")
app.command("doctor")(doctor.doctor)
app.add_typer(validation.validation_app, name="validation")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"tollgate {version('tollgate')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001  (its callback speaks)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Moves stage gates, change requests and escalations through review, sign-off and notification."""
    forget_json()


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
