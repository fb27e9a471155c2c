"""Times booked at a site as entries tell it, and judged again: the time is the one the item named, and the window held
it. What the bookings of other items were is not in this item's record. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gates.ledger.entries import unstamp
from gates.windows import Found, moment_of
from policies.facts import ItemFacts
from policies.model import Act

Difference = tuple[str, str]


@dataclass
class Booked:
    """One booking, with the entry's own words in `data`."""

    data: Mapping[str, Any]
    booked_at: datetime
    released_at: datetime | None = None


def free_on_move(item: Any, at: datetime) -> None:
    """The item ends, or is back where it plans: its booking is free."""
    for one in item.bookings:
        if item.ended is not None or one.data["origin"] == item.state:
            _release(one, at)


def _release(one: Booked, at: datetime) -> None:
    if one.released_at is None:
        one.released_at = at


def _booked(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    for one in item.bookings:
        _release(one, at)
    item.bookings.append(Booked(entry["data"], at))


def _released(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    for one in item.bookings:
        if one.data["number"] == entry["data"]["number"]:
            _release(one, at)


BOOKED: dict[str, Callable[[Any, Mapping[str, Any], datetime, Any], None]] = {
    "item:window:booked": _booked,
    "item:window:released": _released,
}
"""Kind of entry -> its effect on the item."""


def found_of(data: Mapping[str, Any]) -> Found:
    """The time an act took, as its entry says."""
    opens, closes = data["opens_at"], data["closes_at"]
    return Found(
        site=data["site"],
        zone=data["zone"],
        within=data["within"],
        line=data["line"],
        begins=unstamp(data["begins_at"]),
        ends=unstamp(data["ends_at"]),
        calendar=data["calendar"],
        window=data["window"],
        opens=None if opens is None else unstamp(opens),
        closes=None if closes is None else unstamp(closes),
        against=tuple(data["against"]),
    )


def held_rightly(found: Found) -> Iterator[Difference]:
    """Where nothing stood against a time that needs a window, the window held it."""
    if found.against or found.within == "any_time":
        return
    if found.opens is None or found.closes is None or found.begins is None or found.ends is None:
        yield "a maintenance window that holds the time", "none"
    elif not found.opens <= found.begins < found.ends <= found.closes:
        yield f"a time between {found.opens} and {found.closes}", f"{found.begins} to {found.ends}"


def named_by(item: ItemFacts, act: Act | None, found: Found) -> Iterator[Difference]:
    """The time and the line are those of the item's fields, at its site."""
    use = act.window if act is not None else None
    if use is None:
        yield "an act that takes no time", "one that does"
        return
    since, until = item.fields.get(use.from_), item.fields.get(use.until)
    begins = None if since is None else moment_of(since, found.zone)
    ends = None if until is None else moment_of(until, found.zone, is_end=True)
    if (begins, ends) != (found.begins, found.ends):
        yield f"the time {since} to {until}, {found.zone}", f"{found.begins} to {found.ends}"
    line = item.fields.get(use.line) if use.line is not None else None
    if (item.site, line, use.within) != (found.site, found.line, found.within):
        yield f"{item.site}, {line}, {use.within}", f"{found.site}, {found.line}, {found.within}"
