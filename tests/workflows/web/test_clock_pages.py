"""Time under control by the pages: more time asked for and answered, an escalation raised, both sides linked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import axe_playwright_python
from permits import PEOPLE, PERMIT, permit
from playwright.sync_api import Browser
from site_forms import forgery, sign_in
from starlette.testclient import TestClient
from world import SECRET, World

from gates.items import Actor
from policies.library import library_text

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def stocked(world: World) -> str:
    """A permit in its round, in the world the site shows."""
    world.register.publish_process(PERMIT, "permit.yaml", Actor(None, "import"))
    world.import_roster(PEOPLE)
    for person in ("ada", "ben", "sol", "pia", "sam"):
        world.set_secret(person)
    return permit(world)


def test_more_time_is_asked_for_and_granted_on_its_page(client: TestClient, small_world: World) -> None:
    """Ada asks without a reason, then with one; Pia grants it; every page shows both dates, and so does the list."""
    world, key = small_world, stocked(small_world)
    path = f"/items/{key}/due"
    sign_in(client, "ada")
    assert f'href="{path}">More time' in client.get(f"/items/{key}").text
    shown = client.get(path).text
    form = {"forgery": forgery(shown), "act": "ask", "until": "2026-08-28", "reason": ""}
    bare = client.post(path, data=form)
    assert (bare.status_code, "Say why more time is needed" in bare.text) == (422, True)
    assert 'value="2026-08-28"' in bare.text
    assert client.post(path, data={**form, "until": "soon"}).status_code == 422
    assert client.post(path, data={**form, "reason": "The part is late."}).headers["location"] == f"/items/{key}"
    assert "Waits for an answer" in client.get(path).text
    own = client.post(path, data={"forgery": form["forgery"], "act": "grant"})
    assert (own.status_code, "More time is granted by" in own.text) == (422, True)
    sign_in(client, "pia")
    shown = client.get(path).text
    assert "The part is late." in shown
    assert client.post(path, data={"forgery": forgery(shown), "act": "grant"}).status_code == 303
    for page in (f"/items/{key}", "/items", path, f"/s/{world.token('ben', key)}"):
        text = client.get(page).text
        assert "28 Aug" in text, page
        assert "24 Aug" in text, page
    assert "extended once by Pia Moor: The part is late." in client.get("/items").text


def test_what_is_over_by_now_is_not_granted_on_its_page_and_can_be_asked_for_anew(
    client: TestClient, small_world: World
) -> None:
    """No button for what would be refused; whoever presses one of before is told; refusing it, and asking, are open."""
    world, key = small_world, stocked(small_world)
    path = f"/items/{key}/due"
    world.register.ask_for_time(key, world.by("ada"), date(2026, 8, 28), "The part is late.")
    sign_in(client, "pia")
    shown = client.get(path).text
    assert 'id="grant"' in shown
    world.clock.at = datetime(2026, 8, 29, 9, 0, tzinfo=UTC)
    sign_in(client, "pia")
    late = client.get(path).text
    assert ('id="grant"' in late, 'id="refuse"' in late) == (False, True)
    assert "not to be granted any more. Time until 2026-08-28 is over by now. Ask for a later day." in late
    pressed = client.post(path, data={"forgery": forgery(late), "act": "grant"})
    assert (pressed.status_code, "is over by now. Ask for a later day." in pressed.text) == (422, True)
    sign_in(client, "ada")
    form = {"forgery": forgery(client.get(path).text), "act": "ask", "until": "2026-09-01", "reason": "Later still."}
    assert client.post(path, data=form).status_code == 303


def test_an_escalation_is_raised_from_the_page_and_both_sides_show_each_other(
    client: TestClient, small_world: World
) -> None:
    """What was typed survives a fault; the clocks stand still; one is enough."""
    world, key = small_world, stocked(small_world)
    path = f"/items/{key}/escalate"
    sign_in(client, "ada")
    assert f'href="{path}"' in client.get(f"/items/{key}").text
    assert f'href="{path}"' in client.get(f"/s/{world.token('ben', key)}").text
    shown = client.get(path).text
    form = {"forgery": forgery(shown), "title": "Two plants disagree", "field.colour": "purple"}
    wrong = client.post(path, data=form)
    assert (wrong.status_code, "Two plants disagree" in wrong.text) == (422, True)
    made = client.post(path, data={**form, "field.colour": "red", "field.impact": "Line 4 stands."})
    assert made.headers["location"] == "/items/ESC-0001"
    escalation = client.get("/items/ESC-0001").text
    assert f'href="/items/{key}"' in escalation
    assert "Open line 4" in escalation
    assert "Sign off" in escalation
    parent = client.get(f"/items/{key}").text
    assert "Its clocks stand still since" in parent
    assert "ESC-0001" in client.get("/items").text
    assert "The clocks stand still until it has ended." in client.get(f"/s/{world.token('ben', key)}").text
    sign_in(client, "ben")
    assert "Its clocks stand still until ESC-0001 has ended." in client.get("/inbox").text
    sign_in(client, "ada")
    again = client.post(path, data={**form, "field.colour": "red"})
    assert (again.status_code, "is open about" in again.text) == (422, True)


def test_whoever_is_asked_by_mail_can_escalate_where_the_process_names_nothing(
    client: TestClient, small_world: World
) -> None:
    """As shipped: there is one process of escalations, and it is that; an escalation of an escalation is none."""
    key = small_world.change_in_round()
    sign_in(client, "ana")
    path = f"/items/{key}/escalate"
    assert f'href="{path}"' in client.get(f"/s/{small_world.token('ana', key)}").text
    assert f'href="{path}"' in client.get(f"/items/{key}").text
    form = {"forgery": forgery(client.get(path).text), "title": "Nobody has the data sheet", "field.colour": "red"}
    assert client.post(path, data=form).headers["location"] == "/items/ESC-0001"
    assert small_world.register.item("ESC-0001").about == (key, "New seal for pump P-17")
    assert small_world.register.clocks(key).paused_since is None
    again = client.get("/items/ESC-0001/escalate")
    assert (again.status_code, "names none for it" in again.text) == (409, True)


def test_what_stands_still_is_overdue_nowhere_and_a_closed_escalation_warns_of_nothing(
    client: TestClient, small_world: World
) -> None:
    """Weeks after its day: its time has not run out. Once its escalation has ended, that is no warning any more."""
    world = small_world
    stocked(world)
    world.register.publish_process(
        PERMIT.replace(", act: {approved: cancel}", ""), "permit.yaml", Actor(None, "import")
    )
    key = permit(world)
    escalation = world.register.raise_escalation(key, None, world.by("ada"), title="Two plants disagree")
    world.pass_time(days=20)
    sign_in(client, "ben")
    for page in (f"/items/{key}", f"/items/{key}/due", f"/s/{world.token('ben', key)}"):
        assert "verdue" not in client.get(page).text, page
    assert "It is due later by as much." in client.get(f"/items/{key}").text
    row = next(one for one in client.get("/items").text.split("<tr") if f">{key}</a>" in one)
    assert "verdue" not in row
    assert f'<p class="note warn">Escalation <a href="/items/{escalation}">' in client.get(f"/items/{key}").text
    world.register.act(escalation, "withdraw", world.by("ada"), "They agree again.")
    world.carry()
    assert f'<p class="quiet">Escalation <a href="/items/{escalation}">' in client.get(f"/items/{key}").text
    world.pass_time(days=20)
    sign_in(client, "ben")
    assert "verdue since" in client.get(f"/items/{key}").text


def test_what_cannot_be_escalated_says_so(client: TestClient, small_world: World) -> None:
    key = small_world.change()
    small_world.register.publish_process(
        library_text("escalation").replace("process: escalation", "process: escalation-of-it").replace("ESC-", "EIT-"),
        "other.yaml",
        Actor(None, "import"),
    )
    sign_in(client, "cid")
    answer = client.get(f"/items/{key}/escalate")
    assert (answer.status_code, "names none for it" in answer.text) == (409, True)
    assert client.post(f"/items/{key}/due", data={"forgery": "x"}).status_code == 403


def test_the_pages_of_time_are_accessible_and_fit_a_narrow_phone(
    site: str, browser: Browser, small_world: World
) -> None:
    """No axe violation, no sideways scrolling at 320 px, in light and dark."""
    key = stocked(small_world)
    register = small_world.register
    register.ask_for_time(key, small_world.by("ada"), date(2026, 8, 26), "The part is late.")
    register.grant_time(key, small_world.by("pia"))
    register.ask_for_time(key, small_world.by("ada"), date(2026, 8, 28), "Still late.")
    register.raise_escalation(key, None, small_world.by("ada"), title="Two plants disagree", fields={"colour": "red"})
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{site}/sign-in")
        page.fill("input[name=address]", "pia@example.com")
        page.fill("input[name=secret]", SECRET)
        page.click("main button[type=submit]")
        for path in (f"/items/{key}/due", f"/items/{key}/escalate", f"/items/{key}", "/items/ESC-0001", "/items"):
            page.goto(f"{site}{path}")
            page.evaluate(AXE)
            found = page.evaluate(
                "async () => (await axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}))"
                ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))"
            )
            assert found == [], (path, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (path, scheme)
        context.close()
