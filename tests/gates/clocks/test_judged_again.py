"""Extensions judged again from the record: what was no more time, too much, or not what was asked for, is named."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from permits import PERMIT, open_plant, permit
from world import World

from gates.rejudge.judge import Judge

ASKED, GRANTED = "item:extension:asked", "item:extension:granted"


@pytest.fixture
def extended(sqlite_url: str) -> Any:
    """A world and a permit that was asked until the 28th, stood still from Monday to Wednesday, was due on the 26th by
    that, and was extended then."""
    world = open_plant(sqlite_url, PERMIT.replace(", act: {withdrawn: cancel, approved: cancel}", ""))
    key = permit(world)
    world.register.ask_for_time(key, world.by("ada"), date(2026, 8, 28), "The part comes on Thursday.")
    escalation = world.register.raise_escalation(key, None, world.by("ada"), title="Two plants disagree")
    world.carry()
    world.pass_time(days=2)
    world.register.act(escalation, "withdraw", world.by("ada"), "They agree again.")
    world.carry()
    assert world.register.clocks(key).due_at == datetime(2026, 8, 26, 9, 0, tzinfo=UTC)
    world.register.grant_time(key, world.by("pia"))
    yield world, [json.loads(body) for body in world.register.read_record(key).bodies]
    world.check_record()
    world.close()


def judged(world: World, entries: list[dict[str, Any]]) -> list[str]:
    judge = Judge(world.register.process_by_digest)
    judge.judge(entries)
    return judge.found.differences


def said(entries: list[dict[str, Any]], *kinds: str, **data: Any) -> list[dict[str, Any]]:
    """The entries, those of these kinds with other data; `at` is when they were written. None leaves a word out."""
    again = copy.deepcopy(entries)
    for entry in again:
        if entry["kind"] in kinds:
            entry["at"] = data.get("at", entry["at"])
            entry["data"] |= {name: value for name, value in data.items() if name != "at"}
            entry["data"] = {name: value for name, value in entry["data"].items() if value is not None}
    return again


def test_what_was_granted_is_permitted(extended: tuple[World, list[dict[str, Any]]]) -> None:
    world, entries = extended
    assert judged(world, entries) == []
    (granted,) = [entry for entry in entries if entry["kind"] == GRANTED]
    assert granted["data"]["due_at"].startswith("2026-08-26T09:00:00")


@pytest.mark.parametrize(
    ("kinds", "data", "found"),
    [
        # Later than when it was asked for, and sooner than it was due by the pause.
        ((ASKED, GRANTED), {"until": "2026-08-25T21:59:59.000000Z"}, "expected time beyond 2026-08-26 09:00:00"),
        # Whatever the entry says of when it was due: the round tells it.
        (
            (ASKED, GRANTED),
            {"until": "2026-08-25T21:59:59.000000Z", "due_at": "2026-08-24T09:00:00.000000Z"},
            "expected time beyond 2026-08-26 09:00:00",
        ),
        ((GRANTED,), {"at": "2026-08-29T09:00:00.000000Z"}, "expected time beyond 2026-08-29 09:00:00"),
        ((ASKED,), {"at": "2026-08-29T09:00:00.000000Z"}, "expected time beyond 2026-08-29 09:00:00"),
        # Ten working days from the 24th, when it was asked for, are the 7th; from the 26th, the 9th.
        ((ASKED, GRANTED), {"until": "2026-09-10T21:59:59.000000Z"}, "expected time until 2026-09-09 at most"),
        ((ASKED,), {"until": "2026-09-08T21:59:59.000000Z"}, "expected time until 2026-09-07 at most"),
        ((GRANTED,), {"until": "2026-08-31T21:59:59.000000Z"}, "as asked for, found 2026-08-31"),
    ],
)
def test_what_no_process_grants_is_named(
    extended: tuple[World, list[dict[str, Any]]], kinds: tuple[str, ...], data: dict[str, str], found: str
) -> None:
    world, entries = extended
    differences = judged(world, said(entries, *kinds, **data))
    assert any(found in one for one in differences), differences


def test_records_that_name_no_calendar_are_judged_by_what_they_say(
    extended: tuple[World, list[dict[str, Any]]],
) -> None:
    """As they were written at first, with the due time of when it was asked for: in order where it was more time."""
    world, entries = extended
    early = said(said(entries, ASKED, GRANTED, calendar=None), GRANTED, due_at="2026-08-24T09:00:00.000000Z")
    assert judged(world, early) == []
    shorter = judged(world, said(early, ASKED, GRANTED, until="2026-08-25T21:59:59.000000Z"))
    assert any("expected time beyond 2026-08-26 09:00:00" in one for one in shorter), shorter


def test_nothing_is_asked_for_twice_while_the_first_can_be_granted(
    extended: tuple[World, list[dict[str, Any]]],
) -> None:
    world, entries = extended
    place = next(n for n, entry in enumerate(entries) if entry["kind"] == ASKED)
    second = copy.deepcopy(entries[place])
    second["data"]["number"] = 2
    differences = judged(world, [*entries[: place + 1], second])
    assert any("what was asked for before to be answered first" in one for one in differences), differences
