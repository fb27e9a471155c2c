"""`tollgate roster …`: tables in and out, absences and gaps, people who leave, tokens of directories."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from command_line import NEW, run, well
from world import ROSTER

HEAD = "person,name,email,zone,role,at,from,until\n"
ROWS = """\
ana,Ana Ruiz,ana@example.com,Europe/Paris,engineering,,,
mei,Mei Chen,mei@example.com,Europe/Paris,quality-lead,Lyon,,
mei,,,,engineering,,2026-01-01,2026-12-31
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLLGATE_HOME", "home")
    (tmp_path / "roster.yaml").write_text(ROSTER)
    well("roster", "import", "roster.yaml")
    return tmp_path


def test_a_table_goes_out_and_comes_back_unchanged(home: Path) -> None:
    """CSV and XLSX: what export writes, import reads, and finds nothing to change."""
    for name in ("people.csv", "people.xlsx"):
        assert "rows." in well("roster", "export", name)
        shown = run("roster", "import", name, "--dry-run")
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.strip() == "0 would join, 0 leave, 0 change."
    assert well("roster", "list").count("Quality lead, Lyon") == 1


def test_a_table_changes_the_roster_once_it_was_seen(home: Path) -> None:
    """Who joins, leaves and changes is shown; without --yes nothing changes; a dry run never does."""
    (home / "people.csv").write_text(HEAD + ROWS + "zoe,Zoe Falk,zoe@example.com,,finance,,,\n")
    shown = run("roster", "import", "people.csv", "--dry-run", "--json")
    found = json.loads(shown.stdout)
    assert found["joins"] == ["zoe"]
    assert "ben" in found["leaves"]
    assert found["changes"]["mei"] == "no longer engineering; now engineering from 2026-01-01 until 2026-12-31"
    refused = run("roster", "import", "people.csv")
    assert refused.exit_code == 1
    assert "leaves   ben" in refused.stderr
    assert "Add --yes to go on; nothing was changed." in refused.stderr
    assert "Ben Roth" in well("roster", "list")
    assert "3 people (1 new, 6 no longer active), 2 sites." in well("roster", "import", "people.csv", "--yes")
    assert "Ben Roth" not in well("roster", "list")


def test_who_leaves_with_open_asks_is_named(home: Path) -> None:
    """With the items they are asked in."""
    well("process", "publish", "engineering-change", "--anyway", "--reason", "a test")
    key = well(*NEW).split()[0].strip(".,:")
    well("item", "submit", key, "--as", "dan")
    well("item", "act", key, "accept-fast", "--as", "cid")
    from workflows.settings import load_settings
    from workflows.steps import carry_step
    from workflows.wiring import wire

    services = wire(load_settings())
    carry_step(services, key)
    services.close()
    (home / "people.csv").write_text(HEAD + ROWS)
    shown = run("roster", "import", "people.csv", "--dry-run")
    assert f"leaves   ben: is asked in {key}" in shown.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who,mail\n", ["row 1, person: this column is missing", "row 1, who: there is no such column"]),
        (HEAD, ["row 2, person: there is nobody in this table"]),
        (HEAD + ",Ana,ana@example.com,,,,,\n", ["row 2, person: whose row is it?"]),
        (HEAD + "ana,=1+1,ana@example.com,Mars,,,,\n", ["row 2, name: '=1+1' is a formula", "row 2, zone: 'Mars'"]),
        (HEAD + ROWS + "mei,Mei Chang,,,,,,\n", ["row 5, name: 'Mei Chang' is not what row 3 says of mei"]),
        (HEAD + "ana,Ana,ana@example.com,,,Lyon,,\n", ["row 2, role: which role is held at Lyon?"]),
        (HEAD + "ana,Ana,ana@example.com,,board,,2026-02-30,\n", ["row 2, from: '2026-02-30'"]),
        (HEAD + "ana,Ana,ana@example.com,,board,Rome,,\n", ["there is no site 'Rome'; there is"]),
        (HEAD + "ana,A,x@example.com,,,,,\nben,B,X@example.com,,,,,\n", ["belongs to ana and to ben"]),
        ('person,name,email\nana,"A\n', ["it is no CSV"]),
    ],
)
def test_every_fault_is_told_with_row_and_column(home: Path, text: str, said: list[str]) -> None:
    """All at once, and nothing is half done."""
    (home / "people.csv").write_text(text)
    refused = run("roster", "import", "people.csv", "--yes")
    assert refused.exit_code == 1
    for words in said:
        assert words in refused.stderr
    faults = json.loads(run("roster", "import", "people.csv", "--yes", "--json").stdout)["faults"]
    assert set(faults[0]) == {"row", "column", "why"}
    assert "Ben Roth" in well("roster", "list")


