"""More time: asked, refused, granted, with the first date in sight all along."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from permits import PERMIT, open_plant, permit, text_of, told
from world import World

from gates.errors import BadInput, Refused


def test_more_time_is_asked_for_refused_and_granted_and_the_first_date_stays(plant: World) -> None:
    """Ada asks; Ben may not; Pia refuses once and grants once; reminders and ladder move with the date."""
    register, key = plant.register, permit(plant)
    assert register.clocks(key).due_at == datetime(2026, 8, 24, 9, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="More time is asked for by the author or the owner"):
        register.ask_for_time(key, plant.by("ben"), date(2026, 8, 28), "I am busy.")
    with pytest.raises(BadInput, match="stands on the record"):
        register.ask_for_time(key, plant.by("ada"), date(2026, 8, 28))
    with pytest.raises(BadInput, match="the last day is 2026-09-07"):
        register.ask_for_time(key, plant.by("ada"), date(2026, 9, 30), "Parts.")
    register.ask_for_time(key, plant.by("ada"), date(2026, 9, 4), "The part comes later.")
    plant.carry()
    assert "asks for time until 4 Sep 2026" in text_of(plant.mails("pia@", "For information")[0])
    assert register.clocks(key, "pia").may_answer
    assert not register.clocks(key, "ada").may_answer
    register.refuse_time(key, plant.by("pia"), "A week is enough.")
    assert register.clocks(key).due_at == datetime(2026, 8, 24, 9, 0, tzinfo=UTC)
    said = register.ask_for_time(key, plant.by("ada"), date(2026, 8, 28), "The part comes on Thursday.")
    assert said.endswith("somebody else has to grant it.")
    with pytest.raises(Refused, match="granted by the PMO lead"):
        register.grant_time(key, plant.by("ada"))
    register.grant_time(key, plant.by("pia"))
    view = register.clocks(key)
    assert view.due_at == datetime(2026, 8, 28, 21, 59, 59, tzinfo=UTC)  # the end of the day in Lyon
    assert view.first_due_at == datetime(2026, 8, 24, 9, 0, tzinfo=UTC)
    assert [one.standing for one in view.extensions] == ["refused", "granted"]
    line = next(one for one in register.items() if one.key == key)
    assert (line.due_at, line.first_due_at, line.extended) == (view.due_at, view.first_due_at, 1)
    plant.pass_time(days=8)  # Tuesday the 25th: the stand-in was to be told the day before
    assert plant.mails("kim@", "Needs attention") == []
    reminder = plant.mails("sol@", "Still open")[-1]
    assert "28 Aug" in text_of(reminder)
    assert "was Mon 24 Aug" in text_of(reminder)
    plant.pass_time(days=6)
    assert plant.mails("kim@", "Needs attention")
    assert "Due Fri 28 Aug 2026 21:59 UTC, was Mon 24 Aug 2026 09:00 UTC; extended by Pia Moor: The part comes on Thursday." in told(plant, key)  # fmt: skip
    refused = [line.sentence for line in register.item(key).timeline if line.kind == "item:act:refused"]
    assert len(refused) == 2


def test_no_oftener_than_the_process_says(plant: World) -> None:
    register, key = plant.register, permit(plant)
    for day in (date(2026, 8, 26), date(2026, 8, 31)):
        register.ask_for_time(key, plant.by("ada"), day, "Parts.")
        register.grant_time(key, plant.by("pia"))
    with pytest.raises(Refused, match="extended twice here"):
        register.ask_for_time(key, plant.by("ada"), date(2026, 9, 4), "Parts.")
    assert register.clocks(key).first_due_at == datetime(2026, 8, 24, 9, 0, tzinfo=UTC)


def test_where_nobody_has_to_grant_it_asking_is_enough(plant: World) -> None:
    """A state without a round: its own due time, reminders and ladder move."""
    register, key = plant.register, permit(plant)
    plant.sign("ben", key)
    plant.sign("sol", key)
    assert plant.state(key) == "work"
    assert register.clocks(key).due_at == datetime(2026, 8, 20, 9, 0, tzinfo=UTC)
    register.ask_for_time(key, plant.by("ada"), date(2026, 8, 24))
    assert register.clocks(key).due_at == datetime(2026, 8, 24, 21, 59, 59, tzinfo=UTC)
    plant.pass_time(days=5)
    assert plant.mails("pia@", "Needs attention") == []
    plant.pass_time(days=4)
    assert len(plant.mails("pia@", "Needs attention")) == 1
    assert plant.state(key) == "work"
    plant.pass_time(days=2)
    assert plant.state(key) == "cancelled"


def test_what_was_asked_for_ends_with_the_stay(plant: World) -> None:
    register, key = plant.register, permit(plant)
    register.ask_for_time(key, plant.by("ada"), date(2026, 8, 26), "Parts.")
    plant.sign("ben", key)
    plant.sign("sol", key)
    with pytest.raises(Refused, match=r"Nobody has asked|not to be moved|granted by"):
        register.grant_time(key, plant.by("pia"))
    assert register.clocks(key).extensions == ()


def test_a_due_time_that_is_not_to_be_moved_is_not(store_url: str) -> None:
    text = PERMIT.replace(
        "      extend: {by: [author, owner], approve: {role: pmo-lead}, at_most: 2, longest: 10wd}\n", ""
    )
    world = open_plant(store_url, text)
    key = permit(world)
    with pytest.raises(Refused, match="not to be moved"):
        world.register.ask_for_time(key, world.by("ada"), date(2026, 8, 28), "Parts.")
    world.check_record()
    world.close()


def test_time_until_a_day_that_nobody_works_is_until_that_day(plant: World) -> None:
    """Granted until Sunday: due at the end of Sunday, as the mail says, and the ladder moves by the working time."""
    register, key = plant.register, permit(plant)
    register.ask_for_time(key, plant.by("ada"), date(2026, 8, 30), "The part comes at the weekend.")
    said = register.grant_time(key, plant.by("pia"))
    sunday = datetime(2026, 8, 30, 21, 59, 59, tzinfo=UTC)
    assert said == f"{key} is now due on 2026-08-30; it was due on 2026-08-24."
    assert register.clocks(key).due_at == sunday
    round_now = register.item(key).round
    assert round_now is not None
    assert {one.due_at for one in round_now.asks if one.needed} == {sunday}
    plant.pass_time(days=13)  # Sunday the 30th, 11:00 in Lyon
    assert plant.mails("ada@", "verdue") == []
