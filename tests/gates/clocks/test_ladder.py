"""The ladder as people meet it: who is told what on which day when nobody answers, and what the record says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from permits import PEOPLE, open_plant, permit, text_of, told
from sqlalchemy import select
from world import World

from gates.items import Actor
from gates.ports import SystemClock
from gates.store import work_tables as w

EMERGENCY = """
process: stop
title: Line stop
kind: issue
numbering: "STOP-{n}"
start: called
states:
  called:
    acts: {take: {to: taken, by: {role: quality}}}
    due: {within: 2h}
    ladder:
      - {after: 15m, notify: {role: quality}, every: 15m, times: 8}
      - {after: 150m, raise: escalation}
  taken: {end: done}
"""


def test_nobody_answers_and_it_goes_up_until_the_sponsor_decides(plant: World) -> None:
    """Remind, tell the stand-in, hand over, tell the manager, raise, decide in the escalation, and the permit moves."""
    key = permit(plant)
    plant.pass_time(days=7)
    assert len(plant.mails("ben@", "Still open")) == len(plant.mails("sol@", "Still open")) == 1  # folded after a week
    assert "Ben Roth has not answered" in text_of(plant.mails("kim@", "Needs attention")[0])
    plant.pass_time(days=1)
    assert "handed to Kim Lund" in text_of(plant.mails("ben@", "For information")[0])
    assert plant.mails("kim@", "Overdue since")
    plant.sign("kim", key)
    line = next(one for one in plant.register.item(key).timeline if one.kind == "item:decision:recorded")
    assert line.sentence.startswith("Approve by Kim Lund for Ben Roth as")
    plant.pass_time(days=1)
    assert plant.mails("lea@", "Needs attention")
    plant.pass_time(days=1)
    escalation = plant.register.clocks(key).escalations[0]
    assert (escalation.key, escalation.state) == ("ESC-0001", "Raised")
    assert plant.register.item("ESC-0001").about == (key, "Open line 4")
    assert [line.text for line in plant.register.item("ESC-0001").fields if line.name == "colour"] == ["red"]
    register = plant.register
    register.act("ESC-0001", "own", plant.by("pia"))
    register.edit_item(
        "ESC-0001",
        plant.by("pia"),
        fields={"impact": "Line 4 stands.", "decision-needed": "Stop it?", "latest-date": "2026-09-01"},
    )
    register.act("ESC-0001", "ask-decision", plant.by("pia"))
    plant.carry()
    plant.sign("sam", "ESC-0001")
    assert plant.state(key) == "sign-off"
    register.act("ESC-0001", "close", plant.by("pia"))
    plant.carry()
    assert plant.state(key) == "cancelled"
    said = told(plant, key)
    assert "Sign off → Cancelled, by act “cancel”." in said
    assert "ESC-0001 came to approved: PRM-001 goes to Cancelled." in said
    assert "By the end of escalation ESC-0001." in next(
        line.details for line in register.item(key).timeline if "→ Cancelled" in line.sentence
    )


def test_a_stand_in_whom_the_policy_keeps_apart_takes_nobodys_place(store_url: str) -> None:
    """Ada wrote the permit and stands in for Ben: the place stays his, and the record says why."""
    world = open_plant(store_url, people=PEOPLE.replace("stand_in: kim", "stand_in: ada"))
    key = permit(world)
    world.pass_time(days=8)
    lines = [line for line in world.register.item(key).timeline if line.kind == "item:round:handed"]
    assert lines[0].sentence == "Nobody was handed over."
    assert any("Ben Roth, for the policy keeps Ada Amsel apart" in one for one in lines[0].details)
    world.sign("ben", key)
    world.sign("sol", key)
    assert world.state(key) == "work"
    world.check_record()
    world.close()


def test_an_emergency_pages_every_quarter_of_an_hour_until_somebody_takes_it(store_url: str) -> None:
    world = open_plant(store_url)
    world.register.publish_process(EMERGENCY, "stop.yaml", Actor(None, "import"))
    key = world.register.create_item("stop", "Line 4 stopped", world.by("ada"), site="Lyon")
    for _ in range(3):
        world.pass_time(minutes=15)
    assert len(world.mails("ben@", "Needs attention")) == 3
    world.register.act(key, "take", world.by("ben"))
    for _ in range(10):
        world.pass_time(minutes=15)
    assert len(world.mails("ben@", "Needs attention")) == 3
    assert world.register.clocks(key).escalations == ()
    world.check_record()
    world.close()


def test_pages_missed_in_an_outage_are_one_page_and_the_escalation_is_still_raised(store_url: str) -> None:
    world = open_plant(store_url)
    world.register.publish_process(EMERGENCY, "stop.yaml", Actor(None, "import"))
    key = world.register.create_item("stop", "Line 4 stopped", world.by("ada"), site="Lyon")
    world.pass_time(minutes=16)
    world.pass_time(hours=5)
    assert len(world.mails("ben@", "Needs attention")) == 2
    fired = [line.sentence for line in world.register.item(key).timeline if line.kind == "item:timer:fired"]
    assert any(
        one.startswith("Step 1 of the ladder, time 8: 1 person was told. It stands for 6 earlier, due since Mon 17 Aug")
        for one in fired
    )
    assert fired[-1] == "Step 2 of the ladder: escalation ESC-0001 was raised."
    world.check_record()
    world.close()


def test_an_outage_of_days_is_caught_up_in_the_order_of_what_was_due(plant: World) -> None:
    """From before the fifth working day to after the eighth: reminders are one, every step of the ladder is taken."""
    key = permit(plant)
    plant.pass_time(days=4)
    plant.post.sent.clear()
    plant.pass_time(days=7)
    order = [line for line in plant.register.item(key).timeline if line.kind == "item:timer:fired"]
    steps = [line.sentence[:20] for line in order if line.sentence.startswith("Step")]
    assert steps == [f"Step {n} of the ladder"[:20] for n in (1, 2, 3, 4)]
    assert len(plant.mails("sol@", "Still open")) == 1
    assert plant.mails("kim@", "Needs attention")
    assert plant.register.clocks(key).escalations
    bodies = [json.loads(body) for body in plant.register.read_record(key).bodies]
    late = [one for one in bodies if one["kind"] == "item:timer:fired" and one["data"]["timer"] == "ladder:0"]
    assert late[0]["data"]["due_at"] < late[0]["at"]


def test_a_step_that_moves_ends_the_ladder_of_its_state(plant: World) -> None:
    """After an outage the step that tells comes first, then the one that moves; the next state begins today."""
    key = permit(plant)
    plant.sign("ben", key)
    plant.sign("sol", key)
    plant.pass_time(days=30)
    assert plant.state(key) == "cancelled"
    assert len(plant.mails("pia@", "Needs attention")) == 1


def test_one_open_escalation_is_enough_for_one_cause(plant: World) -> None:
    key = permit(plant)
    plant.pass_time(days=10)
    plant.register.act("ESC-0001", "withdraw", plant.by("pia"), "Sol was ill.")
    plant.carry()
    assert plant.state(key) == "sign-off"  # nobody signs a withdrawal
    other = permit(plant)
    plant.register.raise_escalation(other, None, plant.by("ben"), title="Nobody decides")
    with pytest.raises(Exception, match="ESC-0002 is open about PRM-002 already"):
        plant.register.raise_escalation(other, None, plant.by("sol"), title="Nobody decides")


@pytest.mark.slow
def test_eight_processes_fire_each_timer_once(store_url: str) -> None:
    world = open_plant(store_url)
    key = permit(world)
    world.clock.at = SystemClock().now()
    script = Path(__file__).with_name("sweeping.py")
    job = json.dumps({"url": store_url, "now": world.clock.at.isoformat(), "start": time.time() + 4})
    running = [
        subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    with ThreadPoolExecutor(8) as together:
        said = [json.loads(out) for out, _ in together.map(lambda one: one.communicate(job, timeout=120), running)]
    fired = [timer for one in said for timer in one]
    assert len(fired) == len(set(fired))
    with world.store.reading() as connection:
        left = select(w.timers.c.id).where(w.timers.c.fired_at.is_not(None), w.timers.c.item == key)
        assert set(connection.execute(left).scalars()) == set(fired)
    assert len(world.register.clocks(key).escalations) == 1
    world.check_record()
    world.close()
