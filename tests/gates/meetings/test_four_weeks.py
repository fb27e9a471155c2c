"""A change advisory board over four weeks, under the virtual clock: invitations, an agenda with what is not ready, a
roll-call that lets a policy decide, minutes, what is to be done, a holiday, a meeting moved and one cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from boards import board_world, change, plan
from icalendar import Calendar
from world import SetClock, World

from gates.errors import Refused

FIRST, SECOND, THIRD, FOURTH = "cab-2026-06-23", "cab-2026-06-30", "cab-2026-07-07", "cab-2026-07-14"


@pytest.fixture
def board(sqlite_url: str) -> Iterator[World]:
    """The Friday before the first of the four weeks; 14 July, a Tuesday, is a public holiday in France."""
    world = board_world(sqlite_url, clock=SetClock(datetime(2026, 6, 19, 6, 0, tzinfo=UTC)))
    yield world
    world.check_record()
    world.close()


def event(mail: EmailMessage) -> tuple[str, Any]:
    """The method and the event of an invitation, from the alternative that calendars read."""
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == str(calendar["METHOD"])
    (found,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), found


def go_to(world: World, day: int, hour: int, minute: int = 0, month: int = 6) -> None:
    """Put the clock to a time UTC, and let the worker do what is due by then."""
    world.clock.at = datetime(2026, month, day, hour, minute, tzinfo=UTC)
    plan(world)
    world.pass_time(seconds=0)


def standing(world: World, key: str) -> dict[str, str]:
    view = world.register.meeting(key, "cid")
    return {line.item.key: line.standing for line in (*view.agenda, *view.waiting)}


def test_four_weeks_of_a_board(board: World) -> None:
    """Told in the order in which it happens."""
    register, by = board.register, board.by
    # Four weeks are planned; the one of the holiday is on the day after. People are invited to those of two weeks.
    plan(board)
    planned = {line.key: line for line in register.meetings("ana")}
    assert [*planned] == [FIRST, SECOND, THIRD, FOURTH, "cab-2026-07-21"]
    assert planned[FOURTH].starts_at == datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
    assert "2026-07-14 is not worked" in register.meeting(FOURTH).why
    invited = board.mails("ana@example.com", "[Meeting]")
    assert len(invited) == 2
    assert plan(board) == []
    assert len(board.mails("ana@example.com", "[Meeting]")) == 2

    # Three changes: one ready in time, one whose criterion is open, one that comes after the cut-off.
    ready = change(board, "New PLC firmware")
    lacking = change(board, "New cell controller", tested=False, submit=False)
    go_to(board, 22, 6)
    late = change(board, "New label printer")
    assert standing(board, FIRST) == {ready: "ready", lacking: "lacking", late: "late"}
    view = register.meeting(FIRST, "cid")
    assert view.cut_off_at == datetime(2026, 6, 19, 8, 0, tzinfo=UTC)
    (why,) = next(line for line in view.waiting if line.item.key == lacking).lacks
    assert "“Tested on the rig” is open" in why.what
    assert why.who == "Then “Submit” is for Dan Dorn."
    assert standing(board, SECOND) == {late: "ready"}

    # Dan asks that the late one be dealt with all the same; the chair takes it in, and puts it first.
    register.ask_for_item(FIRST, late, by("dan"), "The vendor leaves on Wednesday.")
    with pytest.raises(Refused, match="Only the chair may take an item in. Ask Cid Cole"):
        register.take_in_item(FIRST, late, by("ana"), "Quick one.")
    register.take_in_item(FIRST, late, by("cid"), "Five minutes.")
    register.order_agenda(FIRST, [late], by("cid"))
    view = register.meeting(FIRST, "cid")
    assert [(line.item.key, line.standing) for line in view.agenda] == [(late, "taken"), (ready, "ready")]
    assert view.agenda[0].asked == "Dan Dorn (The vendor leaves on Wednesday)"
    assert standing(board, SECOND) == {}

    # Signing begins before the meeting; without attendance a majority of those present is of nobody.
    board.sign("ana", ready)
    assert board.state(ready) == "board"
    with pytest.raises(Refused, match="can be opened two hours before"):
        register.attend_meeting(FIRST, ["ana"], by("cid"))

    # The roll is called: three are there, which is enough; one more comes late, one leaves.
    go_to(board, 23, 8, 2)
    with pytest.raises(Refused, match="Only the chair may call the roll"):
        register.attend_meeting(FIRST, ["ana"], by("ana"))
    register.attend_meeting(FIRST, ["cid", "ana", "ben", "mei"], by("cid"))
    line = next(one for one in register.meeting(FIRST, "cid").agenda if one.item.key == ready)
    assert line.presence == "3 of 5 present, quorum of 2 met"
    assert (line.signed, set(line.open)) == (("Ana Ruiz (Approve)",), {"Ben Roth", "Mei Chen", "Otto Lang", "Eve Moro"})
    board.clock.move_on(minutes=10)
    register.attend_meeting(FIRST, ["cid", "ana", "ben", "mei", "otto"], by("cid"))
    assert "4 of 5 present" in register.meeting(FIRST, "cid").agenda[1].presence
    # Two of four are no majority. Mei leaves: of the three who stay two are, and the verdict falls with the roll-call.
    board.sign("ben", ready)
    assert board.state(ready) == "board"
    board.clock.move_on(minutes=20)
    said = register.attend_meeting(FIRST, ["cid", "ana", "ben", "otto"], by("cid"))
    assert f"{ready}: {ready} is in Approved." in said
    assert board.state(ready) == "approved"
    assert board.state(late) == "board"

    # The minutes: what was decided stands in them as the item's record says it.
    register.note_meeting(FIRST, late, "The label stock is not clear.", by("cid"))
    register.note_meeting(FIRST, None, "Short meeting.", by("cid"))
    number = register.set_action(FIRST, "Clear the label stock", "dan", date(2026, 6, 26), by("cid"), late)
    board.carry()
    (told,) = board.mails("dan@example.com", "[Yours to do]")
    assert "Clear the label stock" in str(told["Subject"])
    board.clock.move_on(minutes=25)
    mark = register.close_minutes(FIRST, by("cid"))
    minutes = register.meeting(FIRST).minutes
    assert minutes is not None
    by_item = {one["item"]: one for one in minutes["items"]}
    assert by_item[ready]["decided"] == [
        "Round closed: Approved.",
        "At the board → Approved, by verdict “approved”.",
    ]
    assert len(by_item[ready]["entries"]) == 2
    assert by_item[late]["decided"] == []
    assert by_item[late]["note"] == "The label stock is not clear."
    times = {one["name"]: len(one["times"]) for one in minutes["present"]}
    assert set(times) == {"Cid Cole", "Ana Ruiz", "Ben Roth", "Mei Chen", "Otto Lang"}
    assert [one["name"] for one in minutes["absent"]] == ["Eve Moro"]
    assert register.meeting(FIRST).digest == mark
    with pytest.raises(Refused, match="has its minutes closed"):
        register.note_meeting(FIRST, None, "One thing more.", by("cid"))
    register.correct_minutes(FIRST, "Otto came at 10:15.", "The clock of the room is slow.", by("cid"))
    assert register.meeting(FIRST).minutes == minutes
    assert register.meeting(FIRST).corrections[0].text == "Otto came at 10:15."

    # What was not decided is on the next agenda; so is what is still to be done. Its owner is reminded once.
    assert standing(board, SECOND)[late] == "ready"
    assert [one.text for one in register.meeting(SECOND).carried] == ["Clear the label stock"]
    go_to(board, 25, 8)
    assert len(board.mails("dan@example.com", "Due tomorrow")) == 1
    register.do_action(FIRST, number, "Stock counted, 400 rolls.", by("dan"))
    go_to(board, 29, 8)
    assert board.mails("dan@example.com", "Overdue") == []
    assert register.meeting(SECOND).carried == ()
    assert register.actions_of("dan") == []

    # The second is moved by a day: everybody hears of it, in the place of what they had.
    before = event(board.mails("mei@example.com", "Tue 30 Jun")[0])[1]
    register.move_meeting(
        SECOND, datetime.fromisoformat("2026-07-01T14:30"), by("cid"), "Half of the board is at the fair."
    )
    board.carry()
    (mail,) = board.mails("mei@example.com", "Wed 1 Jul")
    method, moved = event(mail)
    assert (method, str(moved["UID"]), int(moved["SEQUENCE"])) == ("REQUEST", str(before["UID"]), 2)
    assert moved["DTSTART"].dt.isoformat() == "2026-07-01T14:30:00+02:00"
    assert int(before["SEQUENCE"]) == 1
    assert standing(board, SECOND)[late] == "ready"
    plan(board)
    assert register.meeting(SECOND).line.starts_at == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)

    # The third is cancelled, and its cancellation is one.
    register.cancel_meeting(THIRD, by("cid"), "Nothing to decide.")
    board.carry()
    (mail,) = board.mails("otto@example.com", "[Meeting cancelled]")
    method, gone = event(mail)
    assert (method, str(gone["STATUS"])) == ("CANCEL", "CANCELLED")
    assert int(gone["SEQUENCE"]) == 2
    assert [str(one) for one in [gone["ATTENDEE"]]] == ["mailto:otto@example.com"]
    plan(board)
    assert register.meeting(THIRD).line.state == "cancelled"


def test_a_change_of_the_roster_is_heard_of_by_those_it_concerns(board: World) -> None:
    """Mei leaves the board and Dan joins it: he gets a request, she a cancellation, nobody else a mail."""
    from boards import ROSTER

    plan(board)
    board.post.sent.clear()
    text = ROSTER.replace(
        "mei@example.com, zone: Europe/Paris, roles: [board]", "mei@example.com, roles: [engineering]"
    )
    board.import_roster(text.replace("zone: Europe/Paris, roles: [engineering]}", "roles: [engineering, board]}"))
    plan(board)
    told = sorted((str(mail["To"].addresses[0].addr_spec), event(mail)[0]) for mail in board.post.sent)
    assert told == [("dan@example.com", "REQUEST")] * 2 + [("mei@example.com", "CANCEL")] * 2
    assert plan(board) == []
