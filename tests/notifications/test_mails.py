"""What mails say, as text and as HTML, and what they refuse."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from mail_story import letters_of_a_story

from gates.letters import LetterFacts
from notifications.addresses import normal_address
from notifications.errors import BadAddress, RenderError
from notifications.examples import example
from notifications.letter import build
from notifications.messages import MESSAGES, Context, context_of
from notifications.render import TEMPLATES, render
from policies.phrases import Phrase


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LetterFacts]:
    """One letter of each message, gathered by the register from a real story."""
    return letters_of_a_story(tmp_path_factory.mktemp("letters"))


def plain(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|title)>.*?</\1>", "", html, flags=re.S)).split())


def test_a_real_story_sends_every_message(letters: dict[str, LetterFacts]) -> None:
    """Each message has its occasion."""
    assert set(letters) == set(MESSAGES)


def test_every_message_is_written_in_both_ways(letters: dict[str, LetterFacts]) -> None:
    """Text and HTML name the item, the reason for the mail and where to look; nothing is left unfilled."""
    for message, letter in letters.items():
        mail = build(letter, "tollgate@example.com", "Tollgate")
        text, html = plain(mail, "plain"), plain(mail, "html")
        about = ("ECR-000", "New seal for pump P-17") if letter.item or letter.parts else ("Eve Moro", "one-time codes")
        about = ("Gate review", "2026") if letter.meeting else about
        about = ("Ana Ruiz made a token", "board in hall 3") if message == "token" else about
        for words in about if message != "unmet" else ("Engineering change is published", "cannot meet"):
            assert words in text, message
            assert words in words_of(html), message
        assert "Why this mail:" in text
        assert "{{" not in text + html
        assert "None" not in text + words_of(html)
        assert 'lang="en"' in html


def test_an_asking_mail_says_all_it_must(letters: dict[str, LetterFacts]) -> None:
    """What, the decision asked, the deadline with its zone, why you, n of m, evidence, one button, the fingerprint."""
    mail = build(letters["ask"], "tollgate@example.com", "Tollgate")
    text, html = plain(mail, "plain"), plain(mail, "html")
    start = text[:230]
    for words in ("Release this change", "ECR-0001", "€12,500", "Thu 20 Aug 2026, 11:00 CEST"):
        assert words in start, words
    for words in (
        "Engineering",
        "1 of 1 met",
        "nobody yet, of 3 asked",
        "docs.example/impact",
        "fingerprint",
        "Ask Dan Dorn",
        "signs nothing",
    ):
        assert words in text, words
        assert words in words_of(html), words
    assert html.count('class="button"') == 1
    assert html.count("Review and sign") == 1
    links = set(re.findall(r"/s/([a-z2-7]{52})", text + html))
    assert links == {letters["ask"].token}


def test_no_mail_acts_by_itself(letters: dict[str, LetterFacts]) -> None:
    """No form, no script, nothing fetched from elsewhere, no tracking (PR-01)."""
    for letter in letters.values():
        html = plain(build(letter, "tollgate@example.com", "Tollgate"), "html")
        assert not re.search(r"<(form|script|img|link|iframe|input|button)\b", html)
        assert "url(" not in html


def test_a_changed_mail_shows_the_difference(letters: dict[str, LetterFacts]) -> None:
    """Since the reader last looked."""
    text = plain(build(letters["changed"], "tollgate@example.com", "Tollgate"), "plain")
    assert "Changed since you last looked (revision 1 -> 2):" in text
    assert "Cost: €12,500 -> €14,000" in text


def test_a_receipt_is_proof(letters: dict[str, LetterFacts]) -> None:
    """What, role, meaning, time in UTC and local, fingerprint, entry with its digest (P11-15, P11-16)."""
    letter = letters["receipt"]
    assert letter.receipt is not None
    text = plain(build(letter, "tollgate@example.com", "Tollgate"), "plain")
    for words in ("Quality lead, Lyon", "Approved for release", "UTC", "CEST", letter.receipt.entry_digest):
        assert words in text, words


def test_html_has_dark_colours_that_survive(letters: dict[str, LetterFacts]) -> None:
    """The dark scheme is kept when styles are set inline."""
    html = plain(build(letters["ask"], "tollgate@example.com", "Tollgate"), "html")
    assert "@media (prefers-color-scheme: dark)" in html
    assert 'style="' in html


@pytest.mark.parametrize(
    "title", ["a\r\nBcc: evil@example.com", "a\u2028b", "a\x85b", "x" * 5000, "<b>&\"'", "日本語 ✓"]
)
def test_a_hostile_title_stays_in_the_subject(letters: dict[str, LetterFacts], title: str) -> None:
    """Whatever a title holds, no header of its own comes of it, and HTML shows it as text (I8)."""
    letter = replace(letters["outcome"], item=replace(letters["outcome"].item, title=title))
    mail = build(letter, "tollgate@example.com", "Tollgate")
    head = mail.as_bytes().split(b"\r\n\r\n")[0]
    assert mail["Bcc"] is None
    assert b"\r\nBcc:" not in head
    assert "<b>&" not in plain(mail, "html")


def test_an_unknown_message_is_a_render_error(letters: dict[str, LetterFacts]) -> None:
    """With the choices."""
    with pytest.raises(RenderError, match="There is no mail 'nothing'; there is: ask"):
        render(replace(context_of(letters["outcome"], "Tollgate"), message="nothing"))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@good.test <b@evil.test>",
        "Ana <ana@example.com>",
        "a@b\r\nBcc: c@d",
        "a b@example.com",
    ],
)
def test_only_a_bare_mailbox_is_taken(address: str) -> None:
    """An unroutable address: a sentence with the remedy."""
    with pytest.raises(BadAddress, match="is no mailbox that mail can be sent to"):
        normal_address(address)


def test_addresses_have_one_normal_form() -> None:
    """Domains in lower case; international ones stay."""
    assert normal_address(" Ana@EXAMPLE.com ") == "Ana@example.com"
    assert normal_address("léa@exämple.com") == "léa@exämple.com"


def test_every_message_has_its_folder_and_every_folder_its_message() -> None:
    """Subject, text and HTML."""
    folders = {folder.name for folder in Path(TEMPLATES).iterdir() if not folder.name.startswith("_")}
    assert folders == set(MESSAGES)
    for folder in folders:
        assert {path.name for path in (TEMPLATES / folder).iterdir()} == {
            "subject.txt",
            "body.txt",
            "body.html",
        }


def test_every_word_of_the_context_is_used() -> None:
    """A value nobody prints is dead."""
    text = "".join(path.read_text() for path in TEMPLATES.rglob("*.*"))
    unused = [field.name for field in fields(Context) if not re.search(rf"\b(m|part)\.{field.name}\b", text)]
    assert set(unused) <= {"message", "name", "description", "fields", "meaning", "signed", "asked"}, "for one's own"


def test_a_due_time_is_named_so_that_nobody_comes_late() -> None:
    """The day alone where it ends with work; else the hour; the year where it is another one."""
    from notifications.words import day

    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert day(datetime(2026, 11, 25, 16, tzinfo=UTC), "Europe/Paris", now) == "Wed 25 Nov"
    assert day(datetime(2026, 11, 25, 1, 10, tzinfo=UTC), "Europe/Paris", now) == "Wed 25 Nov 02:10"
    assert day(datetime(2027, 1, 4, 17, tzinfo=UTC), "Europe/Paris", now) == "Mon 4 Jan 2027 18:00"


def test_a_mail_past_its_due_time_says_overdue(letters: dict[str, LetterFacts]) -> None:
    """In the subject, the text and the HTML."""
    mail = build(letters["fresh-link"], "tollgate@example.com", "Tollgate")
    assert str(mail["Subject"]).startswith("[Fresh link, overdue since Thu 20 Aug 11:00] ECR-0001")
    assert "Overdue since:" in plain(mail, "plain")
    assert "Overdue since" in words_of(plain(mail, "html"))
    assert "Sign by" not in plain(mail, "plain") + words_of(plain(mail, "html"))


SAID_ELSEWHERE = {"notice", "escalated"}
"""Of many occasions: the reason in the story is another's."""


def test_the_examples_are_what_the_register_sends(letters: dict[str, LetterFacts]) -> None:
    """Each has the reason, and leads to the page, of the real one; what a daily mail tells of an item is about it."""
    for message in set(MESSAGES) - {"bundle", "digest"}:
        real, made = letters[message], example(message, "en")
        if message not in SAID_ELSEWHERE:
            assert pattern(made.reason_for_mail) == pattern(real.reason_for_mail), message
        assert made.page.partition("/")[0] == real.page.partition("/")[0], message
        assert (made.item is None, made.token is None) == (real.item is None, real.token is None), message
    for part in example("digest", "en").parts:
        assert part.item is not None
        assert set(re.findall(r"ECR-\d+", part.sentence)) <= {part.item.key}


def pattern(said: str) -> str:
    return said.pattern if isinstance(said, Phrase) else said


def test_whoever_is_to_do_something_has_a_button_for_it() -> None:
    """A signature, a proof, an action, an agenda: one press away."""
    for message in ("ask", "reminder", "changed", "fresh-link", "bundle", "proof-link", "action", "meeting"):
        assert 'class="button"' in render(context_of(example(message, "en"), "Tollgate")).html, message
