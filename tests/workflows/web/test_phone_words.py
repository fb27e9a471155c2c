"""What an approver reads on a phone: who said what, what one's own word does, and nothing in another language."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from one_policy import publish
from starlette.testclient import TestClient
from world import ROSTER, SECRET, World

from notifications import words
from notifications.languages import language_of
from notifications.speech import say
from policies.phrases import titled

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
ALL = (
    "approve: {from: [quality-lead, finance, engineering], at_least: 3}\n"
    "reject: {from: [quality-lead, finance, engineering], position: reject, at_least: 3}"
)
WHEN = "approved: done, rejected: refused"


def speaking(world: World, person: str, locale: str) -> None:
    """The roster with one person's locale set."""
    world.import_roster(ROSTER.replace(f"  {person}: {{", f"  {person}: {{locale: {locale}, "))


def test_a_rejection_is_not_counted_as_a_signature_for_it(small_world: World, client: TestClient) -> None:
    """The sign page, the inbox and the mail say what was said, by position."""
    world = small_world
    speaking(world, "eve", "fr")
    key = publish(world, ALL, when=WHEN)
    world.sign("ana", key)
    world.sign("mei", key, "reject", comment="No seal data.")
    world.sign("ben", key, "abstain")
    view = world.register.sign_view(world.token("eve", key))
    asked = view.round.asked
    assert view.round.tally == f"1 × Approve, 1 × Reject, 1 × Abstain, of {asked} asked"
    assert view.item.tally == view.round.tally
    assert world.register.item(key).line.tally == view.round.tally, "and so do lists"
    page = client.get(f"/s/{world.token('eve', key)}").text
    assert f"<b>1 × Approuver, 1 × Rejeter, 1 × Abstention, sur {asked} à signer</b>" in page
    world.pass_time(days=1)


def test_a_receipt_says_what_the_word_does(small_world: World, client: TestClient) -> None:
    """Whoever spoke is not asked again for what they have just refused or left open."""
    world = small_world
    key = publish(world, ALL.replace("[quality-lead, finance, engineering], at_least", "finance, at_least"), when=WHEN)
    eve = world.token("eve", key)
    said = world.sign("eve", key, "reject", comment="Too dear.", token=eve)
    assert said.does == "“Reject” counts towards “Rejected”; nothing is decided yet."
    assert "Needs" not in said.sentence or "Eve Moro" not in said.sentence
    page = client.get(f"/s/{eve}/receipt").text
    assert said.does in page
    assert "Eve Moro)" not in page


def test_abstaining_asks_nobody_again(small_world: World) -> None:
    """An abstention speaks for no outcome, and the receipt does not name who abstained as still needed."""
    world = small_world
    policy = (
        "approve: {all: [{from: quality-lead, at: item.site, at_least: 1}, {from: finance, at_least: 1}]}\n"
        "reject: {from: [quality-lead, finance], position: reject, at_least: 2}"
    )
    key = publish(world, policy, when=WHEN)
    said = world.sign("mei", key, "abstain")
    assert said.does == "“Abstain” speaks for no outcome."
    assert "Mei Chen" not in said.sentence
    assert "Finance (Eve Moro)" in said.sentence
    assert "Quality lead, Lyon: open unless you change your word." in said.sentence


@pytest.mark.parametrize(
    ("local", "said"),
    [
        ((17, 0), "Fri 4 Dec"),
        ((17, 18), "Fri 4 Dec 17:18"),
        ((23, 56), "Fri 4 Dec 23:56"),
        ((15, 59), "Fri 4 Dec 15:59"),
    ],
)
def test_a_due_time_is_said_unless_it_is_the_end_of_the_day(local: tuple[int, int], said: str) -> None:
    """17:18 and 23:56 are no hours to guess."""
    at = datetime(2026, 12, 4, *local, tzinfo=UTC)
    assert words.day(at, "UTC", at) == said


def test_why_a_round_closed_is_said_in_the_readers_language(small_world: World, client: TestClient) -> None:
    """It is on file in English; outcome and sentence are said anew, on a link that is used and on one that is not."""
    world = small_world
    speaking(world, "ana", "es")
    key = world.change_in_round()
    token = world.token("ana", key)
    world.sign("mei", key, "reject", comment="No seal data.")
    page = client.get(f"/s/{token}").text
    assert f"Rechazado: {key} pasa a" in page
    assert "goes to" not in page


def test_the_answer_to_a_fresh_link_speaks_its_holders_language(small_world: World, client: TestClient) -> None:
    """As the page it was asked on did, whatever the browser asks for."""
    world = small_world
    speaking(world, "ana", "fr")
    key = world.change_in_round()
    link = f"/s/{world.token('ana', key)}"
    world.pass_time(days=60)
    form = dict(HIDDEN.findall(client.get(link).text))
    sent = client.post(f"{link}/fresh", data=form, headers={"accept-language": "en"}).text
    assert '<html lang="fr">' in sent
    assert "runner:" not in sent


def test_a_fault_keeps_the_tick_and_says_what_to_give_again(small_world: World, client: TestClient) -> None:
    """One fault costs one round: the tick stays, the password does not, and the page says so."""
    world = small_world
    key = world.change_in_round()
    link = f"/s/{world.token('ana', key)}"
    form = {**dict(HIDDEN.findall(client.get(link).text)), "comment": "", "meaning": "yes", "secret": SECRET}
    refused = client.post(link, data={**form, "position": "reject"}).text
    assert 'name="meaning" value="yes" checked' in refused
    assert "but for your password or code: give it again" in refused
    assert SECRET not in refused
    nothing = client.post(link, data={k: v for k, v in form.items() if k != "position"}).text
    assert "Choose one of: Approve, Reject, Abstain, Recuse myself." in nothing
    assert "needed with: Reject, Recuse myself" in nothing


def test_money_without_a_symbol_stands_apart_from_its_number() -> None:
    """Mexico has no sign of its own for the euro."""
    assert words.money("€52,000", "52000.00", "EUR", language_of("es-MX")) == "EUR\N{NO-BREAK SPACE}52,000"
    assert words.money("€52,000", "52000.00", "EUR", language_of("fr")) == "52\u202f000\N{NO-BREAK SPACE}€"


def test_a_written_out_word_is_the_word_it_would_be_anyway() -> None:
    """Buttons and rules say the same, and in French Recycle sends back and does not resume."""
    french = language_of("fr")
    assert say(titled("Recycle", "recycle"), french) == say(titled(None, "recycle"), french) == "À retravailler"
    assert titled("Rework it", "recycle") == "Rework it"
