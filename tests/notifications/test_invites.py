"""Invitations as other programs read them: parsed back by the library, and held to the rules of RFC 5545 and 5546."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from icalendar import Calendar

from gates.items import PersonView
from gates.letters import LetterFacts, MeetingFacts
from notifications.invites import invitation
from notifications.letter import build
from notifications.transports import WIRE

ANA = PersonView("ana", "Ana Ruiz", "ana@example.com", "Europe/Paris")
MEI = PersonView("mei", 'Méi "May" Chén', "mei@example.com", "Asia/Shanghai")
CID = PersonView("cid", "Cid Cole; the chair, of all", "cid@example.com", "Europe/Paris")
MEETING = MeetingFacts(
    key="cab-2026-10-27",
    title="Change advisory board; Lyon, and Linz",
    method="REQUEST",
    sequence=3,
    uid="cab-2026-10-27@tollgate.example",
    starts_at=datetime(2026, 10, 27, 9, 0, tzinfo=UTC),
    ends_at=datetime(2026, 10, 27, 10, 0, tzinfo=UTC),
    zone="Europe/Paris",
    place="Salle été, 3rd floor",
    description="Änderungen, die den Betrieb berühren; " * 4,
    url="https://tollgate.example/meetings/cab-2026-10-27",
    chair=CID,
    guests=(CID, ANA, MEI),
    agenda=("CHG-0001 New seal, twice; with a comma", "CHG-0002 Étiquettes"),
)
LETTER = LetterFacts(
    message="meeting",
    to=ANA,
    item=None,
    sentence="You are invited.",
    public_url="https://tollgate.example",
    message_id="<1@tollgate.example>",
    thread_id="<2@tollgate.example>",
    now=datetime(2026, 10, 13, 7, 0, tzinfo=UTC),
    at=datetime(2026, 10, 13, 7, 0, tzinfo=UTC),
    reply_to="Cid Cole <cid@example.com>",
    reason_for_mail="You are on the list.",
    meeting=MEETING,
)


def test_it_reads_back_as_it_was_meant() -> None:
    """Times in the zone of the site with that zone's rules, the chair as organizer, everybody invited once."""
    calendar = Calendar.from_ical(invitation(LETTER, "tollgate@example.com"))
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("REQUEST", "2.0")
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Europe/Paris"
    assert {one.name for one in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}
    (event,) = calendar.walk("VEVENT")
    assert (str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])) == (MEETING.uid, 3, "CONFIRMED")
    # The clocks went back two days before: ten in the morning is nine UTC by now.
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert event["DTSTART"].dt.isoformat() == "2026-10-27T10:00:00+01:00"
    assert event["DTEND"].dt.astimezone(UTC) == MEETING.ends_at
    assert event["DTSTAMP"].dt == LETTER.now
    assert str(event["SUMMARY"]) == MEETING.title
    assert str(event["LOCATION"]) == MEETING.place
    assert "- CHG-0001 New seal, twice; with a comma\n- CHG-0002 Étiquettes" in str(event["DESCRIPTION"])
    assert str(event["ORGANIZER"]) == "mailto:cid@example.com"
    guests = {str(one): one.params for one in event["ATTENDEE"]}
    assert set(guests) == {"mailto:cid@example.com", "mailto:ana@example.com", "mailto:mei@example.com"}
    assert guests["mailto:cid@example.com"]["ROLE"] == "CHAIR"
    assert guests["mailto:mei@example.com"]["CN"] == "Méi 'May' Chén"
    assert {one["RSVP"] for one in guests.values()} == {"FALSE"}


def test_lines_end_and_fold_as_the_standard_asks() -> None:
    """CRLF; at most 75 octets a line; no letter is torn apart."""
    made = invitation(LETTER, "tollgate@example.com")
    lines = made.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)
    for line in lines:
        line.decode("utf-8")


