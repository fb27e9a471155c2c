"""`tollgate record access` and `review-access`: who may do what, when it was granted and ended, and its review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.desk import moment_of
from workflows.cli.output import AsJson, emit, plain, table
from workflows.cli.sheets import Out, check_out, take
from workflows.cli.wired import As, actor, reader, register

if TYPE_CHECKING:
    from gates.service import Register
    from gates.service.compliance.access import AccessReport, AccessRow


def access(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="As it was then: 2026-03-01 (its end), or 2026-03-01T10:00Z.")
    ] = None,
    held: Annotated[
        bool, typer.Option("--held", help="Leave out what has ended, is over, or has yet to begin.")
    ] = False,
    who: Annotated[str | None, typer.Option("--who", help="Of this person alone.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="Of this role alone.")] = None,
    person: As = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Show who may do what: accounts and roles, when each was granted and ended, by whom. Read from the record."""
    from workflows.lists import of_access

    check_out(out)
    moment = moment_of(as_of) if as_of else None
    with register(create=False) as book:
        by, report = reader(book, person), book.access(moment)
        _check_words(book, report, who, role)
        rows = [
            row
            for row in (report.held if held else report.rows)
            if (who is None or row.person == who) and (role is None or row.role == role)
        ]
        asked = {"as of": as_of, "held": "alone" if held else "", "who": who, "role": role}
        question = {name: value for name, value in asked.items() if value}
        if out is not None:
            take(book, out, of_access(rows), by, question, as_json=as_json)
            return
        book.note_search(by, {"list": "access", **question}, len(rows))
    emit({**plain(report), "rows": plain(rows)}, _text(report, rows), as_json)


def _check_words(book: Register, report: AccessReport, who: str | None, role: str | None) -> None:
    """Raises NotFound for a person or a role that there is not, and was not then."""
    from gates.errors import NotFound, choices

    if who is not None and all(row.person != who for row in report.rows):
        people = [one.id for one in book.people(active_only=False)]
        if who not in people:
            raise NotFound(f"{who!r} is nobody on the roster. {choices(who, people)}")
    if role is not None and all(row.role != role for row in report.rows):
        roles = sorted({row.role for row in report.rows if row.role} | book.roster_book().all_titles().keys())
        if role not in roles:
            raise NotFound(f"The roster has no role {role!r}. {choices(role, roles)}")


def _text(report: AccessReport, rows: list[AccessRow]) -> str:
    lines = [
        (
            r.name,
            r.title,
            _scope(r),
            r.state,
            f"{r.granted_at:%Y-%m-%d} {r.granted_by} ({r.granted})",
            f"{r.ended_at:%Y-%m-%d} {r.ended_by} ({r.ended})" if r.ended_at else "",
        )
        for r in rows
    ]
    shown = table(("who", "what", "where and when", "state", "granted (entry)", "ended (entry)"), lines) if rows else ""
    held = [row for row in rows if row.state == "held"]
    people, roles = len({row.person for row in held}), sum(bool(row.role) for row in held)
    said = (
        f"At {report.moment:%Y-%m-%d %H:%M} UTC, after {report.entries:,} entries of @roster: {people:,} "
        f"{'person' if people == 1 else 'people'}, {roles:,} {'role' if roles == 1 else 'roles'} held."
    )
    if report.head:
        said += f" The last of them: {report.head[:12]}."
    reviewed = report.reviews[-1].sentence if report.reviews else "Access was never reviewed on the record."
    return "\n".join([*([shown, ""] if shown else []), said, reviewed])


def _scope(row: AccessRow) -> str:
    """`Lyon, until 2026-12-31`."""
    parts = [row.site or ("everywhere" if row.role else ""), row.program, row.vendor]
    days = [f"from {row.since:%Y-%m-%d}" if row.since else "", f"until {row.until:%Y-%m-%d}" if row.until else ""]
    return ", ".join(part for part in (*parts, *days) if part)


def review_access(
    finding: Annotated[str, typer.Option("--finding", help="What was found; it goes on the record.")],
    head: Annotated[
        str | None,
        typer.Option(
            "--head", help="The last entry you looked at, as `access` names it; refused if rights changed since."
        ),
    ] = None,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """Say that you looked through who may do what, on the record. `doctor` counts the days since."""
    by = actor(person)
    with register(create=False) as book:
        done = book.review_access(by, finding, head)
    emit({"review": done, "sentence": done.receipt}, done.receipt, as_json)
