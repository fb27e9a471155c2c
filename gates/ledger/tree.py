"""The log's Merkle tree as it is kept: leaf hashes, and the hashes of every full part of 256, 65,536, … leaves.

A proof reads a few rows of 256 hashes, however many leaves the log has. Pure: `Rows` fetches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from gates.ledger.proof.merkle import EMPTY_ROOT, node_hash, root_of_all, split_of

STEP = 8
"""Hashes are kept at heights 0 (leaves), 8, 16, …"""
WIDTH = 1 << STEP


class Rows(Protocol):
    """Fetches kept hashes."""

    def __call__(self, height: int, first: int, count: int, /) -> Sequence[bytes]:
        """Up to `count` hashes of `height` (a multiple of 8) from index `first` on, as many as are kept."""
        ...


class Tree:
    """The tree of the first `size` leaves."""

    def __init__(self, size: int, rows: Rows) -> None:
        self.size = size
        self._rows = rows
        self._kept: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self) -> bytes:
        """The root; SHA-256 of nothing when there are no leaves."""
        return self.part(0, self.size) if self.size else EMPTY_ROOT

    def part(self, low: int, high: int) -> bytes:
        """The hash over leaves `low` to below `high`, a part as RFC 6962 splits them."""
        width = high - low
        if width & (width - 1) == 0 and low % width == 0:
            return self._full(width.bit_length() - 1, low // width)
        middle = low + split_of(width)
        return node_hash(self.part(low, middle), self.part(middle, high))

    def others(self, places: Sequence[int]) -> list[bytes]:
        """What `root_of_some` needs beside the leaves at `places` (sorted, at least one)."""
        return list(self._others(0, self.size, list(places)))

    def consistency(self, old_size: int) -> list[bytes]:
        """The path that shows that this tree begins with the tree of `old_size` leaves (RFC 6962 section 2.1.2)."""
        return self._consistency(old_size, 0, self.size, True) if 0 < old_size < self.size else []

    def path(self, place: int) -> list[bytes]:
        """The audit path of one leaf, from the leaf up (RFC 6962 section 2.1.1)."""
        low, high, found = 0, self.size, []
        while high - low > 1:
            middle = low + split_of(high - low)
            found.append(self.part(middle, high) if place < middle else self.part(low, middle))
            low, high = (low, middle) if place < middle else (middle, high)
        return found[::-1]

    def _full(self, height: int, index: int) -> bytes:
        if height % STEP:
            return node_hash(self._full(height - 1, 2 * index), self._full(height - 1, 2 * index + 1))
        row = (height, index // WIDTH)
        if row not in self._kept:
            self._kept[row] = self._rows(height, row[1] * WIDTH, WIDTH)
        return self._kept[row][index % WIDTH]

    def _others(self, low: int, high: int, places: list[int]) -> Iterator[bytes]:
        if not places:
            yield self.part(low, high)
        elif high - low > 1:
            middle = low + split_of(high - low)
            yield from self._others(low, middle, [one for one in places if one < middle])
            yield from self._others(middle, high, [one for one in places if one >= middle])

    def _consistency(self, old: int, low: int, high: int, whole: bool) -> list[bytes]:
        if old == high - low:
            return [] if whole else [self.part(low, high)]
        cut = split_of(high - low)
        if old <= cut:
            return [*self._consistency(old, low, low + cut, whole), self.part(low + cut, high)]
        return [*self._consistency(old - cut, low + cut, high, False), self.part(low, low + cut)]


def new_nodes(size: int, hashes: Sequence[bytes], rows: Rows) -> Iterator[tuple[int, int, bytes]]:
    """Height, index and hash of every part that becomes full when `hashes` follow the first `size` leaves."""
    height, first, fresh = 0, size, list(hashes)
    while fresh:
        start = first - first % WIDTH
        held = [*rows(height, start, first - start), *fresh]
        full = len(held) // WIDTH
        above = [root_of_all(held[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]
        height, first, fresh = height + STEP, start // WIDTH, above
        yield from ((height, first + i, one) for i, one in enumerate(above))
