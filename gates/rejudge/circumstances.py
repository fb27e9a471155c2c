"""What an entry says of its own circumstances: who acted, when, in which round. Held against the rest of the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from gates.ledger.entries import unstamp
from gates.rejudge.fold import Item, Round

SKEW = timedelta(minutes=10)
"""How far the clocks of two servers may be apart."""

Difference = tuple[str, str]
"""What was expected, and what was found."""


def out_of_turn(item: Item, entry: Mapping[str, Any]) -> Iterator[Difference]:
    """What cannot be where it stands: a round closed twice, an act by somebody other than the one who entered it."""
    data, kind = entry["data"], entry["kind"]
    if kind == "item:round:closed" and item.round(data["round"]).closed_at is not None:
        yield "a round that is open", f"round {item.round(data['round']).number}, which was closed before"
    if kind == "item:moved" and data["cause"]["by"] is not None and data["cause"]["by"] != entry["actor"]["person"]:
        yield f"an act of {entry['actor']['person']}, who entered it", f"one of {data['cause']['by']}"


def names_in(entries: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The printed names of people as the facts of the rounds have them; more than one where somebody's name changed."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        for person, name in (entry["data"].get("facts") or {}).get("names", {}).items():
            found.setdefault(person, set()).add(name)
    return found


def signed_when(one: Round, names: Mapping[str, set[str]], entry: Mapping[str, Any]) -> Iterator[Difference]:
    """The times and the name a decision states: after its round opened, the same moment on every clock, a name the
    facts know them by."""
    data, at = entry["data"], unstamp(entry["at"])
    if at < one.opened_at - SKEW:
        yield f"a time after round {one.number} opened, {one.opened_at:%Y-%m-%d %H:%M}", f"{at:%Y-%m-%d %H:%M}"
    if "local_time" in data and abs(datetime.fromisoformat(data["local_time"]) - at) > timedelta(seconds=1):
        yield f"a local time that is {at:%Y-%m-%d %H:%M:%S} UTC", str(data["local_time"])
    known = names.get(data["person"], set())
    if known and data["name"] not in known:
        yield f"the name {' or '.join(sorted(known))}", str(data["name"])
