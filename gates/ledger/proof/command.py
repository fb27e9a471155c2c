"""`python verify.py BUNDLE`: the steps, one a line, and what they do not show. Exit 0, 1 (it does not hold) or 2."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from gates.ledger.proof.notes import BadNote, read_checkpoint, read_key
from gates.ledger.proof.records import count_of
from gates.ledger.proof.steps import Asked, Outcome, verify_bundle

WITHOUT_REPLAY = "that each verdict follows from the rule (`tollgate verify BUNDLE --replay` judges it again)"
LONGEST_LINE = 800
AS_RECORDED = (
    "that people, roles and absences were as each verdict took them to be: it is judged again by the facts that were "
    "entered with it"
)


def read_pin(text: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint kept elsewhere: the note itself, or `<size> <root>` as a receipt mail states it.

    Raises BadNote."""
    words = text.split()
    if len(words) == 2 and words[0].isdigit():
        try:
            return int(words[0]), base64.b64decode(words[1], validate=True)
        except ValueError:
            raise BadNote(f"expected a size and a root in base64, found {text[:80]!r}") from None
    pinned = read_checkpoint(text.strip("\n") + "\n")
    return pinned.size, pinned.root


def asked_of(key: str | None, pin: str | None, complete: bool, all_items: bool = False) -> Asked:
    """What is asked, from the words of a command line; `key` and `pin` are files or the text itself.

    Raises BadNote, OSError."""
    return Asked(
        key=None if key is None else read_key(_text(key)),
        pin=None if pin is None else read_pin(_text(pin)),
        complete=complete,
        all_items=all_items,
    )


def lines_of(outcome: Outcome, name: str) -> list[str]:
    """The outcome as people read it."""
    said = [f"{one.number:>2}  {'ok  ' if one.ok else 'FAIL'}  {one.title}: {one.said}" for one in outcome.steps]
    lines = [*said, sentence_of(outcome, name), *(f"Not shown: {one}." for one in outcome.not_shown)]
    return [printable(one) for one in lines]


def printable(line: str) -> str:
    """One line on a terminal, whatever a bundle says: it cannot end it, hide what follows, turn it round or fill it."""
    line = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def sentence_of(outcome: Outcome, name: str) -> str:
    """The verdict in one sentence."""
    if not outcome.ok:
        return f"{name} does NOT hold: step {outcome.steps[-1].number}."
    items = sum(not chain.name.startswith("@") for chain in outcome.bundle.chains) if outcome.bundle else 0
    entries = sum(map(len, outcome.entries))
    decisions = sum(one["kind"] == "item:decision:recorded" for chain in outcome.entries for one in chain)
    counts = f"{count_of(items, 'item')}, {count_of(entries, 'entry', 'entries')}, {count_of(decisions, 'decision')}"
    return f"{name} holds: {counts}."


def data_of(outcome: Outcome, name: str) -> dict[str, object]:
    """The outcome as JSON-ready data."""
    steps = [asdict(one) for one in outcome.steps]
    return {"bundle": name, "whole": outcome.ok, "steps": steps, "not_shown": outcome.not_shown}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a bundle. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Check a Tollgate bundle, with Python alone.")
    parser.add_argument("bundle", help="the zip file")
    parser.add_argument("--key", help="the log's key, as name+hash+base64 or a file with it")
    parser.add_argument("--pin", help="a checkpoint kept elsewhere: a file, or 'size root'")
    parser.add_argument("--complete", action="store_true", help="fail unless these are all entries of the items")
    parser.add_argument("--all", action="store_true", help="fail unless these are all items of the log")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    try:
        outcome = verify_bundle(asked.bundle, asked_of(asked.key, asked.pin, asked.complete, asked.all))
    except OSError as error:
        sys.stderr.write(f"{error.filename or asked.bundle} cannot be read: {error.strerror}.\n")
        return 2
    except BadNote as fault:
        sys.stderr.write(f"--key or --pin: {fault}.\n")
        return 2
    outcome.not_shown.append(WITHOUT_REPLAY)
    name = Path(asked.bundle).name
    said = json.dumps(data_of(outcome, name), indent=2) if asked.json else "\n".join(lines_of(outcome, name))
    sys.stdout.write(f"{said}\n")
    return 0 if outcome.ok else 1


def _text(given: str) -> str:
    path = Path(given)
    if len(given) >= 1000 or not given.isprintable() or not path.is_file():
        return given
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadNote(f"expected text in {given}, found a file of another kind") from None
