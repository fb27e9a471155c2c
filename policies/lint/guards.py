"""Guards side by side: one that never holds, an item that none fits, an item that two fit.

Conditions are tried at the boundary points of what they compare with: each number and date, one below and one
above; each value of a choice and one that no guard names; both truths of a boolean and of a criterion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, product
from typing import Any

from policies.conditions import Condition, TypeEnv, compile_condition
from policies.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Unary, parts_of
from policies.errors import TollgateError
from policies.facts import CriterionState, ItemFacts
from policies.lint.remark import Path, Remark
from policies.model import AnyOf, Process, State
from policies.model.walk import parts, rules_of

MOST_POINTS = 4000


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
    points = _points(process, [guard.condition for guard in group])
    if points is None:
        return
    held: list[int] = [0] * len(group)
    gap: ItemFacts | None = None
    double: tuple[ItemFacts, int, int] | None = None
    for item in points:
        said = [_holds(guard.condition, item) for guard in group]
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


def _holds(condition: Condition, item: ItemFacts) -> bool | None:
    try:
        return condition.evaluate(item)
    except TollgateError:
        return None


def _shown(group: list[_Guard], item: ItemFacts) -> str:
    names = sorted({name for guard in group for name in guard.condition.reads})
    said = []
    for name in names:
        if name.startswith("criteria."):
            state = item.criteria.get(name.removeprefix("criteria."))
            said.append(f"{name} {'met' if state and state.met else 'open'}")
        else:
            value = item.fields.get(name)
            said.append(f"{name} {value:,}" if isinstance(value, Decimal) else f"{name} {value}")
    return ", ".join(said) or "nothing special"


# -- points ----------------------------------------------------------------------------------------------


def _points(process: Process, conditions: Sequence[Condition]) -> list[ItemFacts] | None:
    """Items at the boundaries of what the conditions compare; None where they are too many to try, or where
    something is compared that has no boundary here (sums, other fields, texts taken apart)."""
    constants: dict[str, set[Any]] = {}
    for condition in conditions:
        if not _collect(condition.tree, constants):
            return None
    axes = {name: _axis(process, name, values) for name, values in constants.items()}
    if any(axis is None for axis in axes.values()):
        return None
    names = list(axes)
    found = list(islice(product(*(axes[name] or () for name in names)), MOST_POINTS + 1))
    if len(found) > MOST_POINTS:
        return None
    return [_item(dict(zip(names, chosen, strict=True))) for chosen in found]


def _collect(node: Node, constants: dict[str, set[Any]]) -> bool:
    """Gather what each name is compared with; whether all of it can be tried."""
    if isinstance(node, Name):
        constants.setdefault(_name(node), set()).update((True, False))
        return True
    if isinstance(node, Binary):
        if node.op not in ("==", "!=", "<", "<=", ">", ">=", "in"):
            return False
        name, other = (node.left, node.right) if isinstance(node.left, Name) else (node.right, node.left)
        values = _values(other)
        if not isinstance(name, Name) or values is None:
            return False
        constants.setdefault(_name(name), set()).update(values)
        return True
    if isinstance(node, Literal):
        return True
    if isinstance(node, Call):
        return False
    return all(_collect(part, constants) for part in parts_of(node))


def _values(node: Node) -> list[Any] | None:
    if isinstance(node, Literal):
        return [node.value]
    if isinstance(node, ListOf):
        return [part.value for part in node.parts if isinstance(part, Literal)]
    if isinstance(node, Unary) and node.op == "-" and isinstance(node.operand, Literal):
        value = node.operand.value
        return None if isinstance(value, str) else [-value]
    if isinstance(node, Call) and node.function == "date" and isinstance(node.arguments[0], Literal):
        return [date.fromisoformat(str(node.arguments[0].value))]
    return None


def _name(node: Name) -> str:
    return f"criteria.{node.path[2]}" if len(node.path) == 4 else node.path[1]


def _axis(process: Process, name: str, values: set[Any]) -> list[Any] | None:
    """The values of one name to try."""
    if name.startswith("criteria."):
        return [True, False]
    field = process.fields.get(name)
    kind = field.type if field is not None else "text"
    if kind == "boolean":
        return [True, False]
    if kind in ("money", "number", "integer") or name == "revision":
        step = Decimal(1) if kind == "integer" or name == "revision" else Decimal("0.01")
        numbers = [Decimal(str(value)) for value in values if not isinstance(value, bool)]
        return sorted({n + d for n in numbers for d in (-step, Decimal(0), step)})
    if kind == "date":
        days = [value for value in values if isinstance(value, date)]
        return sorted({day + timedelta(days=d) for day in days for d in (-1, 0, 1)})
    if kind == "choice" and field is not None and field.of:
        return list(field.of)
    if kind == "list":
        return None
    return [*sorted(str(value) for value in values), "something else"]


def _item(values: Mapping[str, Any]) -> ItemFacts:
    fields = {name: value for name, value in values.items() if not name.startswith("criteria.")}
    criteria = {
        name.removeprefix("criteria."): CriterionState(met=bool(value))
        for name, value in values.items()
        if name.startswith("criteria.")
    }
    return ItemFacts(
        key="EXAMPLE",
        process="example",
        kind="issue",
        revision=1,
        author="somebody",
        fields=fields,
        criteria=criteria,
    )
