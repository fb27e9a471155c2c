"""Walks the rules of a process with their paths in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.model.policy import Policy
from policies.model.process import Process
from policies.model.rules import AllOf, AnyOf, ForEach, InOrder, NOf, StaleOn, Votes

Path = tuple[str | int, ...]


def rules_of(process: Process) -> Iterator[tuple[Path, Any]]:
    """Every rule node of the process, outermost first."""
    for name, rule in process.rules.items():
        yield from nodes(rule, ("rules", name))
    for name, policy in process.policies.items():
        yield from rules_of_policy(policy, ("policies", name))


def rules_of_policy(policy: Policy, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every rule node of one policy."""
    for word in ("reject", "approve"):
        rule = getattr(policy, word)
        if rule is not None:
            yield from nodes(rule, (*path, word))
    for name, outcome in policy.outcomes.items():
        yield from nodes(outcome.rule, (*path, "outcomes", name, "rule"))


def nodes(rule: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """`rule` and everything below it."""
    yield path, rule
    for key, part in parts(rule):
        yield from nodes(part, (*path, *key))


def parts(rule: Any) -> Iterator[tuple[Path, Any]]:
    """The direct parts of a combinator, with the path from it."""
    if isinstance(rule, AllOf):
        yield from ((("all", i), part) for i, part in enumerate(rule.all))
    elif isinstance(rule, AnyOf):
        yield from ((("any", i), part) for i, part in enumerate(rule.any))
    elif isinstance(rule, NOf):
        yield from ((("of", i), part) for i, part in enumerate(rule.of))
    elif isinstance(rule, InOrder):
        yield from ((("in_order", i), part) for i, part in enumerate(rule.in_order))
    elif isinstance(rule, ForEach):
        yield ("rule",), rule.rule


SITE = "site"
"""How `stale_on` names the item's site, where no field or criterion is called so."""
ITEM_SITE = "item.site"
"""How an edit names it; no field can have a name with a dot."""


def edits_meant(process: Process, stale_on: StaleOn) -> StaleOn:
    """`stale_on` in the names that edits use."""
    if isinstance(stale_on, str) or SITE in process.fields or SITE in process.criteria:
        return stale_on
    return tuple(ITEM_SITE if name == SITE else name for name in stale_on)


def counts_present(process: Process, policy: str) -> bool:
    """Whether a rule of the policy, or one it uses by name, is about those present."""
    waiting = [rule for _, rule in rules_of_policy(process.policies[policy], ())]
    seen: set[str] = set()
    while waiting:
        rule = waiting.pop()
        if isinstance(rule, Votes) and rule.of == "present":
            return True
        name = rule if isinstance(rule, str) else getattr(rule, "rule", None)
        if isinstance(name, str) and name not in seen and name in process.rules:
            seen.add(name)
            waiting += [part for _, part in nodes(process.rules[name], ())]
    return False