def test_hostile_tables_are_refused(home: Path) -> None:
    """A zip bomb, a sheet of a million rows, one of a hundred columns, something that is none."""
    with zipfile.ZipFile(home / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    (home / "none.xlsx").write_bytes(b"PK no")
    book = xlsxwriter.Workbook(home / "wide.xlsx")
    book.add_worksheet().write(0, 100, "x")
    book.close()
    (home / "long.csv").write_text(HEAD + "ana,A,a@example.com,,,,,\n" * 100_000)
    (home / "large.csv").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    for name, said in (
        ("bomb.xlsx", "it unpacks to more than 104,857,600 bytes"),
        ("none.xlsx", "it is no XLSX file"),
        ("wide.xlsx", "101 columns; 50,000 and 60 are read"),
        ("long.csv", "50,000 rows"),
        ("large.csv", "10,485,760 are read"),
    ):
        refused = run("roster", "import", name, "--yes")
        assert refused.exit_code == 1
        assert said in refused.stderr


def test_a_template_has_every_column(home: Path) -> None:
    """Filled in with somebody, it is a roster."""
    well("roster", "template", "empty.csv")
    head = (home / "empty.csv").read_text(encoding="utf-8-sig").strip()
    assert head == "person,name,email,zone,site,locale,kind,company,manager,stand_in,role,at,program,vendor,from,until"
    (home / "empty.csv").write_text(f"{head}\nida,Ida Krauss,ida@kraus.example,,,,vendor,,,,tester,Lyon,,,,\n")
    refused = run("roster", "import", "empty.csv", "--yes")
    assert "row 2, company: Ida Krauss is a vendor: name their `company`" in refused.stderr
    assert run("roster", "template", "empty.txt").exit_code == 2


def test_doctor_tells_an_absence_by_the_days_of_who_is_away(home: Path) -> None:
    """A day begins at midnight by the person's clock, which is the day before by another."""
    from datetime import UTC, datetime, timedelta

    well("process", "publish", "engineering-change", "--anyway", "--reason", "a test")
    first, last = ((datetime.now(UTC) + timedelta(days=n)).date().isoformat() for n in (3, 5))
    well("roster", "away", "mei", "--from", first, "--until", last)
    assert f"Mei Chen is away {first} to {last} and" in run("doctor").stdout


def test_away_and_back(home: Path) -> None:
    """Days are on the person's clock; gaps end with a stand-in; doctor names them."""
    well("process", "publish", "engineering-change", "--anyway", "--reason", "a test")
    from datetime import UTC, datetime, timedelta

    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    well("roster", "away", "mei", "--from", f"{tomorrow}T18:00", "--until", tomorrow + "T19:00")
    gap = run("roster", "gaps")
    assert gap.exit_code == 1
    assert "nobody sits for them" in gap.stdout
    assert "Lyon" in gap.stdout
    told = run("doctor").stdout
    assert f"stand-ins: Mei Chen is away {tomorrow} to {tomorrow} and" in told
    assert "Quality lead at Lyon is asked by" in told
    listed = json.loads(well("roster", "absences", "--person", "mei", "--json"))
    refused = run("roster", "back", "mei").stderr
    assert "mei is not away now. To end one, name it: --absence ID. There is: " in refused
    assert f"{listed[0]['id']} (from {tomorrow} 18:00)" in refused
    assert "mei has no absence 7." in run("roster", "back", "mei", "--absence", "7").stderr
    assert well("roster", "back", "mei", "--absence", listed[0]["id"]) == "mei will not be away, on the record.\n"
    assert "mei is not away, and will not be" in run("roster", "back", "mei").stderr
    assert "Somebody sits for everybody" in well("roster", "gaps")
    assert run("roster", "back", "mei").exit_code == 1
    assert run("roster", "away", "mei", "--from", "tomorrow", "--until", tomorrow).exit_code == 2
    assert run("roster", "away", "mei", "--from", tomorrow, "--until", tomorrow, "--stand-in", "zoe").exit_code == 1


def test_a_calendar_is_followed(home: Path) -> None:
    """From a file; from the network over https and from public addresses only; no error tells the address's secret."""
    from datetime import UTC, datetime, timedelta

    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y%m%d")
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:{day}\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\r\nEND:VEVENT\r\n"
    (home / "mei.ics").write_text(f"BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n")
    calendar = ("roster", "absences", "--person", "mei", "--stand-in", "ben", "--ical")
    assert "1 set, 0 ended" in well(*calendar, "mei.ics")
    assert "0 set, 0 ended" in well(*calendar, "mei.ics")
    assert "Ben Roth" in well("roster", "absences")
    for place, said in (
        ("http://calendar.example/mei", "comes over https"),
        ("https://127.0.0.1/secret-token", "at a private address"),
        ("https://[::1]/secret-token", "at a private address"),
        ("https://169.254.169.254/secret-token", "at a private address"),
        ("file:///etc/passwd", "begins with https://"),
        ("nothing.ics", "cannot be read"),
    ):
        refused = run(*calendar, place)
        assert refused.exit_code == 1
        assert said in refused.stderr
        assert "secret-token" not in refused.output
    assert run("roster", "absences", "--ical", "mei.ics").exit_code == 2


def test_who_leaves_and_comes_back(home: Path) -> None:
    """At once, on the record, each once."""
    assert "ben is not active any more" in well("roster", "deactivate", "ben", "--why", "left")
    assert run("roster", "deactivate", "ben").exit_code == 1
    assert "ben is active again" in well("roster", "reactivate", "ben")


def test_tokens_of_directories(home: Path) -> None:
    """Printed once, and stored nowhere in the clear."""
    made = json.loads(well("roster", "scim", "token", "entra", "--json"))
    assert made["address"].endswith("/scim/v2")
    assert made["token"].encode() not in b"".join(path.read_bytes() for path in (home / "home").glob("tollgate.db*"))
    assert "may act" in well("roster", "scim", "clients")
    well("roster", "scim", "revoke", "entra")
    assert run("roster", "scim", "revoke", "entra").exit_code == 1


def test_preferences_are_shown_and_set_with_a_reason(home: Path) -> None:
    """Without options it shows; to change something the operator says why."""
    assert "gets notices at once, by the clock of Europe/Paris; quiet at no hour." in well(
        "roster", "preferences", "ana"
    )
    wish = ["roster", "preferences", "ana", "--notices", "daily", "--quiet", "19:00-07:00", "--days-off"]
    refused = run(*wish)
    assert (refused.exit_code, "Say why you set this for Ana Ruiz" in refused.stderr) == (1, True)
    said = well(*wish, "--why", "asked by phone")
    assert (
        "in one mail a day at 07:00, by the clock of Europe/Paris; quiet from 19:00 until 07:00 and on Saturdays"
        in said
    )
    assert json.loads(well("roster", "preferences", "ana", "--json"))["wish"]["days_off"] is True
    assert "It was so before." in well(*wish, "--why", "asked again")
    assert run("roster", "preferences", "ana", "--quiet", "nights", "--why", "x").exit_code == 2
    assert "quiet at no hour" in well(
        "roster", "preferences", "ana", "--quiet", "none", "--no-days-off", "--why", "asked once more"
    )
