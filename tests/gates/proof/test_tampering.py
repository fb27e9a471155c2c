"""The tamper matrix: who may try what, and which step finds it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from forging import Forged, operator_forges, pack, unpack, zipped
from world import LOG_KEY, World

from gates.ledger.proof.notes import read_checkpoint
from gates.ledger.proof.steps import Asked, Outcome, verify_bundle
from gates.ledger.signer import FileSigner, KeyRing, write_checkpoint
from gates.service.exporting import Choice
from workflows.steps import seal_step

OWN = FileSigner(LOG_KEY.name, bytes(range(1, 33)))


@dataclass
class Case:
    """Two items that went their way, as bundles, and the checkpoint that was kept elsewhere half-way."""

    world: World
    database: Path
    first: str
    second: str
    bundle: bytes
    complete: bytes
    half_way: tuple[int, bytes]
    now: tuple[int, bytes]
    earlier: bytes
    """A bundle of the first item made half-way."""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    database = tmp_path_factory.mktemp("case") / "case.db"
    world = World(f"sqlite:///{database}")
    first, second = world.change_in_round(), world.change_in_round()
    world.sign("mei", first)
    world.sign("mei", second)
    seal_step(world.services)
    half, earlier = _checkpoint(world), world.register.export(Choice((first,)), site="X")[1]
    for person in ("ana", "ben"):
        world.sign(person, first, comment=f"Checked by {person}.")
        world.sign(person, second)
    seal_step(world.services)
    yield Case(
        world,
        database,
        first,
        second,
        world.register.export(Choice((first, second)), site="X", pins=[half[0]])[1],
        world.register.export(Choice((first, second)), site="X", complete=True)[1],
        half,
        _checkpoint(world),
        earlier,
    )
    world.close()


def _checkpoint(world: World) -> tuple[int, bytes]:
    found = read_checkpoint(world.register.log().note)
    return found.size, found.root


def check(data: bytes, **asked: Any) -> Outcome:
    return verify_bundle(io.BytesIO(data), Asked(**asked))


def failed_at(data: bytes, **asked: Any) -> int | None:
    outcome = check(data, **asked)
    return None if outcome.ok else outcome.steps[-1].number


def test_what_nobody_touched_holds(case: Case) -> None:
    """With the key, an older checkpoint and completeness; and what is not shown is said."""
    plain = check(case.bundle)
    assert plain.ok
    assert len(plain.not_shown) == 5
    whole = check(case.complete, key=LOG_KEY.key, pin=case.half_way, complete=True)
    assert whole.ok
    assert len(whole.not_shown) == 2
    assert check(case.bundle, key=LOG_KEY.key, pin=case.half_way).ok
    assert check(case.bundle, pin=case.now).ok


def edit(entries: list[dict[str, Any]]) -> None:
    said = next(one for one in entries if one["kind"] == "item:decision:recorded")
    said["data"]["position"] = "reject"


def edit_last(entries: list[dict[str, Any]]) -> None:
    entries[-1]["at"] = "2020-01-01T00:00:00.000000Z"


def delete(entries: list[dict[str, Any]]) -> None:
    del entries[3]


def delete_last(entries: list[dict[str, Any]]) -> None:
    del entries[-1]


def reorder(entries: list[dict[str, Any]]) -> None:
    entries[2], entries[3] = entries[3], entries[2]


def repeat(entries: list[dict[str, Any]]) -> None:
    entries.insert(4, dict(entries[3]))


@pytest.mark.parametrize("change", [edit, edit_last, delete, delete_last, reorder, repeat])
@pytest.mark.parametrize("rechain", [False, True], ids=["as it is", "joined again"])
def test_whoever_holds_the_bundle_cannot_change_a_record(
    case: Case, change: Callable[[list[dict[str, Any]]], None], rechain: bool
) -> None:
    """Edit, delete, reorder, replay: the chain (3) finds it; joined again, the log does (5) (P11-02, I6)."""
    forged = Forged(case.bundle)
    entries = forged.entries(case.first)
    positions = forged.positions[forged.place(case.first)]
    change(entries)
    places = [*positions, positions[-1] + 1][: len(entries)]
    forged.put(case.first, entries, rechain=rechain, positions=places)
    assert failed_at(forged.zip()) == (5 if rechain else 3)


def test_an_entry_of_another_record_is_found(case: Case) -> None:
    """A decision swapped between two items: by the chain (3), joined again by the log (5) (P11-17, EID-3)."""
    for rechain, step in ((False, 3), (True, 5)):
        forged = Forged(case.bundle)
        ours, theirs = forged.entries(case.first), forged.entries(case.second)
        place = next(n for n, one in enumerate(ours) if one["kind"] == "item:decision:recorded")
        ours[place] = theirs[place]
        forged.put(case.first, ours, rechain=rechain)
        assert failed_at(forged.zip()) == step


def test_a_record_cut_short_is_found_by_the_leaves_of_the_log(case: Case) -> None:
    """An exporter who leaves the end of a record out, and shows its leaves as mere hashes, needs `--complete` (8)."""
    forged = Forged(case.complete)
    entries = forged.entries(case.first)
    keep = next(n for n, one in enumerate(entries) if one["kind"] == "item:decision:recorded") + 1
    positions = forged.positions[forged.place(case.first)]
    forged.put(case.first, entries[:keep], rechain=True, positions=positions[:keep])
    assert failed_at(forged.zip()) == 8
    assert failed_at(case.bundle, complete=True) == 8


def test_a_record_that_is_hidden_whole_is_found_where_all_items_are_asked_for(case: Case) -> None:
    """An exporter who leaves an item out altogether (8, with `--all`; SOX-3): its leaves are nobody's, whatever name
    is given to them. Without `--all` it is said that there are further chains."""
    every = case.world.register.export(Choice(), site="X", complete=True)[1]
    outcome = check(every, all_items=True)
    assert outcome.ok, outcome.steps[-1]
    assert "no item is left out" in outcome.steps[7].said
    assert failed_at(case.bundle, all_items=True) == 8
    hiding = Forged(every)
    place = hiding.place(case.second)
    salt = hiding.manifest["chains"].pop(place)["salt"]
    hiding.positions.pop(place)
    hiding.members = _without(hiding.members, place)
    hidden = hiding.zip()
    assert failed_at(hidden) is None
    assert "1 further chain of the log" in " ".join(check(hidden).not_shown)
    assert failed_at(hidden, all_items=True) == 8
    for name in (case.second, f"@{case.second}", "@roster"):
        hiding.manifest["house"] = {**json.loads(unpack(every)["manifest.json"])["house"], name: salt}
        assert failed_at(hiding.zip(), all_items=True) == 8


def _without(members: dict[str, bytes], place: int) -> dict[str, bytes]:
    """The members without one chain's, those after it moved up; the process text both items share stays."""
    found = {}
    for name, body in members.items():
        folder, _, rest = name.partition("/")
        number = int(rest.removesuffix(".jsonl")) if folder in ("entries", "revisions") else -1
        if number != place:
            found[f"{folder}/{number - 1}.jsonl" if number > place else name] = body
    return found


