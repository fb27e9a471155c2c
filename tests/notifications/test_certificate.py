"""The certificate of an item: what it states, that it conforms, that it can be checked, that no text breaks it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from papers import attached, opened, root, stated, tags, text, unembedded_fonts
from world import ROSTER, SECRET, World

from gates.certificate import certify
from gates.errors import RecordBroken
from gates.items import Actor
from gates.ledger.document import DocumentError, read_document, record_document
from gates.ledger.verify import STEPS, verify
from notifications.certificate import certificate_of
from notifications.certificate.wording import PROOFS, page_of
from notifications.errors import PressError, PressMissing
from notifications.press import press

pytestmark = pytest.mark.slow

MAKE_AGAIN = """
import sys
from pathlib import Path
from gates.ledger.document import read_document
from notifications.certificate import certificate_of
Path(sys.argv[2]).write_bytes(certificate_of(read_document(Path(sys.argv[1]).read_bytes()), "Pumps Ltd"))
"""


@pytest.fixture
def key(small_world: World) -> str:
    """A change that Ana, Mei and Ben approved, an hour apart."""
    key = small_world.change_in_round()
    for person in ("ana", "mei", "ben"):
        small_world.sign(person, key, comment=f"Seen by {person}.")
        small_world.clock.move_on(hours=1)
    small_world.carry()
    return key


def made(world: World, key: str, **more: bool) -> bytes:
    return certificate_of(world.register.read_record(key), "Pumps Ltd", **more)


def test_it_conforms_to_pdf_a_3a_and_pdf_ua_1(small_world: World, key: str) -> None:
    """Archival and accessible at once: metadata, tags, language, title, output intent, embedded fonts."""
    pdf = made(small_world, key)
    assert (stated(pdf, "pdfaid:part"), stated(pdf, "pdfaid:conformance")) == ("3", "A")
    assert stated(pdf, "pdfuaid:part") == "1"
    assert str(root(pdf)["/MarkInfo"]["/Marked"]) == "True"
    assert str(root(pdf)["/Lang"]).startswith("en")
    assert root(pdf)["/ViewerPreferences"]["/DisplayDocTitle"]
    assert opened(pdf).metadata.title == "Certificate of sign-off: ECR-0001 New seal for pump P-17"
    assert root(pdf)["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert unembedded_fonts(pdf) == set()
    assert len(opened(pdf).pages) == 1


def test_it_is_tagged_with_headings_and_table_headers(small_world: World, key: str) -> None:
    """A screen reader hears headings in order, and each cell of the signatures under its head."""
    found = tags(made(small_world, key))
    assert found.count("/TH") == 4
    assert found.count("/TD") == 3 * 4
    headings = [int(tag[2:]) for tag in found if tag[:2] == "/H" and tag[2:].isdigit()]
    assert headings != []
    assert all(after <= before + 1 for before, after in pairwise(headings))


def test_it_states_name_time_and_meaning_of_every_signature(small_world: World, key: str) -> None:
    """P11-15, P11-16, A11-12, DEV-1: printed name, UTC and local time with zone, meaning, capacity and proof, in print."""
    said = text(made(small_world, key))
    assert "Mei Chen Quality lead, Lyon and Engineering" in said
    assert "Approve Approved for release “Seen by mei.”" in said
    assert "2026-08-17 10:00:00 UTC" in said
    assert "12:00 CEST (Europe/Paris)" in said
    assert said.count(PROOFS["secret"]) == 3
    assert "Verdict: Approved." in said
    assert "when Cost is more than 50000" in said
    assert "Refused attempts: 0. Decisions taken back: 0." in said
    record = small_world.register.read_record(key)
    for digest in (record.head, small_world.register.item(key).revision_digest):
        assert digest in said


def test_the_record_is_attached_and_verifies(small_world: World, key: str) -> None:
    """P11-03, P11-16, ALC-4, ALC-5: the paper and the record agree, and the attached bytes are the stored ones."""
    record = small_world.register.read_record(key)
    (document,) = attached(made(small_world, key)).values()
    assert document == record_document(record)
    again = read_document(document)
    assert list(again.bodies) == list(record.bodies)
    assert (again.revisions, again.processes) == (record.revisions, record.processes)
    assert [step.ok for step in verify(again)] == [True] * len(STEPS)
    for body in record.bodies:
        assert body in document
    spec = root(made(small_world, key))["/AF"][0].get_object()
    assert (spec["/UF"], spec["/AFRelationship"]) == ("record.json", "/Source")


def test_what_is_printed_agrees_with_the_record_field_by_field(small_world: World, key: str) -> None:
    """P11-03: name, capacity, position, meaning, comment and time of every signature stand in the record so."""
    record = small_world.register.read_record(key)
    signed = [e for e in map(json.loads, record.bodies) if e["kind"] == "item:decision:recorded"]
    (held,) = page_of(certify(record), "Pumps Ltd")["rounds"]
    assert [(s["name"], s["capacity"], s["meaning"], s["comment"]) for s in held["signatures"]] == [
        (e["data"]["name"], e["data"]["capacity"], e["data"]["meaning"], e["data"]["comment"]) for e in signed
    ]
    assert [s["utc"] for s in held["signatures"]] == [f"{e['at'][:10]} {e['at'][11:19]} UTC" for e in signed]


def test_it_is_the_same_bytes_in_two_processes(small_world: World, key: str, tmp_path: Path) -> None:
    """ALC-5, ALC-8: made again from the attached record, elsewhere and later, it is the same file."""
    pdf = made(small_world, key)
    (tmp_path / "record.json").write_bytes(attached(pdf)["record.json"])
    found = {hashlib.sha256(pdf).hexdigest()}
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.pdf"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LANG": "C"}
        command = [sys.executable, "-c", MAKE_AGAIN, str(tmp_path / "record.json"), str(out)]
        subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[2])
        found.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(found) == 1


def test_later_changes_of_the_roster_change_nothing_on_it(small_world: World, key: str) -> None:
    """P11-15, ALC-5: names, capacities and zones are those of the moment of signing."""
    before = made(small_world, key)
    changed = ROSTER.replace("Mei Chen", "Mei Tanaka").replace("Europe/Paris, roles", "Asia/Tokyo, roles")
    small_world.import_roster(changed.replace("title: Quality lead", "title: Head of quality"))
    assert made(small_world, key) == before


HOSTILE = (
    "#panic()",
    "#import sys: inputs",
    '"quoted" \\ back * star _ under ` tick $ dollar < angle > @label // /* =',
    "emoji 😀 and 🔧",
    "עברית and العربية beside Latin",
    "Łukasz Ångström Đorđe Ñandú",
    "w" * 200,
    "two\ttabs",
)


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_no_title_is_read_as_code(small_world: World, title: str) -> None:
    """I8: whatever an item, a comment or a person is called, it is printed and never run."""
    key = small_world.register.create_item(
        "engineering-change", title, small_world.by("cid"), fields=dict.fromkeys(("reason",), title), site="Lyon"
    )
    small_world.register.act(key, "withdraw", small_world.by("cid"), reason=f"{title}\n{title}")
    pdf = made(small_world, key)
    assert opened(pdf).metadata.title.replace("\u200b", "").startswith(f"Certificate of sign-off: {key}")
    assert attached(pdf)["record.json"] == record_document(small_world.register.read_record(key))


def test_a_comment_with_lines_and_a_word_of_300_letters_stays_on_the_page(small_world: World) -> None:
    """I8: nothing runs off the paper or ends the run."""
    key = small_world.change_in_round()
    small_world.sign("ana", key, comment='first\nsecond #panic() "\\*\n' + "x" * 300)
    pdf = made(small_world, key)
    assert "x" * 300 in text(pdf).replace(" ", "")
    assert "first second #panic()" in text(pdf)


def test_letters_no_font_has_are_spelt_out_and_that_is_said(small_world: World) -> None:
    """A11-02: nothing is left out silently; a name that could read otherwise than it is shows its invisible characters."""
    roster = ROSTER.replace("Mei Chen", "田中 芽衣 Mei").replace("Ana Ruiz", "Ana \u202eziuR")
    small_world.import_roster(roster)
    key = small_world.change_in_round()
    small_world.sign("mei", key)
    small_world.sign("ana", key)
    said = text(made(small_world, key, cjk=False))
    assert "[U+7530][U+4E2D] [U+82BD][U+8863] Mei" in said
    assert "[U+202E]" in said
    assert "is printed as its code point" in said
    with_font = text(made(small_world, key))
    assert "田中 芽衣 Mei" in with_font
    assert "[U+202E]" in with_font


def test_many_signers_flow_on_to_a_second_page(small_world: World) -> None:
    """Every one of forty is there with name and time; the head of the table is repeated."""
    people = "".join(
        f"  p{n}: {{name: Person Number {n}, email: p{n}@example.com, roles: [engineering]}}\n" for n in range(40)
    )
    small_world.import_roster(ROSTER + people)
    key = small_world.change_in_round()
    for n in range(40):
        small_world.set_secret(f"p{n}")
    for n in range(40):
        small_world.sign(f"p{n}", key)
    pdf = made(small_world, key)
    said = text(pdf)
    assert [n for n in range(40) if f"Person Number {n} Engineering" not in said] == []
    assert 2 <= len(opened(pdf).pages) <= 4


def test_withdrawn_and_refused_acts_are_shown(small_world: World) -> None:
    """ALC-6: what was taken back stays, marked; refused attempts are counted."""
    key = small_world.change_in_round()
    small_world.sign("ana", key)
    small_world.register.withdraw_decision(_token(small_world, "ana", key), secret=SECRET, reason="Wrong drawing")
    with pytest.raises(Exception, match="password"):
        small_world.sign("ben", key, secret="wrong")
    said = text(made(small_world, key))
    assert "Taken back 2026-08-17 09:00:00 UTC: Wrong drawing." in said
    assert "Refused attempts: 1. Decisions taken back: 1." in said
    assert "Not decided: the round is open" in said


def _token(world: World, person: str, key: str) -> str:
    from gates.service.signview import token_of

    round_id = world.register.item(key).round.id
    with world.store.reading() as connection:
        token = token_of(world.register._desk, connection, round_id, person, world.clock.now())
    assert token is not None
    return token


def test_an_item_nobody_was_asked_about_says_so(small_world: World) -> None:
    """No certificate pretends a verdict."""
    key = small_world.change()
    assert "Nobody has been asked to sign yet" in text(made(small_world, key))


def test_a_record_that_does_not_hold_is_not_certified(small_world: World, key: str) -> None:
    """P11-02, I6: no paper covers a record that was altered; the failed step is named."""
    record = small_world.register.read_record(key)
    bodies = [*record.bodies[:-1], record.bodies[-1].replace(b"item:", b"Item:", 1)]
    with pytest.raises(RecordBroken, match=r"Step \d, .*nothing is certified|nothing is certified.*Step \d"):
        certificate_of(replace(record, bodies=bodies), "Pumps Ltd")


def test_a_document_written_anew_is_refused(small_world: World, key: str) -> None:
    """ALC-4: other bytes of the same meaning are not the record."""
    document = record_document(small_world.register.read_record(key))
    with pytest.raises(DocumentError, match="canonical"):
        read_document(json.dumps(json.loads(document), indent=1).encode())
    for data in (b"", b"{}", b"[]", b"\xff", b"[" * 10_000):
        with pytest.raises(DocumentError):
            read_document(data)


def test_without_typst_the_remedy_is_named(small_world: World, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional; its absence is a sentence."""
    monkeypatch.setattr("notifications.press.find_spec", lambda name: None)
    with pytest.raises(PressMissing, match=r"pip install 'tollgate\[pdf\]'"):
        made(small_world, key)


