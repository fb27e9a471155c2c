"""Checks one record with the standard library alone: no database, no settings, no network.

A record is a list of entry bodies (bytes, oldest first), the revisions' bytes by number, the process
texts' canonical bytes by digest, and what the register claims the head and the state to be.

The steps, in the order they are taken. Each prints its number; the first failure ends the check with
what was expected and what was found. The format is docs/reference/record-format.md.

  1  every entry is canonical JSON (RFC 8785, strict profile) of format 1
  2  sequence numbers run 1, 2, 3 … without a gap and name this chain
  3  each entry holds the digest of the one before it; the first holds sixty-four zeros
  4  the digest on file of each entry is the digest of its bytes
  5  the head on file is the last entry
  6  each revision's bytes have the digest its entry and its signatures state
  7  each process text has the digest the entries state
  8  each decision is bound to a round open at that time, to a revision on file, and to one person once
  9  each move starts where the item was, and the state on file is where the last move led
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

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
NOT_SHOWN = (
    "that no later entries were cut off together with the head (needs an older head kept elsewhere)",
    "that each verdict follows from the rule (the entries hold what is needed to judge it again)",
)
GENESIS = "0" * 64


@dataclass(frozen=True)
class StoredRecord:
    """What is checked. `digests` are the stored ones, in the order of `bodies`."""

    chain: str
    bodies: Sequence[bytes]
    digests: Sequence[str]
    head: str
    state: str
    revisions: Mapping[int, bytes] = field(default_factory=dict)
    processes: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step taken: `ok`, or what was expected and found."""

    number: int
    title: str
    ok: bool
    said: str


class Failed(Exception):
    """Carries the sentence of a failed step."""


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
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            # Content that lacks what its kind must have: a shape the program never writes.
            said = f"expected the keys of the format, found an entry without them ({error!r})"
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


def _digest(kind: str, data: bytes) -> str:
    return hashlib.sha256(b"tollgate/" + kind.encode() + b"/v1\0" + data).hexdigest()


