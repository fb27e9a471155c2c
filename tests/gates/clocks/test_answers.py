"""What the end of an escalation does to the item it is about: only what was signed, and about what it was signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from permits import PERMIT, open_plant, permit, told
from world import World

from gates.errors import Refused
from gates.rejudge.judge import Judge
from policies.canonical import canonical

FIELDS = {
    "colour": "red",
    "impact": "A week a week.",
    "decision-needed": "Order a badge printer.",
    "latest-date": "2026-09-30",
}


@pytest.fixture
def house(store_url: str) -> Iterator[World]:
    world = World(store_url)
    yield world
    world.check_record()
    world.close()


def at_the_gate(world: World) -> str:
    key = world.gate(owner="ana")
    world.register.submit(key, world.by("ana"))
    world.carry()
    return key


def hold(world: World, key: str) -> None:
    for person in ("mei", "dan"):
        world.sign(person, key, "hold")
    assert world.state(key) == "on-hold"


def approved(world: World, key: str) -> str:
    """An escalation of the owner's that the sponsor has approved."""
    raised = world.register.raise_escalation(key, None, world.by("ana"), title="Badge printer", fields=FIELDS)
    world.register.act(raised, "own", world.by("ana"))
    world.register.act(raised, "ask-decision", world.by("ana"))
    world.carry()
    world.sign("sam", raised)
    assert world.state(raised) == "resolved"
    return raised


def said_on(world: World, *keys: str) -> str:
    return " ".join(" ".join(told(world, key)) for key in keys)


def test_what_was_approved_while_the_gate_was_open_does_not_take_it_up_from_hold(house: World) -> None:
    """The sponsor decided about another situation; who may not resume the gate does not by closing an old escalation."""
    key = at_the_gate(house)
    raised = approved(house, key)
    house.pass_time(hours=1)
    hold(house, key)
    house.pass_time(hours=1)
    with pytest.raises(Refused):
        house.register.act(key, "resume", house.by("ana"), "Again.")
    house.register.act(raised, "close", house.by("ana"))
    house.carry()
    assert house.state(key) == "on-hold"
    why = "ESC-0001 came to approved; nothing was done: it was decided about another situation"
    assert why in said_on(house, key)
    assert why in said_on(house, raised)


def test_what_was_edited_after_the_sponsor_signed_does_nothing(house: World) -> None:
    """Nobody is asked again by an edit after the signature, and so nothing is done in its name."""
    key = at_the_gate(house)
    hold(house, key)
    house.pass_time(hours=1)
    raised = approved(house, key)
    register, by = house.register, house.by("ana")
    register.act(raised, "reopen", by, "More to it.")
    register.edit_item(raised, by, fields={"decision-needed": "Take the gate up again now."}, reason="More to it.")
    register.act(raised, "resolve", by, "Done.")
    register.act(raised, "close", by)
    house.carry()
    assert house.state(key) == "on-hold"
    assert "nothing was done: revision 1 was signed, and it is at revision 2." in said_on(house, key)


def test_what_was_sent_back_after_the_sponsor_signed_does_nothing_until_it_is_signed_again(house: World) -> None:
    key = at_the_gate(house)
    hold(house, key)
    house.pass_time(hours=1)
    first = approved(house, key)
    house.register.act(first, "reopen", house.by("ana"), "More to it.")
    house.register.act(first, "resolve", house.by("ana"), "Done.")
    house.register.act(first, "close", house.by("ana"))
    house.carry()
    assert house.state(key) == "on-hold"
    assert "nothing was done: it was sent back after it was signed" in said_on(house, key)
    second = approved(house, key)
    house.register.act(second, "reopen", house.by("ana"), "More to it.")
    house.register.act(second, "ask-decision", house.by("ana"))
    house.carry()
    house.sign("sam", second)
    house.register.act(second, "close", house.by("ana"))
    house.carry()
    assert house.state(key) == "gate"


def test_a_verdict_that_did_not_count_is_found_by_whoever_judges_the_record_again(house: World) -> None:
    """A record that says the sponsor signed what he did not is named, by either of the two."""
    key = at_the_gate(house)
    hold(house, key)
    house.pass_time(hours=1)
    raised = approved(house, key)
    house.register.act(raised, "close", house.by("ana"))
    house.carry()
    assert house.state(key) == "gate"
    mine, theirs = entries(house, key), entries(house, raised)
    assert judged(house, mine, theirs) == []
    for change in ({"now": 2}, {"reopened": True}, {"opened_at": "2026-08-01T09:00:00.000000Z"}):
        said = json.loads(canonical(mine))
        closed = next(one for one in said if one["kind"] == "item:escalation:closed")
        closed["data"]["signed"].update(change)
        found = judged(house, said, theirs)
        assert any("expected act resume to lead from on-hold to nowhere" in one for one in found), found
        assert any("what the other record says was signed" in one for one in found), found
        answered = json.loads(canonical(theirs))
        next(one for one in answered if one["kind"] == "item:escalation:answered")["data"]["signed"].update(change)
        assert any("what was signed to be" in one for one in judged(house, answered))


def entries(world: World, key: str) -> list[dict[str, Any]]:
    return [json.loads(body) for body in world.register.read_record(key).bodies]


def judged(world: World, *chains: list[dict[str, Any]]) -> list[str]:
    judge = Judge(world.register.process_by_digest)
    for one in chains:
        judge.judge(one)
    return judge.found.differences


def test_whoever_withdraws_an_escalation_does_nothing_to_the_item(store_url: str) -> None:
    """No one signs a withdrawal; a process that hangs an act on it is warned of, and nothing is done."""
    plant = open_plant(store_url, PERMIT.replace("act: {", "act: {withdrawn: cancel, "))
    key = permit(plant)
    raised = plant.register.raise_escalation(key, None, plant.by("ben"), title="Stop it", fields={})
    plant.register.act(raised, "withdraw", plant.by("ben"), "Never mind.")
    plant.carry()
    assert plant.state(key) == "sign-off"
    assert "ESC-0001 came to withdrawn; nothing was done: nobody signed for that." in said_on(plant, key)
    plant.check_record()
    plant.close()
