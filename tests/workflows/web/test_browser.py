"""A real browser: scanners decide nothing, people sign without scripts, and the pages are accessible."""

from __future__ import annotations

import pytest
from axe import look, signed_in
from line_changes import line_change, set_up
from playwright.sync_api import Browser, Page
from promises import conditional
from proofs import appoint, one_time_link
from world import ROSTER, SECRET, World

from gates.service.compliance.sampling import SampleOrder
from workflows.steps import seal_step

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def in_round(world: World) -> str:
    return world.change_in_round()


def test_a_scanner_that_runs_scripts_and_clicks_everything_decides_nothing(
    browser: Browser, site: str, small_world: World
) -> None:
    """Links opened by a browser that ticks every box and presses every button: no decision; then the approver signs (PR-01, P11-20)."""
    key = in_round(small_world)
    links = [f"{site}/s/{small_world.token(person, key)}" for person in ("ana", "mei")]
    context = browser.new_context()
    page = context.new_page()
    for link in links:
        scan(page, link)
    context.close()
    assert "item:decision:recorded" not in small_world.kinds(key)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    for link in links:
        sign(page, link)
    context.close()
    assert small_world.kinds(key).count("item:decision:recorded") == 2
    assert small_world.is_whole(key)


def scan(page: Page, link: str) -> None:
    """Open, tick, click: what the nosiest of mail scanners do. It holds no password of anybody's."""
    page.goto(link)
    for number in range(page.locator("button, summary, input[type=radio], input[type=checkbox], main a").count()):
        target = page.locator("button, summary, input[type=radio], input[type=checkbox], main a").nth(number)
        if target.count() and target.is_visible():
            target.click(timeout=3000, no_wait_after=True)
        if page.url != link:
            page.goto(link)
    for radio in page.locator("input[type=radio]").all():
        radio.check(force=True)
    page.locator("input[type=checkbox]").first.check(force=True)
    page.locator("textarea").first.fill("123456")
    page.locator("input[type=password]").first.fill("123456")
    page.locator("button.primary").click()


def sign(page: Page, link: str) -> None:
    """What an approver does."""
    page.goto(link)
    page.get_by_role("radio", name="Approve").check()
    page.get_by_label("Your password").fill(SECRET)
    page.get_by_label("My signature means").check()
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/receipt")
    assert page.get_by_text("Recorded").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_narrow_phone(
    browser: Browser, site: str, small_world: World, scheme: str
) -> None:
    """No axe violation (WCAG 2.2 A and AA), no sideways scrolling at 320 px, in light and dark."""
    key = in_round(small_world)
    booked = line_change(set_up(small_world), "2026-08-22T08:00", "2026-08-22T12:00")
    small_world.register.act(booked, "schedule", small_world.by("cid"))
    token = small_world.token("ana", key)
    small_world.sign("mei", key, token=(used := small_world.token("mei", key)))
    small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "13000"})
    appoint(small_world, "dan", "eve", "otto")
    enrolments = [one_time_link(small_world, "ana", kind) for kind in ("totp", "password")]
    small_world.register.request_proof("ben", "totp", "passport", small_world.by("eve"))
    seal_step(small_world.services)
    small_world.register.sample(SampleOrder(5, "2026"), small_world.by("dan"))
    page = signed_in(browser, site, color_scheme=scheme, viewport={"width": 320, "height": 640})
    paths = (
        "/account",
        "/officer",
        "/desk?words=seal",
        "/desk?since=x&words=%22",
        "/desk/exceptions",
        "/desk/sample",
        "/desk/samples/1",
        "/desk/people/ana",
        "/desk/people/ana?kind=x&since=y",
        f"/desk/entries/{key}/1",
        f"/desk/items/{key}",
        f"/desk/items/{key}/review",
        *(f"/enrol/{one}" for one in enrolments),
        f"/s/{token}",
        f"/s/{used}/receipt",
        f"/s/{'a' * 52}",
        "/inbox",
        "/items",
        f"/items/{key}",
        f"/items/{key}/edit",
        f"/items/{key}/acts/withdraw",
        "/items/new/mes-site-rollout",
        "/calendar",
        "/calendar/Lyon",
        "/items/new/line-change",
        "/processes",
        "/processes/mes-site-rollout",
        "/sign-in",
        "/nowhere",
    )
    problems = []
    for path in paths:
        page.goto(site + path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        problems += look(page, path)
    page.context.close()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_conditions_are_accessible_and_fit_a_narrow_phone(
    browser: Browser, site: str, small_world: World, scheme: str
) -> None:
    """Naming them while signing, meeting one, the inbox and the item; no axe violation, no sideways scrolling."""
    key = conditional(small_world, "Close both class-B defects [owner: dan]", "Train the night shift [owner: eve]")
    open_gate = small_world.gate("G2")
    small_world.register.submit(open_gate, small_world.by("ana"))
    small_world.carry()
    page = signed_in(browser, site, color_scheme=scheme, viewport={"width": 320, "height": 640})
    problems = []
    for path in (
        f"/s/{small_world.token('dan', open_gate)}",
        "/inbox",
        f"/items/{key}",
        f"/items/{key}/conditions/1",
        f"/items/{key}/conditions/2",
    ):
        page.goto(site + path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        problems += look(page, path)
    page.context.close()
    assert problems == []


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr"])
def test_everything_down_to_the_button_is_on_the_first_phone_screen(
    browser: Browser, site: str, small_world: World, locale: str
) -> None:
    """At 390 × 844 what is asked, what changed, both choices, the meaning and the button are seen without scrolling,
    the first time and after an edit; the targets are large."""
    small_world.import_roster(
        ROSTER.replace("zone: Europe/Paris, roles: [eng", f"locale: {locale}, zone: UTC, roles: [eng")
    )
    key = in_round(small_world)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    for is_again in (False, True):
        if is_again:
            small_world.sign("ana", key)
            small_world.register.edit_item(key, small_world.by("dan"), fields={"cost": "14000"})
        page.goto(f"{site}/s/{small_world.token('ana', key)}")
        seen = ["h1", ".question", ".rev", ".choice >> nth=0", ".choice >> nth=1", "#meaning", "button.primary"]
        seen += [".changed", ".fell"] if is_again else []
        for what in seen:
            box = page.locator(what).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 844, (what, locale)
        sizes = [one.bounding_box() for one in page.locator("button:visible, .choice:visible").all()]
        assert min(box["height"] for box in sizes if box) >= 44
    page.context.close()


def test_the_keyboard_reaches_everything_in_order(browser: Browser, site: str, small_world: World) -> None:
    """Skip link first; then down the page to the button, with the focus always in view."""
    key = in_round(small_world)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{site}/s/{small_world.token('ana', key)}")
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(document.activeElement.name || document.activeElement.textContent).trim()"))
        assert page.evaluate(
            "(() => { const r = document.activeElement.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight })()"
        )
    page.context.close()
    order = [seen.index(word) for word in ("Skip to the content", "position", "comment", "secret", "meaning", "Sign")]
    assert order == sorted(order)
