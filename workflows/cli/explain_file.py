"""`tollgate process explain FILE`: what a policy says of an item that is in no register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflows.cli.files import load_file, published_text, read_file
from workflows.cli.output import MISUSE, AsJson, emit, fail, plain_errors, talk

if TYPE_CHECKING:
    from policies.evaluate import CompiledPolicy
    from policies.facts import Facts
    from policies.load import LoadedProcess

File = Annotated[Path, typer.Argument(help="A process file, or the name of a shipped process.")]
ItemFile = Annotated[Path | None, typer.Option("--item", help="The item, who said what, and the people there are.")]
RosterOption = Annotated[Path | None, typer.Option("--roster", help="The people, in place of those in the item file.")]
PolicyName = Annotated[str | None, typer.Option("--policy", help="One policy; left out, the one the item names.")]


def explain(
    file: File,
    item: ItemFile = None,
    roster: RosterOption = None,
    policy: PolicyName = None,
    expanded: Annotated[bool, typer.Option("--expanded", help="Print what shorthand stands for instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what the policies ask; with --item, why it stands where it stands, what is missing, who can unblock it,
    and what comes of silence."""
    with plain_errors():
        loaded = _in_force(file)
        if expanded:
            _print_expanded(loaded, as_json)
        elif item is None:
            _print_rules(loaded, policy, as_json)
        else:
            _print_item(loaded, item, roster, policy, as_json)


def _in_force(file: Path) -> LoadedProcess:
    """A file as it is. Of a name the text that is in force here, else the shipped one; says which."""
    from policies.load import load_process

    found = None if file.exists() else published_text(str(file))
    if found is None:
        loaded = load_file(file)
        if not file.exists():
            talk(f"{file}: the shipped text.")
        return loaded
    talk(f"{file}: version {found.version}, the text in force ({found.digest[:12]}).")
    return load_process(found.source, str(file))


def _print_expanded(loaded: LoadedProcess, as_json: bool) -> None:
    from policies.expand import as_yaml, expanded

    data = expanded(loaded.process)
    emit(data, as_yaml(data), as_json)


def _print_rules(loaded: LoadedProcess, name: str | None, as_json: bool) -> None:
    from policies.explain import rule_in_words
    from policies.facts import Roster

    chosen = loaded.policies if name is None else {name: _policy(loaded, name)}
    words = {one: rule_in_words(policy, Roster({})) for one, policy in chosen.items()}
    text = "\n".join(
        "\n  ".join([f"{loaded.process.policies[one].title or one}:", *said]) for one, said in words.items()
    )
    emit(words, text, as_json)


def _print_item(loaded: LoadedProcess, item: Path, roster: Path | None, name: str | None, as_json: bool) -> None:
    from policies.evaluate import settled
    from policies.explain import verdict_as_data, verdict_as_text
    from policies.silence import if_silent, silence_in_words

    facts, named = _facts(loaded, item, roster)
    policy = _policy(loaded, name or named)
    verdict, then = settled(policy, facts)
    data: dict[str, Any] = verdict_as_data(verdict, then.roster)
    data["if_silent"] = [
        {"at": change.at.isoformat(), "outcome": change.verdict.outcome, "sentence": change.verdict.sentence}
        for change in if_silent(policy, then)
    ]
    head = f"{policy.policy.title or policy.name}:"
    said = [] if verdict.is_decided else ["If nobody says anything:", *silence_in_words(policy, then)]
    text = "\n  ".join(["\n".join([head, verdict_as_text(verdict, then.roster), *said[:1]]), *said[1:]])
    emit(data, text, as_json)


def _facts(loaded: LoadedProcess, item: Path, roster: Path | None) -> tuple[Facts, str | None]:
    """The facts of an item file, and the policy it names. Raises ProcessError."""
    from dataclasses import replace

    from policies.cases import ItemFile as Model
    from policies.cases import facts_of_item
    from policies.load import build, read_document

    read = build(Model, read_document(read_file(item), str(item)))
    facts = facts_of_item(loaded, read)
    if roster is not None:
        from gates.calendars import UTC_SITE, calendar_of
        from gates.roster import RosterFile, book_from_file

        book = book_from_file(build(RosterFile, read_document(read_file(roster), str(roster))))
        site = book.sites.get(read.site or "", UTC_SITE)
        facts = replace(facts, roster=book.at(facts.now), calendar=calendar_of(site, facts.now.year))
    unknown = [person for person in (read.author, *read.speakers) if person not in facts.roster.people]
    if unknown:
        known = ", ".join(facts.roster.people) or "nobody"
        fail(f"{item}: {unknown[0]!r} is not among the people; there is: {known}.", MISUSE)
    return facts, read.policy


def _policy(loaded: LoadedProcess, name: str | None) -> CompiledPolicy:
    known = ", ".join(loaded.policies)
    if name is None:
        if len(loaded.policies) == 1:
            return next(iter(loaded.policies.values()))
        fail(f"Say which policy: --policy NAME. There is: {known}.", MISUSE)
    if name not in loaded.policies:
        fail(f"There is no policy {name!r}; there is: {known}.", MISUSE)
    return loaded.policies[name]
