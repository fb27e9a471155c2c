"""How items go from value to value: which changes, and how long from first having one value to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from gates.replay.attempts.mapping import Follow

SHARES = (25, 50, 75, 90)


class Followed:
    """Counts the changes of the names that a map follows."""

    def __init__(self, follow: Mapping[str, Follow]) -> None:
        self.follow = follow
        self.changes: dict[str, Counter[str]] = {name: Counter() for name in follow}
        self._first: dict[tuple[str, str], dict[str, datetime]] = {}

    def note(self, item: str, name: str, before: str, after: str, at: datetime) -> None:
        """`name` of `item` went from `before` ('' where it had none) to `after`."""
        if name not in self.follow:
            return
        if before:
            self.changes[name][f"{before} -> {after}"] += 1
        self._first.setdefault((item, name), {}).setdefault(after, at)

    def days(self) -> dict[str, dict[str, dict[str, float]]]:
        """By name and pair: how many items, and quantiles in days (nearest rank, two decimals)."""
        return {
            name: {f"{start} to {end}": _quantiles(self._spans(name, start, end)) for start, end in follow.days_between}
            for name, follow in self.follow.items()
            if follow.days_between
        }

    def _spans(self, name: str, start: str, end: str) -> list[float]:
        """Days between the two, of items that first had `end` after they first had `start`."""
        entered = [first for (_, of), first in self._first.items() if of == name and start in first and end in first]
        return sorted((f[end] - f[start]) / timedelta(days=1) for f in entered if f[end] > f[start])


def _quantiles(spans: list[float]) -> dict[str, float]:
    """`n`, and `p25` … of sorted `spans`; no quantiles of nothing."""
    found: dict[str, float] = {"n": len(spans)}
    for share in SHARES if spans else ():
        rank = -(-share * len(spans) // 100)
        found[f"p{share}"] = round(spans[rank - 1], 2)
    return found
