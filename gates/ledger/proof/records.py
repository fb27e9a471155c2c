"""What holds of one record by itself: its entries are canonical, follow each other, and say nothing impossible.

A record is the chain of an item's entries, oldest first, each one JSON object as RFC 8785 writes it; the bytes kept
are the bytes hashed. Digests are `SHA-256("tollgate/" + kind + "/v1" 0x00 + bytes)` in hex.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

GENESIS = "0" * 64
"""What stands for the entry before in a chain's first entry."""


class Failed(Exception):
    """A step that does not hold: what was expected, and what was found."""


def digest_of(kind: str, data: bytes) -> str:
    """The digest of bytes of one kind: `entry`, `revision`, `process`."""
    return hashlib.sha256(b"tollgate/" + kind.encode() + b"/v1\0" + data).hexdigest()


def count_of(count: int, one: str, many: str = "") -> str:
    """`1 entry`, `2 entries`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _refuse_number(text: str) -> NoReturn:
    raise Failed(f"expected whole numbers only, found {text[:40]}")


@lru_cache(maxsize=4096)  # most are versions and counts, which come again
def _whole_number(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) >= 2**53:
        raise Failed(f"expected whole numbers below 2^53, found {text[:40]}")
    return number


_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_whole_number)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
_SHAPE = {
    "format": int, "actor": dict, "at": str, "chain": str, "data": dict, "kind": str, "prev": str, "seq": int,
}  # fmt: skip
_TYPES = list(_SHAPE.values())
_KINDS = {dict: "an object", str: "text", int: "a whole number"}


def parse_entries(bodies: Sequence[bytes], chain: str) -> list[dict[str, Any]]:
    """The entries of a chain from their bytes. Raises Failed, naming the line, when one is not as the format has it.

    The canonical form is compared once for the whole chain, which is faster and the same: whole objects that follow
    each other equal others only where each equals its own."""
    try:
        texts = [body.decode() for body in bodies]
        entries = [_DECODER.raw_decode(text)[0] for text in texts]
        holds = all(map(_is_shaped, entries)) and _ENCODER.encode(entries) == f"[{','.join(texts)}]"
    except (Failed, ValueError, RecursionError):
        holds = False
    if not holds:  # once more, one by one, to name what it is
        return [parse_entry(body, f"line {n} of {chain}") for n, body in enumerate(bodies, 1)]
    for n, (entry, text) in enumerate(zip(entries, texts, strict=True), 1):
        if not text.isascii():
            _check_text(entry, text, f"line {n} of {chain}")
    return entries


def _is_shaped(entry: Any) -> bool:
    return type(entry) is dict and entry.get("format") == 1 and [type(entry.get(one)) for one in _SHAPE] == _TYPES


def parse_entry(body: bytes, place: str) -> dict[str, Any]:
    """One entry from its bytes. Raises Failed when they are not the canonical ones."""
    try:
        text = body.decode()
        entry = _DECODER.decode(text)
        again = _ENCODER.encode(entry)
    except (ValueError, RecursionError) as error:
        raise Failed(f"{place}: expected JSON, found {error}") from None
    except Failed as failure:
        raise Failed(f"{place}: {failure}") from None
    if again != text:  # a key given twice falls out here too
        raise Failed(f"{place}: expected the canonical bytes, found others of the same meaning")
    if type(entry) is not dict or entry.get("format") != 1:
        raise Failed(f"{place}: expected an entry of format 1, found {body[:40]!r}")
    if not _is_shaped(entry):  # `true` is no number here
        name = next(name for name, kind in _SHAPE.items() if type(entry.get(name)) is not kind)
        found = str(entry.get(name))[:40]
        raise Failed(f"{place}: expected {_KINDS[_SHAPE[name]]} under {name!r}, found {found!r}")
    if not text.isascii():
        _check_text(entry, text, place)
    return entry


def _check_text(entry: dict[str, Any], text: str, place: str) -> None:
    """Text is in its composed form; keys are in ASCII, which every reader sorts alike."""
    if not unicodedata.is_normalized("NFC", text):
        raise Failed(f"{place}: expected text in its composed form (NFC), found another")
    parts: list[Any] = [entry]
    while parts:
        part = parts.pop()
        if type(part) is dict:
            for key in part:
                if not key.isascii():
                    raise Failed(f"{place}: expected keys in ASCII, found {key[:40]!r}")
        parts += part.values() if type(part) is dict else part if type(part) is list else ()


def check_sequence(chain: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """Numbers run 1, 2, 3 … and each entry names this chain."""
    if not entries:
        raise Failed(f"expected at least one entry of {chain}, found none")
    for place, entry in enumerate(entries, 1):
        if entry["seq"] != place:
            raise Failed(f"expected entry {place} of {chain}, found number {entry['seq']}")
        if entry["chain"] != chain:
            raise Failed(f"entry {place}: expected chain {chain}, found {entry['chain']}")
    return f"1 to {len(entries)}"


def check_links(chain: str, entries: Sequence[Mapping[str, Any]], digests: Sequence[str]) -> str:
    """Each entry holds the digest of the one before it. Returns the digest of the last."""
    before = GENESIS
    for entry, found in zip(entries, digests, strict=True):
        if entry["prev"] != before:
            stated = str(entry["prev"])
            raise Failed(f"entry {entry['seq']} of {chain}: expected prev {before[:12]}…, found {stated[:12]}…")
        before = found
    return before


def stated_revisions(entries: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Number -> digest of every revision the entries state."""
    stated: dict[int, str] = {}
    for entry in entries:
        if entry["kind"] in ("item:created", "item:edited"):
            stated[entry["data"]["revision"]] = entry["data"]["revision_digest"]
    return stated


