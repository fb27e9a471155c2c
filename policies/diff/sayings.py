"""Conditions for people: `item.cost > 50000` is `Cost is above €50,000`. Also their one spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from policies.conditions.tree import METHODS, Binary, Call, Junction, ListOf, Literal, Name, Node, Unary
from policies.model import Process
from policies.phrases import both, either

SYMBOLS: Mapping[str, str] = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}

_TIGHT = {"||": 1, "&&": 2, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_COMPARING = 3
_UNARY = 6

_LIMITS = {">": "above", ">=": "from", "<": "below", "<=": "up to"}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def printed(node: Node, around: int = 0) -> str:
    """The one spelling of a condition."""
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Name):
        return _name(node)
    if isinstance(node, ListOf):
        return f"[{', '.join(printed(part) for part in node.parts)}]"
    if isinstance(node, Call):
        return _call(node)
    if isinstance(node, Unary):
        return f"{node.op}{printed(node.operand, _UNARY)}"
    tight = _TIGHT.get(node.op, _COMPARING)
    if isinstance(node, Junction):
        text = f" {node.op} ".join(printed(part, tight + 1) for part in node.parts)
    else:
        text = f"{printed(node.left, tight)} {node.op} {printed(node.right, tight + 1)}"
    return f"({text})" if tight < around else text


def _literal(node: Literal) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return json.dumps(node.value, ensure_ascii=False) if isinstance(node.value, str) else str(node.value)


def _name(node: Name) -> str:
    first, *rest = node.path
    return first + "".join(f".{one}" if one.isidentifier() else f'["{one}"]' for one in rest)


def _call(node: Call) -> str:
    arguments = [printed(one) for one in node.arguments]
    if node.function in METHODS:
        return f"{printed(node.arguments[0], _UNARY)}.{node.function}({', '.join(arguments[1:])})"
    return f"{node.function}({', '.join(arguments)})"


class Sayings:
    """The words of one process's conditions."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def guard(self, node: Node) -> str:
        """`above €50,000`, else `when Risk is high`. To stand after a verb."""
        limit = self._limit(node)
        if limit is not None and limit[0] == self._amount():
            return f"{_LIMITS[limit[1]]} {limit[2]}"
        return f"when {self.words(node)}"

    def words(self, node: Node) -> str:
        """A condition as a clause."""
        if isinstance(node, Junction):
            parts = [self.words(part) for part in node.parts]
            return both(parts) if node.op == "&&" else either(parts)
        if isinstance(node, Binary):
            return self._compared(node)
        if isinstance(node, Unary) and node.op == "!":
            inner = node.operand
            if isinstance(inner, Name):
                return f"{self._called(inner)} is no"
            return f"it is not so that {self.words(inner)}"
        if isinstance(node, Call) and node.function == "has" and isinstance(node.arguments[0], Name):
            return f"{self._called(node.arguments[0])} is filled in"
        if isinstance(node, Name):
            return f"{self._called(node)} is {'met' if len(node.path) == 4 else 'yes'}"
        return printed(node)

    def _compared(self, node: Binary) -> str:
        limit = self._limit(node)
        if limit is not None:
            return f"{self._titled(limit[0])} is {_LIMITS[limit[1]]} {limit[2]}"
        if isinstance(node.left, Name) and len(node.left.path) == 2:
            if node.op in ("==", "!=") and isinstance(node.right, Literal):
                return f"{self._called(node.left)} is {'not ' * (node.op == '!=')}{self._value(node.left, node.right)}"
            if node.op == "in" and isinstance(node.right, ListOf) and node.right.parts:
                return f"{self._called(node.left)} is {either(_plain(part) for part in node.right.parts)}"
        return printed(node)

    def _limit(self, node: Node) -> tuple[str, str, str] | None:
        """(field, operator, amount) of a comparison of one field with a number."""
        if not isinstance(node, Binary) or node.op not in _LIMITS:
            return None
        left, op, right = node.left, node.op, node.right
        if isinstance(left, Literal):
            left, op, right = right, _TURNED[op], left
        if not isinstance(left, Name) or len(left.path) != 2 or not isinstance(right, Literal):
            return None
        return left.path[1], op, self._value(left, right)

    def _value(self, name: Name, value: Literal) -> str:
        field = self.process.fields.get(name.path[1])
        if isinstance(value.value, bool):
            return "yes" if value.value else "no"
        if not isinstance(value.value, int | Decimal):
            return _plain(value)
        if field is None or field.type != "money" or field.currency is None:
            return f"{value.value:,}"
        return money(value.value, field.currency)

    def _called(self, name: Node) -> str:
        if not isinstance(name, Name):
            return printed(name)
        if len(name.path) == 4:
            criterion = self.process.criteria.get(name.path[2])
            return f"“{criterion.text}”" if criterion is not None else name.path[2]
        return self._titled(name.path[1])

    def _titled(self, name: str) -> str:
        field = self.process.fields.get(name)
        return (field.title if field is not None else None) or name.replace("-", " ").capitalize()

    def _amount(self) -> str | None:
        """The field an amount without a name means: the budget's, else the only one of money."""
        if self.process.budget is not None:
            return self.process.budget.field
        amounts = [name for name, one in self.process.fields.items() if one.type == "money"]
        return amounts[0] if len(amounts) == 1 else None


def money(amount: int | Decimal, currency: str) -> str:
    """`€50,000`, or `CHF 50,000` where the sign is not everybody's."""
    return f"{SYMBOLS.get(currency, f'{currency} ')}{amount:,}"


def _plain(node: Node) -> str:
    return str(node.value) if isinstance(node, Literal) and isinstance(node.value, str) else printed(node)
