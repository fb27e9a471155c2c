"""`tollgate process diff A B`: what B says that A does not, and what that does to open items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflows.cli.files import load_file, read_file
from workflows.cli.output import AsJson, emit, plain_errors
from workflows.cli.wired import register

if TYPE_CHECKING:
    from gates.service import Register
    from gates.service.whatif import OpenRound
    from policies.facts import Roster
    from policies.load import LoadedProcess

Before = Annotated[Path, typer.Argument(metavar="A", help="A process file, or the name of a shipped process.")]
After = Annotated[
    Path | None, typer.Argument(metavar="B", help="Another; left out, A is held against the current text.")
]
RosterOption = Annotated[Path | None, typer.Option("--roster", help="For the names of roles and people.")]
Items = Annotated[bool, typer.Option("--items", help="Say what it does to the open items of the register.")]


def diff(
    before: Before, after: After = None, roster: RosterOption = None, items: Items = False, as_json: AsJson = False
) -> None:
    """Say in sentences what B says that A does not; with --items, which open items would come to something else."""
    if after is None or items:
        with register(create=False) as book:
            new = load_file(after or before)
            old = book.process(new.process.process) if after is None else load_file(before)
            _answer(old, new, _names(roster), affected(book, new) if items else None, as_json)
        return
    with plain_errors():
        _answer(load_file(before), load_file(after), _names(roster), None, as_json)


def _answer(old: LoadedProcess, new: LoadedProcess, names: Roster, found: list[Affected] | None, as_json: bool) -> None:
    from policies.diff import diff_processes

    said = diff_processes(old, new, names)
    data: dict[str, Any] = {"same_text": said.is_same_text, "changes": said.changes}
    text = said.as_text()
    if found is not None:
        data["items"] = found
        text = f"{text}\n{affected_in_words(found)}"
    emit(data, text, as_json)


def _names(roster: Path | None) -> Roster:
    from policies.facts import Roster

    if roster is None:
        return Roster({})
    from gates.roster import RosterFile, book_from_file
    from policies.load import build, read_document

    book = book_from_file(build(RosterFile, read_document(read_file(roster), str(roster))))
    return Roster({}, (), book.all_titles())


# -- open items ------------------------------------------------------------------------------------------

Affected = dict[str, Any]
"""Key, policy, what it comes to now and would, whose signatures fall, who would be asked."""


def affected(book: Register, new: LoadedProcess) -> list[Affected]:
    """Every open round of the process, judged by both texts over the same facts; those that differ."""
    return [one for one in (_one(open_round, new) for open_round in book.open_rounds(new.process.process)) if one]


def _one(found: OpenRound, new: LoadedProcess) -> Affected | None:
    from policies.evaluate import decide

    was = decide(found.policy, found.facts)
    policy = new.policies.get(found.policy.name)
    if policy is None:
        return {
            "key": found.key,
            "policy": found.policy.name,
            "now": _standing(was),
            "then": "no such policy",
            "fall": [],
        }
    now = decide(policy, found.facts)
    fell_before = {one.decision.id for one in was.set_aside}
    fall = sorted(
        {
            found.facts.roster.name(one.decision.person)
            for one in now.set_aside
            if one.decision.id not in fell_before and not one.reason.startswith("already counted")
        }
    )
    if _standing(was) == _standing(now) and was.sentence == now.sentence and not fall:
        return None
    return {
        "key": found.key,
        "policy": found.policy.name,
        "now": _standing(was),
        "then": _standing(now),
        "sentence": now.sentence,
        "fall": fall,
    }


def _standing(verdict: Any) -> str:
    return str(verdict.outcome or verdict.standing.value)


def affected_in_words(found: list[Affected]) -> str:
    """For people: the count, then a line an item."""
    if not found:
        return "No open item would come to anything else."
    lines = [
        f"  {one['key']}: {one['now']} -> {one['then']}"
        + (f". {one['sentence']}" if one.get("sentence") else ".")
        + (f" Signatures that fall: {', '.join(one['fall'])}." if one["fall"] else "")
        for one in found
    ]
    return "\n".join([f"{len(found)} open item{'s' if len(found) != 1 else ''} affected, if moved to it:", *lines])
