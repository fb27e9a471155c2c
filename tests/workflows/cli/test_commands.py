"""The command line as a user meets it: results on stdout, talk on stderr, plain errors, exit codes."""

from __future__ import annotations

import json
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import NEW, run, well

from gates.store.engine import HEAD
from policies.library import library_cases, library_names, library_text
from workflows.cli.main import app

REPOSITORY = Path(__file__).parents[3]


def test_the_main_job_from_the_command_line(stocked: Path) -> None:
    """Made, submitted, accepted, asked, signed, verified, each by its command."""
    assert well(*NEW) == "ECR-0001\n"
    assert "now in Screening" in well("item", "submit", "ECR-0001", "--as", "dan")
    well("item", "act", "ECR-0001", "accept-fast", "--as", "cid")
    from workflows.settings import load_settings
    from workflows.steps import carry_step
    from workflows.wiring import wire

    services = wire(load_settings())
    carry_step(services, "ECR-0001")
    links = {person: f"http://x/s/{services.register.inbox(person)[0].token}" for person in ("mei", "ana", "ben")}
    services.close()
    explained = well("explain", "ECR-0001")
    assert "Needs Quality lead, Lyon (Mei Chen)" in explained
    assert "Could decide it alone: " in explained or "Could decide it together: " in explained
    shown = run("sign", links["mei"])
    assert (shown.exit_code, "Nothing is signed" in shown.stderr) == (0, True)
    for link in links.values():
        said = well("sign", link, "--position", "approve", "--secret-file", "-", stdin="correct horse\n")
    assert "goes to Implementation" in said
    assert "The record of ECR-0001 is whole." in well("record", "verify", "ECR-0001")
    assert "Approve by Mei Chen" in well("record", "show", "ECR-0001")
    assert json.loads(well("item", "show", "ECR-0001", "--json"))["line"]["state"] == "implementation"
    assert [line["key"] for line in json.loads(well("item", "list", "--json"))] == ["ECR-0001"]
    assert json.loads(well("record", "verify", "ECR-0001", "--json"))["whole"] is True


def test_a_tampered_record_exits_1(stocked: Path) -> None:
    """With the step, what was expected and what was found."""
    import sqlite3

    well(*NEW)
    database = sqlite3.connect(stocked / "home" / "tollgate.db")
    database.execute("DROP TRIGGER entries_no_update")
    database.execute("UPDATE entries SET body = replace(body, 'ECR-0001', 'ECR-0007') WHERE chain = 'ECR-0001'")
    database.commit()
    database.close()
    result = run("record", "verify", "ECR-0001")
    assert result.exit_code == 1
    assert "FAIL" in result.stdout
    assert "expected" in result.stdout
    assert "does NOT hold" in result.stdout