def _n(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Failed(f"expected each key once, found {sorted(k for k in keys if keys.count(k) > 1)[0]!r} twice")
    return dict(pairs)


def _refuse_float(text: str) -> Any:
    raise Failed(f"expected no fractions in an entry, found {text}")


def _canonical(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 1
    for place, body in enumerate(record.bodies, 1):
        try:
            entry = json.loads(body, object_pairs_hook=_no_duplicates, parse_float=_refuse_float)
        except ValueError as error:
            raise Failed(f"entry {place}: expected JSON, found {error}") from None
        again = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if again != body:
            raise Failed(f"entry {place}: expected the canonical bytes, found others of the same meaning")
        if not isinstance(entry, dict) or entry.get("format") != 1:
            raise Failed(f"entry {place}: expected format 1, found {str(entry)[:40]}")
        parsed.append(entry)
    return _n(len(parsed), "entry", "entries")


def _sequence(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 2
    if not parsed:
        raise Failed("expected at least one entry, found none")
    for place, entry in enumerate(parsed, 1):
        if entry["seq"] != place:
            raise Failed(f"expected entry {place} of {record.chain}, found number {entry['seq']}")
        if entry["chain"] != record.chain:
            raise Failed(f"entry {place}: expected chain {record.chain}, found {entry['chain']}")
    return f"1 to {len(parsed)}"


def _chain(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 3
    before = GENESIS
    for entry, body in zip(parsed, record.bodies, strict=True):
        if entry["prev"] != before:
            raise Failed(f"entry {entry['seq']}: expected prev {before[:12]}…, found {entry['prev'][:12]}…")
        before = _digest("entry", body)
    return f"down to {before[:12]}…"


def _digests(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 4
    if len(record.digests) != len(record.bodies):
        raise Failed(f"expected {len(record.bodies)} digests on file, found {len(record.digests)}")
    for entry, body, on_file in zip(parsed, record.bodies, record.digests, strict=True):
        found = _digest("entry", body)
        if found != on_file:
            raise Failed(f"entry {entry['seq']}: expected {on_file[:12]}…, found {found[:12]}…")
    return "all equal"


def _head(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 5
    last = _digest("entry", record.bodies[-1])
    if last != record.head:
        raise Failed(f"expected the head {record.head[:12]}…, found {last[:12]}… as the last of {len(parsed)} entries")
    return f"{last[:12]}…"


def _stated_revisions(parsed: list[dict[str, Any]]) -> dict[int, str]:
    stated: dict[int, str] = {}
    for entry in parsed:
        if entry["kind"] in ("item:created", "item:edited"):
            stated[entry["data"]["revision"]] = entry["data"]["revision_digest"]
    return stated


def _revisions(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 6
    stated = _stated_revisions(parsed)
    if sorted(stated) != sorted(record.revisions):
        raise Failed(f"expected revisions {sorted(stated)}, found {sorted(record.revisions)}")
    for number, body in record.revisions.items():
        found = _digest("revision", body)
        if found != stated[number]:
            raise Failed(f"revision {number}: expected {stated[number][:12]}…, found {found[:12]}…")
    return _n(len(stated), "revision")


def _processes(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 7
    stated = {entry["data"]["process_digest"] for entry in parsed if "process_digest" in entry["data"]}
    for wanted in sorted(stated):
        if wanted not in record.processes:
            raise Failed(f"expected the process text {wanted[:12]}…, found none")
        found = _digest("process", record.processes[wanted])
        if found != wanted:
            raise Failed(f"process text: expected {wanted[:12]}…, found {found[:12]}…")
    return _n(len(stated), "text")


def _decisions(_record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 8
    stated, on_screen = _stated_revisions(parsed), {}
    open_round: str | None = None
    standing: dict[tuple[str, str], str] = {}
    count = 0
    for entry in parsed:
        kind, data = entry["kind"], entry["data"]
        if kind in ("item:created", "item:edited"):
            on_screen[data["revision"]] = data["revision_digest"]
        elif kind == "item:round:opened":
            open_round = data["round"]
        elif kind == "item:round:closed":
            open_round = None
        elif kind == "item:decision:withdrawn":
            standing.pop((data["round"], data["person"]), None)
        elif kind == "item:decision:recorded":
            count += 1
            _one_decision(entry, open_round, on_screen, standing)
            standing[(data["round"], data["person"])] = data["decision"]
    return f"{_n(count, 'decision')} on {_n(len(stated), 'revision')}"


def _one_decision(
    entry: dict[str, Any],
    open_round: str | None,
    on_screen: Mapping[int, str],
    standing: Mapping[tuple[str, str], str],
) -> None:
    data, place = entry["data"], f"entry {entry['seq']}"
    if data["round"] != open_round:
        raise Failed(f"{place}: expected a decision in the open round {open_round}, found {data['round']}")
    latest = max(on_screen)
    if (data["revision"], data["revision_digest"]) != (latest, on_screen[latest]):
        raise Failed(
            f"{place}: expected a decision on revision {latest}, found {data['revision']} "
            f"({data['revision_digest'][:12]}…)"
        )
    if (data["round"], data["person"]) in standing:
        raise Failed(f"{place}: expected one standing decision of {data['person']}, found a second")
    if data["person"] != entry["actor"]["person"]:
        raise Failed(f"{place}: expected the signer {data['person']} to act, found {entry['actor']['person']}")


def _moves(record: StoredRecord, parsed: list[dict[str, Any]]) -> str:  # step 9
    state, count = parsed[0]["data"].get("state"), 0
    for entry in parsed:
        if entry["kind"] != "item:moved":
            continue
        count += 1
        if entry["data"]["from"] != state:
            raise Failed(f"entry {entry['seq']}: expected a move from {state}, found {entry['data']['from']}")
        state = entry["data"]["to"]
    if state != record.state:
        raise Failed(f"expected the state {record.state} on file, found {state} after {count} moves")
    return f"{_n(count, 'move')}, now {state}"


_CHECKS = {
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
