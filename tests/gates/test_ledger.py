"""The record: append-only in the store, and checked in numbered steps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from world import World

from gates.ledger import verify as verifier
from gates.ledger.verify import StoredRecord, verify
from policies.canonical import canonical, digest


@pytest.fixture
def record(small_world: World) -> StoredRecord:
    """The record of a change that went through a round with an edit, a refusal and three signatures; as in a document,
    without the log beside it."""
    key = small_world.change_in_round()
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "13000"})
    for person in ("mei", "ana", "ben"):
        small_world.sign(person, key)
    found = small_world.register.read_record(key)
    assert found.logged == found.digests
    return replace(found, logged=None)


def changed(record: StoredRecord, place: int, change: Callable[[dict[str, Any]], None]) -> StoredRecord:
    """`record` with one entry's content changed and its own digest made to fit."""
    bodies, digests = list(record.bodies), list(record.digests)
    entry = json.loads(bodies[place])
    change(entry)
    bodies[place] = canonical(entry)
    digests[place] = digest("entry", bodies[place])
    return replace(record, bodies=bodies, digests=digests)


def first_failure(record: StoredRecord) -> int:
    """The number of the step that fails."""
    steps = verify(record)
    assert not steps[-1].ok, "nothing was found"
    return steps[-1].number


def test_a_whole_record_takes_all_steps(record: StoredRecord) -> None:
    """Nine steps, all well (I5)."""
    assert [(step.number, step.ok) for step in verify(record)] == [(n, True) for n in range(1, 10)]


def test_every_flipped_byte_is_found(record: StoredRecord) -> None:
    """Any changed byte of any entry breaks the check (I6, A11-04, EID-3)."""
    for place, body in enumerate(record.bodies):
        for at in range(0, len(body), 97):
            bodies = list(record.bodies)
            bodies[place] = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            assert not all(step.ok for step in verify(replace(record, bodies=bodies)))


@pytest.mark.parametrize(
    ("name", "step", "tamper"),
    [
        ("rewritten", 3, lambda r: changed(r, 3, lambda e: e["data"].update(why="nothing"))),
        (
            "last one rewritten",
            5,
            lambda r: changed(r, len(r.bodies) - 1, lambda e: e.update(at=e["at"][:-2] + "9Z")),
        ),
        (
            "dropped",
            2,
            lambda r: replace(r, bodies=r.bodies[:2] + r.bodies[3:], digests=r.digests[:2] + r.digests[3:]),
        ),
        ("swapped", 2, lambda r: replace(r, bodies=[r.bodies[1], r.bodies[0], *r.bodies[2:]])),
        ("tail cut", 5, lambda r: replace(r, bodies=r.bodies[:-1], digests=r.digests[:-1])),
        ("other spelling", 1, lambda r: replace(r, bodies=[b" " + r.bodies[0], *r.bodies[1:]])),
        ("digest on file", 4, lambda r: replace(r, digests=["0" * 64, *r.digests[1:]])),
        (
            "content of a revision",
            6,
            lambda r: replace(r, revisions={**r.revisions, 1: r.revisions[1][:-1] + b" "}),
        ),
        ("process text", 7, lambda r: replace(r, processes=dict.fromkeys(r.processes, b"{}"))),
        ("state", 9, lambda r: replace(r, state="closed")),
        ("nothing left", 2, lambda r: replace(r, bodies=[], digests=[])),
        (
            "fraction",
            1,
            lambda r: replace(r, bodies=[r.bodies[0].replace(b'"format":1', b'"format":1.0'), *r.bodies[1:]]),
        ),
        (
            "key twice",
            1,
            lambda r: replace(r, bodies=[r.bodies[0].replace(b'{"actor"', b'{"at":"x","actor"'), *r.bodies[1:]]),
        ),
    ],
)
def test_tampering_is_found_at_its_step(record: StoredRecord, name: str, step: int, tamper: Any) -> None:
    """Each kind of tampering is caught by the step that is meant for it (I6)."""
    assert first_failure(tamper(record)) == step, name


def rechained(record: StoredRecord, change: Callable[[list[dict[str, Any]]], None]) -> StoredRecord:
    """`record` changed by somebody who recomputes the whole chain and the head."""
    entries = [json.loads(body) for body in record.bodies]
    change(entries)
    bodies, digests, prev = [], [], "0" * 64
    for entry in entries:
        entry["prev"] = prev
        bodies.append(canonical(entry))
        prev = digest("entry", bodies[-1])
        digests.append(prev)
    return replace(record, bodies=bodies, digests=digests, head=prev)


