"""What followed a decision, judged again from the record alone: who may, in what order, on what it rested."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from promises import DEFECTS, LINK, PEOPLE, conditional, emergency, held, standard
from promises import model as model_of
from world import World

from gates.rejudge.judge import Judge
from policies.library import library_text

Entries = list[dict[str, Any]]


def entries(world: World, key: str) -> Entries:
    return [json.loads(body) for body in world.register.read_record(key).bodies]


def judged(world: World, said: Entries) -> list[str]:
    judge = Judge(world.register.process_by_digest)
    judge.judge(said)
    return judge.found.differences


def last(said: Entries, kind: str) -> dict[str, Any]:
    return next(entry for entry in reversed(said) if entry["kind"] == kind)


def met(world: World) -> Entries:
    key = conditional(world, DEFECTS)
    world.register.call_condition_met(key, 1, world.by("ben"), LINK)
    world.register.confirm_condition(key, 1, world.by("mei"))
    return entries(world, key)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda said: last(said, "item:condition:met")["data"].update(by="ben"), "somebody who may do this"),
        (lambda said: last(said, "item:condition:met")["data"].update(roles=[]), "somebody who may do this"),
        (
            lambda said: last(said, "item:condition:claimed")["data"].update(by="eve", roles=[]),
            "somebody who may do this",
        ),
        (lambda said: said.remove(last(said, "item:condition:met")), "its conditions are not met"),
    ],
)
def test_a_condition_met_by_nobody_who_may_is_found(
    world: World, change: Callable[[Entries], object], said: str
) -> None:
    """Whose word it was, who confirmed, and that the gate moved only then, follow from the entries."""
    found = met(world)
    assert judged(world, found) == []
    change(found)
    assert any(said in one for one in judged(world, found)), judged(world, found)


def test_a_lapse_before_its_time_is_found(world: World) -> None:
    """A condition lapses when it is due and not before; the hold follows from it alone."""
    key = conditional(world, DEFECTS)
    world.pass_time(days=19)
    found = entries(world, key)
    assert judged(world, found) == []
    last(found, "item:condition:set")["data"]["due_at"] = "2026-12-24T10:00:00.000000Z"
    assert any("to lapse at" in one for one in judged(world, found))
    found = entries(world, key)
    found.remove(last(found, "item:condition:lapsed"))
    assert any("no condition lapsed" in one for one in judged(world, found))


def test_a_change_closed_without_its_review_is_found(world: World) -> None:
    """The closing names every review that was made, each ended."""
    for name in ("it-ot-change", "emergency-review"):
        world.register.publish_process(library_text(name), f"{name}.yaml", world.by("cid"))
    world.import_roster(PEOPLE)
    key = emergency(world)
    world.carry()
    held(world, "EMR-0001")
    world.register.act(key, "close", world.by("dan"))
    for forged, said in (
        ([], "the reviews EMR-0001"),
        ([{"review": "EMR-0001", "title": "", "ended": None}], "still open"),
    ):
        found = entries(world, key)
        assert judged(world, found) == []
        last(found, "item:moved")["data"]["reviews"] = forged
        assert any(said in one for one in judged(world, found)), judged(world, found)


def test_a_standard_change_under_no_model_in_force_is_found(world: World) -> None:
    """What the act rested on is in its entry: the state, the revision, and until when."""
    for name in ("it-ot-change", "standard-change-model"):
        world.register.publish_process(library_text(name), f"{name}.yaml", world.by("cid"))
    world.import_roster(PEOPLE.replace("roles: [change-board]", "roles: [ot-authority]", 1))
    key = standard(world, model=model_of(world))
    world.register.act(key, "use-model", world.by("dan"))
    for forged, said in (
        ({"state": "expired", "state_title": "Expired"}, "it is in Expired"),
        ({"until": "2026-08-01T00:00:00.000000Z"}, "it expired on 2026-08-01"),
    ):
        found = entries(world, key)
        assert judged(world, found) == []
        last(found, "item:moved")["data"]["under"].update(forged)
        assert any(said in one for one in judged(world, found)), judged(world, found)
