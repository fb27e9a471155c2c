"""A process with its shorthand written out: what `approve`, named rules and words left out stand for.

`written_out` changes no meaning: `approve` and `reject` become outcomes, and a named rule stands where it is used.
`expanded` also fills in what is left out, as data for a file that says everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.model import (
    AllOf,
    AnyOf,
    ForEach,
    InOrder,
    Named,
    NOf,
    Outcome,
    Policy,
    PositionWord,
    Process,
    Votes,
    is_refusal,
)
from policies.model.base import Model

PARTS: Mapping[type[Model], str] = {AllOf: "all", AnyOf: "any", NOf: "of", InOrder: "in_order"}
"""The word that holds the parts of each combinator."""

_MEANT_WHEN_EMPTY = frozenset({"exclude", "stale_on"})


def written_out(process: Process) -> Process:
    """The same process with outcomes in place of `approve` and `reject`, and no rule used by name."""
    policies = {name: _policy(policy, process.rules) for name, policy in process.policies.items()}
    return process.model_copy(update={"policies": policies, "rules": {}})


def _policy(policy: Policy, rules: Mapping[str, Any]) -> Policy:
    outcomes = {
        name: outcome.model_copy(
            update={
                "rule": inlined(outcome.rule, rules),
                "refusal": is_refusal(name, outcome),
                "title": outcome.title or outcome_title(name),
            }
        )
        for name, outcome in policy.ordered_outcomes().items()
    }
    return policy.model_copy(update={"outcomes": outcomes, "approve": None, "reject": None})


def outcome_title(name: str) -> str:
    """What people read for an outcome without a title."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def inlined(rule: Any, rules: Mapping[str, Any], when: str | None = None) -> Any:
    """`rule` with every named rule in its place; conditions on the way add up."""
    if isinstance(rule, str):
        rule = Named(rule=rule)
    if isinstance(rule, Named):
        return inlined(rules[rule.rule], rules, both_hold(when, rule.when))
    changed: dict[str, Any] = {"when": both_hold(when, rule.when)}
    word = PARTS.get(type(rule))
    if word is not None:
        changed[word] = tuple(inlined(part, rules) for part in getattr(rule, word))
    elif isinstance(rule, ForEach):
        changed["rule"] = inlined(rule.rule, rules)
    return rule.model_copy(update=changed)


def both_hold(outer: str | None, own: str | None) -> str | None:
    """One condition for two, of which either may be left out."""
    if outer is None or own is None:
        return outer if own is None else own
    return f"({outer}) && ({own})"


# -- everything said -----------------------------------------------------------------------------------


def expanded(process: Process) -> dict[str, Any]:
    """The process as data in which nothing is left to a default or a name. It reads back as the same process."""
    full = written_out(process)
    policies = {name: _filled(policy) for name, policy in full.policies.items()}
    data: dict[str, Any] = full.model_copy(update={"policies": policies}).model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    return {key: _without_empty(value, key) for key, value in data.items() if value not in ({}, [])}


def as_yaml(data: dict[str, Any]) -> str:
    """`expanded` as a file."""
    from io import StringIO

    from ruamel.yaml import YAML

    writer, out = YAML(), StringIO()
    writer.default_flow_style = None
    writer.width = 110
    writer.dump(data, out)
    return out.getvalue().rstrip()


def _filled(policy: Policy) -> Policy:
    outcomes = {
        name: outcome.model_copy(update={"rule": _filled_rule(outcome.rule, policy)})
        for name, outcome in policy.outcomes.items()
    }
    positions = {name: position_filled(name, word) for name, word in policy.positions.items()}
    return policy.model_copy(update={"outcomes": outcomes, "positions": positions})


def position_filled(name: str, word: PositionWord) -> PositionWord:
    """A position with the reason it asks said."""
    reason = word.reason or ("optional" if name in ("approve", "go", "abstain", "recuse") else "required")
    return word.model_copy(update={"reason": reason})


def _filled_rule(rule: Any, policy: Policy) -> Any:
    if isinstance(rule, Votes):
        exclude = policy.exclude if rule.exclude is None else rule.exclude
        stale_on = policy.stale_on if rule.stale_on is None else rule.stale_on
        return rule.model_copy(update={"exclude": exclude, "stale_on": stale_on})
    changed: dict[str, Any] = {}
    if isinstance(rule, AllOf | InOrder | ForEach) and rule.one_seat is None:
        changed["one_seat"] = policy.one_seat
    word = PARTS.get(type(rule))
    if word is not None:
        changed[word] = tuple(_filled_rule(part, policy) for part in getattr(rule, word))
    elif isinstance(rule, ForEach):
        changed["rule"] = _filled_rule(rule.rule, policy)
    return rule.model_copy(update=changed)


def _without_empty(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(one, name) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in ({}, []) or name in _MEANT_WHEN_EMPTY}
    return [_without_empty(one, key) for one in value] if isinstance(value, list) else value


__all__ = ["Outcome", "as_yaml", "both_hold", "expanded", "inlined", "outcome_title", "position_filled", "written_out"]
