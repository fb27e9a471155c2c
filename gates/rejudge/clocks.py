"""Time under control as entries tell it: extensions, pauses, handovers, escalations. `fold` applies `CLOCKS`.

The fields of each class are the columns of its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gates.ledger.entries import unstamp
from gates.moves import may
from gates.rejudge.calendars import calendar_of
from policies.durations import parse_duration
from policies.facts import Holding, ItemFacts, Person, Roster
from policies.model import Extend


@dataclass
class Extension:
    """More time that was asked for. `standing` is asked, granted, refused or dropped."""

    number: int
    state: str
    stay: datetime
    due_at: datetime
    until: datetime
    standing: str
    asked_by: str
    asked_at: datetime
    reason: str
    settled_by: str | None = None
    settled_at: datetime | None = None
    answer: str = ""


@dataclass
class Pause:
    """The clocks stood still from `since` to `until`."""

    seq: int
    escalation: str
    since: datetime
    until: datetime | None = None


@dataclass
class Handover:
    """`person` signs in the place of `absent` from `since` on."""

    round: str
    absent: str
    person: str
    since: datetime


@dataclass
class Escalated:
    """One escalation about the item."""

    escalation: str
    process: str
    cause: str
    clock: str
    raised_at: datetime
    raised_by: str | None
    closed_at: datetime | None = None
    said: str | None = None


def drop_asked(item: Any) -> None:
    """The item leaves its state, or more is asked for: what was asked for and not answered moves nothing any more."""
    for one in item.extensions.values():
        if one.standing == "asked":
            one.standing = "dropped"


def extension_acts(item: Any, entry: Mapping[str, Any], extend: Extend | None, facts: ItemFacts) -> Iterator[Any]:
    """An extension was asked for and granted by whoever may, no more often than the process lets, and was more time, no
    more than the process gives. (expected, found)"""
    kind, data = entry["kind"], entry["data"]
    one = item.extensions.get(data["number"])
    held = tuple(Holding(data["by"], role, site) for role, site in data["roles"])
    roster = Roster({data["by"]: Person(data["by"], data["by"])}, held)
    given = sum(x.standing == "granted" and x.stay == item.entered_at for x in item.extensions.values())
    if extend is None:
        yield "a due time that may be extended", "none"
        return
    if kind != "item:extension:refused":
        yield from _more_time(item, entry, extend)
    if kind == "item:extension:asked" or one is None:
        if not may(extend.by, data["by"], facts, roster):
            yield "somebody who may ask for more time", str(data["by"])
        if kind == "item:extension:granted" and extend.approve is not None:
            yield "somebody else to grant it", str(data["by"])
        if any(x.standing == "asked" and _is_later(item, entry, x.until) for x in item.extensions.values()):
            yield "what was asked for before to be answered first", f"extension {data['number']}"
        if given >= extend.at_most:
            yield f"at most {extend.at_most} extensions", str(given + 1)
        return
    if extend.approve is None or not may(extend.approve, data["by"], facts, roster) or one.asked_by == data["by"]:
        yield "somebody else who may grant it", str(data["by"])


def _more_time(item: Any, entry: Mapping[str, Any], extend: Extend) -> Iterator[Any]:
    """It is due later than before and than the moment it was said, by no more than `longest`."""
    data, one = entry["data"], item.extensions.get(entry["data"]["number"])
    until, due = unstamp(data["until"]), _due_before(item, entry)
    if one is not None and until != one.until:
        yield f"time until {one.until}, as asked for", str(until)
    if not _is_later(item, entry, until):
        yield f"time beyond {max(due, unstamp(entry['at']))}", str(until)
    if "calendar" not in data:  # before it was named, what was relied on cannot be told
        return
    calendar = calendar_of(data["calendar"])
    zone = ZoneInfo(calendar.zone)
    last = parse_duration(extend.longest).after(due, calendar).astimezone(zone).date()
    if until.astimezone(zone).date() > last:
        yield f"time until {last} at most", str(until)


def _is_later(item: Any, entry: Mapping[str, Any], until: datetime) -> bool:
    return until > max(_due_before(item, entry), unstamp(entry["at"]))


def _due_before(item: Any, entry: Mapping[str, Any]) -> datetime:
    """When it was due until then: of a round the record tells it, of any other stay the entry alone."""
    known = item.open_round.due_at if item.open_round is not None else None
    return known or unstamp(entry["data"]["due_at"])


def _asked(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    drop_asked(item)
    item.extensions[said["number"]] = Extension(
        said["number"],
        said["state"],
        item.entered_at,
        unstamp(said["due_at"]),
        unstamp(said["until"]),
        "asked",
        said["by"],
        at,
        said["reason"],
    )


def _granted(item: Any, entry: Mapping[str, Any], at: datetime, texts: Any) -> None:
    said = entry["data"]
    if said["number"] not in item.extensions:  # nobody else has to grant it: asked and granted in one
        _asked(item, entry, at, texts)
    one = item.extensions[said["number"]]
    one.standing, one.settled_by, one.settled_at, one.due_at = "granted", said["by"], at, unstamp(said["due_at"])


def _refused(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    one = item.extensions[said["number"]]
    one.standing, one.settled_by, one.settled_at, one.answer = "refused", said["by"], at, said["reason"]


def _paused(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    item.pauses.append(Pause(entry["seq"], entry["data"]["escalation"], at))


def _resumed(item: Any, _entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    for one in item.pauses:
        if one.until is None:
            one.until = at


def _handed(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    item.handovers += [Handover(said["round"], one["absent"], one["person"], at) for one in said["handed"]]


def _raised(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    if "cause" in said:  # before causes were kept, an escalation was linked by what it is about alone
        key = said["escalation"]
        person = entry["actor"]["person"]
        item.escalations[key] = Escalated(key, said["process"], said["cause"], said["clock"], at, person)


def _closed(item: Any, entry: Mapping[str, Any], at: datetime, _texts: Any) -> None:
    said = entry["data"]
    one = item.escalations[said["escalation"]]
    one.closed_at, one.said = at, said["said"]


CLOCKS: dict[str, Callable[[Any, Mapping[str, Any], datetime, Any], None]] = {
    "item:extension:asked": _asked,
    "item:extension:granted": _granted,
    "item:extension:refused": _refused,
    "item:clock:paused": _paused,
    "item:clock:resumed": _resumed,
    "item:round:handed": _handed,
    "item:escalation:raised": _raised,
    "item:escalation:closed": _closed,
}
"""Kind of entry -> its effect on the item."""
