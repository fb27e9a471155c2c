"""Nobody stops the clocks of an item for ever: who may, for how long, and what an escalation left lying comes to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from permits import PEOPLE, PERMIT, open_plant, permit, told
from world import World

MONDAY = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
TWO_WEEKS = datetime(2026, 8, 31, 9, 0, tzinfo=UTC)
"""Ten working days later."""
MORE = "  vera: {name: Vera Voss, email: vera@example.com, roles: [vendor-pm]}\n"


@pytest.fixture
def plant(store_url: str) -> Iterator[World]:
    world = open_plant(store_url, PERMIT.replace("clock: pause", "clock: {pause: 10wd}"), PEOPLE + MORE)
    yield world
    world.check_record()
    world.close()


def test_an_escalation_left_lying_stops_the_clocks_no_longer_than_the_process_lets_it(plant: World) -> None:
    """The owner raises it, and nothing is done about it: after ten working days the permit is due as it would have been
    then, its steps are taken, and the trail and the exceptions say that the clocks stood still."""
    register, key = plant.register, permit(plant)
    raised = register.raise_escalation(key, None, plant.by("ada"), title="Two plants disagree")
    plant.carry()
    view = register.clocks(key)
    assert (view.paused_since, view.paused_until) == (MONDAY, TWO_WEEKS)
    plant.pass_time(days=13, hours=23)
    assert register.clocks(key).paused_by == raised
    assert register.long_pauses() == [(key, raised, MONDAY)]
    assert [one.sentence for one in register.exceptions(kinds=("paused",)).rows] == [
        "Its clocks stand still for 13 d 23 h, for ESC-0001."
    ]
    plant.pass_time(hours=1)
    view = register.clocks(key)
    assert (view.paused_since, view.due_at) == (None, datetime(2026, 9, 7, 9, 0, tzinfo=UTC))
    said = " ".join(told(plant, key))
    assert "Its clocks stand still while ESC-0001 is open, until Mon 31 Aug 2026 09:00 UTC at the latest." in said
    assert "for ESC-0001, and no longer than until Mon 31 Aug 2026 09:00 UTC." in said
    plant.post.sent.clear()
    plant.pass_time(days=9)
    assert plant.mails("kim@", "Needs attention")
    assert [one.sentence for one in register.exceptions(kinds=("paused",)).rows] == [
        "Its clocks stood still for 14 d, for ESC-0001."
    ]
    assert not plant.register.item(raised).line.ended, "that is another matter"


def test_what_is_raised_again_stops_them_no_longer(plant: World) -> None:
    """Withdrawn and raised again the day before: the same ten working days; and after them not at all."""
    register, key = plant.register, permit(plant)
    first = register.raise_escalation(key, None, plant.by("ada"), title="One")
    plant.pass_time(days=13)
    register.act(first, "withdraw", plant.by("ada"), "Solved.")
    plant.carry()
    second = register.raise_escalation(key, None, plant.by("ada"), title="Two")
    plant.carry()
    assert register.clocks(key).paused_until == TWO_WEEKS
    plant.pass_time(days=2)
    register.act(second, "withdraw", plant.by("ada"), "Solved.")
    plant.carry()
    register.raise_escalation(key, None, plant.by("ada"), title="Three")
    plant.carry()
    assert register.clocks(key).paused_since is None
    details = [line.details for line in register.item(key).timeline if line.kind == "item:escalation:raised"]
    assert "Its clocks run on: they have stood still in this state as long as the process lets them." in details[-1]


def test_a_worker_that_was_away_gives_nobody_more_time(plant: World) -> None:
    """Noticed three days late, the clocks have run since they were to."""
    register, key = plant.register, permit(plant)
    register.raise_escalation(key, None, plant.by("ada"), title="Two plants disagree")
    plant.carry()
    plant.clock.at = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)
    plant.pass_time(minutes=0)
    assert register.clocks(key).due_at == datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def test_a_pause_that_outlives_its_state_ends_in_the_next(plant: World) -> None:
    register, key = plant.register, permit(plant)
    register.raise_escalation(key, None, plant.by("ada"), title="Two plants disagree")
    plant.pass_time(days=1)
    for person in ("ben", "sol"):
        plant.sign(person, key)
    assert plant.state(key) == "work"
    plant.pass_time(days=13)
    assert register.clocks(key).paused_since is None
    assert register.clocks(key).due_at == datetime(2026, 9, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("person", ["vera", "lea"])
def test_who_has_no_part_in_it_may_raise_and_stops_no_clock(plant: World, person: str) -> None:
    """A vendor, and somebody who is not asked: the escalation is there, and says that the clocks run."""
    register, key = plant.register, permit(plant)
    register.raise_escalation(key, None, plant.by(person), title="Look at this")
    plant.carry()
    assert register.clocks(key).paused_since is None
    details = [line.details for line in register.item(key).timeline if line.kind == "item:escalation:raised"]
    assert details == [("Its clocks run on: whoever raised it has no part in the item.",)]


@pytest.mark.parametrize("person", ["ada", "ben", "pia"])
def test_who_wrote_it_who_is_asked_and_whom_an_act_names_stop_them(plant: World, person: str) -> None:
    register, key = plant.register, permit(plant)
    register.raise_escalation(key, None, plant.by(person), title="Look at this")
    plant.carry()
    assert register.clocks(key).paused_since == MONDAY


def test_nobody_leaves_a_gate_lying_behind_a_resolved_escalation(store_url: str) -> None:
    """The owner raises, owns and resolves it: who has to do with it is told, a week later it closes by itself, and the
    gate's time is over soon after."""
    house = World(store_url)
    key = house.gate(owner="ana")
    house.register.submit(key, house.by("ana"))
    house.carry()
    raised = house.register.raise_escalation(
        key,
        None,
        house.by("ana"),
        title="Wait",
        fields={"colour": "red", "impact": "None.", "latest-date": "2026-09-30"},
    )
    house.register.act(raised, "own", house.by("ana"))
    house.register.act(raised, "resolve", house.by("ana"), "Wait.")
    house.carry()
    house.post.sent.clear()
    house.pass_time(days=4)
    assert house.mails("ana@")
    house.pass_time(days=4)
    assert house.state(raised) == "closed"
    assert house.register.clocks(key).paused_since is None
    house.pass_time(days=14)
    assert house.register.clocks(key).escalations[-1].key == "ESC-0002", "the ladder of the gate went on"
    house.check_record()
    house.close()
