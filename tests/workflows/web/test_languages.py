"""The pages that mails lead to, in the language of whoever the link is for."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from world import ROSTER, SECRET, World

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def speaking(world: World, person: str, locale: str) -> None:
    """The roster with one person's locale set."""
    world.import_roster(ROSTER.replace(f"  {person}: {{", f"  {person}: {{locale: {locale}, "))


@pytest.mark.parametrize(
    ("locale", "lang", "words"),
    [
        ("de-AT", "de", ("Sie sind <strong>Ana Ruiz</strong>", "Ihre Entscheidung", "€ 12.500", "Genehmigen")),
        ("fr", "fr", ("Vous êtes <strong>Ana Ruiz</strong>", "Votre décision", "12\u202f500\xa0€", "Approuver")),
        ("es", "es", ("Usted es <strong>Ana Ruiz</strong>", "Su decisión", "12.500\xa0€", "Aprobar")),
        ("it-IT", "en", ("You are <strong>Ana Ruiz</strong>", "Your decision", "€12,500", "Approve")),
    ],
)
def test_a_sign_page_speaks_the_language_of_its_reader(
    client: TestClient, small_world: World, locale: str, lang: str, words: tuple[str, ...]
) -> None:
    """Whatever the browser asks for: the link says whose page it is. What authors wrote stays."""
    speaking(small_world, "ana", locale)
    key = small_world.change_in_round()
    page = client.get(f"/s/{small_world.token('ana', key)}", headers={"accept-language": "es"}).text
    assert f'<html lang="{lang}">' in page
    for one in (*words, "Approved for release", "The old seal swells.", "Quality lead"):
        assert one in page.replace("€\xa012.500", "€ 12.500"), one


def test_refusals_receipts_and_dead_links_speak_it_too(client: TestClient, small_world: World) -> None:
    """A fault of the form, the receipt, taking back, a link that is used up; the mail of the receipt."""
    speaking(small_world, "ana", "de")
    key = small_world.change_in_round()
    link = f"/s/{small_world.token('ana', key)}"
    form = {**dict(HIDDEN.findall(client.get(link).text)), "position": "reject", "comment": "", "meaning": ""}
    refused = client.post(link, data={**form, "secret": "wrong"})
    assert refused.status_code == 422
    assert "Noch wurde nichts unterschrieben." in refused.text
    assert "Sagen Sie, warum: „Ablehnen“ braucht eine Begründung." in refused.text
    assert "Bestätigen Sie, was Ihre Unterschrift bedeutet." in refused.text
    wrong = client.post(link, data={**form, "position": "approve", "meaning": "yes", "secret": "wrong"})
    assert "Das Passwort war nicht richtig. Noch 4 Versuche." in wrong.text
    form = dict(HIDDEN.findall(client.get(link).text))
    signed = client.post(link, data={**form, "position": "approve", "meaning": "yes", "secret": SECRET})
    assert signed.status_code == 303
    receipt = client.get(f"{link}/receipt").text
    assert "<strong>Aufgezeichnet.</strong>" in receipt
    assert "persönliches Passwort" in receipt
    assert "Mo., 17. Aug. 2026, 11:00 MESZ" in receipt
    for person in ("mei", "ben"):
        small_world.sign(person, key)
    small_world.carry()
    used = client.get(link)
    assert used.status_code == 410
    assert "Sie haben hier schon unterschrieben" in used.text
    assert f"Genehmigt: {key} geht nach „Implementation“." in used.text, "the sentence on file is said anew"
    assert small_world.mails("ana@example.com", "[Quittung] Genehmigen")


def test_sentences_owed_to_somebody_are_said_in_their_language(client: TestClient, small_world: World) -> None:
    """They wait in the outbox with how they were made: the verdict, the reason; the foot leads to preferences in German."""
    speaking(small_world, "dan", "de")
    key = small_world.change_in_round("dan")
    for person in ("mei", "ana", "ben"):
        small_world.sign(person, key)
    small_world.carry()
    (mail,) = small_world.mails("dan@example.com", "[Entschieden]")
    part = mail.get_body(preferencelist=("plain",))
    assert part is not None
    text = str(part.get_content())
    assert f"Genehmigt: {key} geht nach „Implementation“." in text
    assert "Warum diese E-Mail: Sie haben den Vorgang verfasst oder verantworten ihn." in text
    assert mail["Content-Language"] == "de"
    (wishes,) = re.findall(r"http://[^/]+(/preferences/\S+)", text)
    page = client.get(wishes).text
    assert '<html lang="de">' in page
    assert "Wann E-Mails Sie erreichen" in page


def test_a_stranger_is_answered_in_the_browsers_language(client: TestClient) -> None:
    """Nobody is known by a link that is not: the browser says; pages in English alone say so."""
    page = client.get("/s/nothing", headers={"accept-language": "it, fr-CH;q=0.9, en;q=0.5"}).text
    assert '<html lang="fr">' in page
    assert "Ce lien n’est pas connu" in page
    assert '<html lang="en">' in client.get("/sign-in", headers={"accept-language": "fr"}).text


@pytest.mark.slow
@pytest.mark.browser
def test_german_fits_a_phone(site: str, small_world: World, browser: Browser) -> None:
    """390 and 320 px without scrolling sideways, nothing for axe to find."""
    speaking(small_world, "ana", "de")
    key = small_world.change_in_round()
    for width in (390, 320):
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.goto(f"{site}/s/{small_world.token('ana', key)}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert Axe().run(page).violations_count == 0
        page.close()
