"""Finding entries by who, what, when and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import START, World

from gates.errors import BadInput, NotFound
from gates.service.compliance.entries import Period
from gates.service.compliance.finding import Question


def two_days(world: World) -> tuple[str, str]:
    """An item signed on one day, and another withdrawn on the next."""
    first = world.change_in_round(author="dan")
    world.sign("mei", first, comment="The drawing is the new one.")
    world.clock.move_on(days=1)
    second = world.change(author="ana", reason="Leak at the flange.")
    world.register.withdraw(second, world.by("ana"), "Entered twice.")
    return first, second


def found(world: World, *words: str, **more: object) -> list[tuple[str, str]]:
    return [(one.item, one.kind) for one in world.register.find_entries(Question(*words, **more))]


def test_by_who_what_when_and_why(world: World) -> None:
    """P11-08, A11-09: each of the four alone, and together."""
    first, second = two_days(world)
    assert found(world, who="mei") == [(first, "item:decision:recorded")]
    assert found(world, who="ana") == [(second, "item:created"), (second, "item:moved")]
    assert found(world, kind="item:decision") == [(first, "item:decision:recorded")]
    assert {item for item, _ in found(world, period=Period(START + timedelta(hours=1)))} == {second}
    assert {item for item, _ in found(world, period=Period(until=START + timedelta(hours=1)))} == {first}
    assert found(world, "ENTERED twice") == [(second, "item:moved")]
    assert found(world, "new one") == [(first, "item:decision:recorded")]
    assert found(world, "flange") == [(second, "item:created")]
    assert found(world, "twice", who="ana", kind="item:moved", key=second) == [(second, "item:moved")]
    assert found(world, "twice", who="mei") == []


def test_all_of_it_is_what_is_on_the_records(world: World) -> None:
    """P11-08: nothing asked, nothing left out; whole data for whoever reads it by machine."""
    first, second = two_days(world)
    whole = world.register.find_entries(Question())
    assert len(whole) == sum(len(world.register.read_record(key).bodies) for key in (first, second))
    assert whole[0].data["content"]["title"] == "New seal for pump P-17"


def test_sorted_by_each_of_the_four(small_world: World) -> None:
    """A11-09: by when, who, what, and item."""
    two_days(small_world)
    for sort, key in (("when", "at"), ("who", "name"), ("what", "kind"), ("item", "item")):
        values = [getattr(one, key) for one in small_world.register.find_entries(Question(sort=sort))]
        assert values == sorted(values)
        assert len(set(values)) > 1


def test_what_cannot_be_asked_is_told(small_world: World) -> None:
    """Both faults at once; a near miss of a person."""
    with pytest.raises(BadInput) as caught:
        found(small_world, kind="item:dec", sort="why")
    assert set(caught.value.faults) == {"kind", "sort"}
    with pytest.raises(NotFound, match="Did you mean mei"):
        found(small_world, who="mey")
    with pytest.raises(NotFound, match="There is no item"):
        found(small_world, key="ECR-9")
