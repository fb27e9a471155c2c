"""`tollgate people …`: how people prove themselves. Officers prove themselves for each act they do here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, is_terminal, table
from workflows.cli.wired import As, actor, register

if TYPE_CHECKING:
    from gates.items import Actor
    from gates.proofviews import PersonProofs, ProofRequest
    from gates.service import Register

people_app = typer.Typer(help="How people prove themselves when they sign.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="The person's id.")]
SecretFile = Annotated[
    Path | None, typer.Option(help="A file with the password of whoever acts; - reads standard input.")
]
Code = Annotated[str, typer.Option(help="A one-time code of whoever acts, in place of the password.")]
Reason = Annotated[str, typer.Option(help="Why; goes on the record.")]


@people_app.command("enrol")
def enrol(
    person: Who,
    proof: Annotated[str, typer.Option(help="password, totp, sso or passkey.")],
    checked: Annotated[str, typer.Option(help="How you checked who they are; goes on the record.")],
    who: As = None,
    secret_file: SecretFile = None,
    code: Code = "",
    as_json: AsJson = False,
) -> None:
    """Ask, as a proof officer, that somebody may set up a proof; another officer confirms."""
    with register(create=False) as book:
        by = _proven(book, who, secret_file, code)
        request = book.request_proof(person, proof, checked, by)
        emit({"request": request}, f"Asked, on the record. Another officer: tollgate people confirm {request}", as_json)


@people_app.command("confirm")
def confirm(
    request: Annotated[str, typer.Argument(help="The request, as `tollgate people proofs` lists it.")],
    who: As = None,
    secret_file: SecretFile = None,
    code: Code = "",
    as_json: AsJson = False,
) -> None:
    """Confirm, as a second proof officer, what another asked; a one-time link goes out by mail."""
    with register(create=False) as book:
        said = book.confirm_proof(request, _proven(book, who, secret_file, code))
        emit({"request": request, "said": said}, said, as_json)


@people_app.command("lost")
def lost(
    person: Who,
    proof: Annotated[str, typer.Option(help="The proof's id, as `tollgate people proofs` lists it, or all.")] = "all",
    reason: Reason = "",
    who: As = None,
    secret_file: SecretFile = None,
    code: Code = "",
    as_json: AsJson = False,
) -> None:
    """Report a proof lost: taken no more from this moment; sessions and links end, fresh links go out by mail."""
    with register(create=False) as book:
        said = book.report_lost(person, proof, _proven(book, who, secret_file, code), reason)
        emit({"person": person, "said": said}, said, as_json)


@people_app.command("release")
def release(
    person: Who,
    reason: Reason = "",
    who: As = None,
    secret_file: SecretFile = None,
    code: Code = "",
    as_json: AsJson = False,
) -> None:
    """Let somebody whom wrong guesses locked try again, as a proof officer."""
    with register(create=False) as book:
        said = book.release_lock(person, _proven(book, who, secret_file, code), reason)
        emit({"person": person, "said": said}, said, as_json)


@people_app.command("proofs")
def proofs(as_json: AsJson = False) -> None:
    """List everybody's proofs, their age and last use, and the requests that wait."""
    with register(create=False) as book:
        people, waiting = book.proofs(), [one for one in book.proof_requests() if one.state == "waiting"]
        emit({"people": people, "waiting": waiting}, _report(people, waiting), as_json)


def _report(people: list[PersonProofs], waiting: list[ProofRequest]) -> str:
    rows: list[tuple[str, ...]] = []
    for person in people:
        marks = ("officer" if person.is_officer else "", "locked" if person.locked_until else "")
        head = (person.person, ", ".join(mark for mark in marks if mark))
        for one in person.proofs:
            used = f"{one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never"
            rows.append((*head, one.title, f"{one.enrolled_at:%Y-%m-%d}", used, one.id))
        if not person.proofs:
            rows.append((*head, "none", "", "", ""))
    text = table(("person", "is", "proof", "since", "used", "id"), rows) if rows else "Nobody is on the roster yet."
    asked = [f"{one.id}  {one.title} for {one.person}, asked by {one.requested_by}" for one in waiting]
    return "\n".join([text, *(["", "Waiting for another officer:", *asked] if asked else [])])


def _proven(book: Register, who: str | None, secret_file: Path | None, code: str) -> Actor:
    """Whoever acts, having proved themselves: `--as` alone would let the operator be two officers."""
    by = actor(who)
    assert by.person is not None
    secret = "" if code else _secret(secret_file, by.person)
    book.check_person(by.person, secret, code, by.origin)
    return by


def _secret(path: Path | None, person: str) -> str:
    if path is not None:
        raw = typer.get_text_stream("stdin").read() if str(path) == "-" else path.read_text(encoding="utf-8")
        return raw.rstrip("\r\n")
    if not is_terminal():
        fail(f"{person} proves themselves: --secret-file FILE (or - for standard input), or --code CODE.", MISUSE)
    secret: str = typer.prompt(f"Password of {person}", hide_input=True, err=True)
    return secret
