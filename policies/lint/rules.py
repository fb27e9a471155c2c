"""Rules and policies: bounds, empty lists, circles, outcomes that nobody is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.conditions import TypeEnv
from policies.errors import TollgateError
from policies.evaluate import compile_policy
from policies.lint.conduct import check_bounds
from policies.lint.names import rule_named
from policies.lint.remark import Path, Remark, choose
from policies.model import After, AllOf, AnyOf, ForEach, InOrder, Named, NOf, Policy, Process, Votes, is_refusal
from policies.model.walk import SITE, nodes, parts, rules_of, rules_of_policy


def check_rules(process: Process) -> Iterator[Remark]:
    for path, rule in rules_of(process):
        if isinstance(rule, Votes):
            yield from _votes(path, rule)
            yield from check_bounds(path, rule)
            yield from _beside_seats(process, path, rule)
            if path[0] == "policies" and "rule" not in path and any("{" in word for word in rule.bodies):
                yield Remark((*path, "from"), "TG131", "it stands in no `for_each`.", "Name a role.", at_key=True)
        elif isinstance(rule, After) and rule.since == "step_opened" and "in_order" not in path:
            said = "there is no step here: it stands in no `in_order`."
            yield Remark((*path, "since"), "TG132", said, "Write `since: opened`.")
        elif isinstance(rule, ForEach):
            yield from _for_each(process, path, rule)
        elif isinstance(rule, NOf) and rule.n_of > len(rule.of):
            said = f"{rule.n_of} of {len(rule.of)} can never be met."
            yield Remark((*path, "n_of"), "TG110", said, "Lower `n_of`, or add parts.")
        if isinstance(rule, AllOf | AnyOf | NOf | InOrder) and not list(parts(rule)):
            yield Remark(
                path,
                "TG110",
                "the list is empty, so it would approve by itself.",
                "Add a rule, or take it out.",
            )
    yield from _circles(process)


def _votes(path: Path, rule: Votes) -> Iterator[Remark]:
    given = [word for word in ("at_least", "more_than", "at_most") if getattr(rule, word) is not None]
    if len(given) != 1:
        said = "no bound: how many?" if not given else f"has {' and '.join(given)}; a rule has one bound."
        yield Remark((*path, "from"), "TG109", said, "Write one of at_least, more_than, at_most.", at_key=True)
    if not rule.bodies:
        yield Remark((*path, "from"), "TG110", "`from` names nobody.", "Name a role or a relation.")
    if rule.at_least == 0:
        yield Remark((*path, "at_least"), "TG109", "`at_least: 0` is met by nobody at all.", "Write 1 or more.")


def _beside_seats(process: Process, path: Path, rule: Votes) -> Iterator[Remark]:
    """Weighted and grouped counts, and the seats of an `all` they stand in."""
    if rule.weight is None and rule.distinct == "person":
        return
    if rule.weight is not None and rule.distinct != "person":
        said = "a vote is counted by weight or by what is distinct, not by both."
        yield Remark((*path, "distinct"), "TG125", said, "Take one of them out.", at_key=True)
    policy = process.policies.get(str(path[1])) if path[0] == "policies" else None
    default = policy.one_seat if policy is not None else False
    for above, node in rules_of(process) if "all" in path or "in_order" in path else ():
        if path[: len(above)] != above or not isinstance(node, AllOf | InOrder) or len(path) == len(above):
            continue
        shares = default if node.one_seat is None else node.one_seat
        seats = [r for p, r in nodes(node, above) if isinstance(r, Votes) and p != path and r.at_most is None]
        if shares and seats:
            word = "weight" if rule.weight is not None else "distinct"
            said = f"`{word}` looks at everybody, beside rules whose people fill one seat each."
            yield Remark((*path, word), "TG125", said, "Say `one_seat: false` on the `all`.", at_key=True)
            return


def _for_each(process: Process, path: Path, rule: ForEach) -> Iterator[Remark]:
    field = process.fields.get(rule.for_each)
    if field is None or field.type != "list":
        lists = {name for name, one in process.fields.items() if one.type == "list"}
        said = f"there is no list field `{rule.for_each}`."
        yield Remark((*path, "for_each"), "TG131", said, choose(rule.for_each, lists))
    word = f"{{{rule.as_}}}"
    used = [
        text
        for _, inner in nodes(rule.rule, ())
        if isinstance(inner, Votes)
        for text in (*inner.bodies, *inner.except_, inner.at or "", inner.title or "")
    ]
    by_name = any(rule_named(inner) is not None for _, inner in nodes(rule.rule, ()))
    if not by_name and not any(word in text for text in used):
        said = f"`{word}` stands nowhere below, so every entry asks the same."
        yield Remark(path, "TG131", said, f'Write `from: "{word}"`.')
    known = {f"{{{one.as_}}}" for p, one in rules_of(process) if isinstance(one, ForEach)}
    for text in used:
        if text.startswith("{") and text not in known:
            yield Remark(path, "TG131", f"`{text}` stands for nothing.", choose(text, known))


def _circles(process: Process) -> Iterator[Remark]:
    for name in process.rules:
        if name in _used_by(process, name, set()):
            yield Remark(("rules", name), "TG112", f"the rule `{name}` uses itself.", "Break the circle.", at_key=True)


def _used_by(process: Process, name: str, seen: set[str]) -> set[str]:
    rule = process.rules.get(name)
    if rule is None:
        return seen
    for _, node in nodes(rule, ()):
        used = rule_named(node)
        if used is not None and used not in seen:
            seen.add(used)
            _used_by(process, used, seen)
    return seen


# -- policies ----------------------------------------------------------------------------------------


def check_policies(process: Process) -> Iterator[Remark]:
    for name, policy in process.policies.items():
        path: Path = ("policies", name)
        outcomes = policy.ordered_outcomes()
        if policy.outcomes and (policy.approve is not None or policy.reject is not None):
            said = "`approve` and `reject` are shorthand for outcomes; this policy has both."
            yield Remark(path, "TG118", said, "Write them under `outcomes:`.", at_key=True)
        if not outcomes:
            yield Remark(
                path,
                "TG118",
                f"the policy `{name}` decides nothing.",
                "Add `approve:` or `outcomes:`.",
                at_key=True,
            )
        yield from _stale(process, path, policy)
        yield from _vacuous(process, path, policy)
        yield from _unused_positions(process, path, policy)
    used = {state.round for state in process.states.values()}
    for name in process.policies:
        if name not in used:
            said = f"no state opens a round of `{name}`."
            yield Remark(("policies", name), "TG124", said, "Use it, or take it out.", is_error=False, at_key=True)


def _stale(process: Process, path: Path, policy: Policy) -> Iterator[Remark]:
    if isinstance(policy.stale_on, str):
        return
    known = {*process.fields, *process.criteria, "title", "depends_on", SITE}
    for place, name in enumerate(policy.stale_on):
        if name not in known:
            said = f"there is no field or criterion `{name}`."
            yield Remark((*path, "stale_on", place), "TG119", said, choose(name, known))


def _vacuous(process: Process, path: Path, policy: Policy) -> Iterator[Remark]:
    """An outcome whose every part may not apply would be decided by nobody."""
    if policy.none_required is not None:
        return
    for name, outcome in policy.ordered_outcomes().items():
        if not _always_asks(process, outcome.rule, {}):
            said = f"every part of `{name}` is under a `when`, so it may ask nobody."
        elif not is_refusal(name, outcome) and _met_by_silence(process, outcome.rule, {}):
            said = f"`{name}` is met while nobody has said anything: its rule only limits who may object."
        else:
            continue
        where = (*path, "outcomes", name) if policy.outcomes else (*path, _word(name))
        yield Remark(
            where,
            "TG111",
            said,
            "Ask somebody always, or say `none_required: <why>`.",
            is_error=False,
            at_key=True,
        )


def _word(outcome: str) -> str:
    return {"approved": "approve", "rejected": "reject"}.get(outcome, outcome)


def _always_asks(process: Process, rule: Any, known: dict[str, bool]) -> bool:
    """`known` holds the named rules looked at, each once: two uses of one rule would double at every step."""
    if isinstance(rule, str):
        if rule not in process.rules:
            return True
        if rule not in known:
            known[rule] = True  # a circle is another check's find
            known[rule] = _always_asks(process, process.rules[rule], known)
        return known[rule]
    if getattr(rule, "when", None) is not None:
        return False
    if isinstance(rule, Named):
        return _always_asks(process, rule.rule, known)
    inner = [part for _, part in parts(rule)]
    return not inner or any(_always_asks(process, part, known) for part in inner)


def _met_by_silence(process: Process, rule: Any, known: dict[str, bool]) -> bool:
    """Whether a rule may be met with no decision at all, as `at_most: 0` of rejections is from the start."""
    name = rule_named(rule)
    if name is not None:
        if name not in known:
            known[name] = False  # a circle is another check's find
            known[name] = _met_by_silence(process, process.rules.get(name, name), known)
        return known[name]
    if isinstance(rule, Votes):
        return rule.at_most is not None
    silent = [_met_by_silence(process, part, known) for _, part in parts(rule)]
    if isinstance(rule, InOrder | ForEach):
        return bool(silent) and all(silent)
    if not silent:
        return False  # time and checks have checks of their own
    if isinstance(rule, AllOf):
        skippable = [getattr(part, "when", None) is not None for part in rule.all]
        return any(silent) and all(one or other for one, other in zip(silent, skippable, strict=True))
    return sum(silent) >= (rule.n_of if isinstance(rule, NOf) else 1)


def _unused_positions(process: Process, path: Path, policy: Policy) -> Iterator[Remark]:
    counted: set[str] = set()
    for outcome in policy.ordered_outcomes().values():
        counted |= set(outcome.counts or ())
    for _, rule in [*rules_of_policy(policy, ()), *((p, r) for p, r in rules_of(process) if p[0] == "rules")]:
        if isinstance(rule, Votes):
            counted.add(rule.position)
    for position in policy.positions:
        if position not in counted and position not in ("abstain", "recuse"):
            said = f"no rule counts the position `{position}`."
            yield Remark(
                (*path, "positions", position),
                "TG120",
                said,
                choose(position, counted),
                is_error=False,
                at_key=True,
            )


def check_compiled(process: Process, env: TypeEnv) -> Iterator[Remark]:
    """What only compiling shows: a rule that can be met in too many ways."""
    for name, policy in process.policies.items():
        try:
            compile_policy(name, policy, process.rules, env)
        except TollgateError as error:
            yield Remark(("policies", name), "TG122", str(error), "Make the rule simpler.", at_key=True)
