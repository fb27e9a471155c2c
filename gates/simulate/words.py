"""A report's figures as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

WIDTH = 40
"""Characters of the longest bar."""
MOST_ROWS = 8
MOST_REASONS = 3
MOST_LINES = 14
"""Lines told of one run; of a longer one the first and the last."""

Data = Mapping[str, Any]


def report_text(data: Data) -> str:
    """The whole report."""
    return "\n".join(_lines(data))


def _lines(data: Data) -> Iterator[str]:
    where = f" at {data['site']}" if data["site"] else ""
    begins = f"from {data['from_title']} on {data['start']}"
    yield f"{data['title']}{where}, {begins}: {data['runs']:,} runs, seed {data['seed']}"
    yield (
        f"{data['ended']:,} came to an end, {data['stuck']:,} got stuck, "
        f"{data['open']:,} were still open on {data['until']}."
    )
    yield from _section("Made up, for want of a file", list(data["assumed"]))
    yield from _cycle(data)
    yield from _section("Ends", [f"{_percent(one['share'])}  {one['title']} ({one['end']})" for one in data["ends"]])
    yield from _waiting(data)
    yield from _section("Deadlines", [_deadline(one) for one in data["deadlines"]])
    yield from _section("Ladder", [_step(one) for one in data["ladder"]])
    yield from _typical(data["typical"])
    yield from _unfinished(data["unfinished"])


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)


def _cycle(data: Data) -> Iterator[str]:
    if data["cycle"] is None:
        return
    names = {"working_days": f"working days of {data['hours']:g} hours", "calendar_days": "calendar days of 24 hours"}
    yield ""
    yield f"{'Cycle time':<32}{'p10':>8}{'p50':>8}{'p90':>8}"
    for word, figures in data["cycle"].items():
        yield f"  {names[word]:<30}{figures['p10']:>8.1f}{figures['p50']:>8.1f}{figures['p90']:>8.1f}"
    yield from _section("Working days", list(_bars(data["histogram"])))


def _bars(steps: Sequence[Data]) -> Iterator[str]:
    most = max(step["runs"] for step in steps)
    labels = [
        f"{step['from']:g} and more" if step["to"] is None else f"{step['from']:g}–{step['to']:g}" for step in steps
    ]
    wide = max(len(label) for label in labels)
    for label, step in zip(labels, steps, strict=True):
        bar = "█" * -(-step["runs"] * WIDTH // most)
        yield f"{label:>{wide}}  {bar}{' ' if bar else ''}{step['runs']:,}"


def _waiting(data: Data) -> Iterator[str]:
    lines = [
        f"{_percent(one['share'])}  {one['title']}: {one['working_days']['mean']:.1f} working days a run, "
        f"p90 {one['working_days']['p90']:.1f}{_again(one)}"
        for one in data["states"]
    ]
    yield from _section("Where it waits (runs that came to an end)", lines)
    lines = [f"{_percent(one['share'])}  {one['role']}: {_last(one)}" for one in data["roles"][:MOST_ROWS]]
    yield from _section("Waited for last, by role", lines)
    lines = [
        f"{_percent(one['share'])}  {one['name']} ({one['role']}): {_last(one)}"
        for one in data["waited_for"][:MOST_ROWS]
    ]
    yield from _section("Waited for last, by person", lines)


def _again(one: Data) -> str:
    return f", {one['visits'] / one['runs']:.1f} visits" if one["visits"] > one["runs"] else ""


def _last(one: Data) -> str:
    return f"{one['times']:,} times, {one['working_days']['mean']:.1f} working days each"


def _deadline(one: Data) -> str:
    late = f"; late by {one['late_by']:.1f} working days (p50)" if one["late_by"] is not None else ""
    never = f"; {one['never_left']:,} never left" if one["never_left"] else ""
    missed = f"missed in {one['missed']:,} of {one['runs']:,} runs"
    return f"{_percent(one['chance'])}  {one['title']} within {one['within']}: {missed}{late}{never}"


def _step(one: Data) -> str:
    return f"{_percent(one['chance'])}  {one['title']} after {one['after']}: {one['does']}"


def _typical(told: Data | None) -> Iterator[str]:
    if told is not None:
        yield from _section(f"A typical run (run {told['run']})", list(_story(told)))


def _unfinished(groups: Sequence[Data]) -> Iterator[str]:
    for one in groups[:MOST_REASONS]:
        word = "Stuck" if one["stuck"] else "Still open"
        yield ""
        yield f"{word} in {one['title']}: {one['runs']:,} runs ({_percent(one['share']).strip()})"
        yield f"  {one['reason']}"
        yield f"  For example run {one['example']['run']}:"
        yield from (f"    {line}" for line in _story(one["example"]))
    if len(groups) > MOST_REASONS:
        yield f"\n{len(groups) - MOST_REASONS:,} further reasons; --json has them all."


def _story(told: Data) -> Iterator[str]:
    lines = [f"{datetime.fromisoformat(line['at']):%a %Y-%m-%d %H:%M}  {line['what']}" for line in told["story"]]
    if len(lines) <= MOST_LINES:
        yield from lines
        return
    half = MOST_LINES // 2
    yield from lines[:half]
    yield f"… {len(lines) - 2 * half:,} lines more"
    yield from lines[-half:]


def _percent(share: float) -> str:
    return f"{share:>6.1%}"
