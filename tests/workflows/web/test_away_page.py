"""The pages of somebody away and of who signs in their place: neither invites to what is refused, nor hides a word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from one_policy import publish
from starlette.testclient import TestClient
from world import ROSTER, World

from gates.service.absences import Absence

LEAD = (
    "approve: {all: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}\n"
    "reject: {from: [quality-lead, finance], position: reject, at_least: 2}"
)
FORM = 'class="sign"'


@pytest.fixture
def away(small_world: World) -> tuple[str, str]:
    """The item that Mei rejects, and her link; she is away from then on, and Ben sits for her."""
    world = small_world
    world.import_roster(ROSTER.replace("  mei: {", "  mei: {locale: fr, "))
    key = publish(world, LEAD, when="approved: done, rejected: refused")
    token = world.token("mei", key)
    world.sign("mei", key, "reject", comment="The seal leaks.", token=token)
    now = world.clock.now()
    world.register.set_absence(Absence("mei", now, now + timedelta(days=9), "ben"), world.by("mei"))
    world.pass_time(minutes=5)
    return key, token


def test_who_was_signed_for_is_told_so_and_not_invited(
    small_world: World, client: TestClient, away: tuple[str, str]
) -> None:
    """Who signed for her, when and what, without a form; her old receipt says that her word no longer counts."""
    key, token = away
    assert FORM in client.get(f"/s/{token}").text, "the first signature counts, and nobody has signed for her yet"
    small_world.sign("ben", key)
    page = client.get(f"/s/{token}").text
    assert "Ben Roth a signé à votre place\N{NO-BREAK SPACE}: Approuver</strong>, le lun. 17 août 2026, 11:05" in page
    assert FORM not in page
    assert "la première signature compte" not in page
    assert "de nouveau" not in page
    receipt = client.get(f"/s/{token}/receipt").text
    assert "Elle ne compte plus" in receipt
    assert "Ben Roth a signé à votre place\N{NO-BREAK SPACE}: Approuver." in receipt
    assert 'class="note good"' not in receipt
    assert FORM not in receipt, "there is nothing to take back"
    assert small_world.register.inbox("mei") == []


def test_a_stand_in_sees_what_the_absent_person_had_said(
    small_world: World, client: TestClient, away: tuple[str, str]
) -> None:
    """Above the buttons and in the mail: the position, when, and the reason."""
    key, _ = away
    page = client.get(f"/s/{small_world.token('ben', key)}").text
    said = page.index(
        "You sign for Mei Chen, who said: Reject</strong> on Mon 17 Aug 2026, 09:00 UTC. “The seal leaks.”"
    )
    assert said < page.index('name="position"')
    (mail,) = small_world.mails("ben@example.com")
    for kind in ("plain", "html"):
        text = " ".join(mail.get_body((kind,)).get_content().split())  # type: ignore[union-attr]
        assert "Mei Chen, for whom you sign, said Reject on Mon 17 Aug 2026, 09:00 UTC. “The seal leaks.”" in text


def test_a_receipt_names_the_absent_person_once(small_world: World, client: TestClient, away: tuple[str, str]) -> None:
    """The capacity says for whom it was."""
    key, _ = away
    token = small_world.token("ben", key)
    small_world.sign("ben", key, token=token)
    small_world.carry()
    assert client.get(f"/s/{token}/receipt").text.count("Mei Chen") == 1
    (mail,) = small_world.mails("ben@example.com", "[Receipt]")
    assert mail.get_body(("plain",)).get_content().count("Mei Chen") == 1  # type: ignore[union-attr]


def test_a_receipt_says_so_after_the_round_too(small_world: World, client: TestClient, away: tuple[str, str]) -> None:
    """Her word did not count when it was decided; the receipt never turns green again."""
    key, token = away
    small_world.sign("ben", key)
    small_world.sign("eve", key)
    assert small_world.state(key) == "done"
    receipt = client.get(f"/s/{token}/receipt").text
    assert "Elle ne compte plus" in receipt
    assert 'class="note good"' not in receipt
    used = client.get(f"/s/{token}").text
    assert "Approuvé" in used
    assert "goes to" not in used
