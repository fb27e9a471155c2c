"""Booked times, judged again from the record alone: the window held the time, and it is the one the item named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from line_changes import line_change, set_up
from world import World

from gates.rejudge.judge import Judge

Entries = list[dict[str, Any]]


def judged(world: World, said: Entries) -> list[str]:
    judge = Judge(world.register.process_by_digest)
    judge.judge(said)
    return judge.found.differences


def last(said: Entries, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in reversed(said) if entry["kind"] == kind)["data"]
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda said: last(said, "item:window:booked").update(closes_at="2026-08-22T07:00:00.000000Z"), "a time between"),
        (lambda said: last(said, "item:window:booked").update(opens_at=None), "a maintenance window that holds"),
        (lambda said: last(said, "item:window:booked").update(line="L2"), "Lyon, L1, maintenance"),
        (lambda said: last(said, "item:window:booked").update(begins_at="2026-08-22T05:00:00.000000Z"), "the time 2026"),
        (lambda said: last(said, "item:window:booked").update(act="done"), "an act that takes no time"),
        (lambda said: last(said, "item:window:booked").update(act=None, by="eve"), "the author or the owner"),
        (lambda said: last(said, "item:moved").pop("window"), "not known what time"),
        (lambda said: last(said, "item:moved")["window"].update(against=["It is taken."]), "to lead from planning to exception"),
    ],
)  # fmt: skip
def test_a_time_that_no_window_held_is_found(world: World, change: Callable[[Entries], object], said: str) -> None:
    key = line_change(set_up(world), "2026-08-22T08:00", "2026-08-22T12:00")
    world.register.act(key, "schedule", world.by("cid"))
    found = [json.loads(body) for body in world.register.read_record(key).bodies]
    assert judged(world, found) == []
    change(found)
    assert any(said in one for one in judged(world, found)), judged(world, found)
