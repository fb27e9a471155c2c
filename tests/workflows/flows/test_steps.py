"""Each step runs twice without harm, and dies at each point once leaving the world whole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from world import ROSTER, KillAt, World, test_settings

from gates.service import clocks
from gates.store.work_tables import timers
from workflows.flows.worker import Worker
from workflows.steps import carry_step, deliver_step, sweep_step


def submitted(world: World) -> str:
    """A change whose round is owed but not open."""
    key = world.change(author="dan")
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-fast", world.by("cid"))
    return key


def test_carrying_twice_asks_once(world: World) -> None:
    """A lease that lapsed gives the same work to two workers; the second finds it done."""
    key = submitted(world)
    first = carry_step(world.services, key)
    kinds = world.kinds(key)
    second = carry_step(world.services, key)
    assert (first.asked, second.asked) == (3, 3)
    assert world.kinds(key) == kinds
    assert world.register.outbox_count().by_kind["mail"] == 3


@pytest.mark.parametrize("point", ["carry:advanced", "carry:opened"])
def test_a_carry_that_dies_is_carried_on(world: World, point: str) -> None:
    """Killed at each point: what was committed stands, the rest is done when the lease lapses, once."""
    key = submitted(world)
    (owed,) = world.register.claim("carry", "dies")
    world.faults.at = point
    with pytest.raises(KillAt):
        carry_step(world.services, owed.item_key)
    assert world.register.claim("carry", "other") == []
    world.clock.move_on(seconds=61)
    world.carry()
    assert world.kinds(key).count("item:round:opened") == 1
    assert {to for person in ("ana", "ben", "mei") for to in [len(world.mails(f"{person}@example.com"))]} == {1}
    for person in ("mei", "ana", "ben"):
        world.sign(person, key)
    assert world.state(key) == "implementation"
    assert world.is_whole(key)


def test_delivering_twice_sends_once(world: World) -> None:
    """The second run of the very same list finds the receipts (I7)."""
    key = submitted(world)
    world.register.open_round(key)
    mails = world.register.claim("mail", "one")
    deliver_step(world.services, mails)
    sent = len(world.post.sent)
    for mail in mails:
        assert world.register.done(mail.id, receipt={"message_id": "again"}) is False
    assert world.register.claim("mail", "two") == []
    assert len(world.post.sent) == sent == 3


@pytest.mark.parametrize(("point", "copies"), [("deliver:claimed", 0), ("deliver:sent", 3)])
def test_a_delivery_that_dies_owes_nothing_twice(world: World, point: str, copies: int) -> None:
    """Before sending: all go out later. After: their receipts stand and none goes out again (I7)."""
    key = submitted(world)
    world.register.open_round(key)
    world.faults.at = point
    with pytest.raises(KillAt):
        deliver_step(world.services, world.register.claim("mail", "dies"))
    assert len(world.post.sent) == copies
    world.clock.move_on(seconds=61)
    world.carry()
    assert len(world.post.sent) == 3
    assert len({str(mail["Message-ID"]) for mail in world.post.sent}) == 3
    assert world.is_whole(key)


def test_a_sweep_that_dies_fires_the_rest_later(world: World) -> None:
    """The reminders of six people about two items are due; the sweep dies after the first: each fires exactly once."""
    keys = [world.change_in_round(), world.change_in_round()]
    world.clock.move_on(hours=37)
    world.faults.at = "sweep:fired"
    with pytest.raises(KillAt):
        sweep_step(world.services)
    sweep_step(world.services)
    sweep_step(world.services)
    assert [world.kinds(key).count("item:timer:fired") for key in keys] == [3, 3]


def test_a_timer_that_cannot_be_fired_holds_up_no_other(small_world: World) -> None:
    """One of a step that its ladder does not have is named in the report and stays due; the five others fire."""
    world = small_world
    keys = [world.change_in_round(), world.change_in_round()]
    world.clock.move_on(hours=37)
    first = world.register.due_timers()[0]
    spoiled = first.item
    with world.store.writing() as connection:
        connection.execute(update(timers).where(timers.c.id == first.id).values(name="ladder:99"))
    report = sweep_step(world.services)
    (said,) = report.failed
    assert said.startswith(f"{spoiled} ladder:99: IndexError: ")
    fired = {key: world.kinds(key).count("item:timer:fired") for key in keys}
    assert fired == {key: 2 if key == spoiled else 3 for key in keys}
    assert [timer.name for timer in world.register.due_timers()] == ["ladder:99"]


def test_one_kind_of_work_that_fails_holds_up_no_other(small_world: World) -> None:
    """A file of calendars that is not there: mails are sent, timers fire, entries are sealed in the very same tick."""
    world = small_world
    key = submitted(world)
    gone = test_settings(absence_feeds=Path("no-such-file.yaml"), carry_grace_s=0, prefect_api_url="")
    worker = Worker(replace(world.services, settings=gone))
    assert worker.tick()
    assert len(world.mails("", "Sign by")) == 3
    assert world.register.log().pending == 0
    world.clock.move_on(hours=37)
    worker.tick()
    assert world.kinds(key).count("item:timer:fired") == 3


def test_a_sweep_finds_work_whose_wake_was_lost(world: World) -> None:
    """A carry that vanished from the outbox: the state still asks for its round, so it is opened."""
    key = submitted(world)
    for owed in world.register.claim("carry", "loses it"):
        world.register.done(owed.id, receipt={"did": "nothing"})
    assert world.register.item(key).round is None
    report = sweep_step(world.services)
    assert [one.key for one in report.carried] == [key]
    assert world.register.item(key).round is not None


def test_a_sweep_finds_a_verdict_ahead_of_its_state(world: World) -> None:
    """The roster changed under an open round, so that the board's two thirds are reached: the sweep moves it (I5)."""
    board = ROSTER.replace("roles: [finance]", "roles: [finance, change-board]")
    for person in ("Ana Ruiz", "Ben Roth"):
        board = re.sub(f"({person}.*roles: \\[)", r"\1change-board, ", board)
    world.import_roster(board)
    key = world.change(author="dan", track="full", **{"stock-disposition": "scrap"})
    world.register.submit(key, world.by("dan"))
    world.register.act(key, "accept-full", world.by("cid"))
    world.carry()
    world.sign("ana", key)
    assert sweep_step(world.services).carried == []
    world.import_roster(
        ROSTER.replace(
            "{name: Ana Ruiz, email: ana@example.com, zone: Europe/Paris, roles: [",
            "{name: Ana Ruiz, email: ana@example.com, zone: Europe/Paris, roles: [change-board, ",
        )
    )
    assert world.state(key) == "review-board"
    assert [one.key for one in sweep_step(world.services).carried] == [key]
    assert world.state(key) == "impact-board"
    assert world.is_whole(key)


