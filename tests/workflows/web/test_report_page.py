"""The validation report as a page, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from workflows.validation.bill import bill_of_materials
from workflows.validation.installation import Check
from workflows.validation.operation import FAILED, GAP, PASSED, Qualified, Ran, Shown
from workflows.validation.report import Installation, as_html, facts_of
from workflows.validation.trace import Carrier, Requirement

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
TEST = Carrier("tests/gates/test_register.py", "test_a_rather_long_name_of_a_test_that_has_to_wrap_on_a_phone")
KINDS = frozenset({"SW"})


def report() -> str:
    """A page with every kind of row."""
    shown = (
        Shown(Requirement("P11-01", "Part", "a", KINDS, "It holds."), PASSED, (Ran(TEST, PASSED, 2, 1.0),)),
        Shown(Requirement("P11-02", "Part", "b", KINDS, "It broke."), FAILED, (Ran(TEST, FAILED, 1, 1.0, "E" * 90),)),
        Shown(Requirement("P11-03", "Part", "c", KINDS, "In part.", "The rest is yours."), GAP),
    )
    checks = (Check("Files", "Hashes", "deviation", "one differs"), Check("Mail", "Server", "note", "a folder"))
    clone = {"folder": "/a/clone", "version": "0", "commit": "c" * 40, "tag": "none", "changes": "none"}
    facts = facts_of(
        by="Vera Lund",
        site_name="Pumps Ltd",
        began=NOW,
        now=NOW,
        clone=clone,
        installation=Installation("plant-7", "2026-08-17", checks),
        qualified=Qualified(shown),
        bill=bill_of_materials(NOW),
        scope="all of them",
    )
    return as_html(facts)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_accessible_and_fits_a_phone(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """No axe violation, no sideways scrolling at 320 px, nothing fetched besides the page."""
    path = tmp_path / "report.html"
    path.write_text(report(), encoding="utf-8")
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 800}, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert asked == [path.as_uri()]
    context.close()
