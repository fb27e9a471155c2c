"""Bundles made to hurt whoever checks them: each is refused with a sentence, soon, and in little memory (I8)."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forging import made_by_hand, member, pack, unpack, written_by_hand, zipped

from gates.ledger.proof import curves
from gates.ledger.proof.command import lines_of
from gates.ledger.proof.passkeys import TAKE_BACK, challenge_of
from gates.ledger.proof.records import digest_of
from gates.ledger.proof.steps import Asked, Outcome, verify_bundle
from gates.rejudge.judge import Judge
from gates.service.passkeys import to_text
from policies.load import process_from_canonical

PLAIN = written_by_hand({"E-1": [made_by_hand()]})
MINUTES = 5.0
"""Seconds of work that no bundle of some kilobytes may ask for, with much to spare."""


def check(data: bytes, **asked: Any) -> Outcome:
    began = process_time()
    outcome = verify_bundle(io.BytesIO(data), Asked(**asked))
    assert process_time() - began < MINUTES
    assert max(map(len, lines_of(outcome, "x.zip"))) < 5000  # each line is cut, then what cannot be printed escaped
    return outcome


def refused(data: bytes, step: int, *words: str) -> None:
    last = check(data).steps[-1]
    assert (last.ok, last.number) == (False, step), last
    for word in words:
        assert word in last.said


def changed(name: str, body: bytes) -> bytes:
    return pack({**unpack(PLAIN), name: body}, honest_manifest=name == "manifest.json")


def test_what_is_written_by_hand_holds() -> None:
    """Or nothing below would show anything."""
    assert check(PLAIN, complete=True, all_items=True).ok


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_only_what_every_reader_unpacks_is_taken(method: int) -> None:
    """Other packings are no bundle, whole or damaged: some of them take memory by the gigabyte."""
    data = bytearray(zipped(unpack(PLAIN), method))
    refused(bytes(data), 1, "stored or deflated")
    data[60:200] = bytes(byte ^ 0x55 for byte in data[60:200])
    assert not check(bytes(data)).ok


def told(change: Callable[[dict[str, Any]], None], **more: bytes) -> bytes:
    """PLAIN with further members, and another manifest whose digests fit."""
    members = {**unpack(PLAIN), **more}
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    return pack({**members, "manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    "name", ["entries/77.jsonl", "entries/01.jsonl", "revisions/0.jsonl", "revisions/2.jsonl", "log/hashes.txt"]
)
def test_a_member_of_no_chain_is_refused(name: str) -> None:
    """Listed with its digest and named as a member may be named: no step would look at it, whoever unpacks it would.
    Chains of the house (here @log, the first) have no revisions; leaves and hashes are not there both."""
    refused(pack({**unpack(PLAIN), name: b""}), 1, "members of the manifest's chains", name)


@pytest.mark.parametrize(
    "name", ["README.txt", "processes.jsonl", "log/earlier.json", "log/leaves.bin", "entries/1.jsonl"]
)
def test_no_member_is_left_out(name: str) -> None:
    """Neither from the zip nor from the manifest."""
    members = unpack(PLAIN)
    del members[name]
    refused(zipped(members), 1, name)
    manifest = json.loads(members["manifest.json"])
    del manifest["files"][name]
    refused(zipped({**members, "manifest.json": json.dumps(manifest).encode()}), 1, "members of the manifest's chains")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told.update(approved_by="The board"), "approved_by"),
        (lambda told: told.update(site=["Lyon"]), "site as text"),
        (lambda told: told["chains"][1].update(title="Harmless"), "title"),
        (lambda told: told["chains"][1].update(entries=2), "2 entries as stated"),
        (lambda told: told["chains"][0].update(state="approved"), "a state of items"),
    ],
)
def test_the_manifest_says_nothing_that_no_step_looks_at(change: Callable[[dict[str, Any]], None], words: str) -> None:
    """What stands in it and is held against nothing reads as if it had been checked."""
    refused(told(change), 1, words)


def test_what_is_told_beside_the_entries_is_refused_or_said_to_be_unsigned() -> None:
    """Further words of an earlier checkpoint, a chain of the house that the log does not have, another README.txt; the
    site and the time can be changed, which the report says."""
    note = unpack(PLAIN)["log/checkpoint.txt"].decode()
    earlier = json.dumps([{"checkpoint": note, "path": [], "seen_by": "an auditor"}]).encode()
    refused(changed("log/earlier.json", earlier), 1, "seen_by")
    refused(told(lambda told: told.update(house={"@nowhere": "00" * 32})), 8, "@nowhere")
    lying = unpack(PLAIN)["README.txt"].replace(b"1 entries", b"9 entries")
    refused(pack({**unpack(PLAIN), "README.txt": lying}, has_own_readme=True), 1, "README.txt")
    elsewhere = check(told(lambda told: told.update(site="Elsewhere")))
    assert elsewhere.ok
    assert "'Elsewhere': of manifest.json and README.txt nothing signs" in elsewhere.not_shown[-1]


def unicode_path(name: str, for_name: str) -> bytes:
    """Info-ZIP's field 0x7075: whoever unpacks takes `name`, where the header has `for_name`."""
    body = b"\x01" + struct.pack("<L", zlib.crc32(for_name.encode())) + name.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


