"""Generated conditions of the part that our language and CEL share, and CEL's own answer to them.

The oracle is `cel-expr-python`, the binding of CEL's C++ implementation. A field that nobody has filled in is
a key that CEL's map lacks: CEL answers with an error where we answer UNKNOWN.

What is generated keeps to where both mean the same numbers: whole numbers far from 64 bits, fractions that are
sums of quarters (exact as binary fractions), and money of at most fifteen digits, which is compared but not
reckoned with. docs/reference/conditions.md says what differs on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cel_expr_python import cel
from hypothesis import strategies as st
from scenes import item

from policies.conditions import type_env
from policies.conditions.types import BUILT_IN
from policies.facts import CriterionState, ItemFacts
from policies.model import Criterion, Field

RISKS = ("low", "high")
WORDS = ("", "a", "A", "ab", "pump 3", "é", "e\u0301", "💥", "\uff5e", "\u202e", "'", '"', "\\", "\n", "\t")
"""Texts that are easily confused: empty, by case, by accent, beyond 16 bits, invisible, and to be escaped."""

ENV = type_env(
    {
        "cost": Field(type="money", currency="EUR"),
        "limit": Field(type="money", currency="EUR"),
        "pieces": Field(type="integer"),
        "scrap": Field(type="integer"),
        "weight": Field(type="number"),
        "share": Field(type="number"),
        "risk": Field(type="choice", of=RISKS),
        "urgent": Field(type="boolean"),
        "tested": Field(type="boolean"),
        "reason": Field(type="text"),
        "note": Field(type="text"),
        "tags": Field(type="list"),
        "stock-left": Field(type="integer"),
    },
    {"impact": Criterion(text="Impact assessed"), "training": Criterion(text="Trained")},
)

# -- items -----------------------------------------------------------------------------------------

wholes = st.integers(-50, 50)
quarters = st.integers(-200, 200).map(lambda number: Decimal(number) / 4)
amounts = st.integers(-(10**15) + 1, 10**15 - 1).map(lambda cents: Decimal(cents) / 100) | st.sampled_from(
    [Decimal("50000"), Decimal("50000.01"), Decimal("49999.99"), Decimal(0)]
)
# No NUL: the binding hands a text to C++ up to the first one, so that "\0" is "" there. No lone surrogates:
# CEL's texts are UTF-8.
texts = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "cost": amounts,
    "limit": amounts,
    "pieces": wholes,
    "scrap": wholes,
    "stock-left": wholes,
    "weight": quarters,
    "share": quarters,
    "risk": st.sampled_from(RISKS),
    "urgent": st.booleans(),
    "tested": st.booleans(),
    "reason": texts,
    "note": texts,
    "tags": st.lists(texts, max_size=3).map(tuple),
}
items: st.SearchStrategy[ItemFacts] = st.builds(
    lambda fields, met, owner, revision: item(
        fields=fields, criteria={"impact": CriterionState(met=met)}, owner=owner, revision=revision
    ),
    st.fixed_dictionaries({}, optional=VALUES),
    st.booleans(),
    st.none() | st.just("zoe"),
    st.integers(1, 3),
)
"""Items of which any field may be missing; the criterion `training` is one that nobody has touched."""

# -- conditions ------------------------------------------------------------------------------------

OR, AND, RELATION, SUM, PRODUCT, UNARY, PRIMARY = range(7)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Written:
    """An expression and how tightly its outermost operator binds: brackets stand only where one is needed."""

    text: str
    binds: int = PRIMARY

    def within(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


Draw = Callable[[st.SearchStrategy[Any]], Any]


def quoted(text: str, quote: str = '"') -> str:
    """`text` as a literal that both languages read alike."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}"


literals = st.builds(quoted, texts.filter(lambda text: "\r" not in text), st.sampled_from("\"'"))


def joined(op: str, binds: int, left: Written, right: Written) -> Written:
    """`left op right`, read from the left."""
    return Written(f"{left.within(binds)} {op} {right.within(binds + 1)}", binds)


def compared(op: str, left: Written, right: Written) -> Written:
    """`left op right` of a comparison or `in`, neither side of which may be another."""
    return Written(f"{left.within(SUM)} {op} {right.within(SUM)}", RELATION)


def number(draw: Draw, atoms: st.SearchStrategy[str], ops: tuple[str, ...], budget: int) -> Written:
    """A sum or product of at most `budget` + 1 atoms, all of one kind of number."""
    kind = draw(st.integers(0, 3)) if budget else 0
    if kind == 0:
        return Written(draw(atoms))
    if kind == 1:
        return Written("-" + number(draw, atoms, ops, budget - 1).within(UNARY), UNARY)
    op, cut = draw(st.sampled_from(ops)), draw(st.integers(0, budget - 1))
    left, right = number(draw, atoms, ops, cut), number(draw, atoms, ops, budget - 1 - cut)
    if op == "%":  # by nothing is an error, which has a test of its own
        right = Written(str(draw(st.integers(1, 9))))
    return joined(op, SUM if op in "+-" else PRODUCT, left, right)


whole_atoms = st.sampled_from(
    ["item.pieces", "item.scrap", 'item["stock-left"]', "item.revision", "size(item.tags)", "size(item.reason)"]
) | st.integers(0, 50).map(str)
quarter_atoms = st.sampled_from(["item.weight", "item.share"]) | st.integers(0, 200).map(
    lambda n: str(Decimal(n) / 4 + Decimal("0.00"))
)
money_atoms = st.sampled_from(["item.cost", "item.limit"]) | amounts.map(lambda amount: f"{abs(amount):.2f}")


