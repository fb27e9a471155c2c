"""How mails look in three kinds of clients: text alone, HTML in light colours, HTML in dark ones.

`python tests/mail_pictures.py FOLDER [MESSAGE …]` writes a picture of each, on a phone and on a desk.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from browser import chromium
from mail_story import letters_of_a_story
from playwright.sync_api import Browser, Page, sync_playwright

from gates.letters import LetterFacts
from notifications.letter import build

LOOKED_AT = ("ask", "changed", "reminder", "escalated", "outcome", "not-needed", "receipt", "notice")
WIDTHS = {"phone": 390, "desk": 640}
TEXT = (
    '<!doctype html><html lang="en"><title>{title}</title><meta name="viewport" content="width=device-width">'
    "<body><main><pre style='white-space:pre-wrap;overflow-wrap:anywhere;font:15px/1.45 monospace'>{text}</pre></main>"
)


@dataclass(frozen=True)
class Look:
    """One mail in one client."""

    message: str
    client: str
    place: str

    @property
    def name(self) -> str:
        return f"{self.message}-{self.client}-{self.place}"


def looks(browser: Browser, letters: dict[str, LetterFacts], messages: tuple[str, ...]) -> Iterator[tuple[Look, Page]]:
    """Each mail, opened in each client at each width; the page is closed when the next is asked for."""
    for message in messages:
        mail = build(letters[message], "tollgate@example.com", "Tollgate")
        text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
        shown = {"text": TEXT.format(title=message, text=escape(text)), "light": html, "dark": html}
        for client, content in shown.items():
            for place, width in WIDTHS.items():
                page = browser.new_page(
                    viewport={"width": width, "height": 800}, color_scheme="dark" if client == "dark" else "light"
                )
                page.set_content(content)
                yield Look(message, client, place), page
                page.close()


def main(folder: Path, messages: tuple[str, ...]) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as story, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for look, page in looks(browser, letters_of_a_story(Path(story)), messages):
            page.screenshot(path=folder / f"{look.name}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or LOOKED_AT)
