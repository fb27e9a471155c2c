"""The numbered steps by which a bundle is checked. The first that fails ends the check."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from gates.ledger.proof.archive import Bundle, Chain, read_bundle
from gates.ledger.proof.curves import HAS_CRYPTOGRAPHY
from gates.ledger.proof.keys import LOG, KeyRange, check_handed, check_signed, check_trusted, key_ranges
from gates.ledger.proof.merkle import NotInTree, check_consistency, leaf_hash, root_of_all, root_of_some
from gates.ledger.proof.notes import BadNote, Checkpoint, VerifierKey, read_checkpoint
from gates.ledger.proof.passkeys import Enrolled, check_passkey, enrolments, is_by_passkey
from gates.ledger.proof.records import (
    Failed,
    check_decisions,
    check_links,
    check_moves,
    check_processes,
    check_revisions,
    check_sequence,
    count_of,
    digest_of,
    parse_entries,
)
from gates.ledger.proof.tags import tag_of

ACCESS = "@access"
"""The one chain of which single entries may be shown: the enrolments that passkeys rest on."""

MOST_EARLIER = 1000
"""Earlier checkpoints of a bundle; the register puts about a hundred in."""

LEAF = 64
"""Bytes of a leaf: the tag of its chain, then the digest of its entry."""


@dataclass(frozen=True)
class Taken:
    """One step taken: `ok`, or what was expected and found."""

    number: int
    title: str
    ok: bool
    said: str


@dataclass(frozen=True)
class Asked:
    """What whoever checks brings along: the log's key, a checkpoint kept elsewhere (size and root), and whether it
    must be shown that these are all entries of the items, or all items that there are."""

    key: VerifierKey | None = None
    pin: tuple[int, bytes] | None = None
    complete: bool = False
    all_items: bool = False


@dataclass
class Outcome:
    """The steps taken, what they do not show, and what was found on the way (for whoever judges it again)."""

    steps: list[Taken] = field(default_factory=list)
    not_shown: list[str] = field(default_factory=list)
    bundle: Bundle | None = None
    entries: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return len(self.steps) == LAST and all(step.ok for step in self.steps)


class _Check:
    """One bundle on its way through the steps."""

    def __init__(self, bundle: Bundle, asked: Asked) -> None:
        self.bundle = bundle
        self.asked = asked
        self.entries: list[list[dict[str, Any]]] = []
        self.digests: list[list[str]] = []
        self.ranges: list[KeyRange] = []
        self.not_shown: list[str] = []
        self._checkpoint: Checkpoint | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        if self._checkpoint is None:
            self._checkpoint = read_checkpoint(self.bundle.checkpoint)
        return self._checkpoint

    @property
    def items(self) -> list[tuple[Chain, list[dict[str, Any]]]]:
        pairs = zip(self.bundle.chains, self.entries, strict=True)
        return [(chain, entries) for chain, entries in pairs if not chain.name.startswith("@")]

    def canonical(self) -> str:
        for chain in self.bundle.chains:
            self.digests.append([digest_of("entry", body) for body in chain.bodies])
            self.entries.append(parse_entries(chain.bodies, chain.name))
        return count_of(sum(map(len, self.entries)), "entry", "entries")

    def chained(self) -> str:
        names = [chain.name for chain in self.bundle.chains]
        if len(set(names)) != len(names):
            raise Failed(f"expected each chain once, found {max(names, key=names.count)} twice")
        for chain, entries, digests in zip(self.bundle.chains, self.entries, self.digests, strict=True):
            if not chain.whole:
                if chain.name != ACCESS:
                    raise Failed(f"expected {chain.name} whole, found single entries of it")
                _check_extract(chain, entries)
                continue
            check_sequence(chain.name, entries)
            head = check_links(chain.name, entries, digests)
            if head != chain.head:
                raise Failed(f"expected {chain.name} to end in {chain.head[:12]}…, found {head[:12]}…")
        return count_of(sum(chain.whole for chain in self.bundle.chains), "chain")

    def signed(self) -> str:
        log = [n for n, chain in enumerate(self.bundle.chains) if chain.name == LOG and chain.whole]
        if not log:
            raise Failed("expected the chain @log, found none")
        self.ranges = key_ranges(self.entries[log[0]], self.bundle.chains[log[0]].positions)
        origin = self.entries[log[0]][0]["data"]["origin"]
        if self.checkpoint.origin != origin:
            raise Failed(f"expected a checkpoint of {origin}, found one of {self.checkpoint.origin}")
        check_signed(self.checkpoint, self.ranges)
        key = self.ranges[-1].key
        if self.asked.key is not None:
            check_trusted(self.asked.key, self.ranges)
        else:
            self.not_shown.append(
                f"that the log's key is the register's own: compare it with the one that was given out ({key}), or "
                "name that one with --key"
            )
        return f"{self.checkpoint.size:,} leaves of {origin}, by {key.name}+{key.hash.hex()}"

    def included(self) -> str:
        if self.bundle.leaves is not None:
            return self._included_in_all(self.bundle.leaves)
        leaves: dict[int, bytes] = {}
        for chain, digests in zip(self.bundle.chains, self.digests, strict=True):
            tag = tag_of(chain.salt, chain.name)
            for position, digest in zip(chain.positions, digests, strict=True):
                leaves[position] = leaf_hash(tag + bytes.fromhex(digest))
        if len(leaves) != sum(map(len, self.digests)):
            raise Failed("expected a position for each entry, found two entries at one")
        root = root_of_some(self.checkpoint.size, leaves, self.bundle.hashes)
        if root != self.checkpoint.root:
            raise Failed(f"expected the root {self.checkpoint.root.hex()[:12]}…, found {root.hex()[:12]}…")
        return f"{count_of(len(leaves), 'entry', 'entries')} lead to the root {root.hex()[:12]}…"

    def _included_in_all(self, leaves: bytes) -> str:
        size = self.checkpoint.size
        if len(leaves) != size * LEAF:
            raise Failed(f"expected {size} leaves of {LEAF} bytes, found {len(leaves)} bytes")
        view = memoryview(leaves)
        root = root_of_all(leaf_hash(bytes(view[n : n + LEAF])) for n in range(0, len(leaves), LEAF))
        if root != self.checkpoint.root:
            raise Failed(f"expected the root {self.checkpoint.root.hex()[:12]}…, found {root.hex()[:12]}…")
        for chain, digests in zip(self.bundle.chains, self.digests, strict=True):
            tag = tag_of(chain.salt, chain.name)
            for n, (position, digest) in enumerate(zip(chain.positions, digests, strict=True), 1):
                if not 0 <= position < size or view[position * LEAF : (position + 1) * LEAF] != tag + bytes.fromhex(
                    digest
                ):
                    raise Failed(
                        f"line {n} of {chain.name}: expected it at position {position}, found another leaf there"
                    )
        return f"the root {root.hex()[:12]}… is that of all {size:,} leaves, these entries among them"

    def ordered(self) -> str:
        for chain in self.bundle.chains:
            if any(a >= b for a, b in zip(chain.positions, chain.positions[1:], strict=False)):
                raise Failed(f"expected the entries of {chain.name} in the log in their own order, found another")
        return "by position, not by clock"

    def consistent(self) -> str:
        handed: dict[int, Checkpoint] = {}
        if len(self.bundle.earlier) > MOST_EARLIER:
            raise Failed(f"expected at most {MOST_EARLIER:,} earlier checkpoints, found {len(self.bundle.earlier):,}")
        for text, path in self.bundle.earlier:
            earlier = read_checkpoint(text)
            if earlier.size <= max(handed, default=0):
                raise Failed(f"expected earlier checkpoints in their order, found one of {earlier.size:,} leaves")
            if earlier.origin != self.checkpoint.origin:
                raise Failed(f"expected earlier checkpoints of {self.checkpoint.origin}, found one of {earlier.origin}")
            check_signed(earlier, self.ranges)
            check_consistency(earlier.size, earlier.root, self.checkpoint.size, self.checkpoint.root, path)
            handed[earlier.size] = earlier
        handed[self.checkpoint.size] = self.checkpoint
        check_handed(self.ranges, handed)
        del handed[self.checkpoint.size]
        if self.asked.pin is None:
            self.not_shown.append(
                "that whoever holds the log's key did not cut or rewrite it: give a checkpoint that was kept elsewhere "
                "with --pin (every receipt mail holds one)"
            )
            return f"with {count_of(len(handed), 'earlier checkpoint')}"
        self._pinned(*self.asked.pin)
        kept = f"with the one of {self.asked.pin[0]:,} leaves kept elsewhere"
        return f"with {count_of(len(handed), 'earlier checkpoint')} and {kept}"

    def _pinned(self, size: int, root: bytes) -> None:
        if size > self.checkpoint.size:
            raise Failed(
                f"expected a log of at least the {size:,} leaves of the pinned checkpoint, found "
                f"{self.checkpoint.size:,}: its end was cut off, or the bundle was made before; have it made anew"
            )
        paths = {read_checkpoint(text).size: path for text, path in self.bundle.earlier}
        if size == self.checkpoint.size:
            paths[size] = ()
        if size not in paths and self.bundle.leaves is not None:
            view = memoryview(self.bundle.leaves)
            found = root_of_all(leaf_hash(bytes(view[n * LEAF : (n + 1) * LEAF])) for n in range(size))
            if found != root:
                raise Failed(
                    f"expected the pinned root {root.hex()[:12]}… at {size:,} leaves, found {found.hex()[:12]}…"
                )
            return
        if size not in paths:
            raise Failed(f"expected a path from {size:,} leaves, found none: have the bundle made with that checkpoint")
        check_consistency(size, root, self.checkpoint.size, self.checkpoint.root, paths[size])

    def complete(self) -> str:
        if self.bundle.leaves is None:
            if self.asked.complete or self.asked.all_items:
                raise Failed("expected all leaves of the log, found none: have the bundle made with --complete")
            self.not_shown.append("that these are all entries of the items (have the bundle made with --complete)")
            return "not asked"
        counts: dict[bytes, int] = {}
        for n in range(0, len(self.bundle.leaves), LEAF):
            tag = self.bundle.leaves[n : n + 32]
            counts[tag] = counts.get(tag, 0) + 1
        inside = 0
        for chain in self.bundle.chains:
            found = counts.pop(tag_of(chain.salt, chain.name), 0)
            if chain.whole and found != len(chain.bodies):
                raise Failed(f"expected all {found} entries of {chain.name}, found {len(chain.bodies)}")
            inside += len(chain.bodies)
        for name, salt in self.bundle.house.items():
            if not name.startswith("@"):
                raise Failed(f"expected chains of the house beside the items, found {name[:80]!r}")
            if not counts.pop(tag_of(salt, name), 0):
                raise Failed(f"expected leaves of {name[:80]!r} in the log, found none")
        said = f"all entries of every chain; {inside:,} of the log's {self.checkpoint.size:,} are here"
        if counts:
            leaves = count_of(sum(counts.values()), "leaf", "leaves")
            others = f"{count_of(len(counts), 'further chain')} of the log ({leaves})"
            if self.asked.all_items:
                raise Failed(f"expected every item of the log, found {others} that the bundle does not hold or name")
            self.not_shown.append(f"what the {others} are about (`record export --all --complete` has every item)")
            return said
        return f"{said}, the rest are of the house; no item is left out"

    def revised(self) -> str:
        return count_of(sum(check_revisions(c.name, entries, c.revisions) for c, entries in self.items), "revision")

    def ruled(self) -> str:
        there = {digest_of("process", body) for body in self.bundle.processes}
        stated: set[str] = set()
        for _, entries in self.items:
            stated |= check_processes(entries, there)
        if unused := there - stated:
            raise Failed(f"expected the process texts that were in force, found another: {min(unused)[:12]}…")
        return count_of(len(stated), "text")

    def decided(self) -> str:
        return count_of(sum(check_decisions(entries) for _, entries in self.items), "decision")

    def proven(self) -> str:
        access = [n for n, chain in enumerate(self.bundle.chains) if chain.name == ACCESS]
        keys: dict[str, Enrolled] = {}
        for n in access:
            keys = enrolments(self.entries[n], self.bundle.chains[n].positions)
        used: set[bytes] = set()
        total = checked = 0
        for chain, entries in self.items:
            for entry, position in zip(entries, chain.positions, strict=True):
                if not entry["kind"].startswith("item:decision:"):
                    continue
                is_decision = entry["kind"] == "item:decision:recorded"
                total += is_decision
                if (is_decision or entry["kind"] == "item:decision:withdrawn") and is_by_passkey(entry):
                    check_passkey(entry, position, keys, used)
                    checked += is_decision
        if checked < total:
            self.not_shown.append(
                f"who typed the password or the code of {count_of(total - checked, 'decision')}: the server checked it "
                "at the time; only passkeys can be checked again"
            )
        if any(not self.bundle.chains[n].whole for n in access):
            self.not_shown.append(
                "that no passkey was reported lost before it signed: of @access only the entries that name one are "
                "here, and whoever made the bundle chose them (the register refuses a lost passkey at signing)"
            )
        return f"{checked:,} of {count_of(total, 'decision')} by a passkey" + (
            "" if HAS_CRYPTOGRAPHY or not checked else " (slowly: the package cryptography is not installed)"
        )

    def moved(self) -> str:
        return count_of(sum(check_moves(c.name, entries, c.state) for c, entries in self.items), "move")


STEPS: dict[int, tuple[str, Callable[[_Check], str]]] = {
    2: ("entries are canonical", _Check.canonical),
    3: ("each entry holds the one before, without a gap", _Check.chained),
    4: ("the checkpoint is signed by the log's key", _Check.signed),
    5: ("every entry is in the log", _Check.included),
    6: ("the log keeps the order of each record", _Check.ordered),
    7: ("the log only grew", _Check.consistent),
    8: ("nothing is left out", _Check.complete),
    9: ("revisions are those that were signed", _Check.revised),
    10: ("process texts are those in force", _Check.ruled),
    11: ("decisions are bound to round, revision and person", _Check.decided),
    12: ("passkeys agreed to these decisions", _Check.proven),
    13: ("moves lead to the state on file", _Check.moved),
}
FIRST = "the bundle is whole"
LAST = max(STEPS)


def verify_bundle(source: str | BinaryIO, asked: Asked | None = None) -> Outcome:
    """Take the steps in order; stops after the first that fails. Raises OSError when the file cannot be read."""
    outcome = Outcome()
    try:
        outcome.bundle = read_bundle(source)
    except Failed as failure:
        outcome.steps.append(Taken(1, FIRST, False, str(failure)))
        return outcome
    collects = gc.isenabled()
    gc.disable()  # millions of small objects are made and kept, none in a circle: looking for circles costs a tenth
    try:
        _take(outcome, asked or Asked())
    finally:
        if collects:
            gc.enable()
    return outcome


def _take(outcome: Outcome, asked: Asked) -> None:
    assert outcome.bundle is not None
    check = _Check(outcome.bundle, asked)
    outcome.steps.append(Taken(1, FIRST, True, f"it says it was made {outcome.bundle.made_at}, which nothing signs"))
    for number, (title, step) in STEPS.items():
        try:
            said = step(check)
        except (Failed, NotInTree, BadNote) as failure:
            outcome.steps.append(Taken(number, title, False, str(failure)))
            break
        except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
            # Content that lacks what its kind must have: a shape the program never writes.
            said = f"expected the keys of the format, found an entry without them ({repr(error)[:200]})"
            outcome.steps.append(Taken(number, title, False, said))
            break
        outcome.steps.append(Taken(number, title, True, said))
    check.not_shown.append(
        f"that it was made at {check.bundle.made_at} in {check.bundle.site!r}: of manifest.json and README.txt nothing "
        "signs the time and the name of the register (all else in them is held against the entries)"
    )
    outcome.entries, outcome.not_shown = check.entries, check.not_shown


def _check_extract(chain: Chain, entries: Sequence[Mapping[str, Any]]) -> None:
    numbers = [entry["seq"] for entry in entries]
    if any(entry["chain"] != chain.name for entry in entries) or numbers != sorted(set(numbers)):
        raise Failed(f"expected single entries of {chain.name} in their order, found others")
