"""What every clock of the year must have done, worked out again by hand: no code of the product but its entries.

Working days are counted by walking days and asking the `holidays` package and the list of shut-downs; shares are
plain arithmetic. The rules are written out here as a PMO would read them from the processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from year.plant import HOME, SHUT, SITES

Rule = tuple[str | None, tuple[str, ...], tuple[str, ...]]
RULES: dict[tuple[str, str], Rule] = {
    # process, state: due within, remind at, ladder after
    ("engineering-change", "screening"): ("2wd", ("50%",), ("5wd",)),
    ("engineering-change", "sign-off"): ("3wd", ("50%", "80%"), ("5wd", "10wd")),
    ("engineering-change", "review-board"): ("5wd", ("50%", "80%"), ("7wd", "10wd")),
    ("engineering-change", "impact-board"): ("5wd", ("50%", "80%"), ("10wd",)),
    ("red escalation", "raised"): ("4h", ("50%",), ("4h", "1wd", "1wd", "3wd")),
    ("red escalation", "owned"): ("1wd", ("50%",), ("1wd", "5wd")),
    ("escalation", "raised"): ("1wd", ("50%",), ("4h", "1wd", "1wd", "3wd")),
    ("escalation", "owned"): ("5wd", ("50%", "80%"), ("1wd", "5wd")),
    ("red escalation", "resolved"): ("2wd", (), ("2wd", "5wd")),
    ("escalation", "resolved"): ("2wd", (), ("2wd", "5wd")),
}
"""A step whose condition does not hold fires too, and says that it did nothing."""


@dataclass(frozen=True, slots=True, order=True)
class Tick:
    """One step of one clock: of which item, in which state, which step, due when."""

    item: str
    state: str
    name: str
    person: str
    due: datetime


@cache
def _days_off(site: str) -> frozenset[date]:
    _, country, region = SITES[site]
    public = holidays.country_holidays(country, subdiv=region, years=range(2026, 2030))
    shut = {
        one.since + timedelta(days=n) for one in SHUT.get(site, ()) for n in range((one.until - one.since).days + 1)
    }
    return frozenset(public) | shut


def counted(start: datetime, text: str, site: str) -> datetime:
    """`text` (`4h`, `3wd`) after `start`, by the calendar of `site`."""
    if text.endswith("h"):
        return start + timedelta(hours=int(text[:-1]))
    zone = ZoneInfo(SITES[site][0])
    local, left = start.astimezone(zone), int(text.removesuffix("wd"))
    day = local.date()
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in _days_off(site)
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def expected(entries: Mapping[str, Sequence[Mapping[str, Any]]], ends: datetime) -> set[Tick]:
    """Every step that must have fired until `ends`, from the entries of each item, oldest first."""
    return {tick for key, chain in entries.items() for tick in _of_item(key, chain, ends)}


def fired(entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[Tick, datetime, str]]:
    """Every step that fired: which, when, and what it says it did. The clock of a verdict is not one of the ladder's."""
    return [
        (
            Tick(key, data["state"], data["timer"], data.get("person", ""), _moment(data["due_at"])),
            _moment(entry["at"]),
            str(data["did"]),
        )
        for key, chain in entries.items()
        for entry in chain
        if entry["kind"] == "item:timer:fired"
        for data in [entry["data"]]
        if data["timer"] != "verdict"
    ]


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in one state, from the entry that led there to the one that led away; in a round also who was asked
    when it opened, and whether it takes them."""

    state: str
    since: datetime
    until: datetime
    asked: tuple[tuple[str, bool], ...] | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """Somebody asked while a round was open: they share its due time."""

    person: str
    at: datetime


def _of_item(key: str, chain: Sequence[Mapping[str, Any]], ends: datetime) -> Iterator[Tick]:
    created = chain[0]["data"]
    process = created["process"]
    if created["content"]["fields"].get("colour") == "red":
        process = f"red {process}"
    for stay, late in _stays(chain, ends):
        rule = RULES.get((process, stay.state))
        if rule is None:
            continue
        for name, person, due in _clocks(stay, late, rule, created["content"]["site"]):
            if due < stay.until:
                yield Tick(key, stay.state, name, person, due)


def _clocks(stay: Stay, late: Sequence[Late], rule: Rule, site: str) -> Iterator[tuple[str, str, datetime]]:
    within, shares, ladder = rule
    needed = [HOME[person] for person, is_needed in stay.asked or () if is_needed] or [site]
    for place, after in enumerate(ladder):
        yield f"ladder:{place}", "", max(counted(stay.since, after, one) for one in needed)
    if within is None:
        return
    if stay.asked is None:
        due = counted(stay.since, within, site)
        yield from ((f"remind:{place}", "", _share(stay.since, due, share)) for place, share in enumerate(shares))
        yield "due", "", due
        return
    for person, is_needed in stay.asked if stay.asked else ():
        due = counted(stay.since, within, HOME[person])
        for place, share in enumerate(shares if is_needed else ()):
            yield f"remind:{place}", person, _share(stay.since, due, share)
    last = max(counted(stay.since, within, one) for one in needed)
    for one in late:
        for place, share in enumerate(shares if one.at < last else ()):
            yield f"remind:{place}", one.person, _share(one.at, last, share)


def _share(start: datetime, due: datetime, share: str) -> datetime:
    return start + timedelta(seconds=int((due - start).total_seconds()) * int(share[:-1]) // 100)


def _stays(chain: Sequence[Mapping[str, Any]], ends: datetime) -> Iterator[tuple[Stay, list[Late]]]:
    """The stays of an item; that of a round begins when its round opens."""
    state, since, asked, late = chain[0]["data"]["state"], _moment(chain[0]["at"]), None, []
    for entry in chain[1:]:
        data = entry["data"]
        if entry["kind"] == "item:round:opened":
            since = _moment(entry["at"])
            asked = tuple((one["person"], one["needed"]) for one in data["asks"])
        elif entry["kind"] == "item:round:asked":
            late += [Late(one["person"], _moment(entry["at"])) for one in data["asks"] if one["needed"]]
        elif entry["kind"] == "item:moved":
            yield Stay(state, since, _moment(entry["at"]), asked), late
            state, since, asked, late = data["to"], _moment(entry["at"]), None, []
    yield Stay(state, since, ends, asked), late


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