def test_a_cancellation_names_its_reader_alone_and_the_same_event() -> None:
    """Others may still be invited."""
    off = replace(LETTER, message="meeting-cancelled", meeting=replace(MEETING, method="CANCEL", sequence=4))
    (event,) = Calendar.from_ical(invitation(off, "tollgate@example.com")).walk("VEVENT")
    assert (str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])) == (MEETING.uid, 4, "CANCELLED")
    assert str(event["ATTENDEE"]) == "mailto:ana@example.com"


def test_a_meeting_by_utc_needs_no_zone_and_one_without_a_chair_has_an_organizer() -> None:
    """The sender stands for nobody."""
    plain = replace(LETTER, meeting=replace(MEETING, zone="UTC", chair=None))
    calendar = Calendar.from_ical(invitation(plain, "tollgate@example.com"))
    (event,) = calendar.walk("VEVENT")
    assert calendar.walk("VTIMEZONE") == []
    assert event.to_ical().count(b"DTSTART:20261027T090000Z") == 1
    assert str(event["ORGANIZER"]) == "mailto:tollgate@example.com"


def test_the_mail_carries_it_as_an_alternative_and_as_a_file_unharmed() -> None:
    """As it goes over the wire; questions go to the chair; the same letter is the same Message-ID."""
    mail = build(LETTER, "tollgate@example.com", "Tollgate")
    again = message_from_bytes(mail.as_bytes(policy=WIRE), policy=default)
    assert isinstance(again, EmailMessage)
    kinds = [part.get_content_type() for part in again.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    alternative, attached = [part for part in again.walk() if part.get_content_type() in kinds[2:]]
    made = invitation(LETTER, "tollgate@example.com")
    assert alternative.get_payload(decode=True) == made
    assert attached.get_payload(decode=True) == made
    assert alternative.get_param("method") == "REQUEST"
    assert alternative["Content-Transfer-Encoding"] == "base64"
    assert attached.get_filename() == "invite.ics"
    assert str(again["Reply-To"].addresses[0].addr_spec) == "cid@example.com"
    assert again["Message-ID"] == build(LETTER, "tollgate@example.com", "Tollgate")["Message-ID"]
    text = again.get_body(preferencelist=("plain",))
    assert text is not None
    for words in ("Tue 27 Oct 2026, 10:00–11:00 CET", "Salle été", "- CHG-0002 Étiquettes", MEETING.url):
        assert words in text.get_content(), words


def test_a_mail_without_an_invitation_carries_none() -> None:
    """What is to be done is no appointment."""
    action = replace(LETTER, message="action", sentence="Book the rig.", meeting=replace(MEETING, method=""))
    kinds = {part.get_content_type() for part in build(action, "tollgate@example.com", "Tollgate").walk()}
    assert kinds == {"multipart/alternative", "text/plain", "text/html"}
    with pytest.raises(ValueError, match="invites to no meeting"):
        invitation(action, "tollgate@example.com")


def test_somebody_without_a_mailbox_keeps_nobody_else_from_being_invited() -> None:
    """Neither as a guest nor in the chair."""
    nobody = replace(CID, email="no address")
    odd = replace(LETTER, meeting=replace(MEETING, chair=nobody, guests=(nobody, ANA)))
    build(odd, "tollgate@example.com", "Tollgate")
    (event,) = Calendar.from_ical(invitation(odd, "tollgate@example.com")).walk("VEVENT")
    assert str(event["ORGANIZER"]) == "mailto:tollgate@example.com"
    assert str(event["ATTENDEE"]) == "mailto:ana@example.com"


def test_an_invitation_in_english_says_so_to_a_reader_of_another_language() -> None:
    """There is no Portuguese: a screen reader is told of the language of the mail, not of its reader."""
    mail = build(replace(LETTER, to=replace(LETTER.to, locale="pt-BR")), "tollgate@example.com", "Tollgate")
    html = mail.get_body(preferencelist=("html",))
    assert html is not None
    assert '<html lang="en"' in html.get_content()
    assert mail["Content-Language"] == "en"