def test_with_the_log_beside_it_a_record_joined_again_is_found(record: StoredRecord) -> None:
    """Whatever it says, and where its end was cut off with its head (4; P11-02, I6)."""
    logged = list(record.digests)
    kept = {"bodies": record.bodies[:-1], "digests": record.digests[:-1], "head": record.digests[-2]}
    for forged in (
        rechained(record, lambda entries: entries[0]["actor"].update(origin="elsewhere")),
        changed(record, len(record.bodies) - 1, lambda e: e.update(at=e["at"][:-2] + "9Z")),
        replace(record, **kept),
    ):
        assert first_failure(replace(forged, logged=logged)) == 4
    assert first_failure(replace(record, logged=["", *logged[1:]])) == 4


def decision(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The first recorded decision."""
    return next(entry for entry in entries if entry["kind"] == "item:decision:recorded")


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: decision(entries)["data"].update(person="ben"),
        lambda entries: decision(entries)["data"].update(revision=1),
        lambda entries: decision(entries)["data"].update(round="0" * 32),
        lambda entries: decision(entries)["data"].update(revision_digest="0" * 64),
    ],
)
def test_a_rechained_record_still_has_to_make_sense(record: StoredRecord, change: Any) -> None:
    """Recomputing every digest does not help a decision that is bound to the wrong thing (I6)."""
    assert first_failure(rechained(record, change)) == 8


def test_the_verifier_runs_on_the_standard_library_alone(record: StoredRecord, tmp_path: Path) -> None:
    """`verify` works under `python -I -S` with nothing installed (I6, ALC-8)."""
    data = tmp_path / "record.py"
    data.write_text(
        f"RECORD = {(record.chain, record.bodies, record.digests, record.head, record.state)!r}\nREVISIONS = {dict(record.revisions)!r}\nPROCESSES = {dict(record.processes)!r}\n"
    )
    script = (
        f"import sys; sys.path[:0] = [{str(Path(verifier.__file__).parents[2])!r}, {str(tmp_path)!r}]\n"
        "import record\nfrom gates.ledger import verify\n"
        "steps = verify.verify(verify.StoredRecord(*record.RECORD, revisions=record.REVISIONS, processes=record.PROCESSES))\n"
        "assert [s.ok for s in steps] == [True] * 9, steps\n"
        "print(len(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET kind = 'x'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT chain, seq, 'x', at, digest, body FROM entries LIMIT 1",
        "TRUNCATE entries",
    ],
)
def test_the_store_refuses_to_change_entries(world: World, statement: str) -> None:
    """Entries are append-only: updates, deletes and replacements are refused by the database itself (P11-07, A11-08, PR-06)."""
    if ("OR REPLACE" in statement) != world.store.is_sqlite and statement.split()[0] in (
        "INSERT",
        "TRUNCATE",
    ):
        statement = "UPDATE entries SET seq = seq + 1"  # the other store does not know the word
    key = world.change()
    with pytest.raises(DBAPIError), world.store.writing() as connection:
        connection.execute(text(statement))
    assert world.is_whole(key)


def test_names_in_the_head_of_a_chain_are_kept_apart(world: World) -> None:
    """Each item has a chain of its own, from its first entry on."""
    first, second = world.change(), world.change()
    for key in (first, second):
        body = json.loads(world.register.read_record(key).bodies[0])
        assert (body["chain"], body["seq"], body["prev"]) == (key, 1, "0" * 64)


def test_a_record_that_runs_backwards_is_remarked_and_still_holds(world: World) -> None:
    """By entry and date; acts that waited for each other a moment are not (ALC-7)."""
    key = world.change()
    world.clock.move_on(seconds=-20)
    world.register.edit_item(key, world.by("cid"), fields={"cost": "1"})
    assert world.register.record_remarks(key) == []
    world.clock.move_on(days=-40)
    world.register.edit_item(key, world.by("cid"), fields={"cost": "2"})
    (remark,) = world.register.record_remarks(key)
    assert remark.startswith("entry 3 is dated 2026-07-08 08:59 UTC, before entry 2 (2026-08-17 08:59 UTC)")
    assert world.is_whole(key)
