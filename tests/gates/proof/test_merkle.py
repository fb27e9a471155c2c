"""Our trees against the reference values of RFC 6962, against another implementation, and against altered proofs."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from gates.ledger.proof.merkle import (
    EMPTY_ROOT,
    NotInTree,
    check_consistency,
    leaf_hash,
    root_of_all,
    root_of_some,
)
from gates.ledger.tree import Tree, new_nodes

REFERENCE = [b"", b"\0", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


class Kept:
    """Hashes kept as the store keeps them."""

    def __init__(self, batches: list[int]) -> None:
        self.hashes: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []
        for count in batches:
            fresh = [leaf_hash(str(len(self.leaves) + n).encode()) for n in range(count)]
            nodes = list(new_nodes(len(self.leaves), fresh, self.rows))
            self.hashes |= {(0, len(self.leaves) + n): one for n, one in enumerate(fresh)}
            self.hashes |= {(height, place): one for height, place, one in nodes}
            self.leaves += fresh

    def rows(self, height: int, first: int, count: int, /) -> list[bytes]:
        return [self.hashes[height, n] for n in range(first, first + count) if (height, n) in self.hashes]

    def tree(self, size: int | None = None) -> Tree:
        return Tree(len(self.leaves) if size is None else size, self.rows)


def test_the_roots_of_the_reference() -> None:
    """The values that implementations of RFC 6962 are tested with."""
    for size, root in ROOTS.items():
        assert root_of_all(leaf_hash(one) for one in REFERENCE[:size]).hex() == root
    assert root_of_all([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.integers(1, 300))
def test_another_implementation_finds_the_same_roots(size: int) -> None:
    """pymerkle 7 hashes leaves and nodes the same way."""
    other = InmemoryTree(algorithm="sha256")
    for n in range(size):
        other.append_entry(str(n).encode())
    assert root_of_all(leaf_hash(str(n).encode()) for n in range(size)) == other.get_root()


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6), st.data())
def test_what_is_kept_gives_every_root_and_every_proof(batches: list[int], data: st.DataObject) -> None:
    """However entries came in: the root, some leaves with the hashes beside them, and the path from any earlier tree."""
    kept = Kept(batches)
    size, root = len(kept.leaves), root_of_all(kept.leaves)
    tree = kept.tree()
    assert tree.root() == root
    places = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=9)))
    assert root_of_some(size, {n: kept.leaves[n] for n in places}, tree.others(places)) == root
    old = data.draw(st.integers(1, size))
    check_consistency(old, root_of_all(kept.leaves[:old]), size, root, tree.consistency(old))
    place = data.draw(st.integers(0, size - 1))
    assert root_of_some(size, {place: kept.leaves[place]}, tree.others([place])) == root
    assert sorted(tree.path(place)) == sorted(tree.others([place]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64, 65, 100])
def test_altered_proofs_are_refused(size: int) -> None:
    """Another leaf, another hash, one too many, one too few, another place, another size."""
    kept = Kept([size])
    tree, root = kept.tree(), root_of_all(kept.leaves)
    for place in range(size):
        hashes = tree.others([place])
        leaf = kept.leaves[place]
        assert root_of_some(size, {place: leaf_hash(b"other")}, hashes) != root
        for n in range(len(hashes)):
            assert root_of_some(size, {place: leaf}, [*hashes[:n], leaf_hash(b"x"), *hashes[n + 1 :]]) != root
            with pytest.raises(NotInTree):
                root_of_some(size, {place: leaf}, hashes[:-1])
        with pytest.raises(NotInTree):
            root_of_some(size, {place: leaf}, [*hashes, leaf])
    with pytest.raises(NotInTree):
        root_of_some(size, {size: kept.leaves[0]}, [])
    with pytest.raises(NotInTree):
        root_of_some(size, {}, [])


@pytest.mark.parametrize("size", [2, 3, 8, 13, 64, 65])
def test_altered_paths_between_trees_are_refused(size: int) -> None:
    """An earlier tree that this one does not begin with is never accepted."""
    kept = Kept([size])
    root = root_of_all(kept.leaves)
    for old in range(1, size):
        old_root, path = root_of_all(kept.leaves[:old]), kept.tree().consistency(old)
        for forged in (
            (old, leaf_hash(b"x"), size, root, path),
            (old, old_root, size, leaf_hash(b"x"), path),
            (old, old_root, size, root, path[:-1]),
            (old, old_root, size, root, [*path, root]),
            (old, old_root, size, root, [leaf_hash(b"x"), *path[1:]]),
            (0, old_root, size, root, path),
            (size + 1, old_root, size, root, path),
        ):
            with pytest.raises(NotInTree):
                check_consistency(*forged)
    check_consistency(size, root, size, root, [])
    with pytest.raises(NotInTree):
        check_consistency(size, leaf_hash(b"x"), size, root, [])
