"""Runs cases: each event in turn, then the verdict against the one expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from policies.cases.coverage import Coverage
from policies.cases.model import Case, CasesFile, CaseStandIn, Event, Expected, ItemFile
from policies.durations import parse_duration
from policies.evaluate import decide, history, settled
from policies.facts import (
    UTC_DAYS,
    CriterionState,
    Decision,
    Edit,
    Facts,
    Holding,
    ItemFacts,
    Overriding,
    Person,
    Roster,
    StandIn,
)
from policies.load import LoadedProcess
from policies.verdict import Verdict

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STEP = timedelta(hours=1)


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
    """All cases run, and what none of them shows."""

    results: list[CaseResult] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)

    @property
    def is_well(self) -> bool:
        return not any(result.problems for result in self.results)


def run_cases(loaded: LoadedProcess, cases: CasesFile) -> CasesReport:
    """Run every case. Wrong names in a case are problems of that case."""
    report = CasesReport(coverage=Coverage.of(loaded.policies))
    for case in cases.cases:
        report.results.append(_run(loaded, cases, case, report.coverage))
    return report


def _run(loaded: LoadedProcess, cases: CasesFile, case: Case, coverage: Coverage) -> CaseResult:
    policy = loaded.policies.get(case.policy)
    if policy is None:
        known = ", ".join(loaded.policies)
        return CaseResult(case.case, case.policy, "", "", (f"there is no policy {case.policy!r}; there is {known}",))
    unknown = _unknown_people(cases, case)
    if unknown:
        said = f"{unknown[0]!r} is not among the people; there is: {', '.join(cases.people)}"
        return CaseResult(case.case, case.policy, "", "", (said,))
    facts = facts_of(loaded, cases, case)
    for earlier in history(policy, facts):
        coverage.note(case.policy, decide(policy, earlier))
    verdict, _ = settled(policy, facts)
    found = verdict.outcome or verdict.standing.value
    return CaseResult(case.case, case.policy, found, verdict.sentence, tuple(_problems(case.expect, verdict, found)))


def _unknown_people(cases: CasesFile, case: Case) -> list[str]:
    sitting = [name for one in (*cases.stand_ins, *case.stand_ins) for name in (one.absent, one.person)]
    acting = [one.by for one in case.events if one.by] + [one.lifts for one in case.events if one.lifts]
    there = [name for one in case.events for name in one.present or ()]
    return [name for name in (case.author, *acting, *sitting, *there) if name not in cases.people]


def _problems(expect: Expected, verdict: Verdict, found: str) -> list[str]:
    problems = []
    if found != expect.verdict:
        problems.append(f"expected {expect.verdict}, found {found}: {verdict.sentence}")
    if expect.standing is not None and expect.standing != verdict.standing.value:
        problems.append(f"expected it {expect.standing}, found it {verdict.standing.value}")
    if expect.sentence is not None and expect.sentence != verdict.sentence:
        problems.append(f"expected the sentence {expect.sentence!r}, found {verdict.sentence!r}")
    reasons = {one.decision.person: one.reason for one in verdict.set_aside}
    for word, wanted, got in (
        ("can unblock", expect.can_unblock, {u.person for u in verdict.who_can_unblock}),
        ("together", expect.together, {u.person for u in verdict.together}),
        ("set aside", expect.set_aside, set(reasons)),
    ):
        if wanted is not None and set(wanted) != got:
            problems.append(f"expected {word}: {_names(wanted)}, found {_names(got)}")
    if isinstance(expect.set_aside, dict):
        for person, reason in expect.set_aside.items():
            if reasons.get(person, reason) != reason:
                problems.append(f"expected {person} set aside: {reason!r}, found {reasons[person]!r}")
    if expect.next_change is not None:
        when = f"{verdict.next_change_at:%Y-%m-%d %H:%M}" if verdict.next_change_at else "never"
        if when != expect.next_change:
            problems.append(f"expected the next change {expect.next_change}, found {when}")
    return problems


def _names(people: Any) -> str:
    return ", ".join(sorted(people)) or "nobody"


# -- facts -----------------------------------------------------------------------------------------------


def facts_of(loaded: LoadedProcess, cases: CasesFile, case: Case, opened: datetime = START) -> Facts:
    """The facts at the end of a case's events, in a round that opened at `opened`."""
    item = ItemFacts(
        key="CASE-1",
        process=loaded.process.process,
        kind=loaded.process.kind,
        revision=1,
        author=case.author,
        owner=case.owner,
        site=case.site,
        fields={name: _value(loaded, name, value) for name, value in case.fields.items()},
        criteria={name: CriterionState(met=True) for name in case.criteria_met},
        performers=case.performers,
    )
    facts = Facts(item, _roster(cases, case), opened, opened_at=opened)
    for number, event in enumerate(case.events):
        facts = _after(facts, event, number)
    return facts


