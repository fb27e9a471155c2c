"""The normal form: what two texts have in common is spelt in one way, so that only meaning is left to compare."""

from __future__ import annotations

from typing import Any

from policies.conditions.tree import parse
from policies.diff.sayings import printed
from policies.expand import PARTS, both_hold, position_filled, written_out
from policies.model import (
    Act,
    After,
    AllOf,
    Announce,
    AnyOf,
    Check,
    Due,
    ForEach,
    InOrder,
    LadderStep,
    NOf,
    OfThoseAsked,
    Policy,
    Process,
    Quorum,
    State,
    Votes,
)


def normal(process: Process) -> Process:
    """See the module docstring. The rules used by name are gone from it."""
    full = written_out(process)
    return full.model_copy(
        update={
            "policies": {name: _policy(policy) for name, policy in full.policies.items()},
            "states": {name: _state(state) for name, state in full.states.items()},
            "administrative": {name: _act(act) for name, act in full.administrative.items()},
            "contact": many(full.contact) or None,
            "fields": {name: _guarded(one) for name, one in full.fields.items()},
            "criteria": {name: _guarded(one) for name, one in full.criteria.items()},
        }
    )


def _guarded(model: Any) -> Any:
    return model.model_copy(update={"when": condition(model.when)})


def condition(text: str | None) -> str | None:
    """One spelling of a condition: blanks and needless brackets aside."""
    return None if text is None else printed(parse(text))


def many(value: Any) -> tuple[Any, ...]:
    """One or a list of them, as a list."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _act(act: Act) -> Act:
    changed = {"by": many(act.by), "verdict": many(act.verdict), "when": condition(act.when)}
    return act.model_copy(update=changed)


def _state(state: State) -> State:
    edits, conditions = state.edits, state.conditions
    if conditions is not None:
        people = ("met_by", "confirmed_by", "waived_by")
        conditions = conditions.model_copy(update={word: many(getattr(conditions, word)) for word in people})
    if edits is not None and not isinstance(edits, str):
        edits = edits.model_copy(update={"by": many(edits.by)})
    return state.model_copy(
        update={
            "acts": {name: _act(act) for name, act in state.acts.items()},
            "ladder": tuple(_step(step) for step in state.ladder),
            "due": tuple(_due(due) for due in state.dues),
            "edits": edits,
            "conditions": conditions,
            "announce": tuple(part for one in state.announces for part in _announce(one)),
        }
    )


def _announce(one: Announce) -> tuple[Any, ...]:
    """Whoever is told as they prefer, and always, is named plainly."""
    if one.how is None and one.when is None:
        return many(one.to)
    return (one.model_copy(update={"to": many(one.to), "when": condition(one.when)}),)


def _step(step: LadderStep) -> LadderStep:
    """`raise: escalation` is the short form of a mapping; one who is told is a list of one."""
    told = step.notify if isinstance(step.notify, OfThoseAsked) else many(step.notify) or None
    changed = {"notify": told, "raise_": step.raises, "owner": many(step.owner) or None, "when": condition(step.when)}
    return step.model_copy(update=changed)


def _due(due: Due) -> Due:
    extend = due.extend
    if extend is not None:
        extend = extend.model_copy(update={"by": many(extend.by), "approve": many(extend.approve) or None})
    return due.model_copy(update={"when": condition(due.when), "extend": extend})


def _policy(policy: Policy) -> Policy:
    override = policy.override
    return policy.model_copy(
        update={
            "outcomes": {
                name: outcome.model_copy(update={"rule": _rule(outcome.rule, policy), "counts": many(outcome.counts)})
                for name, outcome in policy.outcomes.items()
            },
            "positions": {name: position_filled(name, word) for name, word in policy.positions.items()},
            "override": None if override is None else override.model_copy(update={"by": many(override.by)}),
        }
    )


def _rule(rule: Any, policy: Policy) -> Any:
    changed: dict[str, Any] = {"when": condition(rule.when)}
    if isinstance(rule, Votes):
        return rule.model_copy(update={**changed, **_votes(rule, policy)})
    if isinstance(rule, After):
        return rule.model_copy(update=changed)
    if isinstance(rule, Check):
        return rule.model_copy(update={**changed, "check": condition(rule.check)})
    if isinstance(rule, AllOf | InOrder | ForEach) and rule.one_seat == policy.one_seat:
        changed["one_seat"] = None
    if isinstance(rule, ForEach):
        return rule.model_copy(update={**changed, "rule": _rule(rule.rule, policy)})
    word = PARTS[type(rule)]
    changed[word] = tuple(_rule(part, policy) for part in getattr(rule, word))
    return _alone(_either(rule.model_copy(update=changed)))


def _votes(rule: Votes, policy: Policy) -> dict[str, Any]:
    quorum = rule.quorum
    return {
        "from_": rule.bodies,
        "exclude": None if rule.exclude == policy.exclude else rule.exclude,
        "stale_on": None if rule.stale_on == policy.stale_on else rule.stale_on,
        "quorum": quorum if quorum is None or isinstance(quorum, Quorum) else Quorum(at_least=quorum),
    }


def _either(rule: Any) -> Any:
    """One of several is any of them."""
    if isinstance(rule, NOf) and rule.n_of == 1:
        return AnyOf(any=rule.of).model_copy(update={"when": rule.when, "title": rule.title})
    return rule


def _alone(rule: Any) -> Any:
    """All or any of one rule that people vote in is that rule."""
    if isinstance(rule, AllOf | AnyOf) and rule.title is None:
        inside = getattr(rule, PARTS[type(rule)])
        if len(inside) == 1 and isinstance(inside[0], Votes):
            both = condition(both_hold(rule.when, inside[0].when))
            return inside[0].model_copy(update={"when": both})
    return rule
