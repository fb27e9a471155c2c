"""Guards side by side: one that never holds, an item that none fits, an item that two fit.

Conditions are tried at the boundary points of what they compare with: each number and date, one below and one
above; each value of a choice and one that no guard names; both truths of a boolean and of a criterion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policies.conditions import Condition, TypeEnv, compile_condition
from policies.errors import TollgateError
from policies.facts import ItemFacts
from policies.lint.points import boundary_items, holds, shown
from policies.lint.remark import Path, Remark
from policies.model import AnyOf, Process, State
from policies.model.walk import parts, rules_of


@dataclass(frozen=True, slots=True)
class _Guard:
    path: Path
    condition: Condition


def check_guards(process: Process, env: TypeEnv) -> Iterator[Remark]:
    """Guards that never hold; gaps and overlaps among those that stand side by side."""
    for group, kind in _groups(process, env):
        yield from _group(process, group, kind)


def _groups(process: Process, env: TypeEnv) -> Iterator[tuple[list[_Guard], str]]:
    """Guards that belong together: of the parts of an `any`, and of acts of one state that somebody chooses
    between; others are looked at one by one."""
    for path, rule in rules_of(process):
        found = [(p, part.when) for p, part in _parts(path, rule) if getattr(part, "when", None) is not None]
        guards = _compiled(found, env)
        whole = isinstance(rule, AnyOf) and len(found) == len(rule.any) > 1
        if whole and len(guards) == len(found):
            yield guards, "any"
        else:
            yield from (([guard], "one") for guard in guards)
    for name, state in process.states.items():
        yield from _acts(name, state, env)


def _parts(path: Path, rule: Any) -> list[tuple[Path, Any]]:
    return [((*path, *key), part) for key, part in parts(rule)]


def _acts(name: str, state: State, env: TypeEnv) -> Iterator[tuple[list[_Guard], str]]:
    found: list[tuple[Path, str]] = []
    for act_name, act in state.acts.items():
        if act.when is not None:
            found.append((("states", name, "acts", act_name), act.when))
    for guard in _compiled(found, env):
        yield [guard], "one"


def _compiled(found: Sequence[tuple[Path, Any]], env: TypeEnv) -> list[_Guard]:
    guards = []
    for path, text in found:
        try:
            guards.append(_Guard(path, compile_condition(text, env)))
        except TollgateError:
            continue  # a fault of its own, said elsewhere
    return guards


def _group(process: Process, group: list[_Guard], kind: str) -> Iterator[Remark]:
    points = boundary_items(process, [guard.condition for guard in group])
    if points is None:
        return
    held: list[int] = [0] * len(group)
    gap: ItemFacts | None = None
    double: tuple[ItemFacts, int, int] | None = None
    for item in points:
        said = [holds(guard.condition, item) for guard in group]
        true = [place for place, one in enumerate(said) if one]
        for place in true:
            held[place] += 1
        if gap is None and not true and None not in said:
            gap = item
        if double is None and len(true) > 1:
            double = (item, true[0], true[1])
    for place, guard in enumerate(group):
        if held[place] == 0:
            said_of = f"`{guard.condition.text}` holds of no item."
            yield Remark((*guard.path, "when"), "TG133", said_of, "Mend it, or take the part out.", is_error=False)
    if kind == "any":
        yield from _side_by_side(group, gap, double, all(held))


def _side_by_side(
    group: list[_Guard], gap: ItemFacts | None, double: tuple[ItemFacts, int, int] | None, sound: bool
) -> Iterator[Remark]:
    above = group[0].path[:-2]
    if gap is not None and sound:
        said = f"none of its parts fits an item with {_shown(group, gap)}."
        yield Remark(above, "TG134", said, "Close the gap, or add a part without `when`.", is_error=False)
    if double is not None:
        item, one, other = double
        texts = f"`{group[one].condition.text}` and `{group[other].condition.text}`"
        said = f"{texts} both hold of an item with {_shown(group, item)}."
        yield Remark((*group[other].path, "when"), "TG135", said, "Draw the line between them.", is_error=False)


def _shown(group: list[_Guard], item: ItemFacts) -> str:
    return shown([guard.condition for guard in group], item)
