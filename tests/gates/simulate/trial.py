"""Small simulations: a process, people by their roles, and their habits, each as YAML."""

from __future__ import annotations

from datetime import date
from textwrap import dedent, indent
from typing import Any

from gates.roster import RosterBook, RosterFile
from gates.simulate import (
    Plan,
    book_of,
    check_people,
    item_of,
    make_plan,
    read_item,
    read_people,
    simulate,
    with_author,
)
from policies.load import LoadedProcess, build, load_process, read_document

MONDAY = date(2026, 12, 14)

HEAD = """\
process: trial
title: Trial
kind: change_request
numbering: "T-{n}"
"""

ROUND = """\
start: sign-off
states:
  sign-off: {round: release, when: {rejected: refused, approved: done}, due: {within: 1wd}}
  done: {end: done}
  refused: {end: rejected}
policies:
  release:
"""

BOTH = """\
reject: {from: quality, position: reject, at_least: 1}
approve: {all: [{from: quality, at_least: 1}, {from: finance, at_least: 1}]}
"""

YES = "defaults: {response: {median: 4h}, says: {approve: 1}}\n"


def policy(text: str, start: str = ROUND) -> LoadedProcess:
    """A process that is one round of this policy; without a way to be rejected where the policy has none."""
    plain = dedent(text)
    if "\nreject" not in f"\n{plain}" and "rejected:" not in plain:
        start = start.replace("rejected: refused, ", "").replace("  refused: {end: rejected}\n", "")
    return process(start + indent(plain, "    "))


def process(text: str) -> LoadedProcess:
    return load_process(HEAD + dedent(text), "trial.yaml")


def roster(people: dict[str, str], site: str = "{zone: UTC}") -> RosterBook:
    """`{"mei": "quality, {role: finance, from: 2026-12-21}"}`; one site, Lyon, with clocks on UTC."""
    lines = [
        f"  {one}: {{name: {one.capitalize()}, email: {one}@example.com, roles: [{r}]}}" for one, r in people.items()
    ]
    text = "\n".join([f"sites:\n  Lyon: {site}", "people:", *lines])
    return book_of(build(RosterFile, read_document(text, "roster.yaml")))


TWO = {"mei": "quality", "eva": "finance"}


def plan(
    loaded: LoadedProcess, people: dict[str, str] | RosterBook, habits: str = YES, item: str | None = None, **more: Any
) -> Plan:
    """A simulation from Monday 14 December 2026, 9:00 UTC."""
    book = roster(people) if isinstance(people, dict) else people
    document = None if item is None else read_document(item, "item.yaml")
    start = more.pop("start", MONDAY)
    facts, _ = item_of(loaded, read_item(document), document, site="Lyon", start=start)
    book = with_author(book, facts.author, "UTC")
    file, read = read_people(habits.encode(), "people.yaml")
    check_people(file, read, loaded, list(book.people), [held.role for held in book.holdings], list(book.sites))
    return make_plan(loaded, facts, book, file, start=start, days=more.pop("days", 365), **more)


def report(*given: Any, runs: int = 20, seed: int = 1, **more: Any) -> dict[str, Any]:
    """The report of a simulation, as data."""
    return simulate(plan(*given, **more), runs=runs, seed=seed).as_data()


def days(data: dict[str, Any]) -> tuple[float, float]:
    """Working and calendar days of a simulation in which every run takes the same."""
    cycle = data["cycle"]
    assert cycle["working_days"]["p10"] == cycle["working_days"]["p90"]
    return cycle["working_days"]["p50"], cycle["calendar_days"]["p50"]


def ends(data: dict[str, Any]) -> dict[str, float]:
    return {one["state"]: one["share"] for one in data["ends"]}
