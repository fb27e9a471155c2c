"""What follows a decision: conditions that somebody can set, reviews that hold something up, ends that are named."""

from __future__ import annotations

from collections.abc import Iterator

from policies.lint.remark import Path, Remark, choose
from policies.model import Act, Outcome, Policy, Process, State
from policies.model.rules import Votes
from policies.model.walk import nodes


def check_following(process: Process) -> Iterator[Remark]:
    """Conditions, reviews, expiries and what acts rest on."""
    reviewed = any(state.review is not None for state in process.states.values())
    needed = False
    for where, act in _acts(process):
        if act.under is not None:
            yield from _under(process, (*where, "under", "item"), act.under.item)
        if "review" in act.needs:
            needed = True
            if not reviewed:
                said = "it needs a review, and no state asks for one."
                remedy = "Add `review: {process: …, within: 5wd}` to a state."
                yield Remark((*where, "needs"), "TG152", said, remedy)
    for name, state in process.states.items():
        if state.conditions is not None:
            yield from _conditions(process, name, state)
        if state.expires is not None:
            yield from _expires(process, ("states", name, "expires"), state)
    if reviewed and not needed:
        for name, state in process.states.items():
            if state.review is not None:
                said = f"the review of `{name}` holds up nothing."
                yield Remark(("states", name, "review"), "TG152", said, "Add `needs: [review]` to the act that closes.")


def _acts(process: Process) -> Iterator[tuple[Path, Act]]:
    for name, state in process.states.items():
        yield from ((("states", name, "acts", word), act) for word, act in state.acts.items())
    yield from ((("administrative", word), act) for word, act in process.administrative.items())


def _conditions(process: Process, name: str, state: State) -> Iterator[Remark]:
    path: Path = ("states", name, "conditions")
    assert state.conditions is not None
    lapse = state.conditions.lapse
    if lapse.to is None and lapse.raise_ is None:
        said = "nothing follows when a condition lapses."
        yield Remark((*path, "lapse"), "TG151", said, "Add `to: <state>` or `raise: escalation`.")
    if not any(_sets(process, policy, outcome) for policy, outcome in _led_here(process, name)):
        said = f"no outcome that leads to `{name}` counts a position with conditions."
        yield Remark(
            path, "TG150", said, "Give such a position `conditions: required`, or lead its outcome here.", at_key=True
        )


def _led_here(process: Process, name: str) -> Iterator[tuple[Policy, Outcome]]:
    for state in process.states.values():
        policy = process.policies.get(state.round or "")
        for outcome, target in state.when.items() if policy is not None else ():
            known = policy.ordered_outcomes().get(outcome) if policy is not None else None
            if target == name and policy is not None and known is not None:
                yield policy, known


def _sets(process: Process, policy: Policy, outcome: Outcome) -> bool:
    """Whether a position that the outcome counts names conditions."""
    with_conditions = {word for word, one in policy.positions.items() if one.conditions is not None}
    return bool(with_conditions & (set(outcome.counts or ()) or set(_positions(process, outcome))))


def _positions(process: Process, outcome: Outcome) -> Iterator[str]:
    waiting, seen = [outcome.rule], set()
    while waiting:
        rule = waiting.pop()
        for _, node in nodes(rule, ()):
            named = node if isinstance(node, str) else getattr(node, "rule", None)
            if isinstance(named, str) and named in process.rules and named not in seen:
                seen.add(named)
                waiting.append(process.rules[named])
            if isinstance(node, Votes):
                yield node.position


def _expires(process: Process, path: Path, state: State) -> Iterator[Remark]:
    assert state.expires is not None
    if (state.expires.after is None) == (state.expires.on is None):
        said = "it takes `after` or `on`, one of the two."
        yield Remark(path, "TG153", said, "Say `after: 12mo`, or `on: <date field>`.")
    if state.expires.on is not None:
        known = {name for name, one in process.fields.items() if one.type == "date"}
        if state.expires.on not in known:
            said = f"there is no date field `{state.expires.on}`."
            yield Remark((*path, "on"), "TG153", said, choose(state.expires.on, known))
        elif state.edits != "none":
            said = "its day could be edited while it is in force."
            yield Remark((*path, "on"), "TG153", said, "Add `edits: none` to the state.")


def _under(process: Process, path: Path, field: str) -> Iterator[Remark]:
    known = {name for name, one in process.fields.items() if one.type == "item"}
    if field not in known:
        said = f"there is no field `{field}` of type item."
        yield Remark(path, "TG154", said, choose(field, known))
