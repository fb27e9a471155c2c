"""`tollgate roster …` and `tollgate person …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.files import read_file
from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, is_terminal, table, talk
from workflows.cli.wired import operator, register

if TYPE_CHECKING:
    from gates.roster import RosterFile
    from gates.service.staffing import RosterChange

roster_app = typer.Typer(help="The people, their roles and their sites.", no_args_is_help=True)
person_app = typer.Typer(help="One person.", no_args_is_help=True)


@roster_app.command("import")
def import_roster(
    file: Annotated[Path, typer.Argument(help="A roster.yaml, or a .csv or .xlsx table; who is left out leaves.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go on although people leave or change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a file the roster. Shows first who joins, leaves and changes; where somebody leaves or changes, it asks."""
    from gates.roster.sheet import SheetError, difference
    from workflows.cli.roster_tables import roster_in, show

    with register() as book:
        try:
            roster = roster_in(file, book)
        except SheetError as error:
            if as_json:
                faults = [{"row": one.row, "column": one.column, "why": one.why} for one in error.faults]
                emit({"error": f"{file} is no roster", "faults": faults}, "", as_json)
                raise typer.Exit(NO) from error
            fail(f"{file} is no roster; nothing was changed.\n{error}")
        addresses = _addresses(roster)
        found = difference(book.roster_book(), roster, addresses)
        asked = book.open_asks_of(found.leaves)
        show(found, asked)
        if dry_run:
            words = f"{len(found.joins)} would join, {len(found.leaves)} leave, {len(found.changes)} change."
            emit(
                {"joins": found.joins, "leaves": found.leaves, "changes": dict(found.changes), "asked": asked},
                words,
                as_json,
            )
            return
        if (found.leaves or found.changes) and not (yes or (is_terminal() and typer.confirm("Go on?", err=True))):
            fail("People would leave or change, as shown. Add --yes to go on; nothing was changed.")
        done = book.import_roster(roster, addresses, operator())
        for role, where in book.unfilled_roles():
            talk(f"Warning: nobody holds the role {role}, which {where} asks. Give it to somebody in {file}.")
        for site, where in book.unknown_sites():
            talk(f"Warning: there is no site {site}, which {where} names. Add it in {file}.")
        people, sites = (f"{n} {one if n == 1 else many}" for n, one, many in _counted(done))
        text = f"{people} ({done.added} new, {done.deactivated} no longer active), {sites}."
        emit(done, text, as_json)


def _addresses(roster: RosterFile) -> dict[str, str]:
    """The mailboxes in their normal form, by person. Raises BadInput."""
    from gates.errors import BadInput
    from notifications.addresses import normal_address
    from notifications.errors import BadAddress

    addresses, faults = {}, {}
    for person, line in roster.people.items():
        try:
            addresses[person] = normal_address(line.email)
        except BadAddress as error:
            faults[person] = str(error)
    if faults:
        raise BadInput(faults)
    return addresses


def _counted(done: RosterChange) -> tuple[tuple[int, str, str], ...]:
    return (done.people, "person", "people"), (done.sites, "site", "sites")


@roster_app.command("list")
def list_roster(as_json: AsJson = False) -> None:
    """List the people and their roles."""
    with register(create=False) as book:
        people = book.people()
        rows = [(p.id, p.name, p.email, "; ".join(p.roles)) for p in people]
        text = table(("id", "name", "mail", "roles"), rows) if rows else "Nobody yet: tollgate roster import FILE"
        emit(people, text, as_json)


@person_app.command("set-secret")
def set_secret(
    person: Annotated[str, typer.Argument(help="The person's id.")],
    secret_file: Annotated[Path | None, typer.Option(help="A file with the password; - reads standard input.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set a person's first password, as the operator: while fewer than two proof officers can act."""
    with register() as book:
        book.person(person)
        if secret_file is None:
            if not is_terminal():
                fail("A password is needed: --secret-file FILE (or - for standard input).", MISUSE)
            secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        elif str(secret_file) == "-":
            secret = typer.get_text_stream("stdin").read().rstrip("\r\n")
        else:
            secret = read_file(secret_file).decode("utf-8").rstrip("\r\n")
        book.set_secret(person, secret, operator())
        emit({"person": person}, f"The password of {person} is set, on the record.", as_json)
