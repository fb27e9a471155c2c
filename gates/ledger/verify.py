"""Checks one record as it is stored, with the standard library alone: no database, no settings, no network.

The steps, in the order they are taken. Each prints its number; the first failure ends the check with what was
expected and what was found. The format is docs/reference/record-format.md; a bundle is checked in more steps, by
`gates.ledger.proof`.

  1  every entry is canonical JSON (RFC 8785, strict profile) of format 1
  2  sequence numbers run 1, 2, 3 … without a gap and name this chain
  3  each entry holds the digest of the one before it; the first holds sixty-four zeros
  4  the digest on file of each entry is the digest of its bytes, and the log has the same
  5  the head on file is the last entry
  6  each revision's bytes have the digest its entry and its signatures state
  7  each process text has the digest the entries state
  8  each decision is bound to a round open at that time, to a revision on file, and to one person once
  9  each move starts where the item was, and the state on file is where the last move led

The register's own chains (`@roster` …) are no items: steps 6 to 9 have nothing to look at there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from gates.ledger.proof import records
from gates.ledger.proof.records import Failed, count_of, digest_of

STEPS = {
    1: "entries are canonical",
    2: "sequence without a gap",
    3: "each entry holds the one before",
    4: "digests on file are the digests of the bytes",
    5: "the head on file is the last entry",
    6: "revisions have the digests that were signed",
    7: "process texts have the digests in force",
    8: "decisions are bound to round, revision and person",
    9: "moves lead to the state on file",
}
OF_ITEMS = "none here, this is no item"
NOT_SHOWN = (
    "that no later entries were cut off together with the head (export a bundle; check it against an older checkpoint)",
    "that each verdict follows from the rule (`tollgate verify BUNDLE --replay` judges it again)",
)


@dataclass(frozen=True)
class StoredRecord:
    """What is checked. `digests` are the stored ones, in the order of `bodies`; `logged` those in the log or waiting
    for it, '' where there is none; None where there is no log to look at."""

    chain: str
    bodies: Sequence[bytes]
    digests: Sequence[str]
    head: str
    state: str
    revisions: Mapping[int, bytes] = field(default_factory=dict)
    processes: Mapping[str, bytes] = field(default_factory=dict)
    logged: Sequence[str] | None = None

    @property
    def is_house(self) -> bool:
        return self.chain.startswith("@")


@dataclass(frozen=True)
class Step:
    """One step taken: `ok`, or what was expected and found."""

    number: int
    title: str
    ok: bool
    said: str


def verify(record: StoredRecord) -> list[Step]:
    """Take the steps in order; stops after the first that fails. All `ok` means the record is whole."""
    taken: list[Step] = []
    parsed: list[dict[str, Any]] = []
    for number, title in STEPS.items():
        try:
            said = _CHECKS[number](record, parsed)
        except Failed as failure:
            taken.append(Step(number, title, False, str(failure)))
            break
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            # Content that lacks what its kind must have: a shape the program never writes.
            said = f"expected the keys of the format, found an entry without them ({repr(error)[:200]})"
            taken.append(Step(number, title, False, said))
            break
        taken.append(Step(number, title, True, said))
    return taken


SKEW = timedelta(minutes=1)
"""An entry keeps the moment its act began at; acts that wait for each other may end in another order."""


def remarks(record: StoredRecord) -> list[str]:
    """What a reader should know although the chain holds: entries dated before the one they follow."""
    times = [_time_of(body) for body in record.bodies]
    return [
        f"entry {place} is dated {now:%Y-%m-%d %H:%M} UTC, before entry {place - 1} ({before:%Y-%m-%d %H:%M} UTC): "
        "the clock was put back, or another machine's clock is wrong"
        for place, (before, now) in enumerate(pairwise(times), 2)
        if before is not None and now is not None and now < before - SKEW
    ]


def _time_of(body: bytes) -> datetime | None:
    try:
        moment = datetime.fromisoformat(json.loads(body)["at"])
    except (ValueError, KeyError, TypeError):
        return None  # step 1 says what is wrong with it
    return moment if moment.tzinfo is not None else None


def _canonical(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 1
    parsed.extend(records.parse_entry(body, f"entry {place}") for place, body in enumerate(record.bodies, 1))
    return count_of(len(parsed), "entry", "entries")


def _sequence(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 2
    return records.check_sequence(record.chain, parsed)


def _chain(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 3
    digests = [digest_of("entry", body) for body in record.bodies]
    return f"down to {records.check_links(record.chain, parsed, digests)[:12]}…"


def _digests(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 4
    if len(record.digests) != len(record.bodies):
        raise Failed(f"expected {len(record.bodies)} digests on file, found {len(record.digests)}")
    for entry, body, on_file in zip(parsed, record.bodies, record.digests, strict=True):
        found = digest_of("entry", body)
        if found != on_file:
            raise Failed(f"entry {entry['seq']}: expected {on_file[:12]}…, found {found[:12]}…")
    if record.logged is None:
        return "all equal"
    if len(record.logged) != len(record.bodies):
        raise Failed(
            f"expected {count_of(len(record.logged), 'entry', 'entries')}, as the log has, found {len(parsed)}"
        )
    for entry, on_file, kept in zip(parsed, record.digests, record.logged, strict=True):
        if on_file != kept:
            wanted = f"{kept[:12]}…, as in the log" if kept else "it in the log or waiting for it"
            raise Failed(f"entry {entry['seq']}: expected {wanted}, found {on_file[:12]}…")
    return "all equal, in the log too"


def _head(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 5
    last = digest_of("entry", record.bodies[-1])
    if last != record.head:
        raise Failed(f"expected the head {record.head[:12]}…, found {last[:12]}… as the last of {len(parsed)} entries")
    return f"{last[:12]}…"


def _revisions(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 6
    if record.is_house:
        return OF_ITEMS
    return count_of(records.check_revisions(record.chain, parsed, record.revisions), "revision")


def _processes(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 7
    if record.is_house:
        return OF_ITEMS
    stated = records.check_processes(parsed, record.processes)
    for wanted in sorted(stated):
        found = digest_of("process", record.processes[wanted])
        if found != wanted:
            raise Failed(f"process text: expected {wanted[:12]}…, found {found[:12]}…")
    return count_of(len(stated), "text")


def _decisions(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 8
    if record.is_house:
        return OF_ITEMS
    count, revisions = records.check_decisions(parsed), len(records.stated_revisions(parsed))
    return f"{count_of(count, 'decision')} on {count_of(revisions, 'revision')}"


def _moves(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 9
    if record.is_house:
        return OF_ITEMS
    return f"{count_of(records.check_moves(record.chain, parsed, record.state), 'move')}, now {record.state}"


_CHECKS: dict[int, Callable[[StoredRecord, list[dict[str, Any]]], str]] = {
    1: _canonical,
    2: _sequence,
    3: _chain,
    4: _digests,
    5: _head,
    6: _revisions,
    7: _processes,
    8: _decisions,
    9: _moves,
}
