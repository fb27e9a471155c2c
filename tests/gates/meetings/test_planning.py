"""The plan of meetings follows process, calendars and roster, leaves what people did, and is made once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from boards import BOARD, ROSTER, board_world, change, plan
from sqlalchemy import delete, insert, text
from world import World

from gates.errors import BadInput, NotFound, Refused
from gates.items import Actor
from gates.service.searching.find import Question
from gates.sitesfile import SitesFile
from gates.store.meeting_tables import meetings
from policies.load import build, read_document

HOUR = timedelta(hours=1)
FIRST = "cab-2026-08-18"


@pytest.fixture
def board(sqlite_url: str) -> Iterator[World]:
    world = board_world(sqlite_url)
    plan(world)
    yield world
    world.check_record()
    world.close()


def states(world: World) -> dict[str, str]:
    return {line.key: line.state for line in world.register.meetings(is_all=True)}


def publish(world: World, old: str, new: str) -> None:
    assert old in BOARD
    world.register.publish_process(BOARD.replace(old, new), "board-change.yaml", Actor(None, "import"))


def test_another_day_in_the_process_plans_anew_and_leaves_what_people_moved(board: World) -> None:
    """From Tuesdays to Thursdays: those to come are cancelled, with the process as the reason; the moved one stays."""
    board.register.move_meeting(FIRST, datetime.fromisoformat("2026-08-19T10:00"), board.by("cid"), "Fair.")
    publish(board, "week on tuesday 10:00", "week on thursday 10:00")
    plan(board)
    found = states(board)
    assert found[FIRST] == "planned"
    assert {key for key, state in found.items() if state == "cancelled"} == {
        "cab-2026-08-25", "cab-2026-09-01", "cab-2026-09-08", "cab-2026-09-15"
    }  # fmt: skip
    assert found["cab-2026-08-20"] == "planned"
    assert board.register.meeting("cab-2026-08-25").why == "Its process holds it on other days now."
    assert len(board.mails("ana@example.com", "[Meeting cancelled]")) == 1, "of the one she was invited to"
    assert plan(board) == []


def test_who_is_only_no_longer_invited_is_not_told_that_it_is_cancelled(board: World) -> None:
    """The others meet; the calendar takes the entry out all the same."""
    board.import_roster(ROSTER.replace("zone: Europe/Paris, roles: [board]}\n  ben", "roles: [engineering]}\n  ben"))
    plan(board)
    board.carry()
    assert board.mails("ana@example.com", "[No longer invited]")
    assert not board.mails("ana@example.com", "[Meeting cancelled]")


def test_another_hour_moves_them_and_a_meeting_that_is_gone_is_cancelled(board: World) -> None:
    """Everybody invited hears of it."""
    publish(board, "tuesday 10:00", "tuesday 11:30")
    plan(board)
    assert board.register.meeting(FIRST).line.starts_at == datetime(2026, 8, 18, 9, 30, tzinfo=UTC)
    assert len(board.mails("ana@example.com", "11:30–12:30 CEST")) == 2
    first, rest = BOARD.split("meetings:\n")
    board.register.publish_process(first + "policies:" + rest.split("policies:")[1], "b.yaml", Actor(None, "import"))
    plan(board)
    assert set(states(board).values()) == {"cancelled"}


def test_a_shut_down_in_the_calendar_moves_what_it_hits(board: World) -> None:
    """The second Tuesday is not worked any more; it is held on the Thursday after."""
    sites = "sites:\n  Lyon: {zone: Europe/Paris, country: FR, closed: [{from: 2026-08-24, until: 2026-08-26, why: Audit}]}\n"
    board.register.publish_calendar(build(SitesFile, read_document(sites, "sites.yaml")), board.by("cid"))
    plan(board)
    moved = board.register.meeting("cab-2026-08-25")
    assert moved.line.starts_at == datetime(2026, 8, 27, 8, 0, tzinfo=UTC)
    assert moved.why == "2026-08-25 is not worked (Audit)"


def test_nobody_in_the_chair_plans_nothing_and_a_stand_in_leads(board: World) -> None:
    """While Cid is away Ana sits for him: she is the organizer, and calls the roll."""
    away = "absences:\n  - {person: cid, from: 2026-08-18, until: 2026-08-21, stand_in: ana}\n"
    board.import_roster(ROSTER + away)
    plan(board)
    assert board.register.meeting(FIRST).line.chair_name == "Ana Ruiz"
    assert board.register.meeting("cab-2026-08-25").line.chair_name == "Cid Cole"
    board.clock.at = datetime(2026, 8, 18, 8, 0, tzinfo=UTC)
    board.register.attend_meeting(FIRST, ["ana"], board.by("ana"))
    with pytest.raises(Refused, match="Only the chair may call the roll. Ask Ana Ruiz"):
        board.register.attend_meeting(FIRST, ["ana", "ben"], board.by("ben"))
    board.import_roster(ROSTER.replace("roles: [change-manager]", "roles: [engineering]"))
    board.clock.move_on(days=21)
    assert "cab-2026-10-06" not in states(board)
    plan(board)
    assert "cab-2026-10-06" not in states(board)


def test_what_is_asked_wrongly_is_refused_with_the_way_on(board: World) -> None:
    """Times that are past or none, reasons that are missing, items of elsewhere, meetings that are over."""
    by, register = board.by("cid"), board.register
    key = change(board, "New PLC firmware")
    with pytest.raises(NotFound, match="There is no meeting cab-2026-08-17. Did you mean"):
        register.meeting("cab-2026-08-17")
    with pytest.raises(BadInput, match="is past"):
        register.move_meeting(FIRST, datetime.fromisoformat("2026-08-01T10:00"), by, "x")
    with pytest.raises(BadInput, match="the clock is put forward over it"):
        register.move_meeting(FIRST, datetime.fromisoformat("2027-03-28T02:30"), by, "x")
    with pytest.raises(BadInput, match="Say why it is not held"):
        register.cancel_meeting(FIRST, by, "  ")
    with pytest.raises(NotFound, match="is not on the agenda"):
        register.put_off_item(FIRST, key, by, "x")
    with pytest.raises(NotFound, match="There is no item CHG-9"):
        register.ask_for_item(FIRST, "CHG-9", by, "x")
    with pytest.raises(Refused, match="call the roll first"):
        register.close_minutes(FIRST, by)
    with pytest.raises(Refused, match="Only whoever chairs Change advisory board may add one"):
        register.add_meeting("board-change", "cab", datetime.fromisoformat("2026-08-20T10:00"), board.by("ana"), "x")
    register.cancel_meeting(FIRST, by, "Nothing to decide.")
    with pytest.raises(Refused, match="is cancelled"):
        register.attend_meeting(FIRST, ["cid"], by)
    assert register.meeting(FIRST).agenda == ()


def test_the_record_of_a_meeting_is_searched_and_tables_that_were_changed_are_found(board: World) -> None:
    """By words, by kind, by who did it; a row that no entry tells of is named."""
    board.register.cancel_meeting(FIRST, board.by("cid"), "The quorum is at the fair.")
    found = board.register.search(Question(words="quorum fair", kind="meeting"))
    assert [(one.title, one.sentence, one.who) for one in found.found] == [
        (FIRST, "Cancelled: The quorum is at the fair.", "Cid Cole")
    ]
    assert board.register.search(Question(who="cid", kind="meeting:cancelled")).total == 1
    with board.store.writing() as connection:
        connection.execute(text("UPDATE meetings SET state = 'planned' WHERE key = :key"), {"key": FIRST})
    assert f"meetings {FIRST}: state: expected cancelled, found planned" in board.register.check_rebuilt().differences
    with board.store.writing() as connection:
        connection.execute(text("UPDATE meetings SET state = 'cancelled' WHERE key = :key"), {"key": FIRST})


def test_a_series_that_cannot_be_planned_holds_up_no_other(board: World) -> None:
    """A row that no entry tells of stops its own series; the same board under another process is planned."""
    row = {
        "key": "ghost",
        "process": "board-change",
        "name": "cab",
        "title": "Ghost",
        "zone": "UTC",
        "state": "planned",
    }
    row |= {"by_hand": True, "sequence": 0, "starts_at": board.clock.at + HOUR, "ends_at": board.clock.at + 2 * HOUR}
    with board.store.writing() as connection:
        connection.execute(insert(meetings).values(**row))
    twin = BOARD.replace("process: board-change", "process: twin").replace("  cab:", "  twin:")
    twin = twin.replace("CHG-", "TWN-")
    board.register.publish_process(twin, "twin.yaml", Actor(None, "import"))
    assert len(plan(board)) == 5
    assert len([key for key in states(board) if key.startswith("twin-")]) == 5
    with board.store.writing() as connection:
        connection.execute(delete(meetings).where(meetings.c.key == "ghost"))


@pytest.mark.slow
@pytest.mark.postgres
def test_several_workers_plan_once_on_postgres(postgres_url: str) -> None:
    """Each meeting, and each mail about it, is there once; a whole meeting works on that store too."""
    world = board_world(postgres_url)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _n: world.register.plan_meetings(), range(12)))
    world.carry()
    assert len(states(world)) == 5
    assert len(world.mails("ana@example.com", "[Meeting]")) == 2
    world.clock.at = datetime(2026, 8, 18, 8, 0, tzinfo=UTC)
    world.register.attend_meeting(FIRST, ["cid", "ana"], world.by("cid"))
    world.register.close_minutes(FIRST, world.by("cid"))
    world.check_record()
    world.close()
