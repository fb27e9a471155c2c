"""Conditions of a conditional go, told as stories: who promised what by when, and what the record says at the end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from promises import DEFECTS, LINK, TRAINING, conditional
from world import World

from gates.errors import BadInput, Refused
from policies.library import library_text


def with_gate(world: World, old: str, new: str) -> None:
    """Publish the gate process changed in one place."""
    text = library_text("mes-site-rollout")
    assert old in text
    world.register.publish_process(text.replace(old, new, 1), "mes-site-rollout.yaml", world.by("cid"))


def test_every_condition_met_turns_the_gate_to_go(world: World) -> None:
    """Two promises, both kept and confirmed by somebody else; the last one passes the gate, on the record."""
    key = conditional(world, DEFECTS, TRAINING)
    assert world.state(key) == "conditional"
    first, second = world.register.conditions(item=key)
    assert (first.text, first.owner, first.due_at.date()) == ("Close both class-B defects", "ben", date(2026, 9, 4))
    assert (second.owner, second.state) == ("eve", "open")
    assert "You own a condition" in str(world.mails("ben@example.com")[-1])
    assert [one.number for one in world.register.condition_inbox("ben")] == [1]

    with pytest.raises(Refused, match="for Ben Roth to call it met"):
        world.register.call_condition_met(key, 1, world.by("eve"), LINK)
    with pytest.raises(BadInput):
        world.register.call_condition_met(key, 1, world.by("ben"), " ")
    assert "waits to be confirmed" in world.register.call_condition_met(key, 1, world.by("ben"), LINK)
    with pytest.raises(Refused, match="confirmed by"):
        world.register.confirm_condition(key, 1, world.by("ben"))
    assert [one.number for one in world.register.condition_inbox("mei")] == [1]
    world.register.send_condition_back(key, 1, world.by("mei"), "The second defect is open.")
    world.register.call_condition_met(key, 1, world.by("ben"), f"{LINK}/2")
    world.register.confirm_condition(key, 1, world.by("mei"))
    assert world.state(key) == "conditional"

    world.register.call_condition_met(key, 2, world.by("eve"), "LMS-77")
    world.register.confirm_condition(key, 2, world.by("cid"))
    assert world.state(key) == "passed"
    moved = next(line for line in reversed(world.register.item(key).timeline) if line.kind == "item:moved")
    assert moved.sentence == "Passed with conditions → Passed, by its conditions, all met."
    assert world.kinds(key).count("item:condition:met") == 2
    assert world.is_whole(key)


def test_what_is_signed_holds_owner_and_day(world: World) -> None:
    """The comment that is signed is the conditions with who and when: the entry keeps the very lines."""
    key = conditional(world, DEFECTS)
    comments = [ask.comment for ask in world.register.item(key).round.asks if ask.position == "conditional_go"]
    assert comments == [DEFECTS, DEFECTS]
    (one,) = world.register.conditions(item=key)
    assert one.owner_name == "Ben Roth"


def test_a_condition_that_lapses_puts_the_gate_on_hold(world: World) -> None:
    """Ben is reminded and does nothing; the day after, the site is on hold, and Eve's promise binds nobody any more."""
    key = conditional(world, DEFECTS, TRAINING)
    world.clock.move_on(days=16)
    world.pass_time(hours=1)
    assert "is due on" in str(world.mails("ben@example.com")[-1])
    world.pass_time(days=3)
    assert world.state(key) == "on-hold"
    assert [one.state for one in world.register.conditions(item=key)] == ["lapsed", "dropped"]
    assert any("lapsed" in str(mail) for mail in world.mails("dan@example.com"))
    with pytest.raises(Refused, match="nothing is left to do"):
        world.register.call_condition_met(key, 2, world.by("eve"), LINK)
    world.register.act(key, "resume", world.by("sam"), "Ben has another week.")
    world.carry()
    for person, position in (("mei", "go"), ("dan", "conditional_go"), ("sam", "go"), ("cid", "go")):
        comment = "Close both class-B defects [owner: ben, due: 2026-09-18]" if position != "go" else ""
        world.sign(person, key, position, comment=comment)
    states = {one.number: one.state for one in world.register.conditions(item=key)}
    assert states == {1: "lapsed", 2: "dropped", 3: "open"}
    world.register.call_condition_met(key, 3, world.by("ben"), LINK)
    world.register.confirm_condition(key, 3, world.by("cid"))
    assert world.state(key) == "passed"
    assert world.is_whole(key)


