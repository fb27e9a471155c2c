"""What cases show of a policy: outcomes reached, rules met and not met."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policies.evaluate import CompiledPolicy
from policies.evaluate.nodes import walk
from policies.verdict import Finding, Status, Verdict


@dataclass
class Coverage:
    """`rules` are the places of each policy's rules; `seen` what was found at each."""

    rules: dict[str, dict[str, None]] = field(default_factory=dict)
    outcomes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: dict[tuple[str, str], set[Status]] = field(default_factory=lambda: defaultdict(set))
    reached: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, policies: Mapping[str, CompiledPolicy]) -> Coverage:
        """Nothing seen yet."""
        return cls(
            rules={
                name: dict.fromkeys(_place(node.path) for one in policy.outcomes for node in walk(one.rule))
                for name, policy in policies.items()
            },
            outcomes={name: tuple(one.name for one in policy.outcomes) for name, policy in policies.items()},
        )

    def note(self, policy: str, verdict: Verdict) -> None:
        """Add what one verdict shows."""
        if verdict.outcome is not None:
            self.reached.add((policy, verdict.outcome))
        for finding in (verdict.findings or {}).values():
            for one in _every(finding):
                self.seen[policy, _place(one.rule)].add(one.status)

    @property
    def never_reached(self) -> list[str]:
        """Outcomes that no case comes to, as `policy: outcome`."""
        return [f"{p}: {o}" for p, every in self.outcomes.items() for o in every if (p, o) not in self.reached]

    @property
    def never_met(self) -> list[str]:
        """Rules that no case meets."""
        return self._never({Status.MET})

    @property
    def never_unmet(self) -> list[str]:
        """Rules that every case meets, so that nothing shows they matter."""
        return self._never({Status.UNMET, Status.UNKNOWN, Status.SKIPPED, Status.BROKEN})

    def _never(self, wanted: set[Status]) -> list[str]:
        return [f"{p}: {r}" for p, rules in self.rules.items() for r in rules if not self.seen[p, r] & wanted]

    @property
    def share(self) -> tuple[int, int]:
        """Turns seen (each rule met, and not met), and turns there are."""
        turns = 2 * sum(len(rules) for rules in self.rules.values())
        return turns - len(self.never_met) - len(self.never_unmet), turns


def _every(finding: Finding) -> Iterator[Finding]:
    yield finding
    for part in finding.parts:
        yield from _every(part)


def _place(path: str) -> str:
    """One place for all entries of a `for_each`."""
    return re.sub(r"for_each\[[^\]]*\]", "for_each", path)
