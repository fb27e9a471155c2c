"""Tests beside a policy: who says what about which item, and what the policy then says. Pure.

A cases file holds people and cases; each case names a policy, the item's fields, events in order (somebody
decides, the content is edited, somebody takes a decision back) and the verdict expected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from policies.evaluate import evaluate
from policies.facts import CriterionState, Decision, Facts, Holding, ItemFacts, Person, Roster
from policies.load import LoadedProcess
from policies.model.base import Model, Name, Text, Title

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Held(Model):
    """One role somebody holds."""

    role: Name
    at: str | None = None


class CasePerson(Model):
    """One person of the cases."""

    name: Title | None = None
    roles: tuple[Name | Held, ...] = ()


class Event(Model):
    """One thing that happens: `says`, `edits`, or `takes_back`."""

    by: Name
    says: Name | None = None
    edits: tuple[str, ...] | None = None
    takes_back: bool = False


class Expected(Model):
    """What the policy then says. `pending` and `deadlock` are verdicts too."""

    verdict: Name
    sentence: str | None = None
    can_unblock: tuple[Name, ...] | None = None
    set_aside: tuple[Name, ...] | None = None


class Case(Model):
    """One case."""

    case: Title
    policy: Name
    author: Name = "author"
    owner: Name | None = None
    site: str | None = None
    fields: dict[Name, Any] = {}
    criteria_met: tuple[Name, ...] = ()
    events: tuple[Event, ...] = ()
    expect: Expected


class CasesFile(Model):
    """One `*.cases.yaml`."""

    process: Name
    description: Text | None = None
    people: dict[Name, CasePerson]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case run: `problems` is empty when it came out as expected."""

    case: str
    policy: str
    verdict: str
    sentence: str
    problems: tuple[str, ...] = ()


@dataclass
class CasesReport:
    """All cases run, and which outcomes none of them reaches."""

    results: list[CaseResult] = field(default_factory=list)
    never: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not any(result.problems for result in self.results)


def run_cases(loaded: LoadedProcess, cases: CasesFile) -> CasesReport:
    """Run every case."""
    report = CasesReport([_run(loaded, cases, case) for case in cases.cases])
    seen = Counter((result.policy, result.verdict) for result in report.results)
    for name, policy in loaded.policies.items():
        report.never += [f"{name}: {o.name}" for o in policy.outcomes if not seen[(name, o.name)]]
    return report


def _run(loaded: LoadedProcess, cases: CasesFile, case: Case) -> CaseResult:
    policy = loaded.policies.get(case.policy)
    if policy is None:
        known = ", ".join(loaded.policies)
        return CaseResult(case.case, case.policy, "", "", (f"there is no policy {case.policy!r}; there is {known}",))
    verdict = evaluate(policy, _facts(loaded, cases, case))
    found = verdict.outcome or verdict.standing.value
    problems = []
    if found != case.expect.verdict:
        problems.append(f"expected {case.expect.verdict}, found {found}: {verdict.sentence}")
    if case.expect.sentence is not None and case.expect.sentence != verdict.sentence:
        problems.append(f"expected the sentence {case.expect.sentence!r}, found {verdict.sentence!r}")
    for word, wanted, got in (
        ("can unblock", case.expect.can_unblock, {u.person for u in verdict.who_can_unblock}),
        ("set aside", case.expect.set_aside, {s.decision.person for s in verdict.set_aside}),
    ):
        if wanted is not None and set(wanted) != got:
            problems.append(
                f"expected {word}: {', '.join(sorted(wanted)) or 'nobody'}, found {', '.join(sorted(got)) or 'nobody'}"
            )
    return CaseResult(case.case, case.policy, found, verdict.sentence, tuple(problems))


def _facts(loaded: LoadedProcess, cases: CasesFile, case: Case) -> Facts:
    decisions: list[Decision] = []
    changed: dict[int, frozenset[str]] = {}
    editors: list[str] = []
    now = START
    for number, event in enumerate(case.events):
        now += timedelta(hours=1)
        if event.edits is not None:
            changed[len(changed) + 2] = frozenset(event.edits)
            editors.append(event.by)
        if event.takes_back:
            decisions = [_withdrawn(d) if d.person == event.by else d for d in decisions]
        if event.says is not None:
            decisions.append(Decision(str(number), event.by, event.says, now, len(changed) + 1))
    item = ItemFacts(
        key="CASE-1",
        process=loaded.process.process,
        kind=loaded.process.kind,
        revision=len(changed) + 1,
        author=case.author,
        owner=case.owner,
        site=case.site,
        editors=tuple(editors),
        fields={name: _value(loaded, name, value) for name, value in case.fields.items()},
        criteria={name: CriterionState(met=True) for name in case.criteria_met},
        changed=changed,
    )
    return Facts(item, _roster(cases), now, tuple(decisions), START)


def _withdrawn(d: Decision) -> Decision:
    return Decision(d.id, d.person, d.position, d.at, d.revision, withdrawn=True)


def _value(loaded: LoadedProcess, name: str, value: Any) -> Any:
    kind = loaded.process.fields[name].type if name in loaded.process.fields else "text"
    if kind in ("money", "number"):
        return Decimal(str(value))
    return date.fromisoformat(str(value)) if kind == "date" else value


def _roster(cases: CasesFile) -> Roster:
    people: Mapping[str, Person] = {
        person: Person(person, line.name or person.capitalize()) for person, line in cases.people.items()
    }
    holdings = []
    for person, line in cases.people.items():
        for held in line.roles:
            role, at = (held, None) if isinstance(held, str) else (held.role, held.at)
            holdings.append(Holding(person, role, at))
    return Roster(people, tuple(holdings))
