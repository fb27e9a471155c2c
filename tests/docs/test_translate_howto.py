"""The how-to on translating, walked: a fifth language is one file, begun as the page says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from notifications import languages
from notifications.languages import language_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "howto" / "translate.md").read_text(encoding="utf-8")
WORDS = {
    "Your signature is asked": "La Sua firma è richiesta",
    "%(said)s, of %(asked)s asked": "%(said)s, su %(asked)s richieste",
}


def test_a_fifth_language_is_one_file(tmp_path: Path) -> None:
    """Begun by the page's own command, two messages translated, shown by the page's own command: no more than that."""
    (begin,) = re.findall(r"^pybabel .*$", PAGE, flags=re.MULTILINE)
    words = shlex.split(begin.replace("-d notifications/locale", f"-d {tmp_path}"))
    python = Path(sys.executable).parent
    subprocess.run([python / words[0], *words[1:]], cwd=ROOT, check=True, capture_output=True)
    file = tmp_path / "it" / "LC_MESSAGES" / "tollgate.po"
    text = file.read_text(encoding="utf-8")
    for english, italian in WORDS.items():
        text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{italian}"')
    file.write_text(text, encoding="utf-8")
    (show,) = re.findall(r"^(tollgate mail show ask .*)$", PAGE, flags=re.MULTILINE)
    run = [python / "tollgate", *shlex.split(show)[1:], "--catalogues", str(tmp_path)]
    shown = subprocess.run(run, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert "La Sua firma è richiesta." in shown
    assert "1 × Approve, su 2 richieste" in shown
    assert "gio 3 dic 2026, 17:00 CET" in shown
    assert "€" in shown.splitlines()[0]
    assert "Review and sign" in shown, "what is not translated yet is English"


def test_the_page_names_the_languages_there_are() -> None:
    for name, tag in (("German", "de"), ("French", "fr"), ("Spanish", "es")):
        assert name in PAGE
        assert tag in languages.languages()
    assert language_of("it").is_english


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_the_glossary_is_kept(language: str) -> None:
    """Each noun of the glossary is the one the catalogue uses for it."""
    column = {"de": 2, "fr": 3, "es": 4}[language]
    rows = [[cell.strip() for cell in line.split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
    text = (languages.CATALOGUES / language / "LC_MESSAGES" / "tollgate.po").read_text(encoding="utf-8").casefold()
    kept = (
        "item",
        "round",
        "verdict",
        "condition",
        "evidence",
        "fingerprint",
        "receipt",
        "roster",
        "escalation",
        "deadlock",
    )
    words = {row[1]: row[column] for row in rows}
    assert [english for english in kept if words[english].casefold() not in text] == []
