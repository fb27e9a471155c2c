"""`tollgate record export`, `tollgate verify`, `tollgate record rebuild`: records that prove themselves."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workflows.cli.output import MISUSE, NO, AsJson, emit, fail, plain_errors
from workflows.cli.period import Span, period
from workflows.cli.wired import As, reader, services

if TYPE_CHECKING:
    from gates.ledger.proof.steps import Outcome
    from gates.rejudge.judge import Rejudged
    from gates.service.exporting import Choice

Pin = Annotated[str | None, typer.Option("--pin", help="A checkpoint kept elsewhere: a file, or 'SIZE ROOT'.")]


def export(
    keys: Annotated[
        list[str] | None, typer.Argument(help="The items' keys, and chains of the house (@roster).")
    ] = None,
    program: Annotated[str | None, typer.Option("--program", help="All items of a program.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Items with an entry from this day on (UTC).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Items with an entry up to this day (UTC).")] = None,
    span: Span = None,
    every: Annotated[bool, typer.Option("--all", help="All items.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The file. Else named after what is in it.")] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="With every leaf of the log: shows that nothing is left out.")
    ] = False,
    pin: Pin = None,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """Export whole records as a bundle that proves itself; `tollgate verify` or verify.py checks it anywhere."""
    if not (keys or program or since or until or span or every):
        fail("Say which items: their keys, --program, --period (or --from and --until), or --all.", MISUSE)
    house = [key for key in keys or [] if key.startswith("@")]
    items = [key for key in keys or [] if key not in house]
    of_items = bool(items or program or since or until or span or every)
    choice, pins = _choice(items, house, of_items, program, since, until, span), _sizes(pin)
    with services(create=False) as built:
        from workflows.steps import seal_step

        by = reader(built.register, person)
        if built.register.log().pending:
            seal_step(built)
        found, data = built.register.export(choice, site=built.settings.site_name, complete=complete, pins=pins)
        told = {"items": len(found), "keys": found[:100], "complete": complete, "sha256": sha256(data).hexdigest()}
        built.register.note_export(by, "bundle", told)
    path = out or Path(f"{found[0] if len(found) == 1 else program or 'records'}.zip")
    try:
        path.write_bytes(data)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.", NO)
    count = len(found) - len(house)
    what = f"{count:,} item{'' if count == 1 else 's'}{''.join(f', {one}' for one in house)}"
    emit({"file": str(path), "items": found, "bytes": len(data)}, f"{path}: {what}, {len(data):,} bytes.", as_json)


def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip file.")],
    key: Annotated[str | None, typer.Option("--key", help="The log's key as given out: text, or a file.")] = None,
    pin: Pin = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Fail unless these are all entries of the items.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Fail unless these are all items of the log.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="Judge every verdict and move again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a bundle in numbered steps, without server or network; exit 0 when it holds, 1 when it does not."""
    from gates.ledger.proof.command import AS_RECORDED, WITHOUT_REPLAY, asked_of, data_of, lines_of
    from gates.ledger.proof.notes import BadNote
    from gates.ledger.proof.steps import verify_bundle

    try:
        outcome = verify_bundle(str(bundle), asked_of(key, pin, complete, every))
    except BadNote as fault:
        fail(f"--key or --pin: {fault}.", MISUSE)
    except OSError as error:
        fail(f"{error.filename or bundle} cannot be read: {error.strerror}.", MISUSE)
    judged = _replayed(outcome) if replay and outcome.ok else None
    outcome.not_shown.append(WITHOUT_REPLAY if judged is None else AS_RECORDED)
    lines, data = lines_of(outcome, bundle.name), data_of(outcome, bundle.name)
    if judged is not None:
        lines, data = _with_replay(judged, lines, data, bundle.name)
    emit(data, "\n".join(lines), as_json)
    if not data["whole"]:
        raise typer.Exit(NO)


def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Compare, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Work all state out from the entries alone and hold it against the tables; exit 1 where they differ."""
    if not check:
        fail("Say --check: the tables are compared with what the entries say, and nothing is changed.", MISUSE)
    from workflows.cli.progress import progress_bar

    with services(create=False) as built, progress_bar("items") as advance:
        found = built.register.check_rebuilt(advance)
        lost = built.register.unaccounted()
    if lost:
        found.differ(f"{lost} entries are neither in the log nor waiting for it")
    said = f"{found.entries:,} entries of {found.items:,} items give {found.rows:,} rows"
    verdict = "; the tables hold the same." if not found.differing else f"; the tables differ in {found.differing:,}:"
    more = found.differing - len(found.differences)
    lines = [said + verdict, *(f"  {one}" for one in found.differences), *([f"  … and {more:,} more"] if more else [])]
    emit({"same": not found.differing, **vars(found)}, "\n".join(lines), as_json)
    if found.differing:
        raise typer.Exit(NO)


def _replayed(outcome: Outcome) -> Rejudged:
    from gates.ledger.proof.records import digest_of
    from gates.rejudge.judge import Judge
    from policies.load import LoadedProcess, process_from_canonical

    assert outcome.bundle is not None
    bodies = {digest_of("process", body): body for body in outcome.bundle.processes}
    loaded: dict[str, LoadedProcess] = {}

    def text(digest: str) -> LoadedProcess:
        if digest not in loaded:
            loaded[digest] = process_from_canonical(bodies[digest])
        return loaded[digest]

    judge = Judge(text)
    with plain_errors():
        for chain, entries in zip(outcome.bundle.chains, outcome.entries, strict=True):
            if not chain.name.startswith("@"):
                judge.judge(entries)
    return judge.found


def _with_replay(
    judged: Rejudged, lines: list[str], data: dict[str, Any], name: str
) -> tuple[list[str], dict[str, Any]]:
    """The further step: every verdict and every move judged again."""
    from gates.ledger.proof.command import printable

    place = next(n for n, line in enumerate(lines) if line.startswith(name))
    same = not judged.differences
    said = f"{judged.verdicts:,} verdicts and {judged.moves:,} moves judged again"
    steps = [
        f"14  {'ok  ' if same else 'FAIL'}  verdicts and moves follow from the rules: {said}",
        *(f"          {printable(one)}" for one in judged.differences[:50]),
    ]
    if not same:
        lines = [*lines[:place], *steps, f"{name} does NOT hold: step 14.", *lines[place + 1 :]]
    else:
        lines = [*lines[:place], *steps, *lines[place:]]
    step = {"number": 14, "title": "verdicts and moves follow from the rules", "ok": same, "said": said}
    steps_data = [*data["steps"], step]
    return lines, {**data, "whole": data["whole"] and same, "steps": steps_data, "differences": judged.differences}


def _choice(
    keys: list[str],
    house: list[str],
    of_items: bool,
    program: str | None,
    since: str | None,
    until: str | None,
    span: str | None,
) -> Choice:
    from gates.service.exporting import Choice

    return Choice(tuple(keys), program, *period(since, until, span), house=tuple(house), is_of_items=of_items)


def _sizes(pin: str | None) -> list[int]:
    """The size of the checkpoint kept elsewhere."""
    from gates.ledger.proof.command import asked_of
    from gates.ledger.proof.notes import BadNote

    try:
        kept = asked_of(None, pin, False).pin
    except (BadNote, OSError) as fault:
        fail(f"--pin: {fault}.", MISUSE)
    return [kept[0]] if kept else []