def test_a_log_signed_by_another_key_is_found_by_the_key_that_was_given_out(case: Case, tmp_path: Path) -> None:
    """Somebody who writes to the database and signs with a key of their own: needs `--key` (4), or a pin (7)."""
    register = operator_forges(case.database, tmp_path, _soften, OWN)
    data = register.export(Choice((case.first,)), site="X")[1]
    assert failed_at(data) is None
    assert failed_at(data, key=LOG_KEY.key) == 4
    assert failed_at(data, pin=case.now) == 7


def test_a_log_rewritten_by_whoever_holds_its_key_needs_a_checkpoint_kept_elsewhere(case: Case, tmp_path: Path) -> None:
    """Edited, joined again, sealed and signed again with the real key: accepted, unless a checkpoint is pinned (7; PR-07)."""
    register = operator_forges(case.database, tmp_path, _soften, LOG_KEY)
    pins = [case.half_way[0]]
    for complete in (False, True):
        data = register.export(Choice((case.first,)), site="X", complete=complete, pins=pins)[1]
        assert failed_at(data, key=LOG_KEY.key) is None
        assert failed_at(data, key=LOG_KEY.key, pin=case.now) == 7
        assert failed_at(data, key=LOG_KEY.key, pin=case.half_way) == 7


def _soften(entry: dict[str, Any]) -> None:
    if entry["kind"] == "item:created":
        entry["data"]["content"]["title"] = "Something else"
    if entry["kind"] == "item:decision:recorded":
        entry["data"]["comment"] = "Under protest."


def test_a_cut_tail_needs_a_newer_checkpoint(case: Case) -> None:
    """The honest older state served as if it were the newest: accepted, unless a newer checkpoint is pinned (7).
    So it is with a backup that was restored: it verifies, and the loss of its tail is reported (P11-04)."""
    assert failed_at(case.earlier, key=LOG_KEY.key) is None
    outcome = check(case.earlier, key=LOG_KEY.key, pin=case.now)
    assert outcome.steps[-1].number == 7
    assert "its end was cut off" in outcome.steps[-1].said


@pytest.mark.parametrize(
    ("member", "change", "step"),
    [
        ("revisions/0.jsonl", lambda body: body.replace(b"12500", b"12501"), 9),
        ("processes.jsonl", lambda body: body.replace(b'"at_least":1', b'"at_least":2'), 10),
        ("processes.jsonl", lambda _: b"", 10),
        ("log/checkpoint.txt", lambda body: body.replace(b"tollgate", b"tollgata", 1), 4),
        ("log/hashes.txt", lambda body: body.split(b"\n", 1)[1], 5),
        ("entries/0.jsonl", lambda body: body.replace(b'","', b'", "', 1), 2),
        ("entries/0.jsonl", lambda body: body.replace(b'"format":1', b'"format":1.0', 1), 2),
        ("entries/0.jsonl", lambda body: body.replace(b'"format":1', b'"format":1,"format":1', 1), 2),
        ("entries/0.jsonl", lambda body: body[:-1], 1),
        ("log/positions.json", lambda _: b"[[1, 2]]", 1),
    ],
)
def test_every_part_of_a_bundle_is_held_against_another(
    case: Case, member: str, change: Callable[[bytes], bytes], step: int
) -> None:
    """Revisions against what was signed, texts against what was in force, bytes against their one form."""
    members = unpack(case.bundle)
    changed = change(members[member])
    assert changed != members[member]
    assert failed_at(pack({**members, member: changed})) == step