def test_a_template_that_does_not_fit_is_an_error_with_its_name(tmp_path: Path) -> None:
    """Never half a page."""
    from datetime import UTC, datetime

    broken = tmp_path / "broken.typ"
    broken.write_text("#json(bytes(sys.inputs.data)).nothing")
    with pytest.raises(PressError, match=r"broken\.typ cannot be set"):
        press(broken, {"a": "b"}, at=datetime(2026, 8, 17, tzinfo=UTC))


def test_the_approved_mail_leads_to_it(small_world: World, key: str) -> None:
    """The author and owner find it from where they were told."""
    (mail,) = small_world.mails("dan@example.com", "[Decided]")
    body = mail.get_body(preferencelist=("plain",))
    assert f"/items/{key}/certificate" in body.get_content()


def test_an_item_without_an_author_is_certified_too(small_world: World) -> None:
    """The engine's own acts name no person, and are told as such."""
    key = small_world.register.create_item("engineering-change", "Imported", Actor(None, "import"), site="Lyon")
    assert f"{key} Imported" in text(made(small_world, key))


def test_it_says_whether_anything_changed_since_first_entry(small_world: World) -> None:
    """A11-02: a reader sees it without counting revisions."""
    key = small_world.change("cid")
    assert "Revision 1, unchanged since first entry" in text(made(small_world, key))
    small_world.register.edit_item(key, small_world.by("cid"), fields={"cost": "14000"}, reason="New quote")
    assert "Revision 2, changed once since first entry" in text(made(small_world, key))
    small_world.register.edit_item(key, small_world.by("cid"), fields={"cost": "15000"}, reason="Newer quote")
    assert "Revision 3, changed 2 times since first entry" in text(made(small_world, key))
