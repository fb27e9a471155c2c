"""Which key signs the log at which size, as the log itself says.

The chain `@log` begins with the log's opening, which names its first key. A handing over at position p is entered
under the old key and sealed alone: the checkpoint of p + 1 leaves bears both signatures, larger ones the new key's.
A key that was handed over signs nothing larger any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gates.ledger.proof.notes import BadNote, Checkpoint, VerifierKey, read_key
from gates.ledger.proof.records import Failed

LOG = "@log"


@dataclass(frozen=True)
class KeyRange:
    """A key signs checkpoints of `first` to `last` leaves (None: until it is handed over)."""

    key: VerifierKey
    first: int
    last: int | None

    def covers(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)


def key_ranges(entries: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> list[KeyRange]:
    """The ranges of the log's keys, oldest first, from the entries of `@log`. Raises Failed."""
    ranges: list[KeyRange] = []
    for entry, position in zip(entries, positions, strict=True):
        data = entry["data"]
        if entry["kind"] == "log:opened":
            ranges.append(KeyRange(_key(data["key"]), 0, None))
        elif entry["kind"] == "log:key:rotated":
            if not ranges or str(ranges[-1].key) != data["before"]:
                raise Failed(f"expected the log's key to be handed over by {ranges[-1:]}, found {data['before']}")
            ranges[-1] = KeyRange(ranges[-1].key, ranges[-1].first, position + 1)
            ranges.append(KeyRange(_key(data["after"]), position + 1, None))
    if not ranges:
        raise Failed("expected the opening of the log among its entries, found none")
    return ranges


def check_signed(checkpoint: Checkpoint, ranges: Sequence[KeyRange]) -> None:
    """That every key whose range covers the checkpoint's size signed it. Raises Failed."""
    for one in ranges:
        if one.covers(checkpoint.size) and not checkpoint.is_signed_by(one.key):
            retired = [
                old.key.name for old in ranges if not old.covers(checkpoint.size) and checkpoint.is_signed_by(old.key)
            ]
            found = f"one of a key that signs no log of {checkpoint.size} leaves" if retired else "none that holds"
            raise Failed(
                f"expected a signature by {one.key} on the checkpoint of {checkpoint.size} leaves, found {found}"
            )


def check_trusted(trusted: VerifierKey, ranges: Sequence[KeyRange]) -> None:
    """That `trusted` signs or has signed this log. Raises Failed."""
    if all(one.key != trusted for one in ranges):
        raise Failed(f"expected the log that {trusted} signs, found one of {', '.join(str(one.key) for one in ranges)}")


def check_handed(ranges: Sequence[KeyRange], handed: Mapping[int, Checkpoint]) -> None:
    """That the checkpoint at which each key was handed over is there; both keys signed it. Raises Failed."""
    for one in ranges[:-1]:
        if one.last not in handed:
            raise Failed(f"expected the checkpoint of {one.last} leaves, at which the key was handed over, found none")


def _key(text: str) -> VerifierKey:
    try:
        return read_key(text)
    except BadNote as fault:
        raise Failed(str(fault)) from None
