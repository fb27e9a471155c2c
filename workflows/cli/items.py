"""`tollgate item …`, `tollgate sign LINK` and `tollgate explain KEY`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.output import MISUSE, AsJson, emit, fail, is_terminal, table, talk
from workflows.cli.wired import As, actor, register

if TYPE_CHECKING:
    from gates.items import AskLine, ItemView, SignView

item_app = typer.Typer(help="Make, show and move items.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="The item's key, for instance ECR-0042.")]
Fields = Annotated[list[str] | None, typer.Option("--field", "-f", help="NAME=VALUE; repeat for more.")]
Met = Annotated[list[str] | None, typer.Option("--met", help="CRITERION or CRITERION=EVIDENCE that is met.")]
Reason = Annotated[str, typer.Option(help="Why; it stands on the record.")]


@item_app.command()
def new(
    process: Annotated[str, typer.Argument(help="The process, for instance engineering-change.")],
    title: Annotated[str, typer.Argument(help="What it is, in a few words.")],
    who: As = None,
    field: Fields = None,
    met: Met = None,
    site: Annotated[str | None, typer.Option(help="The site it belongs to.")] = None,
    program: Annotated[str | None, typer.Option(help="The program it belongs to.")] = None,
    owner: Annotated[str | None, typer.Option(help="The person who answers for it.")] = None,
    depends_on: Annotated[list[str] | None, typer.Option(help="The key of an item it waits for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an item; prints its key."""
    with register() as book:
        key = book.create_item(
            process,
            title,
            actor(who),
            fields=pairs(field),
            criteria=_criteria(met),
            site=site,
            program=program,
            owner=owner,
            depends_on=depends_on or (),
        )
        emit({"key": key}, key, as_json)
        missing = book.item(key).missing_site
        if missing:
            talk(f"{missing}. Before it is submitted: tollgate item edit {key} --site SITE.")


