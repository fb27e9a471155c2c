"""Merkle trees as RFC 6962 hashes them (section 2.1), and the checks of what is shown against a root.

A tree of n leaves splits at the largest power of two below n. A leaf's hash is SHA-256(0x00 || data), a node's is
SHA-256(0x01 || left || right); the empty tree's is SHA-256 of nothing.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


class NotInTree(ValueError):
    """What is shown does not lead to the root."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two halves."""
    return hashlib.sha256(b"\1" + left + right).digest()


def split_of(width: int) -> int:
    """The width of the left part of a tree of `width` leaves (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def root_of_all(hashes: Iterable[bytes]) -> bytes:
    """The root of the tree with these leaf hashes, in order."""
    stack: list[bytes] = []
    for place, one in enumerate(hashes):
        while place & 1:  # each full pair below this leaf is closed
            one = node_hash(stack.pop(), one)
            place >>= 1
        stack.append(one)
    if not stack:
        return EMPTY_ROOT
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def root_of_some(size: int, leaves: Mapping[int, bytes], others: Iterable[bytes]) -> bytes:
    """The root of a tree of `size` leaves of which some are known, by position; `others` are the hashes of the
    largest parts without a known leaf, from left to right. Raises NotInTree when they do not fit."""
    places = sorted(leaves)
    if not places or places[0] < 0 or places[-1] >= size:
        raise NotInTree(f"expected positions from 0 to below {size}, found {places[:1]} to {places[-1:]}")
    rest = iter(others)
    root = _root_between(0, size, 0, len(places), places, leaves, rest)
    if next(rest, None) is not None:
        raise NotInTree("expected no further hash, found one too many")
    return root


def _root_between(
    low: int,
    high: int,
    first: int,
    last: int,
    places: Sequence[int],
    leaves: Mapping[int, bytes],
    rest: Iterator[bytes],
) -> bytes:
    if first == last:
        found = next(rest, None)
        if found is None:
            raise NotInTree("expected a further hash, found too few")
        return found
    if high - low == 1:
        return leaves[low]
    middle = low + split_of(high - low)
    cut = bisect_left(places, middle, first, last)
    left = _root_between(low, middle, first, cut, places, leaves, rest)
    return node_hash(left, _root_between(middle, high, cut, last, places, leaves, rest))


def check_consistency(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """That the tree of `size` leaves begins with the tree of `old_size` (RFC 9162 section 2.1.4.2).

    Raises NotInTree."""
    if not 0 < old_size <= size:
        raise NotInTree(f"expected an earlier size from 1 to {size}, found {old_size}")
    if old_size == size:
        if old_root != root or path:
            raise NotInTree("expected one root for one size, found two")
        return
    hashes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not hashes:
        raise NotInTree("expected hashes that lead from the earlier tree to this one, found none")
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            raise NotInTree("expected no further hash, found one too many")
        if node & 1 or node == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, one)
        node, last = node >> 1, last >> 1
    if last:
        raise NotInTree("expected a further hash, found too few")
    if old != old_root:
        raise NotInTree("expected the earlier root, found another")
    if new != root:
        raise NotInTree("expected the later root, found another")
