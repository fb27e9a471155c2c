"""Items at the boundaries of what conditions compare with, so that guards can be tried in every way they may fall.

Each number and date, one below and one above; each value of a choice and one that no guard names; both truths of a
boolean and of a criterion; of a list nothing, each entry and all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from math import prod
from typing import Any

from policies.conditions import Condition
from policies.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Unary, parts_of
from policies.errors import TollgateError
from policies.facts import CriterionState, ItemFacts
from policies.model import Process

MOST_POINTS = 4000
"""Items looked at for one group of guards."""

MOST_KINDS = 250
"""Ways the guards may fall that are kept, out of those found."""

GIVEN = frozenset({"key", "kind", "site", "author", "owner"})
"""Built-in words that whoever samples sets by other means."""

_HOURS = (datetime(2026, 1, 5, 8), datetime(2026, 1, 5, 9))  # noqa: DTZ001  (moments are by a site's own clock)


def boundary_items(process: Process, conditions: Sequence[Condition]) -> list[ItemFacts] | None:
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
    return [item_with(dict(zip(names, chosen, strict=True))) for chosen in found]


def sampled_items(
    process: Process, conditions: Sequence[Condition], lists: Sequence[str] = ()
) -> tuple[list[ItemFacts], bool]:
    """Items that between them make the conditions fall in every way found, one for each way, and whether all
    were tried. A condition whose boundaries are not plain is tried at what it names. `lists` are list fields that
    rules go over; those without `of` stay empty, since anything may stand there."""
    constants: dict[str, set[Any]] = {name: set() for name in lists}
    for condition in conditions:
        own: dict[str, set[Any]] = {}
        if not _collect(condition.tree, own):
            own = _roughly(condition.tree)
        for name, values in own.items():
            constants.setdefault(name, set()).update(values)
    axes = {name: _wide_axis(process, name, values) for name, values in constants.items() if name not in GIVEN}
    names = [name for name, axis in axes.items() if axis]
    every = prod(len(axes[name]) for name in names)
    step = -(-every // MOST_POINTS)
    step += step > 1 and step % 2 == 0  # an odd stride does not keep to one value of an axis of two
    found: dict[tuple[object, ...], ItemFacts] = {}
    for number in range(0, every, max(step, 1)):
        chosen: dict[str, Any] = {}
        rest = number
        for name in names:
            rest, place = divmod(rest, len(axes[name]))
            chosen[name] = axes[name][place]
        item = item_with({name: value for name, value in chosen.items() if value is not None})
        key = (*(holds(one, item) for one in conditions), *(item.fields.get(name) for name in lists))
        found.setdefault(key, item)
    return _thinned(found), step <= 1 and len(found) <= MOST_KINDS


def _thinned(found: Mapping[tuple[object, ...], ItemFacts]) -> list[ItemFacts]:
    """Not too many: first those that show a guard in a way not shown before, the fullest first, then evenly."""
    if len(found) <= MOST_KINDS:
        return list(found.values())
    ordered = sorted(found, key=lambda key: -sum(said is True for said in key))
    shown_before: set[tuple[int, object]] = set()
    kept: dict[tuple[object, ...], None] = {}
    for key in ordered:
        if not shown_before >= set(enumerate(key)):
            shown_before |= set(enumerate(key))
            kept[key] = None
    kept |= dict.fromkeys(ordered[:: -(-len(ordered) // MOST_KINDS)])
    return [found[key] for key in list(kept)[:MOST_KINDS]]


def holds(condition: Condition, item: ItemFacts) -> bool | None:
    """What a condition says of an item; None where it cannot be worked out, and where it counts votes."""
    if condition.tallies:
        return None
    try:
        return condition.evaluate(item)
    except TollgateError:
        return None


def shown(conditions: Sequence[Condition], item: ItemFacts) -> str:
    """What an item has of all that the conditions read, in words."""
    said = []
    for name in sorted({name for condition in conditions for name in condition.reads}):
        if name.startswith("criteria."):
            state = item.criteria.get(name.removeprefix("criteria."))
            said.append(f"{name} {'met' if state and state.met else 'open'}")
        else:
            value = item.fields.get(name)
            said.append(f"{name} {value:,}" if isinstance(value, Decimal) else f"{name} {value}")
    return ", ".join(said) or "nothing special"


def item_with(values: Mapping[str, Any]) -> ItemFacts:
    """An item with these fields and criteria (`criteria.<name>`)."""
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


# -- what each name is compared with ---------------------------------------------------------------------


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


def _roughly(node: Node) -> dict[str, set[Any]]:
    """Every name with every constant of the condition, and what stands for little and for much."""
    names, values = set(), {None, 0, 10**9}
    waiting: list[Node] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Name):
            names.add(_name(one))
        else:
            values.update(_values(one) or ())
            waiting += parts_of(one)
    return {name: set(values) for name in names}


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
    if kind == "moment":
        return list(_HOURS)
    if kind == "choice" and field is not None and field.of:
        return list(field.of)
    if kind == "list":
        return None
    return [*sorted(str(value) for value in values), "something else"]


def _wide_axis(process: Process, name: str, values: set[Any]) -> list[Any]:
    """As `_axis`, for lists too, and with nothing at all where a condition asks for that (`has`)."""
    field = process.fields.get(name)
    kind = field.type if field is not None else "text"
    blank = [None] if None in values and not name.startswith("criteria.") else []
    if kind == "list":
        entries = list(field.of or ()) if field is not None else []
        entries = entries or sorted(value for value in values if isinstance(value, str))
        singles = [(entry,) for entry in entries]
        return [*blank, *singles, *([tuple(entries)] if len(entries) > 1 else []), ()] if entries else blank
    numeric = kind in ("money", "number", "integer") or name == "revision"
    wanted = int | Decimal if numeric else str if kind == "text" else object
    fitting = {value for value in values if value is not None and isinstance(value, wanted)}
    return [*blank, *(_axis(process, name, fitting) or [])]
