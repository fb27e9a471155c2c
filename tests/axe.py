"""Pages looked at in a real browser: by axe (WCAG 2.2 A and AA), and for sideways scrolling."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, Page
from world import SECRET

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def signed_in(browser: Browser, site: str, person: str = "dan", **more: object) -> Page:
    """A page of somebody who is signed in."""
    page = browser.new_context(bypass_csp=True, **more).new_page()  # type: ignore[arg-type]
    page.goto(f"{site}/sign-in")
    page.get_by_label("Mail address").fill(f"{person}@example.com")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox")
    return page


def look(page: Page, path: str) -> list[str]:
    """What axe and the ruler find on one page."""
    page.evaluate(AXE)
    found = page.evaluate(
        "async () => (await axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}))"
        ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(', '))"
    )
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [f"{path} {one}" for one in [*found, *(["scrolls sideways"] if wide else [])]]
