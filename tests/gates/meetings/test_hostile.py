"""What hostile or careless hands type at a meeting, and what else must not reach its mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from boards import board_world, plan
from world import World

from gates.errors import BadInput, Refused
from gates.preferences import Preferences

FIRST = "cab-2026-08-18"


def opened(url: str) -> World:
    """The board at its first meeting, the roll called."""
    world = board_world(url)
    plan(world)
    world.clock.at = datetime(2026, 8, 18, 8, 0, tzinfo=UTC)
    world.register.attend_meeting(FIRST, ["cid", "ana"], world.by("cid"))
    return world


@pytest.fixture
def board(sqlite_url: str) -> Iterator[World]:
    world = opened(sqlite_url)
    yield world
    world.check_record()
    world.close()


def test_preferences_that_change_send_no_reminder_before_its_day(board: World) -> None:
    """“Overdue since yesterday” is owed from the start, for six weeks later: no change of preferences sends it."""
    board.register.set_action(FIRST, "Update the drawing", "ana", date(2026, 9, 30), board.by("cid"), None)
    board.carry()
    board.register.set_preferences("ana", Preferences("daily", 6), board.by("ana"))
    board.carry()
    assert board.mails("ana@example.com", "Due tomorrow") == []
    assert board.mails("ana@example.com", "Overdue") == []
    board.pass_time(days=44)
    assert len(board.mails("ana@example.com", "Due tomorrow")) == 1
    assert len(board.mails("ana@example.com", "Overdue")) == 1


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "bell\x07", "x" * 4001])
def test_what_no_record_can_hold_is_refused_in_every_box(board: World, text: str) -> None:
    """In words and with the box; on PostgreSQL it was a fault of the server."""
    register, by = board.register, board.by("cid")
    register.set_action(FIRST, "Update the drawing", "ana", date(2026, 9, 1), by, None)
    acts = {
        "text": lambda: register.note_meeting(FIRST, None, text, by),
        "note": lambda: register.do_action(FIRST, 1, text, by),
        "reason": lambda: register.cancel_meeting("cab-2026-08-25", by, text),
    }
    for box, act in acts.items():
        with pytest.raises(BadInput) as refused:
            act()
        assert list(refused.value.faults) == [box]
    with pytest.raises(BadInput) as refused:
        register.set_action(FIRST, text, "ana", date(9999, 12, 31), by, None)
    assert list(refused.value.faults) == ["text", "due"]
    register.note_meeting(FIRST, None, "One line\r\nand another.", by)
    assert register.meeting(FIRST).note == "One line\nand another."


def test_a_year_at_the_end_of_the_calendar_is_no_time_to_meet(board: World) -> None:
    """Neither the first nor the last."""
    for year in ("0001-01-01", "9999-12-31"):
        with pytest.raises(BadInput, match="is the year right"):
            board.register.move_meeting(
                "cab-2026-08-25", datetime.fromisoformat(f"{year}T00:00"), board.by("cid"), "Fair."
            )


@pytest.mark.postgres
def test_a_key_that_no_store_can_hold_is_no_fault_of_the_server(postgres_url: str) -> None:
    """An address typed with %00 asks PostgreSQL for a text that it does not have."""
    world = opened(postgres_url)
    for key in ("a\0b", "a\ud800b"):
        with pytest.raises(Refused, match="cannot be kept"):
            world.register.meeting(key)
        with pytest.raises(Refused, match="cannot be kept"):
            world.register.item(key)
    world.check_record()
    world.close()
