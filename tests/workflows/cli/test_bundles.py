"""`tollgate record export`, `verify`, `record rebuild` and `log`, as somebody at a shell uses them."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import NEW, run, well

from gates.ledger.proof.notes import read_checkpoint
from workflows.cli.period import period

pytestmark = pytest.mark.slow

STANDALONE = Path(__file__).parents[3] / "docs" / "compliance" / "verify.py"


@pytest.fixture
def signed(stocked: Path) -> Path:
    """A register with one item that was submitted."""
    well(*NEW)
    return stocked / "home"


def standalone(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """verify.py by itself: no site-packages, no environment."""
    command = [sys.executable, "-I", "-S", str(STANDALONE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"})


def test_a_record_is_exported_and_checked_anywhere(signed: Path, tmp_path: Path) -> None:
    """By `tollgate verify`, and by the one file of the documentation with nothing installed (PR-07, ALC-8)."""
    bundle = tmp_path / "b.zip"
    assert f"{bundle}: 1 item" in well("record", "export", "ECR-0001", "-o", str(bundle))
    said = well("verify", str(bundle), "--replay")
    assert "13  ok" in said
    assert "14  ok" in said
    assert "b.zip holds: 1 item" in said
    alone = standalone(bundle)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert alone.stdout.splitlines()[:13] == said.splitlines()[:13]
    assert "Not shown: that each verdict follows from the rule" in alone.stdout
    assert "--replay" not in said


def test_chains_of_the_house_go_along_where_they_are_named(signed: Path, tmp_path: Path) -> None:
    """A11-13: who was granted what, and the reviews of it, as a bundle; with items or alone, and whole."""
    bundle = tmp_path / "b.zip"
    well("record", "review-access", "--finding", "Fine.", "--as", "eve")
    for named, said in (
        (["@roster"], "0 items, @roster"),
        (["ECR-0001", "@access", "@log", "@roster", "@rulebook"], "1 item, @access, @log, @roster, @rulebook"),
        (["--all", "@roster"], "1 item, @roster"),
    ):
        assert f"{bundle}: {said}, " in well("record", "export", *named, "--complete", "-o", str(bundle))
        assert "b.zip holds: " in well("verify", str(bundle), "--complete", "--replay")
        assert standalone(bundle, "--complete").returncode == 0
        with zipfile.ZipFile(bundle) as archive:
            entries = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("entries/"))
        assert b"roster:access:reviewed" in entries
    assert "There is no chain @rooster. Did you mean @roster" in run("record", "export", "@rooster").stderr


def test_key_pin_and_completeness_are_asked_for(signed: Path, tmp_path: Path) -> None:
    """With all three given, nothing but the server-checked proofs is left unsaid."""
    bundle, pin = tmp_path / "b.zip", tmp_path / "pin.txt"
    well("log", "seal")
    pin.write_text(well("log", "checkpoint"))
    key = json.loads(well("log", "show", "--json"))["keys"][0]
    well("item", "edit", "ECR-0001", "--as", "dan", "--field", "cost=99")
    well("record", "export", "--all", "--complete", "--pin", str(pin), "--as", "dan", "-o", str(bundle))
    (left,) = json.loads(well("record", "search", "--kind", "record:exported", "--json"))["found"]
    assert (left["person"], left["sentence"]) == ("dan", "Record exported: bundle.")
    size, root = read_checkpoint(pin.read_text()).size, pin.read_text().splitlines()[2]
    for kept in (str(pin), f"{size} {root}"):
        options = ("--key", key, "--pin", kept, "--complete")
        assert f"with the one of {size} leaves kept elsewhere" in well("verify", str(bundle), "--replay", *options)
        assert standalone(bundle, *options).returncode == 0
    assert run("verify", str(bundle), "--pin", "5 AAAA").exit_code == 1
    wrong = run("verify", str(bundle), "--key", "nonsense")
    assert wrong.exit_code == 2
    assert "expected a verifier key" in wrong.stderr
    assert standalone(bundle, "--key", "nonsense").returncode == 2
    for name in ("--key", "--pin"):  # a file that is no text
        assert f"expected text in {bundle}" in run("verify", str(bundle), name, str(bundle)).stderr
        assert standalone(bundle, name, str(bundle)).returncode == 2
    assert "no item is left out" in well("verify", str(bundle), "--all")
    assert standalone(bundle, "--all").returncode == 0


def test_a_bundle_that_does_not_hold_says_where(signed: Path, tmp_path: Path) -> None:
    """Exit 1, the step, expected and found; a file that is none, exit 1; one that is not there, exit 2."""
    bundle = tmp_path / "b.zip"
    well("record", "export", "ECR-0001", "-o", str(bundle))
    bundle.write_bytes(bundle.read_bytes()[:-30])
    result = run("verify", str(bundle), "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["whole"] is False
    assert said["steps"][-1]["number"] == 1
    assert standalone(bundle).returncode == 1
    assert run("verify", str(tmp_path / "none.zip")).exit_code == 2
    assert standalone(tmp_path / "none.zip").returncode == 2


def test_an_export_names_what_it_cannot_do(signed: Path, tmp_path: Path) -> None:
    """Nothing chosen, an unknown key, a day that is none, a program nobody knows, a place that cannot be written."""
    assert "Say which items" in run("record", "export").stderr
    assert run("record", "export").exit_code == 2
    assert "There is no item ECR-9" in run("record", "export", "ECR-9").stderr
    assert "write 2026-08-17" in run("record", "export", "--from", "tomorrow").stderr
    assert "No item fits" in run("record", "export", "--program", "Nowhere").stderr
    assert "cannot be written" in run("record", "export", "--all", "-o", str(tmp_path / "no" / "x.zip")).stderr


def test_a_period_chooses_by_what_happened_in_it(signed: Path, tmp_path: Path) -> None:
    """From and until are whole days."""
    today = f"{datetime.now(UTC).date()}"
    out = str(tmp_path / "p.zip")
    assert "1 item" in well("record", "export", "--from", today, "--until", today, "-o", out)
    assert run("record", "export", "--until", "2001-01-01", "-o", out).exit_code == 1
    for span in (today, today[:4], today[:7], f"2020-01-01..{today}"):
        assert "1 item" in well("record", "export", "--period", span, "-o", out)
    assert run("record", "export", "--period", "2001-Q4", "-o", out).exit_code == 1
    assert "not both" in run("record", "export", "--period", "2026", "--from", today).stderr
    assert "2026-Q3" in run("record", "export", "--period", "2026-Q5").stderr


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-08-17", "2026-08-17", "2026-08-18"),
        ("2026-07-01..2026-08-17", "2026-07-01", "2026-08-18"),
    ],
)
def test_a_period_is_whole_days(span: str, first: str, last: str) -> None:
    """A year, a quarter, a month, a day, or from one day to another, both included."""
    assert [f"{one:%Y-%m-%d}" for one in period(None, None, span) if one] == [first, last]


def test_rebuild_finds_what_was_changed_behind_the_program(signed: Path) -> None:
    """Exit 0 and the counts; exit 1 and the place."""
    assert "the tables hold the same" in well("record", "rebuild", "--check")
    assert run("record", "rebuild").exit_code == 2
    database = sqlite3.connect(signed / "tollgate.db")
    database.execute("UPDATE items SET title = 'Another'")
    database.commit()
    database.close()
    result = run("record", "rebuild", "--check")
    assert result.exit_code == 1
    assert "items ECR-0001: title: expected" in result.stdout


def test_the_log_is_shown_sealed_and_its_key_handed_over(signed: Path) -> None:
    """The key file is its owner's alone; after the handing over it holds the fresh key, and the old one is retired."""
    assert "Nothing is sealed yet" in well("log", "show")
    assert "no checkpoint" in run("log", "checkpoint").stderr
    assert "entries sealed" in well("log", "seal")
    assert well("log", "seal").strip() == "Nothing waits to be sealed."
    key_file = signed / "log.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    before = key_file.read_text()
    well("log", "rotate-key", "--reason", "Yearly.")
    assert key_file.read_text() != before
    assert len(key_file.read_text().splitlines()) == 1
    said = well("log", "show")
    assert "retired   " in said
    assert well("log", "proof", "ECR-0001", "1").startswith("c2sp.org/tlog-proof@v1\nindex ")
    assert "is there already" in run("log", "make-key").stderr
    assert "ok    log: " in run("doctor").stdout


def test_a_lost_key_is_said_and_stops_nothing_else(signed: Path) -> None:
    """Entries go on; sealing says which key it wants."""
    well("log", "seal")
    (signed / "log.key").unlink()
    well("item", "edit", "ECR-0001", "--as", "dan", "--field", "cost=98")
    result = run("log", "seal")
    assert result.exit_code == 1
    assert "that key is not at hand" in result.stderr
    assert "warn  log key: not at hand here" in run("doctor").stdout


def test_no_secret_is_in_a_bundle(signed: Path, tmp_path: Path) -> None:
    """I9: neither link tokens nor password hashes nor keys leave with a record."""
    bundle = tmp_path / "b.zip"
    well("record", "export", "--all", "--complete", "-o", str(bundle))
    with zipfile.ZipFile(bundle) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"argon2" not in everything
    assert b"PRIVATE+KEY" not in everything
    for name in ("link.key", "log.key"):
        assert (signed / name).read_bytes().strip()[-20:] not in everything
    assert os.environ.get("TOLLGATE_LOG_KEY") is None
