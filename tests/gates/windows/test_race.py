"""Eight changes reach for one Saturday of one line at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from line_changes import line_change, set_up
from world import World

from gates.errors import Refused

CHANGES = 8


@pytest.mark.slow
def test_one_of_eight_gets_the_line(world: World) -> None:
    """The others are refused and name who has it; on the record there is one booking, and seven refusals."""
    set_up(world)
    keys = [line_change(world, "2026-08-22T08:00", "2026-08-22T12:00") for _ in range(CHANGES)]
    line = Barrier(CHANGES)

    def reach(key: str) -> str:
        line.wait()
        try:
            return world.register.act(key, "squeeze-in", world.by("cid"))
        except Refused as error:
            return str(error)

    with ThreadPoolExecutor(CHANGES) as pool:
        said = list(pool.map(reach, keys))
    (booking,) = world.register.bookings("Lyon")
    assert said.count("scheduled") == 1
    assert sum(f"taken by {booking.item}" in one for one in said) == CHANGES - 1
    assert [world.kinds(key).count("item:act:refused") for key in keys].count(1) == CHANGES - 1
