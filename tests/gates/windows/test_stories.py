"""Windows, told as stories: a freeze at year end, two changes on one line, the night the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from line_changes import SITES, line_change, set_up, sites
from world import World

from gates.errors import BadInput, Refused
from gates.service.windows import Asking

SATURDAY = ("2026-08-22T08:00", "2026-08-22T12:00")
FROZEN = ("2026-12-19T08:00", "2026-12-19T12:00")


@pytest.fixture
def plant(world: World) -> World:
    return set_up(world)


def schedule(world: World, key: str, act: str = "schedule") -> str:
    return world.register.act(key, act, world.by("cid"))


def test_a_change_inside_a_window_is_booked_with_the_act_and_free_when_it_ends(plant: World) -> None:
    """One commit: the item is scheduled and the line is taken; the record says window, time and calendar."""
    key = line_change(plant, *SATURDAY)
    assert schedule(plant, key) == "scheduled"
    (booking,) = plant.register.bookings("Lyon")
    assert (booking.item, booking.line, booking.window) == (key, "L1", "saturday")
    assert booking.begins_at == datetime(2026, 8, 22, 6, tzinfo=UTC)
    lines = plant.register.item(key).timeline
    assert "L1 at Lyon booked from Sat 22 Aug 2026, 08:00 CEST to Sat 22 Aug 2026, 12:00 CEST" in lines[-2].sentence
    plant.register.act(key, "done", plant.by("cid"))
    assert plant.register.bookings() == []
    assert plant.is_whole(key)


def test_the_freeze_at_year_end_takes_an_exception_that_the_plant_manager_decides(plant: World) -> None:
    """A Saturday in the freeze: the strict act is refused and names what is free, the other leads to the exception.
    Rejected, the time is free; asked again and approved, it is scheduled, and the record keeps what stood against it."""
    key = line_change(plant, *FROZEN)
    with pytest.raises(Refused, match=r"freeze year-end \(Closing of the books\)") as refused:
        schedule(plant, key, "squeeze-in")
    assert refused.value.code == "outside-window"
    assert "Sat 9 Jan 2027, 06:00 CET to 18:00" in refused.value.remedy
    offer = {one.name: one for one in plant.register.item(key, "cid").acts}
    assert "freeze" in offer["squeeze-in"].refusal
    assert not offer["schedule"].refusal

    assert schedule(plant, key) == "exception"
    plant.carry()
    assert plant.mails("dan@", key)
    assert plant.register.bookings()[0].against, "the time is kept while the exception is decided"
    plant.sign("dan", key, "reject")
    assert plant.state(key) == "planning"
    assert plant.register.bookings() == []

    plant.clock.move_on(hours=1)
    assert schedule(plant, key) == "exception"
    plant.carry()
    plant.sign("dan", key)
    assert plant.state(key) == "scheduled"
    (booking,) = plant.register.bookings()
    assert "freeze year-end" in booking.against[0]
    assert plant.register.booking_conflicts() == [], "what was granted is no conflict"
    assert plant.is_whole(key)


def test_two_changes_on_one_line_at_once_are_refused_unless_there_is_room(plant: World) -> None:
    """One at a time on Saturday; another line is no matter; two in the night, which takes two; the third is refused."""
    first = line_change(plant, *SATURDAY)
    schedule(plant, first)
    second = line_change(plant, "2026-08-22T11:00", "2026-08-22T13:00")
    with pytest.raises(Refused, match=rf"taken by {first} \(L1\); there may be one at a time") as refused:
        schedule(plant, second, "squeeze-in")
    assert "Sat 22 Aug 2026, 12:00 CEST to 18:00" in refused.value.remedy
    schedule(plant, line_change(plant, *SATURDAY, line="L2"), "squeeze-in")
    with pytest.raises(Refused, match="taken by"):
        schedule(plant, line_change(plant, *SATURDAY, line=None), "squeeze-in")
    night = ("2026-08-22T23:00", "2026-08-23T03:00")
    both = [line_change(plant, *night) for _ in range(2)]
    assert [schedule(plant, key, "squeeze-in") for key in both] == ["scheduled", "scheduled"]
    third = line_change(plant, *night)
    with pytest.raises(Refused, match="2 at a time"):
        schedule(plant, third, "squeeze-in")
    plant.register.act(both[0], "plan-anew", plant.by("cid"))
    assert schedule(plant, third, "squeeze-in") == "scheduled", "back in planning, the first gave its time free"


def test_conflicts_that_an_import_makes_are_found(plant: World) -> None:
    """Nothing moves by itself: a new blackout and a smaller capacity are listed with the bookings they concern."""
    key = line_change(plant, *SATURDAY)
    schedule(plant, key)
    night = ("2026-08-22T23:00", "2026-08-23T03:00")
    both = [line_change(plant, *night) for _ in range(2)]
    for one in both:
        schedule(plant, one)
    assert plant.register.booking_conflicts() == []
    changed = SITES.replace(", capacity: 2", "").replace(
        "      audit:",
        "      visit: {kind: blackout, from: 2026-08-22, until: 2026-08-22T20:00, why: Visit}\n      audit:",
    )
    plant.register.publish_calendar(sites(changed), World.by("import"))
    found = {one.booking.item: one.why[0] for one in plant.register.booking_conflicts("Lyon")}
    assert set(found) == {key, *both}
    assert "blackout visit (Visit)" in found[key]
    assert both[1] in found[both[0]]
    assert plant.state(key) == "scheduled"


def test_the_night_the_clocks_change(plant: World) -> None:
    """25 October 2026: the night of the window is an hour longer, 02:30 comes twice and both are taken; on 28 March
    2027 there is no 02:30."""
    key = line_change(plant, "2026-10-25T02:30", "2026-10-25T02:30")
    assert schedule(plant, key, "squeeze-in") == "scheduled"
    (booking,) = plant.register.bookings()
    assert (booking.ends_at - booking.begins_at).total_seconds() == 3600
    skipped = line_change(plant, "2027-03-28T02:30", "2027-03-28T04:00")
    with pytest.raises(Refused, match="put forward over it"):
        schedule(plant, skipped)


def test_what_makes_no_sense_is_refused_and_no_exception_helps(plant: World) -> None:
    """A time that is past, one that ends before it begins, one for longer than a month, and an item without a site."""
    for begins, ends, said in (
        ("2026-08-15T08:00", "2026-08-15T09:00", "which is past"),
        ("2026-08-22T08:00", "2026-08-22T07:00", "not after its beginning"),
        ("2026-08-22T08:00", "2026-10-22T07:00", "longer than 31 days"),
    ):
        with pytest.raises(Refused, match=said):
            schedule(plant, line_change(plant, begins, ends))
    nowhere = plant.register.create_item(
        "line-change", "x", plant.by("cid"), fields={"begins": SATURDAY[0], "ends": SATURDAY[1]}, criteria={}
    )
    with pytest.raises(Refused, match="has no site"):
        schedule(plant, nowhere)
    with pytest.raises(BadInput, match="is not a day and a time such as"):
        line_change(plant, "tomorrow", "2026-08-22T07:00")


def test_a_time_is_booked_and_released_by_hand(plant: World) -> None:
    """By the author or the owner, inside of windows alone, with a reason to release; on the record, each."""
    key = plant.change()
    asking = Asking(datetime(2026, 8, 22, 8), datetime(2026, 8, 22, 12), "L1", "maintenance")  # noqa: DTZ001
    with pytest.raises(Refused, match="for its author and its owner"):
        plant.register.book_window(key, plant.by("dan"), asking)
    assert plant.register.book_window(key, plant.by("cid"), asking).window == "saturday"
    sunday = Asking(datetime(2026, 8, 23, 8), datetime(2026, 8, 23, 12), "L1", "maintenance")  # noqa: DTZ001
    with pytest.raises(Refused, match="No maintenance window for L1") as refused:
        plant.register.book_window(key, plant.by("cid"), sunday)
    assert "Free next at Lyon: Sat 29 Aug 2026, 06:00 CEST" in refused.value.remedy
    with pytest.raises(BadInput, match="reason"):
        plant.register.release_window(key, plant.by("cid"), " ")
    plant.register.release_window(key, plant.by("cid"), "Parts are late")
    assert plant.register.bookings() == []
    with pytest.raises(Refused, match="no time booked"):
        plant.register.release_window(key, plant.by("cid"), "again")
    assert plant.kinds(key)[-2:] == ["item:window:booked", "item:window:released"]


def test_a_free_time_without_windows_is_any_that_nothing_closes(plant: World) -> None:
    """`any_time`: on a Wednesday, but not in the blackout of its line, nor beside another on it."""
    key = plant.change()

    def asking(day: str, line: str) -> Asking:
        begins, ends = (datetime.fromisoformat(f"{day}T{hour}:00") for hour in ("09", "11"))
        return Asking(begins, ends, line, "any_time")

    assert plant.register.book_window(key, plant.by("cid"), asking("2026-08-19", "L2")).window is None
    with pytest.raises(Refused, match="Audit of line 2") as refused:
        plant.register.book_window(key, plant.by("cid"), asking("2026-09-05", "L2"))
    assert "from Sat 5 Sep 2026, 12:00 CEST" in refused.value.remedy
    assert plant.register.book_window(key, plant.by("cid"), asking("2026-09-05", "L1")).line == "L1"
    assert len(plant.register.bookings()) == 1, "one time an item: the earlier one is free"
