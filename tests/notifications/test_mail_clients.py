"""Mails in real clients' shapes: text, light and dark, on a phone and on a desk; readable, and nothing runs off."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from mail_pictures import LOOKED_AT, looks
from mail_story import letters_of_a_story
from playwright.sync_api import Browser

from notifications.examples import example
from notifications.messages import context_of
from notifications.render import render

pytestmark = [pytest.mark.slow, pytest.mark.browser]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SMALLEST_PX = 44
"""How high and wide a button has to be to be met by a thumb."""


def test_mails_are_readable_in_every_client(browser: Browser, tmp_path: Path) -> None:
    """No sideways scrolling at 390 and 640 px, contrasts of WCAG 2.2 AA in light and dark, a button for a thumb."""
    found: dict[str, list[str]] = {}
    for look, page in looks(browser, letters_of_a_story(tmp_path), LOOKED_AT):
        faults = []
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append("runs off sideways")
        for box in page.evaluate("[...document.querySelectorAll('a.button')].map(b => b.getBoundingClientRect())"):
            if min(box["height"], box["width"]) < SMALLEST_PX:
                faults.append(f"a button of {box['width']:.0f} by {box['height']:.0f} px")
        page.evaluate(AXE)
        run = page.evaluate(
            "async () => (await axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}))"
        )
        faults += [f"{one['id']}: {node['html'][:90]}" for one in run["violations"] for node in one["nodes"]]
        if faults:
            found[look.name] = faults
    assert found == {}


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr"])
def test_the_button_of_an_asking_mail_is_on_the_first_phone_screen(browser: Browser, locale: str) -> None:
    """Within 800 px at 390 wide; where much changed, was extended and escalated, within a screen and a bit."""
    for message, most in (("ask", 800), ("reminder", 800), ("fresh-link", 800), ("bundle", 800), ("changed", 850)):
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_content(render(context_of(example(message, locale), "Tollgate")).html)
        box = page.locator("a.button").first.bounding_box()
        page.close()
        assert box is not None
        assert box["y"] + box["height"] <= most, (message, box)