def test_members_that_do_not_belong_are_refused(case: Case) -> None:
    """A further file, one outside the folder, one given twice, one changed, and no zip at all (step 1)."""
    members = unpack(case.bundle)
    for name in ("extra.txt", "../verify.py", "/etc/passwd", "entries/../x.jsonl"):
        assert failed_at(pack({**members, name: b"x"})) == 1
    assert failed_at(pack({**members, "README.txt": b"x"}, honest_manifest=True)) == 1
    out = io.BytesIO(case.bundle)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("entries/0.jsonl", b"")
    assert failed_at(out.getvalue()) == 1
    assert failed_at(b"no zip") == 1
    assert failed_at(case.bundle[: len(case.bundle) // 2]) == 1
    manifest = json.loads(members["manifest.json"])
    later = {**members, "manifest.json": json.dumps({**manifest, "format": 2}).encode()}
    assert "use a newer verifier" in check(pack(later)).steps[-1].said


def test_what_slipped_past_the_program_is_found_by_the_verifier_s_own_rules(case: Case, tmp_path: Path) -> None:
    """A second decision of one person, entered and sealed behind the program's back (step 11, I2)."""

    def double(entry: dict[str, Any]) -> None:
        if entry["kind"] == "item:decision:recorded":
            entry["data"]["person"] = entry["actor"]["person"] = "mei"

    register = operator_forges(case.database, tmp_path, double, LOG_KEY)
    assert failed_at(register.export(Choice((case.first,)), site="X")[1]) == 11


def test_single_entries_stand_for_no_record(case: Case) -> None:
    """A record shown as single entries, with one left out in the middle, is no record (3)."""
    forged = Forged(case.complete)
    place = forged.place(case.first)
    entries, positions = forged.entries(case.first), forged.positions[place]
    forged.manifest["chains"][place] |= {"whole": False, "head": ""}
    forged.put(case.first, entries[:5] + entries[6:], rechain=False, positions=positions[:5] + positions[6:])
    assert failed_at(forged.zip()) == 3


def test_a_level_that_was_not_reached_is_found(case: Case, tmp_path: Path) -> None:
    """An operator who writes a stronger proof than the evidence shows (step 12, P11-20)."""

    def strengthen(entry: dict[str, Any]) -> None:
        if entry["kind"] == "item:decision:recorded":
            entry["data"]["level"] = "L3"

    register = operator_forges(case.database, tmp_path, strengthen, LOG_KEY)
    assert failed_at(register.export(Choice((case.first,)), site="X")[1]) == 12


def test_a_bundle_that_unpacks_to_far_more_is_refused(case: Case) -> None:
    """A small file that fills a laptop's memory is no bundle (1)."""
    data = zipped({**unpack(case.bundle), "README.txt": b"\0" * 300_000_000}, zipfile.ZIP_DEFLATED)
    assert len(data) < 1_000_000
    assert "times the packed ones" in check(data).steps[-1].said


def test_a_retired_key_signs_nothing_any_more(tmp_path: Path) -> None:
    """After it was handed over, a checkpoint by the old key alone is refused; the first key still leads to the new."""
    world = World(f"sqlite:///{tmp_path / 'rotated.db'}")
    key = world.change()
    seal_step(world.services)
    world.register.rotate_log_key(KeyRing([LOG_KEY, OWN]), OWN, world.by("cid"), "Yearly.")
    world.change()
    log = world.register.log()
    sealed = world.register.seal(KeyRing([OWN]), "unused")
    assert sealed is not None
    assert [len(read_checkpoint(one).signatures) for one in (log.note, sealed.note)] == [2, 1]
    data = world.register.export(Choice((key,)), site="X", complete=True)[1]
    world.close()
    for trusted in (LOG_KEY, OWN):
        assert failed_at(data, key=trusted.key, complete=True) is None
    forged, found = Forged(data), read_checkpoint(sealed.note)
    forged.members["log/checkpoint.txt"] = write_checkpoint(found.origin, found.size, found.root, [LOG_KEY]).encode()
    outcome = check(forged.zip())
    assert outcome.steps[-1].number == 4
    assert "a key that signs no log of" in outcome.steps[-1].said
    forged = Forged(data)
    forged.members["log/earlier.json"] = b"[]"
    assert failed_at(forged.zip()) == 7


def test_every_flipped_byte_of_a_bundle_is_found(case: Case) -> None:
    """Any one byte of any member, the manifest made to fit: never accepted, never a stack trace."""
    members = unpack(case.bundle)
    for name, body in members.items():
        if name in ("README.txt", "manifest.json"):
            continue  # words for people; the manifest is made to fit here
        for place in range(0, len(body), max(1, len(body) // 60)):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            assert failed_at(pack({**members, name: changed})) is not None, f"{name} at {place}"
