"""One case held against trying everything: where the two evaluators differ, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

from oracle import Case, Trial, can_be_reached, unblocking
from small_policies import compiled, facts

from policies.evaluate import evaluate, outcome_of
from policies.verdict import Standing, Verdict

CLASSES = (
    ("taken back", "taken back"),
    ("given after the round closed", "after the close"),
    ("given after the deadline", "after the deadline"),
    ("absent, replaced by", "absent"),
    ("names no condition", "no condition"),
    ("replaced by a later", "replaced"),
    ("what it would lift", "nothing to lift"),
    ("may not lift", "may not lift"),
    ("lifted by", "lifted"),
    ("recused", "recused"),
    ("author", "author"),
    ("edited the item", "editor"),
    ("no longer on the roster", "left"),
    ("stands in for", "stands in"),
    ("in none of the groups", "outsider"),
    ("not in the group at the time", "not there"),
    ("given for revision", "stale"),
    ("step not open", "early"),
    ("already counted", "seated"),
)
PARTIAL = {"not there", "stale", "early", "seated", "absent"}
"""Reasons why a decision that stands may still not count for one rule."""


def reason_class(reason: str) -> str:
    return next(kind for start, kind in CLASSES if reason.startswith(start))


def differences(case: Case) -> tuple[list[str], Verdict]:
    """What the real evaluator says otherwise than the slow one, and its verdict."""
    policy = compiled(case)
    case = replace(case, positions=policy.for_item(facts(case).item).positions)
    try:
        verdict = evaluate(policy, facts(case))
    except Exception as error:  # it promises to raise nothing
        return [f"raised {error!r}"], Verdict("small", Standing.DEADLOCK, "")
    trial = Trial(case)
    standing, outcome = trial.verdict()
    found = list(_asides(trial, verdict))
    alone = outcome_of(policy, facts(case))
    if alone != verdict.outcome:
        found.append(f"outcome alone {alone}, expected {verdict.outcome}")
    if verdict.outcome != outcome:
        return [*found, f"outcome {verdict.outcome}, expected {outcome}"], verdict
    if outcome is not None or standing == "deadlock":
        if verdict.standing.value != standing:
            found.append(f"standing {verdict.standing.value}, expected {standing}")
    else:
        found += _openness(case, trial, verdict)
        standing = verdict.standing.value
    expected = unblocking(trial, standing) if outcome is None else set()
    got = {(one.person, one.position, one.outcome) for one in verdict.who_can_unblock}
    if got != expected:
        found.append(f"who can unblock: too many {sorted(got - expected)}, too few {sorted(expected - got)}")
    return found, verdict


def _openness(case: Case, trial: Trial, verdict: Verdict) -> Iterator[str]:
    """Pending and deadlock; somebody may still fill in an empty field, so a way that hangs on it is not closed."""
    fills: list[dict[str, Any]] = [dict(case.fields)]
    if "urgent" not in case.fields:
        fills = [{**one, "urgent": value} for one in fills for value in (True, False)]
    if "functions" not in case.fields and "for_each" in str(case.outcomes):
        fills = [{**one, "functions": value} for one in fills for value in (("a",), ("b",), ("c",))]
    is_known = fills == [dict(case.fields)]
    possible = any(can_be_reached(trial if is_known else Trial(case, one)) for one in fills)
    if possible and verdict.standing is not Standing.PENDING:
        yield f"standing {verdict.standing.value}, expected pending"
    if is_known and not possible and verdict.standing is not Standing.DEADLOCK:
        yield f"standing {verdict.standing.value}, expected deadlock"


def _asides(trial: Trial, verdict: Verdict) -> Iterator[str]:
    expected = trial.set_aside()
    got = {int(one.decision.id[1:]): reason_class(one.reason) for one in verdict.set_aside}
    for number, kinds in expected.items():
        if got.get(number) not in kinds:
            yield f"act {number} is set aside as {got.get(number)}, expected {sorted(kinds)}"
    for number, kind in got.items():
        if number not in expected and kind not in PARTIAL:
            yield f"act {number} is set aside as {kind}, expected it to stand"


def shrunk(case: Case) -> Case:
    """A smaller case on which they still differ alike, by taking out what is not needed."""
    kinds = _kinds(case)
    while True:
        smaller = next((one for one in _smaller(case) if _kinds(one) & kinds), None)
        if smaller is None:
            return case
        case = smaller


def _kinds(case: Case) -> set[str]:
    try:
        return {one[:3] + one.rpartition("expected")[2] * (one[0] == "s") for one in differences(case)[0]}
    except Exception:
        return set()


def _smaller(case: Case) -> Iterator[Case]:
    defaults = {one.name: one.default for one in fields_of(Case)}
    for name in ("said", "stand_ins", "overrides", "edits"):
        values = getattr(case, name)
        for place in range(len(values)):
            rest = values[:place] + values[place + 1 :]
            if name == "said":
                lost = {place}
                rest = tuple(
                    one._replace(lifts=one.lifts - (one.lifts > place)) if one.lifts is not None else one
                    for one in rest
                    if one.lifts is None or one.lifts not in lost
                )
            yield replace(case, **{name: rest})
    for person in case.people:
        yield replace(case, people={one: held for one, held in case.people.items() if one != person})
        for place in range(len(case.people[person])):
            held = case.people[person]
            yield replace(case, people={**case.people, person: held[:place] + held[place + 1 :]})
    for place in range(len(case.outcomes) if len(case.outcomes) > 1 else 0):
        yield replace(case, outcomes=case.outcomes[:place] + case.outcomes[place + 1 :])
    for place, (name, rule, refusal, counts) in enumerate(case.outcomes):
        for fewer in _smaller_rule(rule):
            made = (name, fewer, refusal, counts)
            yield replace(case, outcomes=(*case.outcomes[:place], made, *case.outcomes[place + 1 :]))
    for word in case.words:
        yield replace(case, words={key: value for key, value in case.words.items() if key != word})
    for name in ("present", "closed_at", "editors", "none_required", "author"):
        if getattr(case, name) != defaults[name]:
            yield replace(case, **{name: defaults[name]})
    if case.attributes:
        yield replace(case, attributes={})
    plain = {"pieces": 2, "urgent": True, "functions": ("a",)}
    for name, value in plain.items():
        if name in case.fields and case.fields[name] != value:
            yield replace(case, fields={**case.fields, name: value})


def _smaller_rule(rule: Any) -> Iterator[Any]:
    word = next((word for word in ("all", "any", "in_order", "of") if isinstance(rule.get(word), list)), None)
    if word is not None:
        parts = rule[word]
        yield from parts
        for place in range(len(parts)):
            if len(parts) > 1:
                yield {**rule, word: parts[:place] + parts[place + 1 :]}
            for fewer in _smaller_rule(parts[place]):
                yield {**rule, word: [*parts[:place], fewer, *parts[place + 1 :]]}
    for key in ("when", "at", "exclude", "except", "quorum", "weight", "distinct", "stale_on", "of", "one_seat"):
        if key in rule and word != key:
            yield {name: value for name, value in rule.items() if name != key}
    if len(rule.get("from", ())) > 1:
        yield {**rule, "from": rule["from"][:1]}
        yield {**rule, "from": rule["from"][1:]}
