"""Operation qualification and the report: run on a small clone made for it, with tests of every outcome."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import run
from papers import root, stated, tags, text
from world import World

from workflows.validation.bill import bill_of_materials
from workflows.validation.operation import FAILED, GAP, NONE, NOT_RUN, PASSED, PROCEDURE, Qualified, Shown, qualify
from workflows.validation.report import Installation, _changed, as_html, as_pdf, clone_state, facts_of
from workflows.validation.trace import CloneError

pytestmark = pytest.mark.slow

REQUIREMENTS = """
Part:
  P11-01: {clause: a, kind: SW, text: Shown in two cases.}
  P11-02: {clause: b, kind: SW, text: "Broken <b>&</b> #panic()."}
  P11-03: {clause: c, kind: SW, text: Left out.}
  P11-04: {clause: d, kind: SW, text: In part., gap: The rest is yours.}
  P11-05: {clause: e, kind: PROC, text: Yours.}
  P11-06: {clause: f, kind: SW, text: Nothing shows it.}
"""
TESTS = '''
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_it_holds(n):
    """P11-01, P11-04: so it is."""

def test_it_breaks():
    """P11-02: and says why."""
    assert 1 == 2, "one is not two"

def test_it_holds_as_well():
    """P11-02: beside the broken one."""

def test_it_cannot_run():
    """P11-03: not here."""
    pytest.skip("no such machine")

def test_without_an_id():
    raise AssertionError("never run")
'''
NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as small as one can be."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "docs" / "compliance").mkdir(parents=True)
    (folder / "docs" / "compliance" / "requirements.yaml").write_text(REQUIREMENTS)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_small.py").write_text(TESTS)
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0.0.9"\n')
    return folder


@pytest.fixture(scope="module")
def shown(clone: Path) -> tuple[Shown, ...]:
    """What came of running it."""
    qualified = qualify(clone)
    assert qualified.broke == ""
    return qualified.shown


@pytest.fixture(scope="module")
def facts(clone: Path, shown: tuple[Shown, ...]) -> dict[str, Any]:
    """The facts of a report on it."""
    return facts_of(
        by="Vera Lund <script>",
        site_name="Pumps Ltd",
        began=NOW - timedelta(minutes=12),
        now=NOW,
        clone=clone_state(clone),
        installation=Installation("plant-7", "2026-08-17 08:00:00 UTC", ()),
        qualified=Qualified(shown),
        bill=bill_of_materials(NOW),
        scope="all of them",
    )


def test_each_requirement_comes_to_what_its_tests_came_to(shown: tuple[Shown, ...]) -> None:
    """P11-01: a failure beats what was not run, that beats a gap; nothing counts as passed that was not run."""
    assert {one.requirement.id: one.outcome for one in shown} == {
        "P11-01": PASSED,
        "P11-02": FAILED,
        "P11-03": NOT_RUN,
        "P11-04": GAP,
        "P11-05": PROCEDURE,
        "P11-06": NONE,
    }
    both = {ran.carrier.name: ran for one in shown for ran in one.tests}
    assert both["test_it_holds"].cases == 2
    assert "one is not two" in both["test_it_breaks"].why
    assert "no such machine" in both["test_it_cannot_run"].why
    assert "test_without_an_id" not in both


def test_a_failing_clean_up_is_no_pass(clone: Path, tmp_path: Path) -> None:
    """P11-01: the worst of a test's phases is what it came to."""
    (tmp_path / "test_phases.py").write_text(
        "import pytest\n@pytest.fixture\ndef spoilt():\n    yield\n    raise RuntimeError('left a mess')\n"
        "def test_it(spoilt):\n    pass\n"
    )
    target = tmp_path / "results.jsonl"
    plugin = ["-p", "workflows.validation.results", "--results", str(target)]
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "test_phases.py"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    line = [json.loads(one) for one in target.read_text().splitlines()][-1]
    assert (line["node"], line["outcome"]) == ("test_phases.py::test_it", "failed")
    assert "left a mess" in line["why"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_test_whose_process_died_is_no_pass_and_the_run_says_that_it_broke_off(
    clone: Path, tmp_path: Path, jobs: int
) -> None:
    """P11-01: a test that began and was not heard to its end has failed, and the report says that the run ended early."""
    there = tmp_path / "clone"
    shutil.copytree(clone, there)
    (there / "tests" / "test_small.py").write_text(
        'import os\n\ndef test_it_dies():\n    """P11-01: in the middle."""\n    os._exit(3)\n\n'
        'def test_later():\n    """P11-02: it may be too late for this one."""\n'
    )
    qualified = qualify(there, jobs=jobs)
    found = {one.requirement.id: one for one in qualified.shown}
    assert found["P11-01"].outcome == FAILED
    if jobs == 1:  # two run them in processes of their own, and begin another in place of the one that died
        assert "not heard to its end" in found["P11-01"].tests[0].why
        assert "pytest ended with 3" in qualified.broke
        assert found["P11-02"].outcome == NOT_RUN


def test_a_case_that_dies_in_its_set_up_is_no_pass_and_those_after_it_are_not_run(clone: Path, tmp_path: Path) -> None:
    """P11-01: every case that was collected has to be heard of, whatever number its process ends with."""
    there = tmp_path / "clone"
    shutil.copytree(clone, there)
    (there / "tests" / "test_small.py").write_text(
        "import os\n\nimport pytest\n\n@pytest.fixture\ndef ready(request):\n"
        "    if request.node.callspec.id == 'b':\n        os._exit(1)\n\n"
        "@pytest.mark.parametrize('case', ['a', 'b', 'c'])\ndef test_cases(ready, case):\n"
        '    """P11-01: one of three dies early."""\n\n'
        'def test_later():\n    """P11-02: it is too late for this one."""\n'
    )
    qualified = qualify(there)
    found = {one.requirement.id: one for one in qualified.shown}
    assert found["P11-01"].outcome == FAILED
    assert found["P11-01"].tests[0].cases == 3
    assert "not heard to its end" in found["P11-01"].tests[0].why
    assert found["P11-02"].outcome == NOT_RUN
    assert "not begun" in found["P11-02"].tests[0].why
    assert "pytest ended with 1" in qualified.broke


def test_many_processes_tell_of_every_case_and_group(clone: Path, tmp_path: Path) -> None:
    """P11-01: each is expected once, whichever process runs it, and heard to its end."""
    there = tmp_path / "clone"
    shutil.copytree(clone, there)
    (there / "tests" / "test_small.py").write_text(
        "import pytest\n\n@pytest.mark.xdist_group('alone')\ndef test_it():\n"
        '    """P11-01: in a group."""\n\n'
        "@pytest.mark.xdist_group('alone')\n@pytest.mark.parametrize('case', ['a@b', 'c'])\ndef test_cases(case):\n"
        '    """P11-02: in a group, with cases."""\n'
    )
    qualified = qualify(there, jobs=2)
    found = {one.requirement.id: one for one in qualified.shown}
    assert [found[one].outcome for one in ("P11-01", "P11-02")] == [PASSED, PASSED]
    assert (found["P11-01"].tests[0].cases, found["P11-02"].tests[0].cases) == (1, 2)
    assert qualified.broke == ""


def test_each_test_has_time_enough(tmp_path: Path) -> None:
    """A slow machine is no deviation: what a test asks for itself is overruled."""
    (tmp_path / "test_time.py").write_text(
        "import pytest, time\n@pytest.mark.timeout(1)\ndef test_it():\n    time.sleep(1.5)\n"
    )
    plugin = ["-p", "workflows.validation.results", "--results", str(tmp_path / "results.jsonl")]
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "test_time.py"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_what_was_changed_in_a_clone_is_named() -> None:
    """Whoever accepts the report sees which files were not as released."""
    assert _changed([]) == "none"
    assert _changed(["a.py", "b.log"]) == "2 files changed: a.py, b.log"
    assert _changed([f"{n}.py" for n in range(12)]).endswith("8.py, 9.py and 2 more")
    assert _changed(None) == "unknown"


def test_what_this_machine_hides_from_git_is_named_too(clone: Path, tmp_path: Path) -> None:
    """P11-01: a test that was changed or added out of git's sight is no test of the release."""
    there = tmp_path / "clone"
    shutil.copytree(clone, there)

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]
        subprocess.run(["git", "-C", str(there), *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "As released")
    assert clone_state(there)["changes"] == "none"
    git("config", "status.showUntrackedFiles", "no")
    (there / ".git" / "info" / "exclude").write_text("conftest.py\n")
    (there / "conftest.py").write_text("collect_ignore_glob = ['*']\n")
    git("update-index", "--assume-unchanged", "tests/test_small.py")
    (there / "tests" / "test_small.py").write_text("")
    assert clone_state(there)["changes"] == "2 files changed: conftest.py, tests/test_small.py"


def test_the_environment_takes_no_part_in_what_is_run(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P11-01: options somebody left in it neither skip a test nor stop short of its body."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--setup-only --deselect tests/test_small.py::test_it_breaks")
    found = {one.requirement.id: one.outcome for one in qualify(clone).shown}
    assert (found["P11-01"], found["P11-02"]) == (PASSED, FAILED)


def test_a_set_up_alone_is_no_pass(clone: Path, tmp_path: Path) -> None:
    """P11-01: what a test shows is in its body."""
    (tmp_path / "test_body.py").write_text("def test_it():\n    assert False\n")
    target = tmp_path / "results.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", "--setup-only", "-p", "workflows.validation.results"]
    subprocess.run([*command, "--results", str(target), "test_body.py"], cwd=tmp_path, capture_output=True, check=True)
    line = [json.loads(one) for one in target.read_text().splitlines()][-1]
    assert (line["outcome"], line["why"]) == ("skipped", "Only its set-up was run, not what it shows.")