def test_one_broken_item_does_not_stop_the_others(world: World) -> None:
    """Carrying a list: one that fails is said, the rest are carried."""
    key = submitted(world)
    assert "There is no item" in carry_step(world.services, "ECR-9999").error
    assert carry_step(world.services, key).error == ""


def test_sweeps_one_after_the_other_look_at_every_open_item_and_at_each_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More items than a page: what is lost in the last of them is found, and none is judged twice in a sweep."""
    keys = [world.change_in_round() for _ in range(4)]
    keys.append(submitted(world))
    lose_wakes(world)
    judged: list[str] = []
    plain = clocks._has_to_be_carried

    def counting(desk: Any, connection: Any, row: Any, now: Any) -> bool:
        judged.append(row.key)
        return plain(desk, connection, row, now)

    monkeypatch.setattr(clocks, "_has_to_be_carried", counting)
    monkeypatch.setattr(type(world.register).stuck, "__defaults__", ("", 2))
    monkeypatch.setattr(type(world.register).page_of_open, "__defaults__", (2,))
    worker = Worker(world.services, chance=lambda: 0.0)
    assert [worker._look() for _ in range(3)] == [[], [], [keys[-1]]]
    assert (judged, worker.looked) == (keys, 5)
    worker._look()
    assert judged[5:] == keys[:2], "then from the beginning"
    del judged[:]
    Worker(world.services, chance=lambda: 0.99)._look()
    assert judged == keys[4:], "one that was started anew begins elsewhere"
    del judged[:]
    sweep_step(world.services)
    assert judged == keys, "a step by itself looks at all"


def test_a_sweep_of_a_worker_judges_what_is_open_once(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the look found is what the sweep carries."""
    key = submitted(small_world)
    lose_wakes(small_world)
    looks: list[int] = []
    plain = clocks.stuck_items

    def counting(*given: Any) -> Any:
        looks.append(1)
        return plain(*given)

    monkeypatch.setattr(clocks, "stuck_items", counting)
    assert Worker(small_world.services)._sweep(False) is True
    assert len(looks) == 1
    assert small_world.register.item(key).round is not None


def lose_wakes(world: World) -> None:
    """What was owed vanishes from the outbox."""
    for owed in world.register.claim("carry", "loses it"):
        world.register.done(owed.id, receipt={"did": "nothing"})
