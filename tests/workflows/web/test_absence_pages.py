"""The page of absences: one's own for everybody, everybody's and the gaps for the office."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from one_policy import publish
from playwright.sync_api import Browser
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import SECRET, World

from gates.roster import PersonLine

WEEK = {"since": "2026-08-21T18:00", "until": "2026-08-31T08:00", "stand_in": "ben"}


def send(client: TestClient, path: str, **boxes: str) -> tuple[int, str]:
    token = forgery(client.get("/absences").text)
    answer = client.post(path, data={"forgery": token, **boxes})
    return answer.status_code, answer.text


def test_somebody_says_that_they_are_away(client: TestClient, small_world: World) -> None:
    """On their own clock; where the stand-in may not sit is said at once; ended, the ask is theirs again."""
    key = small_world.change_in_round("ben")
    sign_in(client, "mei")
    status, text = send(client, "/absences/set", **WEEK)
    assert status == 200
    assert f"Ben Roth may not sit for Mei Chen in {key}: Ben Roth wrote it." in text
    (view,) = small_world.register.absences()
    assert (f"{view.since:%m-%d %H:%M}", view.source) == ("08-21 16:00", "person")
    assert view.id is not None
    assert send(client, "/absences/end", absence=view.id)[0] == 303
    assert small_world.register.absences() == []
    assert send(client, "/absences/end", absence=view.id)[0] == 404


def test_faults_keep_what_was_typed(client: TestClient, small_world: World) -> None:
    """Each at its box, and nothing is set."""
    sign_in(client, "mei")
    status, text = send(client, "/absences/set", **{**WEEK, "since": "Friday", "role": "board"})
    assert status == 422
    assert "&#39;Friday&#39; is no day and time." in text
    assert 'value="board"' in text
    status, text = send(client, "/absences/set", **{**WEEK, "role": "board"})
    assert "There is no role" in text
    assert small_world.register.absences() == []


def test_others_are_kept_by_the_office(client: TestClient, small_world: World) -> None:
    """Mei may not send Ana away; the office may, and sees for whom nobody sits."""
    publish(small_world, "approve: {from: quality-lead, at: item.site, at_least: 1}")
    sign_in(client, "mei")
    assert send(client, "/absences/set", **{**WEEK, "person": "ana"})[0] == 403
    assert "Nobody sits for them" not in client.get("/absences").text
    client.cookies.clear()
    sign_in(client, "cid")
    assert send(client, "/absences/set", **{**WEEK, "person": "mei", "stand_in": ""})[0] == 200
    shown = client.get("/absences").text
    assert "Mei Chen: nobody sits for them" in shown
    assert "example/rule" in shown
    assert small_world.register.absences("mei")[0].source == "office"


def test_a_form_of_another_site_is_refused(client: TestClient, small_world: World) -> None:
    """As every form."""
    sign_in(client, "mei")
    assert client.post("/absences/set", data={**WEEK, "forgery": "0" * 64}).status_code == 403
    assert small_world.register.absences() == []


def test_who_has_no_account_cannot_sign_in(client: TestClient, small_world: World) -> None:
    """A vendor's engineer signs by mail link; the sign-in page says so and starts nothing."""
    line = PersonLine(name="Ida Krauss", email="ida@example.com", kind="vendor", company="Kraus GmbH")
    small_world.register.put_person("ida", line, "ida@example.com", small_world.by("cid"))
    small_world.set_secret("ida")
    token = forgery(client.get("/sign-in").text)
    form = {"forgery": token, "address": "ida@example.com", "secret": SECRET, "back": "/items"}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 409
    assert "signs by mail link and has no account to sign in to" in answer.text
    assert "tollgate_session" not in answer.cookies


@pytest.mark.slow
def test_the_page_fits_a_phone_and_reads_aloud(site: str, small_world: World, browser: Browser, tmp_path: Path) -> None:
    """At 320 px, light and dark, without a fault of accessibility."""
    from axe_playwright_python.sync_playwright import Axe

    publish(small_world, "approve: {from: quality-lead, at: item.site, at_least: 1}")
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)
        page.goto(f"{site}/sign-in?back=/absences")
        page.fill("[name=address]", "cid@example.com")
        page.fill("[name=secret]", SECRET)
        page.click("main button[type=submit]")
        page.fill("#since", "2026-08-21T18:00")
        page.fill("#until", "2026-08-31T08:00")
        page.select_option("#person", "mei")
        page.click("text=Set the absence")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert re.search("Mei Chen", page.inner_text("main"))
        page.close()