def any_number(draw: Draw, budget: int) -> Written:
    if draw(st.booleans()):
        return number(draw, whole_atoms, ("+", "-", "*", "%"), budget)
    return number(draw, quarter_atoms, ("+", "-", "*"), budget)


def any_text(draw: Draw) -> Written:
    return Written(draw(st.sampled_from(["item.reason", "item.note", "item.site", "item.owner"]) | literals))


def listed(draw: Draw, atoms: st.SearchStrategy[str]) -> Written:
    return Written(f"[{', '.join(draw(st.lists(atoms, min_size=1, max_size=4)))}]")


def atom(draw: Draw, budget: int) -> Written:
    """A condition without `&&`, `||` and `!`."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return Written(draw(st.sampled_from(["true", "false", "item.urgent", "item.tested"])))
    if kind == 1:
        return Written(draw(st.sampled_from(["item.criteria.impact.met", "item.criteria.training.met"])))
    if kind == 2:
        names = ["cost", "pieces", "tags", "reason", "urgent", "owner", "site", "criteria.impact.met"]
        return Written(f"has(item.{draw(st.sampled_from(names))})")
    if kind == 3:
        return compared(draw(st.sampled_from(COMPARISONS)), any_number(draw, budget), any_number(draw, budget))
    if kind == 4:
        left, right = Written(draw(money_atoms)), Written(draw(money_atoms | st.just("50000")))
        return compared(draw(st.sampled_from(COMPARISONS)), left, right)
    if kind == 5:
        return compared("in", any_number(draw, min(budget, 1)), listed(draw, whole_atoms | quarter_atoms))
    if kind == 6:
        return compared(draw(st.sampled_from(COMPARISONS)), any_text(draw), any_text(draw))
    if kind == 7:
        texts_in = listed(draw, literals | st.sampled_from(["item.reason", "item.note"]))
        return compared("in", any_text(draw), draw(st.sampled_from([texts_in, Written("item.tags")])))
    if kind == 8:
        method = draw(st.sampled_from(["startsWith", "endsWith", "contains"]))
        return Written(f"{any_text(draw).text}.{method}({any_text(draw).text})")
    risk = quoted(draw(st.sampled_from(RISKS)))
    return compared(draw(st.sampled_from(["==", "!="])), Written("item.risk"), Written(risk))


def boolean(draw: Draw, budget: int) -> Written:
    """A condition of at most `budget` + 1 atoms."""
    kind = draw(st.integers(0, 7)) if budget else 0
    if kind < 2:
        return atom(draw, min(budget, 3))
    if kind == 2:
        return Written("!" + boolean(draw, budget - 1).within(UNARY), UNARY)
    cut = draw(st.integers(0, budget - 1))
    left, right = boolean(draw, cut), boolean(draw, budget - 1 - cut)
    if kind == 3:
        return compared(draw(st.sampled_from(["==", "!="])), left, right)
    return joined("&&", AND, left, right) if kind % 2 else joined("||", OR, left, right)


@st.composite
def conditions(draw: st.DrawFn, most: int = 6) -> str:
    """A condition of the shared part, well typed, of at most `most` + 1 comparisons."""
    return boolean(draw, draw(st.integers(0, most))).text


TOKENS = ("item", ".", "cost", "urgent", "reason", "tags", "(", ")", "[", "]", ",", "&&", "||", "!", "==", "<", "in", "+",
          "-", "*", "%", "1", "007", "0.5", '"a"', "'", '"', "has", "size", "true", "contains", " ", "\\", "u", "0x1", "r")  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A condition with a few pieces of it lost, moved or replaced: mostly nonsense, sometimes another condition."""
    text = draw(conditions(3))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + draw(st.sampled_from(TOKENS) | st.just("")) + text[end:]
    return text


# -- CEL's answer ----------------------------------------------------------------------------------


class NotShared(Exception):
    """CEL found an error other than a field that is not filled in; its words are the argument."""


# Types are left to the evaluation: CEL's checker keeps whole numbers and fractions apart, ours does not.
_CEL = cel.NewEnv(variables={"item": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
MISSING = "NOT_FOUND"


def by_cel(text: str, facts: ItemFacts) -> bool | None:
    """What CEL makes of `text`: true, false, or None where a field is missing. Raises NotShared."""
    try:
        answer = _CEL.compile(text, disable_check=True).eval(data={"item": as_map(facts)})
    except RuntimeError as error:
        raise NotShared(str(error)) from error
    if answer.type() == cel.Type.BOOL:
        return bool(answer.value())
    words = str(answer.value())
    if answer.type() == cel.Type.ERROR and words.startswith(MISSING):
        return None
    raise NotShared(words)


def as_map(facts: ItemFacts) -> dict[str, Any]:
    """The item as CEL gets it: what is not filled in is not there."""
    return dict(_pairs(facts))


def _pairs(facts: ItemFacts) -> Iterator[tuple[str, Any]]:
    for name in BUILT_IN:
        if getattr(facts, name) is not None:
            yield name, getattr(facts, name)
    for name, value in facts.fields.items():
        if not isinstance(value, date):  # CEL has instants, and the binding takes none inside of a map
            yield name, _as_cel_has_it(value)
    met = {name: {"met": name in facts.criteria and facts.criteria[name].met} for name in ENV.criteria}
    yield "criteria", met


def _as_cel_has_it(value: Any) -> Any:
    """Decimals as binary fractions: CEL has no others."""
    if isinstance(value, Decimal):
        return float(value)
    return list(value) if isinstance(value, tuple) else value
