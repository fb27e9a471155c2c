"""The page of preferences: one's own, the office's for others, and the link out of a mail, which needs no account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import SECRET, World

from gates.preferences import NONE, Preferences
from gates.roster import PersonLine

DAILY = {"notices": "daily", "hour": "6", "quiet_from": "19:00", "quiet_until": "07:00", "days_off": "yes"}
WISH = Preferences("daily", 6, "19:00", "07:00", True)


def send(client: TestClient, path: str, **boxes: str) -> tuple[int, str]:
    answer = client.post(path, data={"forgery": forgery(client.get(path).text), **boxes})
    return answer.status_code, answer.text


def link_of(world: World, address: str) -> str:
    """The link at the foot of the newest mail to somebody."""
    part = world.mails(address)[-1].get_body(("plain",))
    assert part is not None
    found = re.search(r"http://127.0.0.1:8123(/preferences/[a-z2-7-]+)", part.get_content())
    assert found is not None
    return found[1]


def wish_of(world: World, person: str) -> Preferences:
    return world.register.preferences(person).wish


def test_somebody_says_how_mails_reach_them(client: TestClient, small_world: World) -> None:
    """Kept with every word, on the record as theirs, and shown again."""
    sign_in(client, "ana")
    assert "Everything comes at once." in client.get("/preferences").text
    assert send(client, "/preferences", **DAILY)[0] == 303
    assert wish_of(small_world, "ana") == WISH
    shown = client.get("/preferences?done").text
    assert "The next daily mail goes Tue 18 Aug 2026, 06:00 CEST" in shown
    assert re.search(r'value="daily" checked', shown)
    assert 'value="19:00"' in shown


def test_a_link_out_of_a_mail_needs_no_account(client: TestClient, small_world: World) -> None:
    """A vendor's engineer changes their own by the link; opening it, however often, changes nothing."""
    world = small_world
    line = PersonLine(
        name="Ida Krauss", email="ida@example.com", kind="vendor", company="Kraus", roles=("engineering",)
    )
    world.register.put_person("ida", line, "ida@example.com", world.by("cid"))
    world.change_in_round()
    path = link_of(world, "ida@")
    for _ in range(20):
        assert client.get(path).status_code == client.head(path).status_code == 200
    assert not world.register.preferences("ida").is_set
    assert send(client, path, **DAILY)[0] == 303
    assert wish_of(world, "ida") == WISH
    assert wish_of(world, "ana") == NONE
    assert client.get("/inbox").headers["location"].startswith("/sign-in"), "the link opens nothing else"


def test_a_link_ends(client: TestClient, small_world: World) -> None:
    """After ninety days, when a letter of it is changed, and when its holder leaves the roster."""
    world = small_world
    world.change_in_round()
    path = link_of(world, "ana@")
    assert client.get(f"{path[:-1]}{'a' if path[-1] != 'a' else 'b'}").status_code == 404
    world.register.deactivate("ana", world.by("cid"))
    assert client.get(path).status_code == 404
    other = link_of(world, "ben@")
    assert client.get(other).status_code == 200
    world.clock.move_on(days=91)
    answer = client.get(other)
    assert (answer.status_code, "is too old" in answer.text) == (404, True)


def test_every_mail_leads_there(small_world: World) -> None:
    """Whatever it is about."""
    key = small_world.change_in_round()
    for person in ("mei", "ana", "ben"):
        small_world.sign(person, key)
    small_world.carry()
    for mail in small_world.post.sent:
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            assert part is not None
            assert "/preferences/" in part.get_content(), mail["Subject"]


def test_faults_keep_what_was_typed(client: TestClient, small_world: World) -> None:
    """Each at its box, and nothing is changed."""
    sign_in(client, "ana")
    status, text = send(client, "/preferences", **{**DAILY, "quiet_until": "", "hour": "six"})
    assert status == 422
    assert "&#39;six&#39; is no hour of a day" in text
    status, text = send(client, "/preferences", **{**DAILY, "quiet_until": ""})
    assert (status, "Say both when it begins and when it ends." in text, 'value="19:00"' in text) == (422, True, True)
    assert wish_of(small_world, "ana") == NONE


def test_others_are_for_the_office_with_a_reason(client: TestClient, small_world: World) -> None:
    """Mei may not look at Ana's; the office may set them, and has to say why; a form of another site is refused."""
    sign_in(client, "mei")
    assert client.get("/preferences?person=ana").status_code == 403
    assert client.post("/preferences", data={**DAILY, "forgery": "0" * 64}).status_code == 403
    client.cookies.clear()
    sign_in(client, "cid")
    status, text = send(client, "/preferences?person=ana", **DAILY)
    assert (status, "Say why you set this for Ana Ruiz." in text) == (422, True)
    assert send(client, "/preferences?person=ana", why="she is on the night shift", **DAILY)[0] == 303
    assert wish_of(small_world, "ana") == WISH


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_fits_a_phone_and_reads_aloud(site: str, small_world: World, browser: Browser, tmp_path: Path) -> None:
    """At 320 px, light and dark, by the link and signed in, without a fault of accessibility."""
    from axe_playwright_python.sync_playwright import Axe

    small_world.change_in_round()
    by_link = site + link_of(small_world, "ana@")
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)
        page.goto(by_link)
        page.get_by_label("Once a day").check()
        page.get_by_label("From").fill("19:00")
        page.click("text=Keep it so")
        assert "Say both when it begins" in page.inner_text("main")
        assert Axe().run(page).violations_count == 0
        page.goto(f"{site}/sign-in?back=/preferences")
        page.fill("[name=address]", "cid@example.com")
        page.fill("[name=secret]", SECRET)
        page.click("main button[type=submit]")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.close()


def test_whoever_holds_a_link_ends_them_all(client: TestClient, small_world: World) -> None:
    """From the page it leads to, without an account; then it leads nowhere."""
    small_world.change_in_round()
    path = link_of(small_world, "ana@")
    code, said = send(client, path, act="end-links")
    assert (code, "The links have ended" in said) == (200, True)
    assert client.get(path).status_code == 404
    sign_in(client, "ana")
    assert send(client, "/preferences", act="end-links")[0] == 303
    assert "The links have ended" in client.get("/preferences?ended").text