def test_the_report_says_who_where_when_what_and_every_result(facts: dict[str, Any]) -> None:
    """GAMP-1, P11-01: requirements with tests and results, deviations, and room for signatures, in HTML and in PDF."""
    html, pdf = as_html(facts), text(as_pdf(facts, NOW))
    for words in ("2026-08-17 09:00:00 UTC", "Pumps Ltd", "plant-7", "it breaks", "The rest is yours.", "Approved by"):
        assert words in html
        assert words in pdf
    assert "Vera Lund &lt;script&gt;" in html
    assert "<b>&</b>" not in html
    assert "Broken <b>&</b> #panic()." in pdf
    assert "<script" not in html
    assert "://" not in html.replace("https://", "", 0).split("</style>")[0]
    where = [row[0] for row in facts["deviations"]]
    assert where == ["Clone", "Clone", "P11-02", "P11-03", "P11-06"]


def test_the_pdf_is_archival_and_accessible(facts: dict[str, Any]) -> None:
    """P11-01: the report is kept as long as the records it is about."""
    pdf = as_pdf(facts, NOW)
    assert (stated(pdf, "pdfaid:part"), stated(pdf, "pdfaid:conformance"), stated(pdf, "pdfuaid:part")) == (
        "3",
        "A",
        "1",
    )
    assert str(root(pdf)["/Lang"]).startswith("en")
    assert "/TH" in tags(pdf)


