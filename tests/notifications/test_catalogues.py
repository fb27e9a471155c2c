"""The catalogues: every message in every language, with the places, marks and plural forms of the English."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po

from notifications.examples import example
from notifications.languages import CATALOGUES, languages
from notifications.messages import MESSAGES, context_of
from notifications.render import render

ROOT = Path(__file__).parents[2]
TRANSLATED = [one for one in languages() if one != "en"]
PLACE = re.compile(r"%\((\w+)\)s|%%")
MARK = re.compile(r"<[^>]+>")


@cache
def catalogue(language: str) -> Catalog:
    path = CATALOGUES / language / "LC_MESSAGES" / "tollgate.po"
    return read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)


@cache
def template() -> Catalog:
    return read_po(BytesIO((CATALOGUES / "tollgate.pot").read_bytes()), abort_invalid=True)


def messages(one: Catalog) -> dict[object, Message]:
    return {message.id: message for message in one if message.id}


def forms(message: Message) -> list[tuple[str, str]]:
    """Every form of the translation, with the English that it stands for."""
    if isinstance(message.id, tuple):
        return [(message.id[0 if n == 0 else 1], text) for n, text in enumerate(message.string)]
    return [(message.id, message.string)]


def test_the_languages_that_are_promised_are_there() -> None:
    assert languages() == ("en", "de", "es", "fr")


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_in_every_catalogue(language: str) -> None:
    """None is missing, none is left over, none is empty, none is only guessed."""
    one = catalogue(language)
    assert messages(one).keys() == messages(template()).keys()
    assert [m.id for m in messages(one).values() if not all(text for _, text in forms(m))] == []
    assert [m.id for m in messages(one).values() if m.fuzzy] == []
    assert not one.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_places_and_marks_are_those_of_the_english(language: str) -> None:
    """The same names in the same number, and the same tags; Babel's own checks hold too."""
    for message in messages(catalogue(language)).values():
        assert list(message.check()) == []
        for english, text in forms(message):
            assert set(PLACE.findall(text)) == set(PLACE.findall(english)), text
            assert Counter(MARK.findall(text)) == Counter(MARK.findall(english)), text
            assert text.strip(" \n\t") == text or english.strip() != english, f"spaces around {text!r}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    one = catalogue(language)
    plural = [m for m in messages(one).values() if isinstance(m.id, tuple)]
    assert plural
    assert {len(m.string) for m in plural} == {one.num_plurals}


def test_the_catalogues_are_not_stale() -> None:
    """What the templates and the code say is what `make messages` gathered last."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(pattern, one["method"]) for one in settings for pattern in _listed(one["pattern"])]
    options = {
        p: {k: v for k, v in one.items() if k not in ("method", "pattern")}
        for one in settings
        for p in _listed(one["pattern"])
    }
    keywords = parse_keywords(["_", "gettext", "ngettext:1,2", "phrase", "phrases:1,2"])
    found: set[object] = set()
    for folder in ("gates", "notifications", "policies", "workflows"):
        inside = [(p.removeprefix(f"{folder}/"), m) for p, m in methods if p.startswith(f"{folder}/")]
        own = {p.removeprefix(f"{folder}/"): o for p, o in options.items() if p.startswith(f"{folder}/")}
        extracted = extract_from_dir(str(ROOT / folder), inside, own, keywords, directory_filter=lambda _: True)
        found |= {message for _, _, message, _, _ in extracted}
    assert found == set(messages(template())), "run `make messages` and translate what is new"


def _listed(pattern: str | list[str]) -> list[str]:
    return [pattern] if isinstance(pattern, str) else pattern


def test_french_sets_its_signs_apart() -> None:
    """A no-break space before `: ; ? !` and inside « », in the catalogue and where a mail joins words with a colon."""
    loose = re.compile(r"(?<![\u00a0\u202f])[;?!](?=\s|$|<)|[^\u00a0\u202f]:(?=\s|$|<)|«(?!\u00a0)|(?<!\u00a0)»|[“”]")
    for message in messages(catalogue("fr")).values():
        for _, text in forms(message):
            assert loose.search(text) is None, text
    for name in MESSAGES:
        mail = render(context_of(example(name, "fr"), "Tollgate"))
        for line in mail.text.splitlines():
            assert re.search(r"[^\s\u00a0]: |[“”]", line) is None, (name, line)
