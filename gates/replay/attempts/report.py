"""What a replay of gate attempts found, in the field's words: attempts, passes, refusals, exempt, seats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LATEST = 10
"""Refusals that the text for people lists; the JSON has all of them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One attempt that did not pass: `at` as `2026-08-20T15:00:00Z`, the log's own word for the transaction."""

    item: str
    at: str
    transaction: str
    outcome: str
    because: str


@dataclass(frozen=True, slots=True)
class Passed:
    """One attempt that passed.

    `rests_on` are the capacities its signers are counted in; `falls` the titles of the changed policies under
    which it would not pass.
    """

    item: str
    at: str
    transaction: str
    outcome: str
    rests_on: str
    signed_by: tuple[str, ...]
    falls: tuple[str, ...]


@dataclass
class AttemptReport:
    """See the fields. An outcome nothing came to is counted under `pending` or `deadlock`, among the refusals."""

    items: int = 0
    live: int = 0
    """Items that were not deleted by the end of the log."""
    events: Counter[str] = field(default_factory=Counter)
    """Rows by the log's word."""
    transactions: int = 0
    passes: Counter[str] = field(default_factory=Counter)
    """Attempts by outcome, of those that are not refusals."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Attempts by outcome, of the others."""
    exempt: Counter[str] = field(default_factory=Counter)
    """What the rule asks nothing of; no attempts."""
    by_year: dict[str, Counter[str]] = field(default_factory=dict)
    by: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    """Field -> its value ('' where empty) -> attempts by outcome."""
    refused: list[Refused] = field(default_factory=list)
    """Every attempt that did not pass, in the order of the log."""
    passed: list[Passed] = field(default_factory=list)
    """Every attempt that passed, in the order of the log."""
    seats: Counter[str] = field(default_factory=Counter)
    """Passes by the capacities they rest on: `approvers` alone, or `approvers + finance`."""
    seats_at_end: Counter[str] = field(default_factory=Counter)
    """The same passes judged by the groups as they are at the end."""
    signers: Counter[str] = field(default_factory=Counter)
    """Passes by who signed."""
    signed: Counter[str] = field(default_factory=Counter)
    """Signatures given, by what they are for; those taken back later too."""
    what_if: dict[str, Counter[str]] = field(default_factory=dict)
    """Passes that would not pass under the changed policy, by what they would come to."""
    overlaps: Counter[str] = field(default_factory=Counter)
    """Passes where people of one name are found in another."""
    final: Counter[str] = field(default_factory=Counter)
    """Live items by outcome at the end of the log."""
    final_refused: list[Refused] = field(default_factory=list)
    changes: dict[str, Counter[str]] = field(default_factory=dict)
    """Followed name -> `alpha -> beta` -> how often."""
    days: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    """Followed name -> `alpha to beta` -> n and quantiles, in days."""

    unseen: list[str] = field(default_factory=list)
    """Names that the map reads and the log never changes; likely misspelt."""

    @property
    def attempts(self) -> int:
        return sum(self.passes.values()) + sum(self.refusals.values())

    def as_data(self) -> dict[str, Any]:
        """JSON-ready; counts from large to small."""
        plain = {name: _plain(value) for name, value in vars(self).items()}
        return {**plain, "events": self.events.total(), "events_by_kind": plain["events"], "attempts": self.attempts}

    def as_text(self) -> str:
        """For people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.items:,} items ({self.live:,} at the end), {self.events.total():,} events"
        yield f"{self.attempts:,} attempts in {self.transactions:,} transactions"
        if self.unseen:
            yield f"The map reads names that never come in the log: {', '.join(self.unseen)}"
        yield from _counted("passed", self.passes)
        yield from _counted("did not", self.refusals)
        yield from _counted("and beside them, exempt", self.exempt)
        yield from _table("By year", self.by_year)
        for name, found in self.by.items():
            yield from _table(f"By {name}", found)
        yield from _counted("Passes rest on", self.seats)
        yield from _counted("Passes would rest on, with the groups as they are at the end", self.seats_at_end)
        yield from _counted("Passes by who signed", self.signers)
        for title, counter in self.what_if.items():
            yield from _counted(f"Would not have passed: {title}", counter)
        yield from _counted("Passes where", self.overlaps)
        yield from self._latest()
        yield from _counted("In the end", self.final)
        for name, counter in self.changes.items():
            yield from _counted(f"Changes of {name}", counter)
        for name, pairs in self.days.items():
            yield from _days(name, pairs)

    def _latest(self) -> Iterator[str]:
        if self.refused:
            yield f"The latest that did not pass (`--json` has all {len(self.refused):,})"
        for one in self.refused[-LATEST:]:
            yield f"  {one.at}  {one.item}  {one.outcome}  {one.transaction[:12]}"


def _plain(value: Any) -> Any:
    if isinstance(value, Counter):
        return dict(value.most_common())
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _plain(asdict(value)) if isinstance(value, Refused | Passed) else value


def _counted(title: str, counter: Counter[str]) -> Iterator[str]:
    if counter:
        yield title
    for word, count in counter.most_common():
        yield f"{count:>8,}  {word}{'(empty)' if word.endswith(' ') else ''}"


def _table(title: str, rows: Mapping[str, Counter[str]]) -> Iterator[str]:
    if rows:
        yield title
    for name in sorted(rows):
        yield f"  {name or '(empty)'}: {', '.join(f'{count:,} {word}' for word, count in rows[name].most_common())}"


def _days(name: str, pairs: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"Days between values of {name}"
    for pair, found in pairs.items():
        half = f", half of them within {found['p50']}" if "p50" in found else ""
        yield f"  {pair}: {found['n']:,} items{half}"
