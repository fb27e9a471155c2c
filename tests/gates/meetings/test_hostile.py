"""What hostile or careless hands type at a meeting, and what else must not reach its mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from boards import board_world, plan
from world import World

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
