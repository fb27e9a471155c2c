"""What the terminal answers: where something is missing, who is asked again, and which option is at fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import NEW, run, well


def test_an_item_without_a_site_says_so_at_once_and_is_given_one(stocked: Path) -> None:
    """`item new` names what submitting will ask for; `item submit` refuses it; `item edit --site` mends it."""
    bare = [word for word in NEW if word not in ("--site", "Lyon")]
    made = run(*bare)
    assert (made.stdout, "Site is empty, and Quality lead" in made.stderr) == ("ECR-0001\n", True)
    refused = run("item", "submit", "ECR-0001", "--as", "dan")
    assert (refused.exit_code, "(there is: Linz, Lyon)" in refused.stderr) == (1, True)
    assert "revision 2" in well("item", "edit", "ECR-0001", "--site", "Lyon", "--as", "dan")
    assert "now in Screening" in well("item", "submit", "ECR-0001", "--as", "dan")


def test_a_person_whose_signature_fell_is_listed_as_asked_again(stocked: Path) -> None:
    """`item show` says since when."""
    from workflows.settings import load_settings
    from workflows.steps import carry_step
    from workflows.wiring import wire

    well(*NEW)
    well("item", "submit", "ECR-0001", "--as", "dan")
    well("item", "act", "ECR-0001", "accept-fast", "--as", "cid")
    services = wire(load_settings())
    carry_step(services, "ECR-0001")
    link = f"http://x/s/{services.register.inbox('ana')[0].token}"
    services.close()
    well("sign", link, "--position", "approve", "--secret-file", "-", stdin="correct horse\n")
    well("item", "edit", "ECR-0001", "-f", "cost=200", "--as", "dan")
    assert re.search(
        r"Ana Ruiz.*set aside.*; asked again since \d{4}-\d\d-\d\d \d\d:\d\d UTC", well("item", "show", "ECR-0001")
    )


@pytest.mark.parametrize("typed", ["19-7", "19:00", "19:00-", "late-early", "19:00-7"])
def test_quiet_hours_that_are_none_are_refused_by_their_option(stocked: Path, typed: str) -> None:
    """Not by the name of a field that nobody typed."""
    said = run("roster", "preferences", "ana", "--quiet", typed, "--why", "asked")
    assert said.exit_code == 2
    assert said.stderr.startswith(f"--quiet '{typed}' is no stretch of the day such as 19:00-07:00")


def test_an_answer_that_names_a_page_gives_its_whole_address(stocked: Path) -> None:
    """A terminal knows no page by its path alone."""
    well(*NEW)
    said = run("item", "extend", "ECR-0001", "--until", "2030-01-01", "--reason", "late", "--as", "ana")
    assert said.exit_code == 1
    assert "See http://127.0.0.1:8123/items/ECR-0001." in said.stderr


@pytest.mark.parametrize("message", ["nope", "aks"])
def test_a_mail_that_is_none_lists_those_there_are(home: Path, message: str) -> None:
    """All of them: nobody knows their names by heart."""
    from notifications.messages import MESSAGES

    assert f"There is: {', '.join(MESSAGES)}." in run("mail", "show", message).stderr


def test_the_operator_ends_the_links_in_somebody_s_mails(stocked: Path) -> None:
    """With a reason, for the record."""
    refused = run("roster", "preferences", "ana", "--end-links")
    assert (refused.exit_code, "Say why you end the links of Ana Ruiz" in refused.stderr) == (1, True)
    said = well("roster", "preferences", "ana", "--end-links", "--why", "her mailbox was lost")
    assert said.startswith("The links to the preferences of Ana Ruiz have ended, on the record.")


def test_doctor_says_where_the_api_is_and_who_comes_by_it(stocked: Path) -> None:
    """Its address, and how many tokens open it."""
    assert "api: http://127.0.0.1:8123/api/v1; no token opens it yet" in run("doctor").stdout
    well("person", "token", "ana", "--name", "board in hall 3", "--scope", "items:read")
    assert "api: http://127.0.0.1:8123/api/v1; 1 token, never used" in run("doctor").stdout
    assert "last used (UTC)" in well("person", "tokens")
