"""`tollgate record exceptions`, `sample`, `samples`, `review`, `reviews`, as an auditor at a shell uses them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import NEW, run, well
from world import ROSTER

from gates.service.compliance.exceptions import KINDS

pytestmark = pytest.mark.slow

TODAY = f"{datetime.now(UTC).date()}"


@pytest.fixture
def made(stocked: Path) -> Path:
    """A register with three items; somebody tried an act that is not theirs."""
    for _ in range(3):
        well(*NEW)
    well("item", "act", "ECR-0001", "submit", "--as", "dan")
    assert run("item", "act", "ECR-0001", "accept-fast", "--as", "dan").exit_code == 1
    return stocked


def test_exceptions_are_listed_and_counted(made: Path) -> None:
    """A11-09, A11-11: a table, a count of each kind, and what was looked at; with --json their structure."""
    said = well("record", "exceptions")
    assert "self-approval-prevented  ECR-0001" in said
    assert "     1  self-approval-prevented\n" in said
    assert "     0  deadlock\n" in said
    assert "1 exception;" in said
    data = json.loads(well("record", "exceptions", "--json"))
    (row,) = data["rows"]
    assert (row["kind"], row["item"], row["who"], row["name"]) == (
        "self-approval-prevented",
        "ECR-0001",
        "dan",
        "Dan Dorn",
    )
    assert data["counts"] == {**dict.fromkeys(KINDS, 0), "self-approval-prevented": 1}
    assert data["items"] == 3


def test_no_exceptions_says_what_was_looked_at(made: Path) -> None:
    """An empty answer is one about something."""
    said = well("record", "exceptions", "--kind", "late", "--kind", "override", "--from", TODAY)
    assert said.startswith("No exceptions: ")
    assert "on 3 items" in said
    assert said.endswith("for: late, override.\n")
    assert "0 entries" in well("record", "exceptions", "--until", "2001-01-01")
    wrong = run("record", "exceptions", "--kind", "latte")
    assert wrong.exit_code == 2
    assert "There is: late, delegated" in wrong.stderr
    assert run("record", "exceptions", "--from", "yesterday").exit_code == 2


def test_a_sample_is_drawn_with_its_population(made: Path) -> None:
    """SOX-3: the list on file has the digest on record, and the items are the first by hash."""
    data = json.loads(well("record", "sample", "--size", "2", "--seed", "2026", "--population", "all.txt", "--json"))
    listing = (made / "all.txt").read_bytes()
    assert hashlib.sha256(listing).hexdigest() == data["population_digest"]
    keys = [line.split()[0] for line in listing.decode().splitlines()]
    assert keys == ["ECR-0001", "ECR-0002", "ECR-0003"]
    order = sorted(keys, key=lambda key: hashlib.sha256(f"2026\n{key}".encode()).hexdigest())
    assert [one["key"] for one in data["drawn"]] == order[:2]
    said = well(
        "record", "sample", "--size", "9", "--seed", "x", "--stratify", "outcome", "--by", "eve", "--from", TODAY
    )
    assert "3 of 3 items, seed x" in said
    assert "  open: 3 of 3" in said
    assert "entry 2 of @desk" in said
    past = well("record", "samples")
    assert [line.split()[0] for line in past.splitlines()[1:]] == ["1", "2"]
    assert "2/3" in past
    assert [one["by"] for one in json.loads(well("record", "samples", "--json"))] == [None, "eve"]


def test_a_sample_that_cannot_be_drawn_is_told(made: Path) -> None:
    """Nothing goes on the record, not even where the list could not be written."""
    assert "nothing to draw from" in run("record", "sample", "--size", "2", "--seed", "x", "--site", "Linz").stderr
    assert "Draw 1 to 1,000" in run("record", "sample", "--size", "0", "--seed", "x").stderr
    wrong = run("record", "sample", "--size", "2", "--seed", "x", "--population", "no/such/list.txt")
    assert (wrong.exit_code, "cannot be written" in wrong.stderr) == (2, True)
    assert run("record", "sample", "--size", "2", "--seed", "x", "--by", "zoe").exit_code == 1
    assert "No sample was drawn yet" in well("record", "samples")


def test_a_trail_is_reviewed_by_somebody_apart(made: Path) -> None:
    """A11-10, A11-11: recorded with what was reviewed; refused to the author with exit 1."""
    assert "Nobody has reviewed" in well("record", "reviews", "ECR-0001")
    refused = run("record", "review", "ECR-0001", "--as", "dan", "--finding", "Fine.")
    assert refused.exit_code == 1
    assert "You had a part in what is reviewed (ECR-0001, entries 1, 2" in refused.stderr
    head = json.loads(well("record", "verify", "ECR-0001", "--json"))["head"]
    data = json.loads(well("record", "review", "ECR-0001", "--as", "eve", "--finding", "One refused act.", "--json"))
    assert data["review"]["head"] == head
    said = well("record", "reviews", "ECR-0001")
    assert f"Reviewed up to entry {data['review']['entries']} by Eve Moro on {TODAY}" in said
    assert "0 entries since." in said
    assert "One refused act." in said
    assert "Trail reviewed up to entry" in well("record", "show", "ECR-0001")
    assert run("record", "review", "ECR-0001", "--finding", "x").exit_code == 2
    assert run("record", "reviews", "ECR-9").exit_code == 1


def test_entries_are_searched_and_taken_along(made: Path) -> None:
    """A11-09, P11-08: by who, what, when and why; lists as CSV, XLSX and JSON, on the record."""
    said = well("record", "search", "--who", "dan", "--kind", "refused", "--from", TODAY)
    assert "1 entry" in said
    answer = json.loads(well("record", "search", "--kind", "item:act:refused", "--json"))
    assert [one["kind"] for one in answer["found"]] == ["item:act:refused"]
    assert "0 entries" in well("record", "search", "no such words")
    assert "Did you mean" in run("record", "search", "--kind", "decisions").stderr
    for name in ("list.csv", "list.xlsx", "list.json"):
        assert f"{name}: " in well("record", "search", "-o", name)
        assert (Path(name)).stat().st_size > 100
    assert "name a file that ends in" in run("record", "search", "-o", "list.pdf").stderr
    assert not Path("list.pdf").exists()
    assert "3 entries" in well("record", "search", "--kind", "record:exported")
    assert "Did you mean" in run("record", "search", "--as", "dam").stderr
    asked = json.loads(well("record", "search", "--kind", "record:searched", "--as", "eve", "--json"))
    assert {one["person"] for one in asked["found"]} == {""}
    last = json.loads(well("record", "search", "--kind", "record:searched", "--json"))["found"][0]
    assert (last["person"], last["sentence"]) == ("eve", "Record searched: kind record:searched.")


def test_a_person_s_timeline_says_what_they_did(made: Path) -> None:
    """P11-06, P11-08: doing and being named apart, narrowed by kind; somebody unknown is told."""
    said = well("record", "person", "dan", "--kind", "refused")
    assert said.startswith("did    ")
    assert "1 entry" in said
    answer = json.loads(well("record", "person", "dan", "--from", TODAY, "--json"))
    assert {one["part"] for one in answer["found"]} == {"did"}
    assert answer["total"] == len(answer["found"])
    assert "list.json: " in well("record", "person", "dan", "-o", "list.json")
    assert {row["part"] for row in json.loads(Path("list.json").read_text())} == {"did"}
    assert "Did you mean dan?" in run("record", "person", "dann").stderr


def test_every_list_of_the_auditors_is_written_to_a_file(made: Path) -> None:
    """A11-09: exceptions, samples and reviews too; each time on the record, with what it was."""
    well("record", "review", "ECR-0001", "--as", "eve", "--finding", "Fine.")
    lists = {
        ("exceptions", "--kind", "self-approval-prevented"): 1,
        ("sample", "--size", "2", "--seed", "2026"): 2,
        ("reviews", "ECR-0001"): 1,
    }
    for command, count in lists.items():
        for form in ("csv", "json"):
            told = json.loads(well("record", *command, "-o", f"{command[0]}.{form}", "--json"))
            assert told == {"file": f"{command[0]}.{form}", "rows": count}
        assert len(json.loads(Path(f"{command[0]}.json").read_text())) == count
        assert run("record", *command, "-o", "list.pdf").exit_code == 2
    found = json.loads(well("record", "search", "--kind", "record:exported", "--json"))["found"]
    said = sorted(one["sentence"].removeprefix("Record exported: ").split(",")[0] for one in found)
    assert [one.split("-")[0] for one in said] == ["exceptions"] * 2 + ["reviews"] * 2 + ["sample"] * 2
    assert len(json.loads(well("record", "samples", "--json"))) == 2


def test_an_item_is_shown_as_it_was(made: Path) -> None:
    """ALC-2: from its entries alone; a moment that is none, or before it was made, is a sentence."""
    assert "of its" in well("record", "as-of", "ECR-0001", TODAY)
    assert "did not exist" in run("record", "as-of", "ECR-0001", "2001-01-01").stderr
    assert run("record", "as-of", "ECR-0001", "noon").exit_code == 2


def test_who_looked_at_a_moment_or_at_exceptions_is_entered(made: Path) -> None:
    """A11-06: what was asked of the record and by whom, not what was found."""
    well("record", "as-of", "ECR-0001", "2036-01-01", "--as", "eve")
    well("record", "exceptions", "--kind", "late", "--period", TODAY, "--as", "eve")
    found = json.loads(well("record", "search", "--kind", "record:searched", "--json"))["found"]
    assert [(one["person"], one["sentence"]) for one in found] == [
        ("eve", f"Record searched: kind late, list exceptions, period {TODAY}."),
        ("eve", "Record searched: as of 2036-01-01T23:59:59Z, item ECR-0001."),
    ]


def test_who_may_do_what_is_shown_taken_along_and_reviewed(made: Path) -> None:
    """A11-13: in words, as JSON and as a sheet, now and as it was; the review is on the record, and doctor counts."""
    said = well("record", "access", "--held", "--who", "mei")
    assert "Quality lead" in said
    assert "Lyon" in said
    assert "Ana Ruiz" not in said
    assert said.endswith("Access was never reviewed on the record.\n")
    data = json.loads(well("record", "access", "--role", "quality-lead", "--json"))
    assert [(row["person"], row["site"], row["state"]) for row in data["rows"]] == [
        ("mei", "Lyon", "held"),
        ("otto", "Linz", "held"),
    ]
    before = well("record", "access", "--as-of", "2001-01-01")
    assert before.startswith("At 2001-01-01 23:59 UTC, after 0 entries of @roster: 0 people, 0 roles held.")
    for nothing in ("yesterday", "9999-12-31T23:00-05:00"):
        assert run("record", "access", "--as-of", nothing).exit_code == 2
    well("record", "access", "-o", "access.csv", "--as", "eve")
    lines = (made / "access.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("person,name,kind,company,role,title,site")
    assert any(line.startswith("eve,Eve Moro,employee,,finance,") for line in lines)
    assert "never reviewed" in run("doctor").stdout
    assert run("record", "review-access", "--finding", "Fine.").exit_code == 2, "somebody has to say so"
    assert "is reviewed up to entry 1 of @roster" in well(
        "record", "review-access", "--finding", "Fine.", "--as", "eve"
    )
    assert "Access was reviewed by Eve Moro" in well("record", "access")
    assert "ok    access: Access was reviewed by Eve Moro" in run("doctor").stdout
    assert "The record of @roster is whole." in well("record", "verify", "@roster")
    assert "Did you mean @roster" in run("record", "verify", "@rooster").stderr
    found = json.loads(well("record", "search", "--kind", "roster", "--json"))["found"]
    assert (found[0]["kind"], found[0]["why"]) == ("roster:access:reviewed", "Fine.")


def test_access_of_nobody_says_who_there_is_and_counts_what_it_shows(made: Path) -> None:
    """E1: a slip is no empty list; the sentence is about what was asked for."""
    slip = run("record", "access", "--who", "mai")
    assert slip.exit_code == 1
    assert "'mai' is nobody on the roster. Did you mean mei?" in slip.stderr
    slip = run("record", "access", "--role", "quality-led")
    assert slip.exit_code == 1
    assert "The roster has no role 'quality-led'. Did you mean quality-lead?" in slip.stderr
    assert ": 1 person, 2 roles held." in well("record", "access", "--who", "mei")
    assert ": 2 people, 2 roles held." in well("record", "access", "--role", "quality-lead")
    assert ": 0 people, 0 roles held." in well("record", "access", "--who", "mei", "--as-of", "2001-01-01")


def test_a_review_may_name_the_entry_that_was_looked_at(made: Path) -> None:
    """A11-13: and is then refused once rights changed; what comes back is one's own."""
    head = json.loads(well("record", "access", "--json"))["head"]
    assert f"The last of them: {head[:12]}." in well("record", "access")
    command = ("record", "review-access", "--finding", "Fine.", "--as", "eve", "--head", head[:12])
    done = json.loads(well(*command, "--json"))
    assert (done["review"]["by"], done["review"]["entries"], done["review"]["since"]) == ("eve", 1, 0)
    assert done["sentence"].startswith("Access is reviewed up to entry 1 of @roster")
    (made / "fewer.yaml").write_text("\n".join(line for line in ROSTER.splitlines() if "  ben:" not in line))
    well("roster", "import", "fewer.yaml", "--yes")
    late = run(*command)
    assert late.exit_code == 1
    assert "Rights changed after this list was shown." in late.stderr