@item_app.command("list")
def list_items(
    process: Annotated[str | None, typer.Option(help="Only of this process.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    site: Annotated[str | None, typer.Option(help="Only of this site.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List items, the latest change first."""
    with register(create=False) as book:
        lines = book.items(process=process, state=state, site=site, open_only=not everything)
        rows = [
            (
                line.key,
                line.state_title,
                f"{line.signed}/{line.asked}" if line.asked else "",
                line.amount,
                line.title,
            )
            for line in lines
        ]
        text = table(("key", "state", "signed", "amount", "title"), rows) if rows else "No item fits."
        emit(lines, text, as_json)


@item_app.command()
def show(key: Key, who: As = None, as_json: AsJson = False) -> None:
    """Show one item: content, criteria, what it waits for."""
    with register(create=False) as book:
        view = book.item(key, who)
        emit(view, _shown(view), as_json)


def _shown(view: ItemView) -> str:
    line = view.line
    head = [
        f"{line.key}  {line.title}",
        f"{line.process_title}{f', {line.site}' if line.site else ''}: {line.state_title}",
        view.waiting_for,
        "",
        f"Revision {line.revision}, {view.revision_digest[:12]}, by {line.author_name}",
        *(f"  {one.title}: {one.text or '–'}" for one in view.fields),
    ]
    criteria = [
        f"  [{'x' if one.met else ' '}] {one.text}{f'  {one.evidence}' if one.evidence else ''}"
        for one in view.criteria
    ]
    asks = [_ask_line(ask) for ask in (view.round.asks if view.round else ())]
    acts = [f"  {one.name}: {one.title}{f' ({one.refusal})' if one.refusal else ''}" for one in view.acts]
    parts = [("Criteria", criteria), ("Asked", asks), ("You may", acts)]
    return "\n".join([*head, *(line for title, lines in parts if lines for line in ("", title, *lines))])


def _ask_line(ask: AskLine) -> str:
    is_open = not ask.position or ask.again_since is not None
    return (
        f"  {ask.name}, {ask.capacity}: {ask.position_title or 'open'}"
        + (f" (set aside: {ask.set_aside})" if ask.set_aside else "")
        + (f"; asked again since {ask.again_since:%Y-%m-%d %H:%M} UTC" if ask.again_since else "")
        + (f" (not reached by mail: {ask.unreached})" if ask.unreached and is_open else "")
    )


@item_app.command()
def submit(key: Key, who: As = None, as_json: AsJson = False) -> None:
    """Submit an item: the act `submit` of its state."""
    _act(key, "submit", who, "", as_json)


@item_app.command()
def withdraw(key: Key, who: As = None, reason: Reason = "", as_json: AsJson = False) -> None:
    """Withdraw an item: the act `withdraw` of its state."""
    _act(key, "withdraw", who, reason, as_json)


@item_app.command()
def act(
    key: Key,
    name: Annotated[str, typer.Argument(help="The act, as `item show --as` lists it.")],
    who: As = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Do any act of the item's state."""
    _act(key, name, who, reason, as_json)


def _act(key: str, name: str, who: str | None, reason: str, as_json: bool) -> None:
    with register() as book:
        book.act(key, name, actor(who), reason)
        view = book.item(key)
        emit(
            {"key": key, "state": view.line.state},
            f"{key} is now in {view.line.state_title}. {view.waiting_for}",
            as_json,
        )


@item_app.command()
def edit(
    key: Key,
    who: As = None,
    field: Fields = None,
    met: Met = None,
    title: Annotated[str | None, typer.Option(help="A new title.")] = None,
    site: Annotated[str | None, typer.Option(help="The site it belongs to; '' takes it away.")] = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Edit an item: a new revision. Says whose signatures fell."""
    with register() as book:
        before = {ask.person for ask in _fallen(book.item(key))}
        number = book.edit_item(
            key, actor(who), fields=pairs(field), criteria=_criteria(met), title=title, site=site, reason=reason
        )
        fell = [ask.name for ask in _fallen(book.item(key)) if ask.person not in before]
        text = f"{key} is at revision {number}." + "".join(
            f" {name}'s signature fell; they are asked again." for name in fell
        )
        emit({"key": key, "revision": number, "fell": fell}, text, as_json)


def _fallen(view: ItemView) -> list[AskLine]:
    """Those whose decision no longer counts."""
    return [ask for ask in (view.round.asks if view.round else ()) if ask.set_aside]


def pairs(given: list[str] | None) -> dict[str, str]:
    """NAME=VALUE, as often as given."""
    pairs = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign:
            fail(f"--field {text!r} has no value. Write NAME=VALUE, for instance cost=12000.", MISUSE)
        pairs[name.strip()] = value
    return pairs


def _criteria(given: list[str] | None) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for text in given or ():
        name, sign, evidence = text.partition("=")
        found[name.strip()] = {"met": True, **({"evidence": evidence} if sign else {})}
    return found


def explain(key: Key, as_json: AsJson = False) -> None:
    """Say why an item is where it is, what is missing, and who can decide it."""
    from policies.explain import verdict_as_data, verdict_as_text
    from policies.facts import Person, Roster

    with register(create=False) as book:
        view = book.item(key)
        verdict = view.round.verdict if view.round is not None else None
        people = {p.id: Person(p.id, p.name) for p in book.people(active_only=False)}
        roster = Roster(people)
        head = f"{key} is in {view.line.state_title}."
        if verdict is None:
            emit({"key": key, "state": view.line.state, "verdict": None}, f"{head} {view.waiting_for}", as_json)
            return
        silent, chair = book.if_silent(key), book.roll_call_by(key)
        data = {
            "key": key,
            "state": view.line.state,
            "verdict": verdict_as_data(verdict, roster),
            "if_silent": silent,
            "roll_call_by": chair,
        }
        said = "\n  ".join(["If nobody says anything:", *silent])
        if chair is not None:
            said = (
                f"Attendance is not recorded: {chair} has to record who is present "
                f"(tollgate meeting attend, or tollgate round present {key}).\n{said}"
            )
        emit(data, f"{head}\n{verdict_as_text(verdict, roster)}\n{said}", as_json)


def sign(
    link: Annotated[str, typer.Argument(help="The address from the mail.")],
    position: Annotated[str | None, typer.Option(help="What you decide, for instance approve.")] = None,
    name: Annotated[str, typer.Option(help="Your full name, where the policy asks for it.")] = "",
    secret_file: Annotated[Path | None, typer.Option(help="A file with your password; - reads standard input.")] = None,
    code: Annotated[str, typer.Option(help="A one-time code, in place of the password.")] = "",
    comment: Annotated[str, typer.Option(help="Why; needed unless you agree.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what a link asks, and sign it. Without --position it only shows."""
    from gates.service import SignRequest

    with register(create=False) as book:
        token = _token(link)
        view = book.sign_view(token)
        talk(_to_sign(view))
        if position is None:
            emit(view, "", as_json) if as_json else talk("Nothing is signed. Choose with --position.")
            return
        _check_possible(view)
        secret = _secret(secret_file) if view.proof == "secret" and not code else ""
        receipt = book.decide(
            SignRequest(
                token,
                position,
                view.revision_digest,
                typed_name=name,
                secret=secret,
                code=code,
                comment=comment,
                via="cli",
            )
        )
        moved = f" {receipt.item_key} goes to {receipt.moved_to}." if receipt.moved_to else ""
        emit(receipt, f"Recorded: {receipt.position_title}. {receipt.sentence}{moved}", as_json)


def _check_possible(view: SignView) -> None:
    """A terminal takes names, passwords and codes; what a browser has to do is said."""
    if view.lacks or view.locked:
        fail(view.lacks or view.locked)
    if view.proof not in ("link", "secret"):
        fail(f"This asks for {view.level}: open the link in a browser. A terminal takes no passkey and no sign-on.")


def _token(link: str) -> str:
    found = re.search(r"/s/([A-Za-z2-7]{52})(?:[/?#].*)?$", link) or re.fullmatch(r"([A-Za-z2-7]{52})", link)
    if found is None:
        fail("This is no sign-off link. Copy the whole address from the mail: https://…/s/…", MISUSE)
    return found[1]


def _secret(path: Path | None) -> str:
    if path is not None:
        raw = typer.get_text_stream("stdin").read() if str(path) == "-" else path.read_text(encoding="utf-8")
        return raw.rstrip("\r\n")
    if not is_terminal():
        fail("A password is needed: --secret-file FILE (or - for standard input).", MISUSE)
    secret: str = typer.prompt("Your password", hide_input=True, err=True)
    return secret


def _to_sign(view: SignView) -> str:
    changes = [f"  changed: {c.title}: {c.before or 'empty'} -> {c.after or 'empty'}" for c in view.changes]
    return "\n".join(
        [
            f"You are {view.person.name}, {view.capacity}.",
            f"{view.item.key} {view.item.title}{f', {view.item.amount}' if view.item.amount else ''}",
            f"{view.question} ({view.round.signed} of {view.round.asked} signed)",
            f"Revision {view.revision}, fingerprint {view.revision_digest[:12]}.",
            *changes,
            "Positions, and what your signature means with each:",
            *(f"  {p.name}: {p.meaning}" for p in view.positions),
        ]
    )
