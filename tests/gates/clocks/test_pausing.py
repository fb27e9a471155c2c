"""Clocks that stand still while an escalation is open, and go on with exactly what was left."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from permits import PEOPLE, PERMIT, open_plant, permit, text_of, told
from world import World

from gates.service.pausing import moved_on
from policies.shifts import WorkCalendar

FRIDAY = datetime(2026, 8, 21, 14, 0, tzinfo=UTC)
MONDAY = datetime(2026, 8, 24, 10, 0, tzinfo=UTC)
LYON = WorkCalendar("Europe/Paris", frozenset({date(2026, 8, 25)}))


@pytest.mark.parametrize(
    ("unit", "left_at"),
    [
        ("h", datetime(2026, 8, 29, 5, 0, tzinfo=UTC)),  # 68 hours later
        ("wd", datetime(2026, 8, 27, 5, 0, tzinfo=UTC)),  # 8 h of Friday and 12 h of Monday, by the clock of Lyon
        ("wh", datetime(2026, 8, 26, 13, 0, tzinfo=UTC)),  # 1 h of Friday and 3 h of Monday
    ],
)
def test_what_was_left_is_counted_in_the_clocks_own_terms(unit: str, left_at: datetime) -> None:
    due = datetime(2026, 8, 26, 9, 0, tzinfo=UTC)
    assert moved_on(due, FRIDAY, MONDAY, unit, LYON) == left_at


def test_a_permit_stands_still_over_a_weekend_while_its_escalation_is_open(plant: World) -> None:
    """Raised on Friday afternoon, ended on Monday: no reminder, no step meanwhile; due later by the open time."""
    register, key = plant.register, permit(plant)
    plant.clock.at = FRIDAY
    escalation = register.raise_escalation(key, None, plant.by("ada"), title="Two plants disagree", fields={})
    plant.carry()
    view = register.clocks(key)
    assert (view.paused_since, view.paused_by) == (FRIDAY, escalation)
    assert "Until ESC-0001 has ended its clocks stand still." in register.item(key).waiting_for
    plant.post.sent.clear()
    plant.pass_time(days=2, hours=20)
    assert plant.mails("sol@") == []
    assert plant.clock.at == MONDAY
    register.act(escalation, "withdraw", plant.by("ada"), "They agree again.")
    assert register.clocks(key).paused_since == FRIDAY
    assert plant.state(key) == "sign-off"


@pytest.fixture
def calm(store_url: str) -> World:
    """As the plant, but an escalation does no act."""
    world = open_plant(store_url, PERMIT.replace(", act: {approved: cancel}", ""))
    yield world  # type: ignore[misc]
    world.check_record()
    world.close()


def test_closing_lets_every_clock_run_on_with_what_was_left(calm: World) -> None:
    register, key = calm.register, permit(calm)
    calm.clock.at = FRIDAY
    escalation = register.raise_escalation(key, None, calm.by("ada"), title="Two plants disagree")
    assert "Its escalation ESC-0001 is open: Raised." in " ".join(calm.register.item(key).waiting_for.split())
    calm.clock.at = MONDAY
    register.act(escalation, "withdraw", calm.by("ada"), "They agree again.")
    calm.carry()
    view = register.clocks(key)
    # Friday 16:00 to Monday 12:00 in Lyon are 8 and 12 hours of open days: Monday 11:00 there becomes Tuesday 07:00.
    assert view.due_at == datetime(2026, 8, 25, 5, 0, tzinfo=UTC)
    assert view.paused_since is None
    calm.post.sent.clear()
    calm.clock.at = datetime(2026, 8, 25, 4, 59, tzinfo=UTC)
    calm.pass_time(minutes=0)
    assert calm.mails("kim@") == []
    calm.pass_time(minutes=2)
    assert calm.mails("kim@", "Needs attention")
    said = told(calm, key)
    assert "Its clocks stand still while ESC-0001 is open." in said
    assert "Its clocks run again; they stood still since Fri 21 Aug 2026 14:00 UTC, for ESC-0001." in said
    assert "ESC-0001 came to withdrawn." in said


def test_two_escalations_both_have_to_end(calm: World) -> None:
    register, key = calm.register, permit(calm)
    first = register.raise_escalation(key, None, calm.by("ada"), title="One")
    calm.pass_time(days=1)
    register.act(first, "withdraw", calm.by("ada"), "Solved.")
    second = register.raise_escalation(key, None, calm.by("ada"), title="Two")
    calm.carry()
    assert register.clocks(key).paused_since is not None
    register.act(second, "withdraw", calm.by("ada"), "Solved.")
    calm.carry()
    assert register.clocks(key).paused_since is None
    assert register.clocks(key).due_at == datetime(2026, 8, 25, 9, 0, tzinfo=UTC)


def test_a_deadlock_is_escalated_once_by_the_process_that_says_so(plant: World) -> None:
    """Nobody of safety is left: nobody can decide, and an escalation says so."""
    key = permit(plant)
    plant.import_roster("\n".join(line for line in PEOPLE.splitlines() if "sol:" not in line))
    plant.pass_time(hours=1)
    plant.pass_time(hours=1)
    view = plant.register.clocks(key)
    plant.pass_time(days=1)
    assert [one.title for one in view.escalations] == [f"{key} cannot be decided in Sign off"]


def test_signing_while_the_clocks_stand_still_goes_on_and_the_next_state_waits_too(calm: World) -> None:
    """The pause is of clocks, not of people."""
    register, key = calm.register, permit(calm)
    escalation = register.raise_escalation(key, None, calm.by("ada"), title="Two plants disagree")
    calm.pass_time(days=1)
    calm.sign("ben", key)
    calm.sign("sol", key)
    assert calm.state(key) == "work"
    calm.pass_time(days=7)
    assert calm.state(key) == "work"
    register.act(escalation, "withdraw", calm.by("ada"), "Solved.")
    calm.carry()
    assert register.clocks(key).due_at == datetime(2026, 8, 28, 9, 0, tzinfo=UTC)
    assert "overdue" not in text_of(calm.post.sent[-1]).lower()