def check_revisions(chain: str, entries: Sequence[Mapping[str, Any]], revisions: Mapping[int, bytes]) -> int:
    """The revisions on file are those stated, byte for byte. Returns how many."""
    stated = stated_revisions(entries)
    if sorted(stated) != sorted(revisions):
        raise Failed(f"{chain}: expected revisions {sorted(stated)}, found {sorted(revisions)}")
    for number, body in revisions.items():
        found = digest_of("revision", body)
        if found != stated[number]:
            raise Failed(f"revision {number} of {chain}: expected {stated[number][:12]}…, found {found[:12]}…")
    return len(stated)


def stated_processes(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """The digests of the process texts that were in force."""
    return {entry["data"]["process_digest"] for entry in entries if "process_digest" in entry["data"]}


def check_processes(entries: Sequence[Mapping[str, Any]], there: Container[str]) -> set[str]:
    """The process texts in force are among those whose digests are `there`; returns the digests stated."""
    stated = stated_processes(entries)
    for wanted in sorted(stated):
        if wanted not in there:
            raise Failed(f"expected the process text {wanted[:12]}…, found none")
    return stated


def check_decisions(entries: Sequence[Mapping[str, Any]]) -> int:
    """Each decision is in a round open at that time, on the revision then current, and one person's only one."""
    on_screen: dict[int, str] = {}
    open_round: str | None = None
    standing: set[tuple[str, str]] = set()
    count = 0
    for entry in entries:
        kind, data = entry["kind"], entry["data"]
        if kind in ("item:created", "item:edited"):
            on_screen[data["revision"]] = data["revision_digest"]
        elif kind == "item:round:opened":
            open_round = data["round"]
        elif kind == "item:round:closed":
            open_round = None
        elif kind == "item:decision:withdrawn":
            standing.discard((data["round"], data["person"]))
        elif kind == "item:decision:recorded":
            count += 1
            _check_decision(entry, open_round, on_screen, standing)
            standing.add((data["round"], data["person"]))
    return count


def _check_decision(
    entry: Mapping[str, Any], open_round: str | None, on_screen: Mapping[int, str], standing: set[tuple[str, str]]
) -> None:
    data, place = entry["data"], f"entry {entry['seq']} of {entry['chain']}"
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


def check_moves(chain: str, entries: Sequence[Mapping[str, Any]], state: str) -> int:
    """Each move starts where the item was, and the last leads to the state on file. Returns how many."""
    now, count = entries[0]["data"].get("state"), 0
    for entry in entries:
        if entry["kind"] != "item:moved":
            continue
        count += 1
        if entry["data"]["from"] != now:
            raise Failed(f"entry {entry['seq']} of {chain}: expected a move from {now}, found {entry['data']['from']}")
        now = entry["data"]["to"]
    if now != state:
        raise Failed(f"expected {chain} in the state {state} on file, found {now} after {count_of(count, 'move')}")
    return count