def test_a_tampered_roster_is_named_by_every_check(stocked: Path) -> None:
    """A11-13, P11-02: nobody is told who may do what from entries that were changed."""
    import sqlite3

    well("record", "review-access", "--finding", "Two too many.", "--as", "eve")
    assert "ok    record: the register's own chains are as they were entered" in run("doctor").stdout
    database = sqlite3.connect(stocked / "home" / "tollgate.db")
    database.execute("DROP TRIGGER entries_no_update")
    database.execute("UPDATE entries SET body = replace(body, 'Two too many.', 'None.') WHERE chain = '@roster'")
    database.commit()
    database.close()
    for command in (("record", "verify", "@roster"), ("record", "rebuild", "--check"), ("record", "access")):
        result = run(*command)
        assert result.exit_code == 1, command
        assert "expected" in result.stdout + result.stderr
    result = run("doctor")
    assert result.exit_code == 1
    assert "fail  record: entries @roster 2: expected" in result.stdout
    assert "fail  access: The record of @roster does not hold" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("item", "submit", "ECR-0001"), 2, "Say who acts: --as PERSON"),
        (
            ("item", "submit", "ECR-0001", "--as", "dann"),
            1,
            "'dann' is nobody on the roster. Did you mean dan?",
        ),
        (("item", "show", "ECR-1"), 1, "There is no item ECR-1. Did you mean ECR-0001?"),
        (("item", "edit", "ECR-0001", "--as", "dan", "-f", "cost"), 2, "--field 'cost' has no value"),
        (("item", "edit", "ECR-0001", "--as", "dan", "-f", "cost=x"), 1, "'x' is not an amount in EUR"),
        (("item", "new", "enginering-change", "x", "--as", "dan"), 1, "Did you mean engineering-change?"),
        (("sign", "http://x/nothing"), 2, "This is no sign-off link"),
        (("sign", f"http://x/s/{'a' * 52}"), 1, "This link is not known here"),
        (("process", "check", "nowhere.yaml"), 2, "nowhere.yaml cannot be read: No such file"),
        (("roster", "import", "nowhere.yaml"), 2, "nowhere.yaml cannot be read: No such file"),
        (("person", "set-secret", "zoe", "--secret-file", "-"), 1, "'zoe' is nobody on the roster"),
    ],
)
def test_mistakes_get_a_sentence_with_the_remedy(
    stocked: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Exit 1 for no, 2 for misuse; nothing on stdout."""
    well(*NEW)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_a_role_without_members_is_said_when_publishing_and_importing(stocked: Path) -> None:
    """By name, with the process that asks it."""
    result = run("process", "publish", "policy-change")
    assert result.exit_code == 1
    assert "TG203 `two-keys` cannot come to Approved: nobody is Compliance" in result.stderr
    (stocked / "few.yaml").write_text("people:\n  ana: {name: Ana, email: ana@example.com, roles: [engineering]}\n")
    result = run("roster", "import", "few.yaml", "--yes")
    assert "nobody holds the role quality-lead, which engineering-change asks" in result.stderr


def test_an_unroutable_address_changes_nothing(stocked: Path) -> None:
    """Every one is named; the roster stays as it was."""
    (stocked / "bad.yaml").write_text("people:\n  zoe: {name: Zoe, email: nobody at all}\n")
    result = run("roster", "import", "bad.yaml", "--yes")
    assert result.exit_code == 1
    assert "zoe: 'nobody at all' is no mailbox" in result.stderr
    assert len(json.loads(well("roster", "list", "--json"))) == 8


def test_a_newer_database_is_left_alone(stocked: Path) -> None:
    """The sentence says to upgrade the program."""
    import sqlite3

    database = sqlite3.connect(stocked / "home" / "tollgate.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    for command in (("item", "list"), ("db", "upgrade"), NEW):
        result = run(*command)
        assert result.exit_code == 1
        assert f"at version 9999; this program knows up to {HEAD}. Upgrade the program" in result.stderr
    assert run("doctor").exit_code == 1


def test_a_folder_that_cannot_be_made_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only folder: a sentence with the remedy, and nothing half done."""
    (home / "file").write_text("in the way")
    monkeypatch.setenv("TOLLGATE_HOME", str(home / "file" / "below"))
    result = run("process", "publish", "escalation")
    assert result.exit_code == 1
    assert "cannot be made" in result.stderr
    assert (home / "file").read_text() == "in the way"


def test_a_database_of_an_unknown_kind_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the kinds there are."""
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", "mysql://x/y")
    monkeypatch.setenv("TOLLGATE_LINK_KEY", "00" * 32)
    result = run("item", "list")
    assert "Use sqlite:///path or postgresql+psycopg://" in result.stderr + result.stdout


def test_settings_without_a_meaning_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting, the value, the page."""
    monkeypatch.setenv("TOLLGATE_PORT", "eighty")
    result = run("item", "list")
    assert result.exit_code == 1
    assert "TOLLGATE_PORT is 'eighty'" in result.stderr
    assert "docs/reference/settings.md" in result.stderr


def test_a_shared_database_needs_the_key_to_be_given(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines would each make their own."""
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/x")
    result = run("item", "list")
    assert "Every server and worker needs the same one" in result.stderr


def test_the_link_key_is_for_its_owner_alone(stocked: Path) -> None:
    """0600."""
    assert stat.S_IMODE((stocked / "home" / "link.key").stat().st_mode) == 0o600


def test_a_busy_port_gets_a_plain_error(home: Path) -> None:
    """With the remedy; nothing is started or seeded."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        for command in (("demo", "--port", port), ("serve", "--port", port)):
            result = run(*command)
            assert result.exit_code == 1
            assert f"Port {port} on 127.0.0.1 cannot be used" in result.stderr
    assert not (home / "demo").exists()


def test_the_demo_keeps_to_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses a real database, a real mail server, and a folder that is not its own."""
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", "sqlite:///real.db")
    assert "The demo keeps to itself" in run("demo").stderr
    monkeypatch.delenv("TOLLGATE_DATABASE_URL")
    (home / "mine").mkdir()
    (home / "mine" / "thesis.txt").write_text("x")
    result = run("demo", "--folder", "mine")
    assert "is not empty and holds no demo" in result.stderr
    assert (home / "mine" / "thesis.txt").exists()


def test_doctor_says_what_is_well(stocked: Path) -> None:
    """Each line ok, warn or fail."""
    said = well("doctor")
    assert f"ok    database: version {HEAD}" in said
    assert "warn  mail: mails are written to" in said
    assert "warn  people for engineering-change: TG203 `business-decision` cannot come to Approved" in said


def test_doctor_opens_the_database_once_and_reads_no_whole_chain(
    stocked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One set of services for all of its checks; when access was reviewed last is one query."""
    from gates.service.compliance import access
    from workflows import wiring

    well("record", "review-access", "--finding", "Fine.", "--as", "eve")
    wired, real = [], wiring.wire
    monkeypatch.setattr(wiring, "wire", lambda *args, **more: wired.append(args) or real(*args, **more))
    monkeypatch.setattr(access, "_follow", lambda *_args: pytest.fail("the roster's chain was followed"))
    assert "ok    access: Access was reviewed by Eve Moro" in run("doctor").stdout
    assert len(wired) == 1


def test_a_password_is_never_printed(stocked: Path) -> None:
    """Nor kept in the clear."""
    assert b"correct horse" not in (stocked / "home" / "tollgate.db").read_bytes()


FAULTS = [
    ("process: engineering-change", "proces: engineering-change", "TG007"),
    ("kind: change_request", "kind: change_requests", "TG009"),
    ('numbering: "ECR-{n:04}"', 'numbering: "ECR-{m}"', "TG114"),
    ("type: money, currency: EUR", "type: money", "TG115"),
    ("type: choice, of: [low, medium, high]", "type: choice", "TG115"),
    ("type: date, title: Effective", "type: day, title: Effective", "TG009"),
    ('when: item.track == "full"}\n  training', 'when: item.trak == "full"}\n  training', "TG130"),
    ("start: draft", "start: drafted", "TG101"),
    ("submit:   {to: screening", "submit:   {to: screning", "TG101"),
    ("needs: [fields, criteria]", "needs: [fields, criterias]", "TG009"),
    ("round: release\n", "round: releas\n", "TG102"),
    (
        "when: {approved: implementation, rejected: draft}\n    acts: {withdraw: {to: withdrawn}}\n    due: {within: 3wd",
        "when: {approve: implementation, rejected: draft}\n    acts: {withdraw: {to: withdrawn}}\n    due: {within: 3wd",
        "TG103",
    ),
    ("due: {within: 2wd, remind: [50%]}", "due: {within: two days, remind: [50%]}", "TG009"),
    (
        "ladder:\n      - {after: 5wd, notify: {role: pmo-lead}}",
        "ladder:\n      - {afer: 5wd, notify: {role: pmo-lead}}",
        "TG007",
    ),
    ("closed:    {title: Closed, end: done}", "closed:    {title: Closed}", "TG107"),
    ("stale_on: [cost, drawing,", "stale_on: [costs, drawing,", "TG119"),
    ("- {from: engineering, at_least: 2}", "- {from: engineering, at_least: 0}", "TG109"),
    ("- {from: change-board, at_least: 2/3}", "- {from: change-board, at_least: 4/3}", "TG009"),
    ("verified: {to: closed,", "verified: &x {to: closed,", "TG005"),
    ("budget: {field: cost}", "budget: {field: cost}\nbudget: {field: cost}", "TG004"),
]


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_a_seeded_fault_is_one_line_at_the_right_place(home: Path, number: int) -> None:
    """Twenty faults: one of them, on the line it stands, no traceback, exit 1."""
    sound = library_text("engineering-change")
    right, wrong, code = FAULTS[number]
    assert sound.count(right) == 1
    faulty = sound.replace(right, wrong)
    pairs = zip(sound.splitlines(), [*faulty.splitlines(), ""], strict=False)
    changed = next(n for n, (before, after) in enumerate(pairs, 1) if before != after)
    (home / "faulty.yaml").write_text(faulty)
    result = run("process", "check", "faulty.yaml")
    assert result.exit_code == 1
    lines = [re.fullmatch(r"faulty\.yaml:(\d+):\d+: (TG\d+) .+", line) for line in result.stdout.splitlines()]
    assert all(lines), result.stdout
    found = {(int(line[1]), line[2]) for line in lines if line}
    assert (changed, code) in found, result.stdout
    assert all(line == changed for line, fault in found if fault == code)


def test_every_command_has_help(home: Path) -> None:
    """That says what it does."""
    from typer.main import get_command

    def walk(command, path: tuple[str, ...]) -> None:
        assert command.help, path
        assert run(*path, "--help").exit_code == 0
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*path, name))

    walk(get_command(app), ())


