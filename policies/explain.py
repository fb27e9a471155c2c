"""Verdicts and rules as data, text, Markdown and sentences. Says what was decided, never decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policies.durations import parse_duration
from policies.evaluate.compile import CompiledPolicy
from policies.evaluate.moments import SINCE
from policies.evaluate.nodes import AfterNode, AllNode, CheckNode, RuleNode, SomeNode, VotesNode
from policies.evaluate.words import body_words, positions_words
from policies.facts import Decision, Roster
from policies.model import Deadline, Policy
from policies.phrases import both, either, joined, phrase
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
    return [
        phrase("%(outcome)s: %(rule)s.", outcome=outcome.title, rule=_in_words(outcome.rule, roster))
        for outcome in policy.outcomes
    ]


def conduct_in_words(policy: Policy, roster: Roster) -> Iterator[str]:
    """How it is judged, by when, and who may override."""
    if policy.settle == "at_close":
        if policy.chair:
            yield phrase("Judged when all have spoken, or %(who)s closes it.", who=roster.title(policy.chair))
        else:
            yield phrase("Judged when all have spoken.")
    if policy.settle == "live":
        yield phrase("Judged as things stand, until somebody moves the item on.")
    if policy.deadline is not None:
        yield _deadline_in_words(policy.deadline)
    if policy.override is not None:
        by = (policy.override.by,) if isinstance(policy.override.by, str) else policy.override.by
        titles = [roster.title(word) for word in by]
        who = either([titles[0][:1].upper() + titles[0][1:], *titles[1:]])
        yield phrase("%(who)s may override, on the record.", who=who)


def _deadline_in_words(deadline: Deadline) -> str:
    outcome = {"reject": "rejected", "approve": "approved"}.get(deadline.then, deadline.then)
    time, said = parse_duration(deadline.in_).words, outcome.replace("_", " ")
    why = f" ({deadline.silence.rstrip('.')})" if deadline.silence else ""
    if outcome == "escalate":
        return phrase("Without a verdict in %(time)s, it is escalated%(why)s.", time=time, why=why)
    return phrase("Without a verdict in %(time)s, the verdict is %(outcome)s%(why)s.", time=time, outcome=said, why=why)


def _in_words(node: RuleNode, roster: Roster) -> str:
    if isinstance(node, AllNode | SomeNode):
        return _combined_in_words(node, roster)
    if node.title:
        said: str = node.title
    elif isinstance(node, VotesNode):
        said = _leaf_in_words(node, roster)
    elif isinstance(node, AfterNode):
        said = phrase("%(time)s after %(since)s", time=node.duration.words, since=SINCE[node.since])
    elif isinstance(node, CheckNode):
        said = node.condition.text
    else:
        said = phrase("each of %(field)s", field=node.field)
    return _guarded(said, node)


def _guarded(said: str, node: RuleNode) -> str:
    if node.when is None:
        return said
    return phrase("%(rule)s, when %(condition)s", rule=said, condition=node.when.text)


def _combined_in_words(node: AllNode | SomeNode, roster: Roster) -> str:
    parts = [_in_words(part, roster) for part in node.parts]
    if isinstance(node, AllNode):
        return _guarded(_in_turn(parts) if node.ordered and len(parts) > 1 else both(parts), node)
    said = either(parts) if node.n == 1 else phrase("%(count)s of: %(rules)s", count=node.n, rules=joined(parts, "; "))
    return said if node.when is None else _guarded(phrase("(%(names)s)", names=said), node)


def _in_turn(parts: list[str]) -> str:
    *before, said = parts
    for one in reversed(before):
        said = phrase("%(one)s, then %(next)s", one=one, next=said)
    return phrase("first %(steps)s", steps=said)


def _leaf_in_words(leaf: VotesNode, roster: Roster) -> str:
    who, bound = body_words(leaf, roster, phrase("the item's site")), leaf.bound
    how = [phrase(" by %(weight)s", weight=leaf.weight)] if leaf.weight else []
    if leaf.distinct != "person":
        how.append(phrase(", each from another %(kind)s", kind=leaf.distinct))
    if leaf.quorum is not None:
        how.append(phrase(" (at least %(share)s take part)", share=leaf.quorum.text))
    if bound.share is None:
        count = positions_words(leaf, bound.people(0))
        said = phrase("%(votes)s from %(who)s", votes=count, who=who)
        return joined([phrase("at most %(what)s", what=said) if bound.is_ceiling else said, *how], "")
    if bound.text == "all" and bound.of == "roster":
        return joined([phrase("everyone who is %(who)s", who=who), *how], "")
    share = phrase("a majority") if bound.text == "majority" else _SHARES[bound.kind](bound.text)
    said = phrase("%(share)s of %(whole)s who are %(who)s", share=share, whole=_WHOLES[bound.of], who=who)
    if leaf.position not in ("approve", "go"):
        said = joined([said, phrase(" saying %(position)s", position=positions_words(leaf, 1)[2:])], "")
    return joined([said, *how], "")


_SHARES: dict[str, Callable[[str], str]] = {
    "at_least": lambda text: phrase("at least %(share)s", share=text),
    "more_than": lambda text: phrase("more than %(share)s", share=text),
    "at_most": lambda text: phrase("at most %(what)s", what=text),
}
_WHOLES = {"cast": phrase("those who vote"), "present": phrase("those present"), "roster": phrase("all")}