def with_header(name: str, **fields: Any) -> bytes:
    """PLAIN with other headers of one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, body in unpack(PLAIN).items():
            info = member(one)
            for field, value in fields.items() if one == name else ():
                setattr(info, field, value)
            archive.writestr(info, body)
    return out.getvalue()


@pytest.mark.parametrize(
    "fields",
    [
        {"extra": unicode_path("entries/0.jsonl", "entries/1.jsonl")},
        {"extra": unicode_path("../../evil.txt", "entries/1.jsonl")},
        {"extra": struct.pack("<HH", 0x9999, 0)},
        {"comment": b"entries/0.jsonl"},
        {"external_attr": 0o120777 << 16},
        {"external_attr": 0o755 << 16},
        {"internal_attr": 1},
        {"create_system": 0},
        {"create_version": 63},
        {"extract_version": 63},
        {"date_time": (2026, 8, 17, 9, 0, 0)},
    ],
    ids=str,
)
def test_headers_are_those_the_register_writes(fields: dict[str, Any]) -> None:
    """Some readers of zips take a member's name from a further field, or make links of what has their mode."""
    refused(with_header("entries/1.jsonl", **fields), 1)


def test_local_headers_and_the_directory_say_the_same() -> None:
    """Names, sizes and places: some readers go by the one, some by the other."""
    assert with_header("", extra=b"") == zipped(unpack(PLAIN))
    data, name, other = zipped(unpack(PLAIN)), b"entries/1.jsonl", b"entries/0.jsonl"
    refused(data[: data.rindex(name)] + other + data[data.rindex(name) + len(name) :], 1, "directory")
    place = data.index(name) - 30
    assert data[place : place + 4] == b"PK\3\4"
    field = unicode_path("entries/0.jsonl", "entries/1.jsonl")
    local = data[place : place + 28] + struct.pack("<H", len(field)) + name + field
    refused(data[:place] + local + data[place + 30 + len(name) :], 1)
    for flags in (place + 6, data.rindex(name) - 38):
        refused(data[:flags] + b"\x08" + data[flags + 1 :], 1)
    for bent in (data.index(b"PK\1\2") + 42, len(data) - 6, len(data) - 12):  # where a member, the directory stand
        refused(data[:bent] + bytes([data[bent] ^ 1]) + data[bent + 1 :], 1, "directory")


def test_nothing_stands_between_before_or_behind_the_members() -> None:
    """A whole file hidden in a gap, before the first, behind the last, or within what is packed: readers that go from
    header to header find it."""
    hidden = zipped({"entries/0.jsonl": b"forged\n"})
    hidden = hidden[: hidden.index(b"PK\1\2")]
    for after in range(-1, len(unpack(PLAIN))):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for n, (name, body) in enumerate([("", b""), *unpack(PLAIN).items()], -1):
                if name:
                    archive.writestr(member(name), body)
                if n == after:
                    assert archive.fp is not None
                    archive.fp.write(hidden)
                    archive.start_dir = archive.fp.tell()
        with zipfile.ZipFile(out) as archive:
            assert archive.testzip() is None
        refused(out.getvalue(), 1)
    plain = zipped(unpack(PLAIN))
    for data in (hidden + plain, plain + hidden, plain[:-2] + b"\x01\0x"):
        refused(data, 1)
    assert check(zipped(unpack(PLAIN), zipfile.ZIP_DEFLATED)).ok
    refused(with_tail_in("entries/1.jsonl", hidden), 1, "found others")


