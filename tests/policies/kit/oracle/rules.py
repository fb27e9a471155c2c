"""Rules read as they are written: their parts, bounds, conditions, and `for_each` written out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from oracle.case import Rule

GUARDS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "item.urgent": lambda fields: fields.get("urgent"),
    "!item.urgent": lambda fields: None if "urgent" not in fields else not fields["urgent"],
    "6 / item.pieces > 1": lambda fields: "broken" if fields["pieces"] == 0 else 6 / fields["pieces"] > 1,
}
Count = Callable[[str, str, str], int]
CHECKS: Mapping[str, Callable[[Count, Mapping[str, Any]], Any]] = {
    "yes('a') > no('a')": lambda n, _: n("yes", "a", "") > n("no", "a", ""),
    "yes('b') == no('b')": lambda n, _: n("yes", "b", "") == n("no", "b", ""),
    "cast('a') >= 2": lambda n, _: n("cast", "a", "") >= 2,
    "yes('b') * 2 > members('b')": lambda n, _: n("yes", "b", "") * 2 > n("members", "b", ""),
    "votes('b', 'reject') == 0": lambda n, _: n("votes", "b", "reject") == 0,
    "abstained('a') == 0 && yes('a') >= 1": lambda n, _: n("abstained", "a", "") == 0 and n("yes", "a", "") >= 1,
    "item.pieces < 5": lambda _, fields: fields["pieces"] < 5,
    "item.urgent": lambda _, fields: fields.get("urgent"),
}
NAMED_SHARES = {"all": Fraction(1), "majority": Fraction(1, 2)}
TALLY = re.compile(r"(\w+)\('(\w)'")


def parts_of(rule: Rule) -> list[Rule]:
    word = next((word for word in ("all", "any", "in_order") if word in rule), "of" if "n_of" in rule else None)
    return [] if word is None else list(rule[word])


def is_all(rule: Rule) -> bool:
    return "all" in rule or "in_order" in rule


def leaves_of(rule: Rule) -> Iterator[Rule]:
    """The rules that somebody votes in; what a check counts is one of them."""
    if "from" in rule:
        yield rule
    yield from rule.get("counted", ())
    for part in parts_of(rule):
        yield from leaves_of(part)


def rules_of(rule: Rule) -> Iterator[Rule]:
    yield rule
    for part in parts_of(rule):
        yield from rules_of(part)


def steps_of(
    rule: Rule, above: tuple[tuple[Rule, int], ...] = ()
) -> Iterator[tuple[Rule, tuple[tuple[Rule, int], ...]]]:
    """Every rule below with the steps it stands in, outermost first."""
    yield rule, above
    for one in rule.get("counted", ()):
        yield one, above
    for place, part in enumerate(parts_of(rule)):
        yield from steps_of(part, (*above, (rule, place)) if "in_order" in rule else above)


def written(rule: Rule, fields: Mapping[str, Any], each: str = "") -> Rule:
    """The rule with each `for_each` as the `all` it stands for, and each check with whom it counts."""
    if "for_each" in rule:
        values = fields.get(rule["for_each"])
        kept = {key: value for key, value in rule.items() if key in ("when", "one_seat")}
        if values is None:
            return kept | {"unknown": True}
        return kept | {"all": [written(rule["rule"], fields, value) for value in dict.fromkeys(values)]}
    if "check" in rule:
        roles = dict.fromkeys(role for _, role in TALLY.findall(rule["check"]))
        return dict(rule) | {"counted": [{"from": [role], "at": "item.site"} for role in roles]}
    if "from" in rule:
        return dict(rule) | {"from": [word.replace("{each}", each) for word in rule["from"]]}
    word = next((word for word in ("all", "any", "in_order", "of") if word in rule), None)
    return dict(rule) | ({word: [written(part, fields, each) for part in rule[word]]} if word else {})


def supporting_words(rule: Rule, counts: tuple[str, ...]) -> set[str]:
    """What has to be said for the rule to be met, of all that is below it."""
    found: set[str] = set()
    for one in rules_of(rule):
        if "from" in one and "at_most" not in one:
            found |= set(counts or (one.get("position", "approve"),))
        if "check" in one:
            found |= {"approve", "go"} if "yes(" in one["check"] else set()
    return found


def exact_share(bound: Any) -> Fraction:
    if bound in NAMED_SHARES:
        return NAMED_SHARES[bound]
    return Fraction(int(bound[:-1]), 100) if bound.endswith("%") else Fraction(bound)


def is_share(bound: Any) -> bool:
    return isinstance(bound, str)


def enough(count: int, floor: Rule, size: int) -> bool:
    """Whether `count` reaches `at_least` or `more_than`; nobody at all never does."""
    kind = "more_than" if "more_than" in floor else "at_least"
    bound = floor[kind]
    limit = exact_share(bound) * size if is_share(bound) else Fraction(bound)
    return count > 0 and (count > limit if kind == "more_than" or bound == "majority" else count >= limit)


def exceeds(count: int, bound: Any, size: int) -> bool:
    return count > (exact_share(bound) * size if is_share(bound) else Fraction(bound))


def groups_filled(fits: list[set[str]], taken: frozenset[str] = frozenset()) -> int:
    """The most words that can each be given a person of their own."""
    if not fits:
        return 0
    skipped = groups_filled(fits[1:], taken)
    return max([skipped, *(1 + groups_filled(fits[1:], taken | {person}) for person in fits[0] - taken)])
