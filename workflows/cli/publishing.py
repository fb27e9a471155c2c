"""`tollgate process publish` and `migrate`: making a text current, and moving open items to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli import history
from workflows.cli.diff import affected, affected_in_words
from workflows.cli.files import load_file, process_text
from workflows.cli.output import MISUSE, AsJson, emit, fail, talk
from workflows.cli.staffing import StaffedBy
from workflows.cli.wired import As, actor, operator, register

if TYPE_CHECKING:
    from gates.service import Register
    from policies.load import LoadedProcess

File = Annotated[Path, typer.Argument(help="A process file, or the name of a shipped process.")]
Reason = Annotated[str, typer.Option(help="Why; it goes on the record.")]


def publish(
    file: File,
    who: As = None,
    reason: Reason = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Although nobody can meet it; needs --reason.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a file the current text of its process; items stay on the text they were opened under.

    A text that the people on the roster cannot meet, now or in the next 90 days, is refused with names and dates.
    Where the process `policy-change` is published, this proposes it: the text becomes current when the proposal
    is approved, and those who sign see what it says differently and what it would have changed.
    """
    with register() as book:
        text = process_text(file).decode("utf-8", "surrogateescape")
        _refuse_unmeetable(book, file, anyway, reason)
        if book.is_gated():
            _propose(book, file, text, who, reason, as_json)
            return
        digest = book.publish_process(text, str(file), operator())
        for role, where in book.unfilled_roles():
            talk(f"Warning: nobody holds the role {role}, which {where} asks. Give it to somebody on the roster.")
        for site, where in book.unknown_sites():
            talk(f"Warning: there is no site {site} on the roster, which {where} names. Add it, or mend the name.")
        name = load_file(file).process.process
        for raised, where, remedy in book.unknown_escalations(name):
            talk(
                f"Warning: {where} raises escalations in {raised}, which is not published. {published(raised, remedy)}"
            )
        _say_who_cannot_sign(book, name)
        emit({"digest": digest}, f"Published as {digest[:12]}.", as_json)


def published(name: str, remedy: str) -> str:
    """What to do about a process that another one names and that is not published."""
    from policies.library import library_names

    return f"Publish it: tollgate process publish {name}" if name in library_names() else remedy


def _say_who_cannot_sign(book: Register, process: str) -> None:
    """Name whoever may be asked and has no proof of the level that is asked; it is never weakened for them."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for one in book.lacking(process):
        lacking.setdefault((one.policy, one.level), []).append(one.name)
    for (policy, level), names in lacking.items():
        talk(
            f"Warning: {policy} asks for {level}, and nothing that meets it is set up for {', '.join(names)}. "
            "They cannot sign until two officers set it up: tollgate people enrol."
        )


def _refuse_unmeetable(book: Register, file: Path, anyway: bool, reason: str) -> None:
    """Hold the text against the roster: what nobody's item can come to is refused; other findings are said."""
    from policies.staffing import Level

    people = book.roster_book()
    if anyway and not reason.strip():
        fail("--anyway needs its reason: --reason …", MISUSE)
    if not people.people:
        return
    loaded = load_file(file)
    staffed = StaffedBy.registered(people, book.now().date())
    found = [one for one in staffed.check(loaded) if one.level is Level.ERROR]
    hard = [one for one in found if not one.is_tied]
    for one in hard:
        talk(staffed.line(one, loaded, file))
    if len(found) > len(hard):
        count = len(found) - len(hard)
        talk(
            f"Warning: {count} {'time' if count == 1 else 'times'} an outcome cannot be met because of who writes or "
            f"edits the item. See `tollgate process check {file} --roster ROSTER.yaml`."
        )
    if hard and not anyway:
        fail(
            f"{file} is not published: nobody's items could come to an outcome. Mend the roster or the text, or "
            "publish it --anyway with a --reason."
        )


def _propose(book: Register, file: Path, text: str, who: str | None, reason: str, as_json: bool) -> None:
    loaded = load_file(file)
    if not who:
        fail("A change of a process passes a gate here (policy-change). Say who proposes it: --as PERSON.", MISUSE)
    by = actor(who)
    key = book.propose_process(
        text,
        str(file),
        by,
        difference=_difference(book, loaded),
        consequences=_consequences(book, loaded),
        reason=reason,
    )
    said = f"Proposed as {key}: it becomes current when {key} is approved. See `tollgate item show {key}`."
    emit({"proposal": key, "digest": loaded.digest}, said, as_json)


def _difference(book: Register, loaded: LoadedProcess) -> str:
    """What the text says that the current one does not, in sentences."""
    from policies.diff import diff_processes
    from policies.facts import Roster

    name = loaded.process.process
    if name not in {line.name for line in book.processes()}:
        return "It is the first text of this process."
    return diff_processes(book.process(name), loaded, Roster({}, (), book.titles())).as_text()


def _consequences(book: Register, loaded: LoadedProcess) -> str:
    """What it would have decided otherwise in the past, and what it would do to open items."""
    name = loaded.process.process
    past = history.as_text(history.rejudge(loaded, book.past_rounds(name)), name)
    return f"{past}\n{affected_in_words(affected(book, loaded))}"


def migrate(
    key: Annotated[str, typer.Argument(help="The item's key, for instance ECR-0042.")],
    who: As = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Let an open item go on under the current text of its process, on the record."""
    with register() as book:
        said = book.migrate_item(key, actor(who), reason)
        emit({"key": key, "said": said}, said, as_json)