@pytest.mark.slow
def test_checking_a_file_imports_nothing_heavy() -> None:
    """No database, web or Prefect library for `process check`."""
    code = (
        "import sys; from workflows.cli.main import main; sys.argv = ['tollgate', 'process', 'check', 'escalation']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('sqlalchemy', 'prefect', 'starlette', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.splitlines()[-1] == "[]"


def test_replay_prints_the_report(home: Path) -> None:
    """And its JSON; a bad map gets its line."""
    eip = REPOSITORY / "docs" / "replay" / "eip-1"
    log = home / "log.csv"
    log.write_text(
        "eip,ts,event,from_status,to_status,last_call_deadline,is_bot\n"
        "1,2021-01-01T00:00:00Z,created,,Draft,,0\n2,2021-01-02T00:00:00Z,created,,Draft,,0\n"
        "1,2021-02-01T00:00:00Z,status,Draft,Review,,0\n2,2021-02-01T00:00:00Z,status,Draft,Final,,0\n"
    )
    command = (
        "process",
        "replay",
        str(eip / "eip-1.yaml"),
        "--events",
        str(log),
        "--map",
        str(eip / "map.yaml"),
    )
    data = json.loads(well(*command, "--json"))
    assert data["verdicts"] == {"allowed": 1, "outside the machine": 1}
    assert "1  Draft -> Final" in well(*command)
    (home / "map.yaml").write_text((eip / "map.yaml").read_text().replace("columns:", "colums:"))
    result = run(*command[:-1], "map.yaml")
    assert (result.exit_code, "map.yaml:1:1: TG007" in result.stderr) == (1, True)


READING = (
    ("item", "list"),
    ("item", "show", "ECR-0001"),
    ("explain", "ECR-0001"),
    ("roster", "list"),
    ("record", "show", "ECR-0001"),
    ("record", "verify", "ECR-0001"),
    ("sign", f"http://x/s/{'a' * 52}"),
)


@pytest.mark.parametrize("command", READING)
def test_a_command_that_reads_makes_nothing(home: Path, command: tuple[str, ...]) -> None:
    """No folder, no key, no database; the sentence names TOLLGATE_HOME."""
    result = run(*command)
    assert (result.exit_code, list(home.iterdir())) == (1, [])
    assert "There is no database at home/tollgate.db, and nothing was made. TOLLGATE_HOME names" in result.stderr


def test_in_the_demo_s_folder_commands_go_by_the_demo_s_clock(stocked: Path) -> None:
    """Else the record would run backwards; where it does, `record verify` says so and the chain still holds."""
    (stocked / "home" / "demo.json").write_text('{"seeded": true}')
    (stocked / "home" / "clock").write_text(str(42 * 86400))
    well(*NEW)
    data = json.loads(well("record", "verify", "ECR-0001", "--json"))
    assert (data["whole"], data["remarks"]) == (True, [])
    (stocked / "home" / "clock").unlink()
    well("item", "edit", "ECR-0001", "--as", "dan", "-f", "cost=200")
    said = well("record", "verify", "ECR-0001")
    assert re.search(r"Remark: entry 2 is dated .+ UTC, before entry 1 \(.+ UTC\): the clock was put back", said)
    assert "The record of ECR-0001 is whole." in said


def test_a_site_nobody_knows_is_said_when_publishing_and_importing(stocked: Path) -> None:
    """Nobody can ever hold a role there."""
    text = library_text("engineering-change").replace("at: item.site", "at: Lion")
    (stocked / "typo.yaml").write_text(text)
    said = "there is no site Lion"
    refused = run("process", "publish", "typo.yaml")
    assert (refused.exit_code, "nobody is Quality lead, Lion" in refused.stderr) == (1, True)
    assert said in run("process", "publish", "typo.yaml", "--anyway", "--reason", "Lion opens in May.").stderr
    assert said in run("roster", "import", "roster.yaml", "--yes").stderr


def test_doctor_fails_on_a_home_that_cannot_be_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried, not asked: root may write everywhere by the modes."""
    monkeypatch.setenv("TOLLGATE_HOME", "/proc/nope")
    result = run("doctor")
    assert result.exit_code == 1
    assert "fail  home: /proc/nope cannot be written" in result.stdout


def test_the_demo_refuses_a_file_as_its_folder(home: Path) -> None:
    """A sentence, no traceback."""
    (home / "afile").write_text("x")
    result = run("demo", "--folder", "afile")
    assert (result.exit_code, "afile is a file, no folder" in result.stderr) == (1, True)


def test_near_misses_ignore_case_and_lists_say_what_they_leave_out(stocked: Path) -> None:
    """`ecr-0001` is ECR-0001; of twenty names twelve are shown and eight are counted."""
    from gates.errors import choices

    well(*NEW)
    assert "Did you mean ECR-0001?" in run("explain", "ecr-0001").stderr
    assert choices("zzz", [f"p{n:02}" for n in range(20)]).endswith("p11, and 8 more.")
    assert choices("zzz", ["a", "b"]) == "There is: a, b."


def test_with_json_an_error_is_json_too(stocked: Path) -> None:
    """On stdout, where the result would be."""
    result = run("item", "show", "ECR-1", "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "There is no item ECR-1" in json.loads(result.stdout)["error"]


def test_a_process_that_is_no_file_gets_the_list_of_shipped_ones(home: Path) -> None:
    """And one without cases the beginning of some."""
    assert (
        "Shipped are: emergency-review, engineering-change, escalation" in run("process", "check", "stage-gate").stderr
    )
    assert "no shipped process. Shipped are: emergency-review" in run("process", "test", "stage-gate").stderr
    (home / "mine.yaml").write_text(library_text("escalation"))
    result = run("process", "test", "mine.yaml")
    assert (result.exit_code, "Begin mine.cases.yaml like this" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", library_names())
def test_the_beginning_of_cases_comes_out_as_it_stands(home: Path, name: str) -> None:
    """Whoever saves what is printed has a file that runs, of their own policy and roles."""
    (home / "mine.yaml").write_text(library_text(name))
    printed = run("process", "test", "mine.yaml").stderr
    (home / "mine.cases.yaml").write_text(printed.split("like this:")[1].split("policies/library")[0])
    assert "1 case." in well("process", "test", "mine.yaml")


def test_an_edit_says_whose_signature_fell(stocked: Path) -> None:
    """By name, and in the JSON too; an edit that costs nothing names nobody."""
    from workflows.settings import load_settings
    from workflows.steps import carry_step
    from workflows.wiring import wire

    well(*NEW)
    well("item", "submit", "ECR-0001", "--as", "dan")
    well("item", "act", "ECR-0001", "accept-fast", "--as", "cid")
    services = wire(load_settings())
    carry_step(services, "ECR-0001")
    link = f"http://x/s/{services.register.inbox('mei')[0].token}"
    services.close()
    well("sign", link, "--position", "approve", "--secret-file", "-", stdin="correct horse\n")
    assert well("item", "edit", "ECR-0001", "--as", "dan", "-f", "training=yes") == "ECR-0001 is at revision 2.\n"
    edited = json.loads(well("item", "edit", "ECR-0001", "--as", "dan", "-f", "cost=300", "--json"))
    assert edited == {"key": "ECR-0001", "revision": 3, "fell": ["Mei Chen"]}
    (line,) = json.loads(well("item", "list", "--json"))
    assert (line["signed"], line["asked"]) == (0, 3)


def test_a_folder_of_processes_is_tested_in_one_go(home: Path) -> None:
    """Its process files, each once, though their cases are named too; the last line sums up. An empty one is refused."""
    for name in ("policy-change", "escalation"):
        (home / f"{name}.yaml").write_text(library_text(name))
        (home / f"{name}.cases.yaml").write_text(library_cases(name))
    given = ["policy-change.yaml", "policy-change.cases.yaml", "escalation.cases.yaml"]
    last = run("process", "test", *given).stdout.splitlines()[-1]
    assert re.fullmatch(r"2 files, \d+ cases, all as expected\. Coverage: (\d+) of \1 rule turns\.", last)
    assert run("process", "test", ".").stdout.splitlines()[-1] == last
    (home / "none").mkdir()
    refused = run("process", "check", "none")
    assert (refused.exit_code, refused.stderr.strip()) == (2, "There is no process file in none.")