def with_tail_in(name: str, tail: bytes) -> bytes:
    """PLAIN, deflated, with `tail` behind what one member is packed to, within the size its headers state."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, body in unpack(PLAIN).items():
            info = member(one, zipfile.ZIP_DEFLATED)
            archive.writestr(info, body)
            if one == name and archive.fp is not None:
                archive.fp.write(tail)
                info.compress_size += len(tail)
                archive.start_dir = archive.fp.tell()
                archive.fp.seek(info.header_offset)
                archive.fp.write(info.FileHeader())
    with zipfile.ZipFile(out) as archive:
        assert archive.read(name) == unpack(PLAIN)[name]
    return out.getvalue()


def test_many_small_members_make_no_large_one() -> None:
    """The bound is on all members together: a thousand of a megabyte each are a bomb too."""
    many = {f"revisions/{n}.jsonl": b"\0" * 2**20 for n in range(2, 40)}
    refused(zipped({**unpack(PLAIN), **many}, zipfile.ZIP_DEFLATED), 1, "times the packed ones")


def test_bytes_changed_at_random_are_refused_in_words(tmp_path: Path) -> None:
    """Headers, offsets, sizes and content alike, in memory and on a disk; a zip that still reads the same may hold."""
    dice, name, file = random.Random(2026), "E-1", tmp_path / "x.zip"
    for _ in range(1500):
        data = bytearray(PLAIN)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        outcome = check(bytes(data))
        assert not outcome.ok or outcome.bundle is not None
        if outcome.ok and outcome.bundle is not None:
            assert [chain.name for chain in outcome.bundle.chains] == ["@log", name]
        file.write_bytes(data)
        assert verify_bundle(str(file)).ok == outcome.ok


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


@pytest.mark.parametrize(
    ("member", "body", "step", "words"),
    [
        ("manifest.json", b"[" * 100_000, 1, "RecursionError"),
        ("manifest.json", b'{"format":1,"format":1}', 1, "each key once"),
        ("manifest.json", unpack(PLAIN)["manifest.json"].decode().encode("utf-16"), 1, "UnicodeDecodeError"),
        ("log/positions.json", b"[[0],[" + b"9" * 100_000 + b"]]", 1, "digits"),
        ("log/positions.json", b"[[0],[" + b"9" * 4000 + b"]]", 1, "position for each"),
        ("log/positions.json", b"[[0],[-1]]", 1, "position for each"),
        ("log/positions.json", b"[[0],[7]]", 5, "at position 7"),
        ("log/positions.json", b"[[0],[1],[2]]", 1, "2 chains"),
        ("log/checkpoint.txt", b"somebody/log\n" + b"9" * 5000 + b"\nAAAA\n\nx\n", 4, "number of leaves"),
        ("log/checkpoint.txt", b"\xff\xfe", 1, "UnicodeDecodeError"),
        ("entries/1.jsonl", DEEP + b"\n", 2, "recursion"),
        ("entries/1.jsonl", b'{"format":' + b"9" * 30 + b"}\n", 2, "2^53"),
    ],
)
def test_deep_huge_and_doubled_content_is_refused(member: str, body: bytes, step: int, words: str) -> None:
    """Nested without end, numbers without end, keys twice, other encodings."""
    refused(changed(member, body), step, words)


def test_a_checkpoint_is_signed_once_by_each_key() -> None:
    """A note of a hundred lines of one key would be a hundred checks."""
    note = unpack(PLAIN)["log/checkpoint.txt"].decode()
    line = note.splitlines()[-1]
    refused(changed("log/checkpoint.txt", f"{note}{line}\n".encode()), 4, "one signature line of each key")


def test_earlier_checkpoints_come_in_their_order_and_are_not_without_end() -> None:
    """A small file could ask for hours of signatures."""
    note = unpack(PLAIN)["log/checkpoint.txt"].decode()
    doubled = json.dumps([{"checkpoint": note, "path": []}] * 2).encode()
    refused(changed("log/earlier.json", doubled), 7, "in their order")
    many = json.dumps([{"checkpoint": note, "path": []}] * 2000).encode()
    refused(changed("log/earlier.json", many), 7, "at most 1,000")


def test_a_salt_has_one_length() -> None:
    """`salt` and name run together in a tag: of other lengths, two names would share one."""
    members = unpack(PLAIN)
    manifest = json.loads(members["manifest.json"])
    stated = manifest["chains"][1]
    stated["salt"], stated["chain"] = stated["salt"] + b"E-".hex(), "1"
    refused(pack({**members, "manifest.json": json.dumps(manifest).encode()}), 1, "32 bytes")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": True}, "whole number under 'format'"),
        ({"seq": True}, "whole number under 'seq'"),
        ({"kind": ["item:created"]}, "text under 'kind'"),
        ({"data": []}, "object under 'data'"),
        ({"actor": None}, "object under 'actor'"),
        ({"data": {"\u00e9": 1}}, "keys in ASCII"),
        ({"data": {"list": [{"\U0001f600": 1, "\uffee": 2}]}}, "keys in ASCII"),
        ({"data": {"name": "e\u0301"}}, "composed form"),
    ],
)
def test_entries_have_the_shape_of_the_format(change: dict[str, Any], words: str) -> None:
    """`true` is no 1; keys that readers sort differently and text that looks like other text are refused."""
    refused(written_by_hand({"E-1": [{**made_by_hand(), **change}]}), 2, words)


def test_a_report_cannot_be_painted_over() -> None:
    """What a bundle says cannot hide a line of the report, nor turn it round."""
    hidden = written_by_hand({"E-1\x1b[2K\u202e": [made_by_hand(state="x")]})
    lines = lines_of(check(hidden), "x.zip")
    assert all(line.isprintable() for line in lines)
    assert "\\x1b[2K\\u202e" in "".join(lines)


def cose(*pairs: tuple[int, int | bytes]) -> bytes:
    """A map of small keys in CBOR."""
    return bytes([0xA0 + len(pairs)]) + b"".join(cbor(key) + cbor(value) for key, value in pairs)


def cbor(value: int | bytes) -> bytes:
    kind, number = (2, len(value)) if isinstance(value, bytes) else (0, value) if value >= 0 else (1, -1 - value)
    head = bytes([kind << 5 | 25]) + number.to_bytes(2, "big")
    return head + value if isinstance(value, bytes) else head


OWN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = cose((1, 1), (3, -8), (-1, 6), (-2, OWN.public_key().public_bytes_raw()))


def evidence(intent: dict[str, Any], key: bytes = KEY, sign: Callable[[bytes], bytes] = OWN.sign) -> dict[str, Any]:
    """What a passkey leaves that agreed to `intent`."""
    challenge = to_text(challenge_of(intent))
    client = json.dumps({"type": "webauthn.get", "origin": "https://x", "challenge": challenge}).encode()
    authenticator = hashlib.sha256(b"x").digest() + b"\x05\0\0\0\0"
    signature = sign(authenticator + hashlib.sha256(client).digest())
    texts = {"public_key": key, "client_data": client, "authenticator_data": authenticator, "signature": signature}
    return {
        "kind": "passkey",
        "credential": "abc",
        "rp_id": "x",
        "origin": "https://x",
        "intent": intent,
        **{name: to_text(value) for name, value in texts.items()},
    }


def intent_of(position: str, nonce: str, comment: str = "") -> dict[str, Any]:
    made = made_by_hand()["data"]
    return {
        **{name: made[name] for name in ("revision", "revision_digest", "process_digest")},
        "round": "r",
        "meaning": "m",
        "capacity": "c",
        "person": "mei",
        "name": "Mei",
        "on_behalf_of": None,
        "position": position,
        "nonce": nonce,
        "item": "E-1",
        "type": "tollgate/intent",
        "comment_digest": digest_of("comment", comment.encode()),
    }


def decided(intent: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {name: value for name, value in intent.items() if name not in ("nonce", "item", "type", "comment_digest")}
    data = {**said, "comment": "", "proof": "passkey", "level": "L3", "evidence": evidence(intent, **more)}
    return {"kind": "item:decision:recorded", "data": data}


def taken_back(intent: dict[str, Any], reason: str) -> dict[str, Any]:
    data = {"round": "r", "person": "mei", "decision": "d", "reason": reason, "level": "L3"}
    return {"kind": "item:decision:withdrawn", "data": {**data, "evidence": evidence(intent)}}


def with_passkey(*entries: dict[str, Any], key: bytes = KEY) -> bytes:
    opened = {"kind": "item:round:opened", "data": {"round": "r"}}
    enrolled = {"person": "mei", "credential": "abc", "public_key": to_text(key)}
    access = [{"kind": "person:proof:enrolled", "data": enrolled}]
    return written_by_hand({"@access": access, "E-1": [made_by_hand(), opened, *entries]}, single=["@access"])


def test_a_passkey_s_signature_counts_once() -> None:
    """An operator who enters a decision again that was taken back, with the signature of the first time (PR-08)."""
    first, back, again = intent_of("approve", "1"), intent_of(TAKE_BACK, "2", "No."), intent_of("approve", "3")
    outcome = check(with_passkey(decided(first), taken_back(back, "No."), decided(again)))
    assert outcome.ok, outcome.steps[-1]
    assert "reported lost before it signed" in " ".join(outcome.not_shown)
    refused(with_passkey(decided(first), taken_back(back, "No."), decided(first)), 12, "used before")


def test_a_taking_back_is_what_the_passkey_agreed_to() -> None:
    """Its reason and its person, and that it is one at all."""
    first, back = intent_of("approve", "1"), intent_of(TAKE_BACK, "2", "No.")
    refused(with_passkey(decided(first), taken_back(back, "Yes.")), 12, "comment_digest")
    refused(with_passkey(decided(first), taken_back(first | {"nonce": "2"}, "")), 12, TAKE_BACK)


HUGE = b"\xff" * 1500


@pytest.mark.parametrize(
    "key",
    [
        cose((1, 3), (3, -257), (-1, HUGE), (-2, b"\xff" * 400)),
        cose((1, 3), (3, -257), (-1, b"\xff" * 1024), (-2, b"\xff" * 1000)),
        cose((1, 2), (3, -7), (-1, 1), (-2, b"\xff" * 900), (-3, b"\xff" * 900)),
        cose((1, 1), (3, -8), (-1, 6), (-2, b"\xff" * 5)),
        b"\x81" * 60_000,
        b"\x9a\x00\x0f\x42\x40" + b"\x00" * 60_000,
        b"\xbb" + b"\xff" * 8,
        b"\xa1\x80\x00",
        b"",
    ],
    ids=["rsa", "exponent", "p256", "ed25519", "deep", "many", "count", "odd", "none"],
)
@pytest.mark.parametrize("has_cryptography", [True, False])
def test_keys_made_to_take_for_ever_are_refused(
    key: bytes, has_cryptography: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An enrolled key of a million bits would keep whoever checks waiting for days."""
    monkeypatch.setattr(curves, "HAS_CRYPTOGRAPHY", has_cryptography)
    entry = decided(intent_of("approve", "1"), key=key, sign=lambda _: b"\x7f" * 1500)
    refused(with_passkey(entry, key=key), 12)


@pytest.mark.parametrize(
    "text", [b"{}", b"[" * 100_000, b'{"process":1e999}', b"\xff", b'{"states":' * 400 + b"1" + b"}" * 400]
)
def test_a_process_text_that_is_none_is_a_difference(text: bytes) -> None:
    """Judging again never falls over; it says what it could not follow, shortly."""
    item = [made_by_hand(process_digest=digest_of("process", text))]
    outcome = check(written_by_hand({"E-1": item}, processes=[text]))
    assert outcome.ok, outcome.steps[-1]
    judge = Judge(lambda _: process_from_canonical(text))
    judge.judge(outcome.entries[1])
    (difference,) = judge.found.differences
    assert "E-1: expected entries that can be followed" in difference
    assert len(difference) < 500
