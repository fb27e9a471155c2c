"""Verdicts and rules as data, text, Markdown and sentences. Says what was decided, never decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.durations import parse_duration
from policies.evaluate.compile import CompiledPolicy
from policies.evaluate.moments import SINCE
from policies.evaluate.nodes import AfterNode, AllNode, CheckNode, RuleNode, SomeNode, VotesNode
from policies.evaluate.words import body_words, positions_words
from policies.facts import Decision, Roster
from policies.model import Policy
from policies.phrases import both, either
from policies.verdict import Finding, Status, Unblock, Verdict

MARKS = {
    Status.MET: "✓",
    Status.UNMET: "○",
    Status.UNKNOWN: "?",
    Status.SKIPPED: "–",
    Status.BROKEN: "✗",
}


def verdict_as_data(verdict: Verdict, roster: Roster | None = None) -> dict[str, Any]:
    """The whole tree as canonical-JSON-ready data, for `--json`, the ledger and the verifier."""
    data: dict[str, Any] = {
        "policy": verdict.policy,
        "standing": verdict.standing.value,
        "outcome": verdict.outcome,
        "sentence": verdict.sentence,
        "findings": {name: _finding(f) for name, f in (verdict.findings or {}).items()},
        "seats": [
            {
                "person": s.person,
                "rule": s.rule,
                "capacity": s.capacity,
                **({"on_behalf_of": s.on_behalf_of} if s.on_behalf_of else {}),
            }
            for s in verdict.seats
        ],
        "set_aside": [{**_decision(s.decision), "reason": s.reason} for s in verdict.set_aside],
        "missing": [
            {
                "count": m.count,
                "rule": m.rule,
                "label": m.label,
                "position": m.position,
                "candidates": list(m.candidates),
            }
            for m in verdict.missing
        ],
        "blocked_by": [_decision(d) for d in verdict.blocked_by],
        "who_can_unblock": [_unblock(one) for one in verdict.who_can_unblock],
        "together": [_unblock(one) for one in verdict.together],
        "eligible": {person: list(words) for person, words in (verdict.eligible or {}).items()},
        "sits_for": dict(verdict.sits_for or {}),
        "next_change_at": verdict.next_change_at.isoformat() if verdict.next_change_at else None,
        "by_deadline": verdict.by_deadline,
        "is_overdue": verdict.is_overdue,
    }
    if roster is not None:
        people = set(data["eligible"]) | {s.decision.person for s in verdict.set_aside}
        data["names"] = {person: roster.name(person) for person in sorted(people)}
    return data


def _unblock(one: Unblock) -> dict[str, Any]:
    return {"person": one.person, "position": one.position, "outcome": one.outcome}


def _decision(decision: Decision) -> dict[str, Any]:
    return {"decision": decision.id, "person": decision.person, "position": decision.position}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "label": finding.label,
        "status": finding.status.value,
        "because": finding.because,
        "counted": [_decision(d) for d in finding.counted],
        "needed": finding.needed,
        "candidates": list(finding.candidates),
        "parts": [_finding(part) for part in finding.parts],
    }


def verdict_as_text(verdict: Verdict, roster: Roster) -> str:
    """The tree as indented plain text."""
    return "\n".join("  " * depth + line for depth, line in _lines(verdict, roster))


def verdict_as_markdown(verdict: Verdict, roster: Roster) -> str:
    """The tree as nested Markdown lists, for an operator."""
    head, *rest = _lines(verdict, roster)
    return "\n".join([f"**{head[1]}**", "", *("  " * (depth - 1) + f"- {line}" for depth, line in rest)])


def _lines(verdict: Verdict, roster: Roster) -> Iterator[tuple[int, str]]:
    yield 0, verdict.sentence
    for name, finding in (verdict.findings or {}).items():
        yield from _finding_lines(name.replace("_", " ").capitalize(), finding, roster, 1)
    for aside in verdict.set_aside:
        who = roster.name(aside.decision.person)
        yield 1, f"Set aside: {aside.decision.position.replace('_', ' ')} of {who}: {aside.reason}."
    for words, ways in (
        ("Could decide it alone", verdict.who_can_unblock),
        ("Could decide it together", verdict.together),
    ):
        if ways:
            yield 1, f"{words}: {both(dict.fromkeys(_way(one, roster) for one in ways))}."
    for person, absent in (verdict.sits_for or {}).items():
        yield 1, f"{roster.name(person)} sits for {roster.name(absent)}."
    if verdict.next_change_at is not None:
        yield 1, f"By time alone it changes at {verdict.next_change_at:%Y-%m-%d %H:%M} UTC."


def _way(one: Unblock, roster: Roster) -> str:
    return f"{roster.name(one.person)} ({one.position.replace('_', ' ')} → {one.outcome.replace('_', ' ')})"


def _finding_lines(label: str, finding: Finding, roster: Roster, depth: int) -> Iterator[tuple[int, str]]:
    who = f" {both(roster.name(d.person) for d in finding.counted)}." if finding.counted else ""
    yield depth, f"{MARKS[finding.status]} {label}: {finding.because}{who}"
    for part in finding.parts:
        yield from _finding_lines(part.label, part, roster, depth + 1)


def rule_in_words(policy: CompiledPolicy, roster: Roster) -> list[str]:
    """What the policy asks, one sentence per outcome, in the order they are judged; then what holds for all."""
    return [*outcomes_in_words(policy, roster), *conduct_in_words(policy.policy, roster)]


def outcomes_in_words(policy: CompiledPolicy, roster: Roster) -> list[str]:
    """What each outcome asks, in the order they are judged."""
    return [f"{outcome.title}: {_in_words(outcome.rule, roster)}." for outcome in policy.outcomes]


def conduct_in_words(policy: Policy, roster: Roster) -> Iterator[str]:
    """How it is judged, by when, and who may override."""
    if policy.settle == "at_close":
        chair = f", or {roster.title(policy.chair)} closes it" if policy.chair else ""
        yield f"Judged when all have spoken{chair}."
    if policy.settle == "live":
        yield "Judged as things stand, until somebody moves the item on."
    if policy.deadline is not None:
        outcome = {"reject": "rejected", "approve": "approved"}.get(policy.deadline.then, policy.deadline.then)
        then = "it is escalated" if outcome == "escalate" else f"the verdict is {outcome.replace('_', ' ')}"
        silence = f" ({policy.deadline.silence.rstrip('.')})" if policy.deadline.silence else ""
        yield f"Without a verdict in {parse_duration(policy.deadline.in_).words}, {then}{silence}."
    if policy.override is not None:
        by = (policy.override.by,) if isinstance(policy.override.by, str) else policy.override.by
        yield f"{either(roster.title(word) for word in by).capitalize()} may override, on the record."


def _in_words(node: RuleNode, roster: Roster) -> str:
    guard = f", when {node.when.text}" if node.when is not None else ""
    if isinstance(node, AllNode | SomeNode):
        return _combined_in_words(node, roster, guard)
    if node.title:
        return node.title + guard
    if isinstance(node, VotesNode):
        return _leaf_in_words(node, roster) + guard
    if isinstance(node, AfterNode):
        return f"{node.duration.words} after {SINCE[node.since]}{guard}"
    if isinstance(node, CheckNode):
        return f"{node.condition.text}{guard}"
    return f"each of {node.field}{guard}"


def _combined_in_words(node: AllNode | SomeNode, roster: Roster, guard: str) -> str:
    parts = [_in_words(part, roster) for part in node.parts]
    if isinstance(node, AllNode):
        joined = "first " + ", then ".join(parts) if node.ordered and len(parts) > 1 else both(parts)
        return joined + guard
    joined = either(parts) if node.n == 1 else f"{node.n} of: {'; '.join(parts)}"
    return f"({joined}){guard}" if guard else joined


def _leaf_in_words(leaf: VotesNode, roster: Roster) -> str:
    who = body_words(leaf, roster, "the item's site")
    quorum = f" (at least {leaf.quorum.text} take part)" if leaf.quorum is not None else ""
    by = f" by {leaf.weight}" if leaf.weight else ""
    if leaf.distinct != "person":
        by += f", each from another {leaf.distinct}"
    bound = leaf.bound
    if bound.share is not None:
        word = {"at_least": "at least", "more_than": "more than", "at_most": "at most"}[bound.kind]
        whole = {"cast": "those who vote", "present": "those present", "roster": "all"}[bound.of]
        share = f"{word} {bound.text}" if bound.text != "majority" else "a majority"
        if bound.text == "all" and bound.of == "roster":
            return f"everyone who is {who}{by}{quorum}"
        said = "" if leaf.position in ("approve", "go") else f" saying {positions_words(leaf, 1)[2:]}"
        return f"{share} of {whole} who are {who}{said}{by}{quorum}"
    count = bound.people(0)
    if bound.is_ceiling:
        return f"at most {positions_words(leaf, count)} from {who}{by}{quorum}"
    return f"{positions_words(leaf, count)} from {who}{by}{quorum}"
