"""Small scenes for tests of policies: a policy in YAML, people by their roles, and who said what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from textwrap import indent
from typing import Any

from policies.evaluate import CompiledPolicy, evaluate
from policies.facts import CriterionState, Decision, Facts, Holding, ItemFacts, Person, Roster
from policies.load import LoadedProcess, load_process, read_document
from policies.verdict import Verdict

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)

FIELDS = """\
fields:
  cost: {type: money, currency: EUR}
  risk: {type: choice, of: [low, high]}
  urgent: {type: boolean}
  pieces: {type: integer}
  weight: {type: number}
  due: {type: date}
  tags: {type: list, of: [safety, quality, price]}
  functions: {type: list}
  reason: {type: text}
criteria:
  impact: {text: Impact assessed}
"""

HEAD = """\
process: example
title: Example
kind: change_request
numbering: "EX-{n}"
start: sign-off
"""


def process_text(policy: str, *, rules: str = "", fields: str = FIELDS, head: str = HEAD) -> str:
    """A whole process around one policy (`example`), each of whose outcomes leads to an end."""
    said = read_document(policy, "policy").data
    outcomes = list(said.get("outcomes", ())) or [
        name for word, name in (("reject", "rejected"), ("approve", "approved")) if word in said
    ]
    when = ", ".join(f"{name}: closed" for name in outcomes)
    states = f"states:\n  sign-off: {{round: example, when: {{{when}}}, no_deadline: test}}\n  closed: {{end: done}}\n"
    shared = f"rules:\n{indent(rules.strip(), '  ')}\n" if rules else ""
    return f"{head}{fields}{states}{shared}policies:\n  example:\n{indent(policy.strip(), '    ')}\n"


@lru_cache(maxsize=256)
def load_example(policy: str, rules: str = "") -> LoadedProcess:
    return load_process(process_text(policy, rules=rules), "example.yaml")


def example(policy: str, rules: str = "") -> CompiledPolicy:
    """The one policy of a process around it, compiled."""
    return load_example(policy, rules).policies["example"]


def roster(people: dict[str, str]) -> Roster:
    """`{"ana": "engineering quality-lead@Lyon"}`: Ana, with two roles, one of them in Lyon only."""
    holdings = [
        Holding(person, *(role.split("@") if "@" in role else (role, None)))
        for person, roles in people.items()
        for role in roles.split()
    ]
    return Roster({person: Person(person, person.capitalize()) for person in people}, tuple(holdings))


def said(*lines: str, revision: int = 1) -> tuple[Decision, ...]:
    """`"ana approve"`, `"ben reject r1"`, `"ana approve withdrawn"`, in the order they were said."""
    decisions = []
    for number, line in enumerate(lines):
        person, position, *more = line.split()
        seen = next((int(word[1:]) for word in more if word[1:].isdigit()), revision)
        at = NOW + timedelta(minutes=number)
        decisions.append(Decision(f"d{number}", person, position, at, seen, withdrawn="withdrawn" in more))
    return tuple(decisions)


def item(**facts: Any) -> ItemFacts:
    """An item by Zoe in Lyon with nothing filled in, but for what is given."""
    given: dict[str, Any] = {"author": "zoe", "site": "Lyon", "revision": 1, **facts}
    return ItemFacts(key="EX-1", process="example", kind="change_request", **given)


def filled(**fields: Any) -> ItemFacts:
    """An item with every field filled in, but for what is given."""
    values: dict[str, Any] = {
        "cost": Decimal("60000"),
        "risk": "high",
        "urgent": True,
        "pieces": 7,
        "weight": Decimal("2.5"),
        "due": date(2026, 9, 1),
        "tags": ("safety", "price"),
        "reason": "Leak at pump 3",
        **fields,
    }
    kept = {name: value for name, value in values.items() if value is not None}
    return item(fields=kept, criteria={"impact": CriterionState(met=True)})


def judge(policy: str, people: dict[str, str], *lines: str, rules: str = "", **facts: Any) -> Verdict:
    """What `policy` says when `people` have said `lines` about an item with these facts."""
    about = item(**facts)
    decisions = said(*lines, revision=about.revision)
    return evaluate(example(policy, rules), Facts(about, roster(people), NOW + timedelta(hours=1), decisions))