def facts_of_item(loaded: LoadedProcess, item: ItemFile) -> Facts:
    """The facts after everything an item file tells."""
    case = Case(
        case="item",
        policy=item.policy or "policy",
        author=item.author,
        owner=item.owner,
        performers=item.performers,
        site=item.site,
        fields=item.fields,
        criteria_met=item.criteria_met,
        stand_ins=item.stand_ins,
        events=item.events,
        expect=Expected(verdict="pending"),
    )
    opened = _day(item.opened) + timedelta(hours=START.hour)
    cases = CasesFile(process=loaded.process.process, people=item.people, cases=())
    return facts_of(loaded, cases, case, opened)


def _after(facts: Facts, event: Event, number: int) -> Facts:
    """The facts once the event has happened."""
    waits = event.after
    now = facts.now + STEP if waits is None else parse_duration(waits).after(facts.now, UTC_DAYS)
    facts, by = replace(facts, now=now), event.by or ""
    if event.present is not None:
        facts = replace(facts, present=frozenset(event.present))
    if event.edits is not None:
        facts = replace(facts, item=_edited(facts.item, event, now))
    if event.takes_back:
        facts = replace(facts, decisions=tuple(_taken_back(d, by) for d in facts.decisions))
    if event.lifts is not None:
        target = next((d.id for d in reversed(facts.decisions) if d.person == event.lifts), "none")
        lift = Decision(str(number), by, "lift", now, facts.item.revision, lifts=target)
        facts = replace(facts, decisions=(*facts.decisions, lift))
    if event.says is not None:
        said = Decision(str(number), by, event.says, now, facts.item.revision, conditions=event.conditions)
        facts = replace(facts, decisions=(*facts.decisions, said))
    if event.overrides is not None:
        one = Overriding(str(number), by, event.overrides, event.reason or "", now)
        facts = replace(facts, overrides=(*facts.overrides, one))
    return replace(facts, closed_at=now) if event.closes else facts


def _edited(item: ItemFacts, event: Event, now: datetime) -> ItemFacts:
    number = item.revision + 1
    return replace(
        item,
        revision=number,
        editors=(*item.editors, event.by or ""),
        changed={**item.changed, number: frozenset(event.edits or ())},
        edits={**item.edits, number: Edit(event.by, now)},
    )


def _taken_back(decision: Decision, by: str) -> Decision:
    return replace(decision, withdrawn=True) if decision.person == by else decision


def _value(loaded: LoadedProcess, name: str, value: Any) -> Any:
    kind = loaded.process.fields[name].type if name in loaded.process.fields else "text"
    if kind in ("money", "number"):
        return Decimal(str(value))
    if kind == "list":
        return tuple(value)
    if kind == "moment":
        return datetime.fromisoformat(str(value))
    return date.fromisoformat(str(value)) if kind == "date" else value


def _roster(cases: CasesFile, case: Case) -> Roster:
    people: Mapping[str, Person] = {
        person: Person(person, line.name or person.capitalize(), line.attributes)
        for person, line in cases.people.items()
    }
    holdings = []
    for person, line in cases.people.items():
        for held in line.roles:
            if isinstance(held, str):
                holdings.append(Holding(person, held))
            else:
                holdings.append(Holding(person, held.role, held.at, _day(held.from_) if held.from_ else None))
    return Roster(people, tuple(holdings), stand_ins=tuple(_stand_in(s) for s in (*cases.stand_ins, *case.stand_ins)))


def _stand_in(line: CaseStandIn) -> StandIn:
    return StandIn(
        absent=line.absent,
        person=line.person,
        since=_day(line.from_),
        until=_day(line.until) + timedelta(days=1),
        roles=frozenset(line.roles) if line.roles is not None else None,
        sites=frozenset(line.sites) if line.sites is not None else None,
        chain=line.chain,
    )


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
