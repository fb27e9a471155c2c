"""Verdicts and rules as data, text, Markdown and sentences. Says what was decided, never decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.evaluate.compile import CompiledPolicy
from policies.evaluate.nodes import AllNode, RuleNode, VotesNode
from policies.evaluate.words import body_words, both, either, positions_words
from policies.facts import Decision, Roster
from policies.verdict import Finding, Status, Verdict

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
        "seats": [{"person": s.person, "rule": s.rule, "capacity": s.capacity} for s in verdict.seats],
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
        "who_can_unblock": [
            {"person": u.person, "position": u.position, "outcome": u.outcome} for u in verdict.who_can_unblock
        ],
        "eligible": {person: list(words) for person, words in (verdict.eligible or {}).items()},
    }
    if roster is not None:
        people = set(data["eligible"]) | {s.decision.person for s in verdict.set_aside}
        data["names"] = {person: roster.name(person) for person in sorted(people)}
    return data


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
    if verdict.who_can_unblock:
        shown = dict.fromkeys(
            f"{roster.name(u.person)} ({u.position.replace('_', ' ')} → {u.outcome.replace('_', ' ')})"
            for u in verdict.who_can_unblock
        )
        yield 1, f"Could decide it alone: {both(shown)}."


def _finding_lines(label: str, finding: Finding, roster: Roster, depth: int) -> Iterator[tuple[int, str]]:
    who = f" {both(roster.name(d.person) for d in finding.counted)}." if finding.counted else ""
    yield depth, f"{MARKS[finding.status]} {label}: {finding.because}{who}"
    for part in finding.parts:
        yield from _finding_lines(part.label, part, roster, depth + 1)


def rule_in_words(policy: CompiledPolicy, roster: Roster) -> list[str]:
    """What the policy asks, one sentence per outcome, in the order they are judged."""
    return [f"{outcome.title}: {_in_words(outcome.rule, roster)}." for outcome in policy.outcomes]


def _in_words(node: RuleNode, roster: Roster) -> str:
    guard = f", when {node.when.text}" if node.when is not None else ""
    if isinstance(node, VotesNode):
        return _leaf_in_words(node, roster) + guard
    parts = [_in_words(part, roster) for part in node.parts]
    if isinstance(node, AllNode):
        return both(parts) + guard
    joined = either(parts) if node.n == 1 else f"{node.n} of: {'; '.join(parts)}"
    return f"({joined}){guard}" if guard else joined


def _leaf_in_words(leaf: VotesNode, roster: Roster) -> str:
    if leaf.title:
        return leaf.title
    who = body_words(leaf, roster, "the item's site")
    bound = leaf.bound
    if bound.share is not None:
        word = {"at_least": "at least", "more_than": "more than", "at_most": "at most"}[bound.kind]
        whole = "those who have spoken" if bound.of == "cast" else "all"
        share = "all" if bound.text == "all" else f"{word} {bound.text}" if bound.text != "majority" else "a majority"
        if bound.text == "all":
            return f"everyone who is {who}"
        return f"{share} of {whole} who are {who}"
    count = bound.people(0)
    if bound.is_ceiling:
        return f"at most {positions_words(leaf, count)} from {who}"
    return f"{positions_words(leaf, count)} from {who}"
