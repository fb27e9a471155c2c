"""When an act may put work on a line: in a window of the site's calendar, outside of freezes and blackouts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Key

from policies.model.base import Model, Name

REFUSE = "refuse"
"""What `outside` says where there is no exception."""


class WindowUse(Model):
    """The act takes a time at the item's site. Where the site's calendar has room, the time is booked with the act."""

    from_: Name = Key(alias="from")
    """The field of type `moment` at which the work begins."""
    until: Name
    """The field of type `moment` by which it is over."""
    line: Name | None = None
    """The field that names the line. Left out, or empty: the work takes the whole site."""
    within: Literal["maintenance", "any_time"] = "maintenance"
    """`maintenance`: only in a maintenance window with room left. `any_time`: whenever no freeze, no blackout and no
    other booking of the line is in the way."""
    outside: Name = REFUSE
    """What happens where there is no room, or a freeze or a blackout is in the way: `refuse`, which names the next free
    times, or the state whose round decides on the exception. The time is booked as asked meanwhile."""