def test_the_bill_of_materials_is_valid_and_whole() -> None:
    """GAMP-1: CycloneDX 1.6 by its own schema; what we depend on is there with its version."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    bill = bill_of_materials(NOW)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.decode()) is None
    found = json.loads(bill)
    assert found["metadata"]["component"]["name"] == "tollgate"
    names = {one["name"] for one in found["components"]}
    assert names >= {"sqlalchemy", "jinja2", "prefect", "starlette"}
    (ours,) = [one for one in found["dependencies"] if one["ref"].startswith("pkg:pypi/tollgate@")]
    assert any(ref.startswith("pkg:pypi/jinja2@") for ref in ours["dependsOn"])


def test_the_command_writes_the_report_and_exits_1_when_a_test_failed(
    clone: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P11-01: the whole way, as the customer goes it: look at the installation, then run and report."""
    World(sqlite_url).close()
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", sqlite_url)
    looked = run("validation", "installation", "-o", str(tmp_path / "installation.json"), "--json")
    assert looked.exit_code == 0, looked.output
    out = tmp_path / "out"
    given = ["--clone", str(clone), "--installation", str(tmp_path / "installation.json"), "-o", str(out), "--json"]
    done = run("validation", "report", "--by", "Vera Lund", *given)
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert said["summary"] == {PASSED: 1, FAILED: 1, NOT_RUN: 1, NONE: 1, GAP: 1, PROCEDURE: 1}
    assert sorted(path.name for path in out.iterdir()) == ["bill.json", "report.html", "report.pdf"]
    assert "Vera Lund" in text((out / "report.pdf").read_bytes())
    assert run("validation", "report", "--by", " ", *given).exit_code == 2


def test_a_folder_that_is_no_clone_is_a_sentence(tmp_path: Path) -> None:
    """I8: with what to do."""
    with pytest.raises(CloneError, match="Clone it at the tag"):
        qualify(tmp_path)
