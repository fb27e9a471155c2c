"""The program of the year: five plants in four countries, thirty people, who is away when, and two hundred items.

Everything is drawn from one seed, before the year begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

YEAR = 2027
SITES = {
    "Lyon": ("Europe/Paris", "FR", None),
    "Linz": ("Europe/Vienna", "AT", None),
    "Nantes": ("Europe/Paris", "FR", None),
    "Monterrey": ("America/Monterrey", "MX", None),
    "Suzhou": ("Asia/Shanghai", "CN", None),
}
SHUT: dict[str, tuple[Shutdown, ...]] = {}
EVERYWHERE = ("engineering", "finance", "change-analyst", "supply-chain", "data-user", "pmo-lead", "it-lead", "ot-lead")
NAMES = [
    "Ana Ruiz",
    "Ben Roth",
    "Cid Cole",
    "Dan Dorn",
    "Eve Moro",
    "Fay Lund",
    "Gus Hart",
    "Hal Berg",
    "Ida Noor",
    "Jan Kos",
    "Kim Osei",
    "Leo Brandt",
    "Mia Fuchs",
    "Ned Sato",
    "Ola Vik",
    "Pam Reyes",
    "Quin Adler",
    "Ravi Patel",
    "Sue Tan",
    "Tom Berger",
    "Uma Shah",
    "Val Costa",
    "Wim Bos",
    "Xia Lin",
    "Yan Zhou",
    "Zoe Meyer",
    "Abe Klein",
    "Bea Soto",
    "Cas Wolf",
    "Dee Park",
]


@dataclass(frozen=True, slots=True)
class Shutdown:
    """A plant stands still from one day to another, both included."""

    since: date
    until: date
    why: str


SHUT = {
    "Linz": (Shutdown(date(YEAR, 8, 2), date(YEAR, 8, 20), "Summer shut-down"),),
    "Monterrey": (Shutdown(date(YEAR, 12, 20), date(YEAR + 1, 1, 2), "Year-end shut-down"),),
}


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away from one day to another, both included."""

    person: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Plan:
    """One item to be made: when, by whom, where, and what it is."""

    number: int
    at: datetime
    process: str
    author: str
    site: str
    fields: dict[str, str]
    is_ignored: bool
    """Nobody answers at all: the ladder has to do it."""


@dataclass
class Program:
    """See the module docstring."""

    seed: int
    people: dict[str, dict[str, object]]
    away: list[Away]
    plans: list[Plan] = field(default_factory=list)

    def is_away(self, person: str, at: datetime) -> bool:
        """Whether somebody is away at a moment, in the days of their own zone."""
        day = at.astimezone(ZoneInfo(str(self.people[person]["zone"]))).date()
        return any(a.person == person and a.since <= day <= a.until for a in self.away)

    def holders(self, role: str, site: str | None = None) -> list[str]:
        """Who holds a role at a site, or everywhere."""
        return [
            name
            for name, line in self.people.items()
            for held in line["roles"]  # type: ignore[attr-defined]
            if held == role or (isinstance(held, dict) and held["role"] == role and site in (None, held["at"]))
        ]


def program(seed: int, items: int) -> Program:
    """The program of one seed."""
    chance = Random(f"year/{seed}")
    people = dict(_people())
    away = [one for person in people for one in _away(person, chance)]
    made = Program(seed, people, away)
    made.plans = [_plan(made, number, items, chance) for number in range(items)]
    return made


def _people() -> Iterator[tuple[str, dict[str, object]]]:
    sites = list(SITES)
    for place, name in enumerate(NAMES):
        site = sites[place % len(sites)]
        roles: list[object] = [EVERYWHERE[place % len(EVERYWHERE)]]
        if place < 10:
            roles.append({"role": "quality-lead", "at": site})
        elif place < 20:
            roles.append({"role": "plant-manager", "at": site})
        if place % 6 == 0:
            roles.append("change-board")
        if place in (11, 23):
            roles.append("line-manager")
        if place in (17, 29):
            roles.append("sponsor")
        word = name.split()[0].lower()
        mailbox, zone = f"{word}@example.com", SITES[site][0]
        yield word, {"name": name, "email": mailbox, "zone": zone, "site": site, "roles": roles}


def _away(person: str, chance: Random) -> list[Away]:
    """Two spells a year, one of them in summer or over the turn of the year."""
    long = date(YEAR, chance.choice([7, 8, 12]), chance.randint(1, 20))
    short = date(YEAR, chance.choice([2, 3, 4, 5, 6, 9, 10, 11]), chance.randint(1, 25))
    return [
        Away(person, long, long + timedelta(days=chance.randint(9, 18))),
        Away(person, short, short + timedelta(days=chance.randint(1, 5))),
    ]


def _plan(made: Program, number: int, items: int, chance: Random) -> Plan:
    day = date(YEAR, 1, 4) + timedelta(days=number * 350 // items)
    site = chance.choice(list(SITES))
    author = chance.choice(list(made.people))
    at = datetime.combine(day, time(chance.randint(6, 16), chance.randint(0, 59)), UTC)
    if number % 20 == 7:
        fields = {"colour": "red", "impact": "The line stands still", "latest-date": f"{day + timedelta(days=9)}"}
        return Plan(number, at, "escalation", author, site, fields, is_ignored=False)
    is_fast = chance.random() < 0.7
    fields = {
        "reason": f"Reason {number}",
        "cost": str(chance.choice([900, 12_500, 48_000, 64_000])),
        "risk": "low" if is_fast else chance.choice(["medium", "high"]),
        "track": "fast" if is_fast else "full",
        "drawing": f"D-{4000 + number}",
        **({} if is_fast else {"stock-disposition": "use-up"}),
    }
    return Plan(number, at, "engineering-change", author, site, fields, is_ignored=chance.random() < 0.15)


HOME = {person: str(line["site"]) for person, line in _people()}
"""Where everybody works."""
