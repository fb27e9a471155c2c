"""`tollgate record certificate` and `tollgate record verify --file`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from command_line import NEW, run, well
from papers import attached, text
from world import ROSTER


@pytest.fixture
def stocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with people, the shipped process and one change."""
    monkeypatch.setenv("TOLLGATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOLLGATE_SITE_NAME", "Pumps Ltd")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.yaml").write_text(ROSTER)
    well("process", "publish", "engineering-change")
    well("roster", "import", "roster.yaml")
    well(*NEW)
    return tmp_path


def test_a_certificate_is_written_and_its_record_verified(stocked: Path) -> None:
    """P11-03, ALC-8: the file by itself is enough; the database may be gone."""
    said = json.loads(well("record", "certificate", "ECR-0001", "--json"))
    pdf = (stocked / "ECR-0001.pdf").read_bytes()
    assert (said["sha256"], said["bytes"]) == (hashlib.sha256(pdf).hexdigest(), len(pdf))
    assert "Pumps Ltd" in text(pdf)
    (stocked / "record.json").write_bytes(attached(pdf)["record.json"])
    for file in (stocked / "home").glob("tollgate.db*"):
        file.unlink()
    checked = json.loads(well("record", "verify", "--file", "record.json", "--json"))
    assert (checked["whole"], checked["head"], checked["key"]) == (True, said["head"], "ECR-0001")


def test_an_altered_document_exits_1_with_the_step(stocked: Path) -> None:
    """P11-02: a word changed in the record is found without the database."""
    well("record", "certificate", "ECR-0001", "-o", "c.pdf")
    left = json.loads(well("record", "search", "--kind", "record:exported", "--json"))["found"]
    assert {one["sentence"] for one in left} == {"Record exported: certificate, item ECR-0001."}
    document = attached((stocked / "c.pdf").read_bytes())["record.json"]
    (stocked / "record.json").write_bytes(document.replace(b"New seal", b"Old seal"))
    result = run("record", "verify", "--file", "record.json")
    assert result.exit_code == 1
    assert "FAIL  digests on file are the digests of the bytes" in result.stdout


def test_misuse_is_told(stocked: Path) -> None:
    """Neither and both are misuse; no such file, no such item, an unwritable place are sentences."""
    assert run("record", "verify").exit_code == 2
    assert run("record", "verify", "ECR-0001", "--file", "x.json").exit_code == 2
    assert run("record", "verify", "--file", "nowhere.json").exit_code == 2
    assert run("record", "certificate", "ECR-9").exit_code == 1
    result = run("record", "certificate", "ECR-0001", "-o", "no/such/folder.pdf")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    (stocked / "x.json").write_text("{}")
    assert "no record document" in run("record", "verify", "--file", "x.json").stderr