def test_a_condition_that_lapses_raises_an_escalation_and_may_still_be_met(world: World) -> None:
    """Where the process says so the gate stays, an escalation is raised, and late is better than never."""
    with_gate(world, "lapse: {to: on-hold}", "lapse: {raise: escalation}")
    key = conditional(world, DEFECTS)
    world.pass_time(days=19)
    assert world.state(key) == "conditional"
    assert [about for about, _ in world.register.item(key).escalations] == ["ESC-0001"]
    (lapsed,) = world.register.conditions(item=key)
    assert lapsed.is_late
    world.register.call_condition_met(key, 1, world.by("ben"), LINK)
    world.register.confirm_condition(key, 1, world.by("mei"))
    assert world.state(key) == "passed"
    assert world.is_whole(key)


def test_the_sponsor_gives_time_or_waives_and_nobody_lets_themselves_off(world: World) -> None:
    """More time stops the lapse; a waiver with its reason counts as settled; an owner may do neither."""
    key = conditional(world, DEFECTS, "Second line of defence [owner: sam]")
    with pytest.raises(Refused, match="You may not extend"):
        world.register.extend_condition(key, 1, world.by("cid"), date(2026, 9, 18), "please")
    with pytest.raises(BadInput, match="Give a later day"):
        world.register.extend_condition(key, 1, world.by("sam"), date(2026, 9, 1), "earlier")
    world.register.extend_condition(key, 1, world.by("sam"), date(2026, 9, 18), "The supplier is late.")
    world.pass_time(days=20)
    assert world.state(key) == "conditional"
    with pytest.raises(Refused, match="lets themselves off"):
        world.register.waive_condition(key, 2, world.by("sam"), "not needed")
    world.register.call_condition_met(key, 2, world.by("sam"), LINK)
    world.register.confirm_condition(key, 2, world.by("mei"))
    world.register.waive_condition(key, 1, world.by("sam"), "The defects are cosmetic.")
    assert world.state(key) == "passed"
    assert [one.state for one in world.register.conditions(item=key)] == ["waived", "met"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Close the defects", "who answers for it and by which day"),
        ("Close the defects [owner: ben]", "by which day"),
        ("Close the defects [owner: bben, due: 2026-09-04]", "nobody on the roster"),
        ("Close the defects [owner: ben, due: 2026-08-01]", "is past"),
        ("Close the defects [owner: ben, due: soon]", "names no day"),
        ("[owner: ben, due: 2026-09-04]", "what has to be done"),
    ],
)
def test_a_policy_may_demand_owner_and_day(world: World, line: str, said: str) -> None:
    """`conditions: {owner: required, due: required}`: what lacks them is refused before it is signed."""
    with_gate(world, "conditions: required", "conditions: {owner: required, due: required}")
    key = world.gate()
    world.register.submit(key, world.by("ana"))
    world.carry()
    with pytest.raises(BadInput, match=said):
        world.sign("dan", key, "conditional_go", comment=line)
    world.sign("dan", key, "conditional_go", comment=DEFECTS)


def test_a_lapse_that_fires_late_still_fires_once(world: World) -> None:
    """Workers were away for a month: one lapse, one entry, however many look."""
    key = conditional(world, DEFECTS)
    world.clock.move_on(days=40)
    world.pass_time(hours=1)
    world.pass_time(hours=1)
    assert world.kinds(key).count("item:condition:lapsed") == 1
    assert world.state(key) == "on-hold"
    assert world.clock.now() - world.register.conditions(item=key)[0].settled_at >= timedelta(hours=1)
