"""Sentences, dates, times and money in the reader's language, and what happens where there is none."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gates.service.capacities import said_capacity
from notifications import languages, words
from notifications.errors import CatalogueError
from notifications.examples import every, example
from notifications.languages import language_of, preferred
from notifications.messages import MESSAGES, context_of
from notifications.render import render
from notifications.speech import say, say_marked, spoken
from policies.phrases import as_data, at_moment, both, from_data, joined, lowered, phrase, phrases, stored

AT = datetime(2026, 8, 20, 15, tzinfo=UTC)
ENGLISH, GERMAN, FRENCH = (language_of(one) for one in ("en", "de", "fr"))


@pytest.mark.parametrize(
    ("locale", "tag", "form"),
    [("de", "de", "de"), ("de-AT", "de", "de_AT"), ("en-US", "en", "en_US"), ("it-IT", "en", "en"), ("zz", "en", "en")],
)
def test_a_locale_has_its_language_or_english(locale: str, tag: str, form: str) -> None:
    found = language_of(locale)
    assert (found.tag, str(found.locale)) == (tag, form)


@pytest.mark.parametrize(
    ("accepted", "tag"), [("it, fr-CH;q=0.9", "fr"), ("", "en"), ("tlh", "en"), ("en-GB, de", "en"), ("DE", "de")]
)
def test_a_browser_says_its_languages(accepted: str, tag: str) -> None:
    assert preferred(accepted).tag == tag


@pytest.mark.parametrize(
    ("locale", "when", "day", "money"),
    [
        ("en", "Thu 20 Aug 2026, 17:00 CEST", "Thu 20 Aug", "€62,000"),
        ("de", "Do., 20. Aug. 2026, 17:00 MESZ", "Do., 20. Aug.", "62.000\xa0€"),
        ("de-AT", "Do., 20. Aug. 2026, 17:00 MESZ", "Do., 20. Aug.", "€\xa062.000"),
        ("fr", "jeu. 20 août 2026, 17:00 CEST", "jeu. 20 août", "62\u202f000\xa0€"),
        ("es", "jue, 20 ago 2026, 17:00 CEST", "jue, 20 ago", "62.000\xa0€"),
    ],
)
def test_times_and_amounts_have_the_forms_of_the_locale(locale: str, when: str, day: str, money: str) -> None:
    """With the zone; cents only where there are some."""
    one = language_of(locale)
    assert words.when(AT, "Europe/Vienna", one) == when
    assert words.day(AT, "Europe/Vienna", AT, one) == day
    assert words.money("€62,000", "62000.00", "EUR", one) == money


def test_numbers_and_days_too() -> None:
    """A zone without letters is told by its distance from UTC; what is no number stays."""
    assert words.money("-$1,234.50", "-1234.50", "USD", GERMAN) == "-1.234,50\xa0$"
    assert words.money("many", "many", "EUR", GERMAN) == "many"
    assert words.decimal("1234.50", GERMAN) == "1.234,50"
    assert words.on(AT.date(), FRENCH) == "20 août 2026"
    assert words.when(AT, "America/Sao_Paulo", FRENCH).endswith("12:00 UTC-03:00")


def test_a_phrase_is_said_anew_and_what_people_wrote_stays() -> None:
    """Nested ones too; the English text is what it always was, and JSON keeps how it was made."""
    said = phrase("Needs %(parts)s.", parts=both(["Hold", phrases("%(num)s approval", "%(num)s approvals", 2), "C"]))
    assert said == "Needs Hold, 2 approvals and C."
    assert say(said, GERMAN) == "Es fehlt: Hold, 2 Genehmigungen und C."
    assert say(from_data(as_data(said)), FRENCH) == "Il manque\xa0: Hold, 2 approbations et C."
    assert say(said, ENGLISH) == said
    assert say("Not decided yet.", GERMAN) == "Not decided yet.", "a title that reads like ours is a title"
    assert say(joined([phrase("Not decided yet."), lowered(phrase("One of the ways is met."))]), GERMAN) == (
        "Noch nicht entschieden. einer der Wege ist erfüllt."
    )


def test_english_readers_see_moments_by_their_own_clock_too() -> None:
    since = phrase("Open since %(since)s.", since=at_moment("2026-08-20 15:00 UTC", AT))
    assert say(since, ENGLISH, "Europe/Paris") == "Open since Thu 20 Aug 2026, 17:00 CEST."
    assert spoken([since], ENGLISH, "Europe/Paris") == [say(since, ENGLISH, "Europe/Paris")]


def test_what_is_on_file_in_english_says_so() -> None:
    """Unless it is one of our sentences; all of it is escaped."""
    known, unknown = stored("The round is closed."), stored("Approved: <b>ECR-1</b>")
    assert say_marked(joined([known, unknown]), GERMAN) == (
        'Die Runde ist geschlossen. <span lang="en">Approved: &lt;b&gt;ECR-1&lt;/b&gt;</span>'
    )
    assert say_marked(unknown, ENGLISH) == "Approved: &lt;b&gt;ECR-1&lt;/b&gt;"


def test_a_view_is_spoken_through_and_through() -> None:
    letter = example("bundle", "de")
    assert spoken(letter, ENGLISH).sentence == letter.sentence
    sign = spoken(letter, GERMAN, "Europe/Paris").parts[0].sign
    assert sign is not None
    assert sign.item.amount == "62.000\xa0€"
    assert sign.item.title == "New seal for pump P-101"


def test_a_bundle_says_in_both_parts_that_a_signature_fell() -> None:
    mail = render(context_of(example("bundle", "en"), "Tollgate"))
    counts = [part.count("was for what stood there before") for part in (mail.text, mail.html)]
    assert counts == [1, 1]


@pytest.mark.parametrize("locale", ["de", "fr", "es"])
@pytest.mark.parametrize("message", MESSAGES)
def test_every_mail_is_in_the_language_whole(message: str, locale: str) -> None:
    """No line of it is that of the English mail, but what people wrote and what is alike; it says its language."""
    mine, english = (render(context_of(example(message, one), "Tollgate")) for one in (locale, "en"))
    assert f'<html lang="{locale}">' in mine.html
    alike = {line.strip() for line in mine.text.splitlines()} & {line.strip() for line in english.text.splitlines()}
    own = (
        "ECR-",
        "http",
        "4a1f",
        "Release this change",
        "Impact assessed",
        "Invitation.",
        "Change advisory board",
        "- ECR-0042",
    )
    assert [
        line for line in alike if line and not line.startswith(own[:3]) and not any(o in line for o in own[3:])
    ] == []
    assert mine.subject != english.subject or message == "bundle"


def test_a_catalogue_that_is_broken_loses_no_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not a file in the wrong form, nor a message whose places do not fit: English stands in, and the log says so."""
    monkeypatch.setattr(languages, "CATALOGUES", languages.CATALOGUES)
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    try:
        languages.read_from(tmp_path)
        (folder / "tollgate.po").write_text("this is no catalogue\n", encoding="utf-8")
        with pytest.raises(CatalogueError, match="nl"):
            languages.read_catalogue("nl")
        assert language_of("nl").tag == "en"
        (folder / "tollgate.po").write_text(
            f'{head}msgid "Signed by"\nmsgstr "Door"\n\nmsgid "%(number)s of %(item)s"\nmsgstr "%(wrong)s"\n',
            encoding="utf-8",
        )
        languages.read_from(tmp_path)
        with caplog.at_level(logging.WARNING):
            made = render(context_of(example("receipt", "nl"), "Tollgate"))
        assert "Signed by:" in made.text
        assert "written in English instead of 'nl'" in caplog.text
    finally:
        monkeypatch.undo()
        languages.read_from(languages.CATALOGUES)


def test_examples_are_all_there() -> None:
    """One of each, and each can be written to somebody in any zone."""
    assert [one.message for one in every("en")] == list(MESSAGES)
    made = render(context_of(replace(example("ask", "de"), reply_to=""), "Tollgate"))
    assert "Fragen Sie Ihr PMO." in made.text


def test_a_capacity_on_record_is_joined_in_the_reader_s_language() -> None:
    """As signed in English; an "and" inside a title stays where it is."""
    titles = ["Quality lead", "Engineering", "Research and development"]
    stored = "Quality lead, Lyon and Research and development and Engineering, for Mei Tan"
    said = said_capacity(stored, titles)
    assert said == stored
    german = say(said, language_of("de"))
    assert german == "Quality lead, Lyon und Research and development und Engineering, für Mei Tan"
