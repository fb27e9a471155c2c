"""Forged bundles and forged registers, for the tests that hold the verifier against attackers."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from world import KEY, URL, SetClock

from gates.ledger.bundle import EPOCH, UNIX, BundleParts, ChainPart, write_bundle
from gates.ledger.proof.archive import readme
from gates.ledger.proof.merkle import leaf_hash, root_of_all
from gates.ledger.proof.records import GENESIS, digest_of
from gates.ledger.proof.tags import tag_of
from gates.ledger.signer import FileSigner, KeyRing, write_checkpoint
from gates.service import Register
from gates.store import open_store
from policies.canonical import canonical

Members = dict[str, bytes]


def unpack(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: Mapping[str, bytes], *, honest_manifest: bool = False, has_own_readme: bool = False) -> bytes:
    """A zip of `members`, README.txt and the digests of the manifest made to fit unless told otherwise."""
    found = dict(members)
    if not honest_manifest:
        manifest = json.loads(found["manifest.json"])
        counts = [(one["chain"], one["entries"]) for one in manifest["chains"]]
        if not has_own_readme:
            found["README.txt"] = readme(manifest["site"], manifest["made_at"], counts, "log/leaves.bin" in found)
        files = {name: hashlib.sha256(data).hexdigest() for name, data in found.items() if name != "manifest.json"}
        found["manifest.json"] = json.dumps({**manifest, "files": files}).encode()
    return zipped(found)


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of `members` as the register would write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members.items():
            archive.writestr(member(name, method), body)
    return out.getvalue()


def member(name: str, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type, info.create_system, info.external_attr = method, UNIX, 0o644 << 16
    return info


class Forged:
    """The members of a bundle, to be changed chain by chain."""

    def __init__(self, data: bytes) -> None:
        self.members = unpack(data)
        self.manifest: dict[str, Any] = json.loads(self.members["manifest.json"])
        self.positions: list[list[int]] = json.loads(self.members["log/positions.json"])

    def place(self, chain: str) -> int:
        return next(n for n, one in enumerate(self.manifest["chains"]) if one["chain"] == chain)

    def entries(self, chain: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.members[f"entries/{self.place(chain)}.jsonl"].splitlines()]

    def put(
        self, chain: str, entries: list[dict[str, Any]], *, rechain: bool, positions: list[int] | None = None
    ) -> None:
        """File other entries for a chain; with `rechain`, numbers, digests, head and state are made to fit."""
        place = self.place(chain)
        stated = self.manifest["chains"][place]
        if rechain:
            before = GENESIS
            for number, entry in enumerate(entries, 1):
                entry |= {"seq": number, "prev": before, "chain": chain}
                before = digest_of("entry", canonical(entry))
            stated["head"] = before
            states = [e["data"]["to"] for e in entries if e["kind"] == "item:moved"]
            stated["state"] = states[-1] if states else entries[0]["data"].get("state", "")
        if positions is not None:
            self.positions[place] = positions
        stated["entries"] = len(entries)
        self.members[f"entries/{place}.jsonl"] = b"".join(canonical(one) + b"\n" for one in entries)

    def zip(self) -> bytes:
        self.members["manifest.json"] = json.dumps(self.manifest).encode()
        self.members["log/positions.json"] = json.dumps(self.positions).encode()
        return pack(self.members)


def operator_forges(
    database: Path,
    folder: Path,
    change: Callable[[dict[str, Any]], None],
    signer: FileSigner,
    *,
    cut: int | None = None,
) -> Register:
    """A register whose operator rewrote history with the triggers dropped: every entry may be changed by `change`, all
    chains are joined again, and the whole log is sealed anew with `signer`. `cut`: only so many leaves."""
    path = folder / "forged.db"
    raw = sqlite3.connect(path)
    sqlite3.connect(database).backup(raw)
    triggers = [
        (name, sql)
        for name, sql in raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    ]
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    order = raw.execute("SELECT chain, seq FROM leaves ORDER BY position").fetchall()
    heads: dict[str, str] = {}
    digests: dict[tuple[str, int], str] = {}
    for chain, seq, body in raw.execute("SELECT chain, seq, body FROM entries ORDER BY chain, seq").fetchall():
        entry = json.loads(body)
        change(entry)
        entry["prev"] = heads.get(chain, GENESIS)
        if entry["kind"] == "log:opened":
            entry["data"]["key"] = str(signer.key)
        again = canonical(entry)
        heads[chain] = digests[(chain, seq)] = digest_of("entry", again)
        raw.execute(
            "UPDATE entries SET body = ?, digest = ? WHERE chain = ? AND seq = ?", (again, heads[chain], chain, seq)
        )
        raw.execute("UPDATE chains SET head = ?, seq = ? WHERE chain = ?", (heads[chain], seq, chain))
    for table in ("leaves", "nodes", "checkpoints", "unsealed"):
        raw.execute(f"DELETE FROM {table}")
    for chain, seq in order[:cut]:
        raw.execute("INSERT INTO unsealed (chain, seq, digest) VALUES (?, ?, ?)", (chain, seq, digests[(chain, seq)]))
    for _, sql in triggers:
        raw.execute(sql)
    raw.commit()
    raw.close()
    register = Register(open_store(f"sqlite:///{path}"), SetClock(), KEY, URL)
    register.seal(KeyRing([signer]), "unused")
    return register


SCRIBE = FileSigner("somebody/log", bytes(range(2, 34)))
"""Whoever writes a whole log of their own."""


def written_by_hand(
    chains: Mapping[str, list[dict[str, Any]]],
    *,
    processes: Iterable[bytes] = (b"{}",),
    revision: bytes = b"{}",
    single: Iterable[str] = (),
) -> bytes:
    """A bundle of a log that never met the program: numbered, joined, sealed and signed with a key of its own, so that
    it holds wherever its content does. Entries need `kind` and `data`; each item has one `revision`, in state `s`."""
    opened = {"kind": "log:opened", "data": {"origin": SCRIBE.name, "key": str(SCRIBE.key)}}
    parts, leaves = [], []
    for name, entries in {"@log": [opened], **chains}.items():
        salt, before, bodies = hashlib.sha256(name.encode()).digest(), GENESIS, []
        for number, entry in enumerate(entries, 1):
            first = {"format": 1, "chain": name, "seq": number, "prev": before, "at": "2026-08-17T09:00:00.000000Z"}
            actor = {"person": entry["data"].get("person") if isinstance(entry["data"], dict) else None, "via": "web"}
            bodies.append(_plain(first | {"actor": actor} | entry))
            before = digest_of("entry", bodies[-1])
            leaves.append(tag_of(salt, name) + bytes.fromhex(before))
        places, is_item = range(len(leaves) - len(bodies), len(leaves)), not name.startswith("@")
        state, revisions = ("s", [revision]) if is_item else ("", [])
        head = "" if name in single else before
        parts.append(ChainPart(name, name not in single, salt, head, state, bodies, places, revisions))
    note = write_checkpoint(SCRIBE.name, len(leaves), root_of_all(map(leaf_hash, leaves)), [SCRIBE])
    texts = {digest_of("process", body): body for body in processes}
    return write_bundle(BundleParts("2026-08-17T09:00:00Z", "By hand", parts, texts, note, leaves=b"".join(leaves)))


def made_by_hand(**more: Any) -> dict[str, Any]:
    """The first entry of an item written by hand."""
    first = {"revision": 1, "revision_digest": digest_of("revision", b"{}"), "state": "s"}
    return {"kind": "item:created", "data": {**first, "process_digest": digest_of("process", b"{}"), **more}}


def _plain(entry: dict[str, Any]) -> bytes:
    """As the program would write it, whatever is in it."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
