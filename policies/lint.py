"""Static checks: what a process of the right shape may still get wrong. One function per kind of sense.

Every check has a code with one meaning for ever (`policies.codes`), a place in the file, what is wrong with
the choices, and a remedy. Errors keep a process from loading; warnings are said and let it pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from policies.conditions import TypeEnv
from policies.errors import TollgateError
from policies.evaluate import compile_policy
from policies.model import AllOf, AnyOf, Named, NOf, Policy, Process, State, Votes
from policies.model.rules import is_refusal
from policies.model.walk import nodes, parts, rules_of, rules_of_policy

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing found. `at_key` points at the key of `path` rather than at its value."""

    path: Path
    code: str
    message: str
    remedy: str = ""
    is_error: bool = True
    at_key: bool = False


def lint(process: Process, env: TypeEnv) -> list[Remark]:
    """Every remark on `process`, in no order. Its conditions type-check."""
    found = [
        *_names(process),
        *_fields(process),
        *_rounds(process),
        *_rules(process),
        *_policies(process),
    ]
    if not any(remark.is_error for remark in found):
        found += [*_graph(process), *_compiled(process, env)]
    return found


def _choose(word: str, known: Iterable[str]) -> str:
    options = sorted(known)
    near = get_close_matches(word, options, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"There is: {', '.join(options) or 'none'}."


# -- references --------------------------------------------------------------------------------------


def _names(process: Process) -> Iterator[Remark]:
    for path, target in _targets(process):
        if target not in process.states:
            yield Remark(path, "TG101", f"there is no state `{target}`.", _choose(target, process.states))
    for name, state in process.states.items():
        if state.round is not None and state.round not in process.policies:
            said = f"there is no policy `{state.round}`."
            yield Remark(("states", name, "round"), "TG102", said, _choose(state.round, process.policies))
    for path, rule in rules_of(process):
        used = _rule_named(rule)
        if used is not None and used not in process.rules:
            place = path if isinstance(rule, str) else (*path, "rule")
            yield Remark(place, "TG112", f"there is no rule `{used}`.", _choose(used, process.rules))


def _rule_named(rule: Any) -> str | None:
    """The name a rule is used by, when it is a name."""
    if isinstance(rule, str):
        return rule
    return rule.rule if isinstance(rule, Named) else None


def _targets(process: Process) -> Iterator[tuple[Path, str]]:
    yield ("start",), process.start
    for name, act in process.administrative.items():
        if act.to is not None:
            yield ("administrative", name, "to"), act.to
    for name, state in process.states.items():
        for path, target in targets_of(state):
            if target != "previous":
                yield ("states", name, *path), target


def targets_of(state: State) -> Iterator[tuple[Path, str]]:
    """Every state `state` may lead to (and those it waits for), with the place it is named."""
    for name, act in state.acts.items():
        if act.to is not None:
            yield ("acts", name, "to"), act.to
    for outcome, target in state.when.items():
        yield ("when", outcome), target
    for place, step in enumerate(state.ladder):
        if step.to is not None:
            yield ("ladder", place, "to"), step.to
    if state.inactive is not None:
        yield ("inactive", "to"), state.inactive.to
    if state.depends_on is not None:
        yield ("depends_on", "to"), state.depends_on.to
        # The states waited for are those of other items, which follow this process unless said otherwise.
        yield from ((("depends_on", "be", i), target) for i, target in enumerate(state.depends_on.be))


# -- fields ------------------------------------------------------------------------------------------


def _fields(process: Process) -> Iterator[Remark]:
    for name, one in process.fields.items():
        path: Path = ("fields", name)
        if one.type == "choice" and not one.of:
            yield Remark(path, "TG115", f"the choice `{name}` has no values.", "Add `of: [low, high]`.", at_key=True)
        if one.type == "money" and one.currency is None:
            yield Remark(
                path,
                "TG115",
                f"the money field `{name}` has no currency.",
                "Add `currency: EUR`.",
                at_key=True,
            )
        if one.of is not None and one.type not in ("choice", "list"):
            yield Remark((*path, "of"), "TG115", f"a {one.type} takes no `of`.", "Use `type: choice`.", at_key=True)
    if process.budget is not None:
        yield from _field_of(process, ("budget", "field"), process.budget.field, "money")
    for state_name, state in process.states.items():
        for place, name in enumerate(state.clears):
            yield from _field_of(process, ("states", state_name, "clears", place), name, None)
        for act_name, act in state.acts.items():
            if act.not_before is not None:
                yield from _field_of(
                    process, ("states", state_name, "acts", act_name, "not_before"), act.not_before, "date"
                )
    yield from _numbering(process)


def _field_of(process: Process, path: Path, name: str, wanted: str | None) -> Iterator[Remark]:
    known = {n for n, f in process.fields.items() if wanted is None or f.type == wanted}
    if name not in known:
        what = f"{wanted} field" if wanted else "field"
        yield Remark(path, "TG116", f"there is no {what} `{name}`.", _choose(name, known))


def _numbering(process: Process) -> Iterator[Remark]:
    choices = {name for name, f in process.fields.items() if f.type == "choice" and f.required}
    for name in re.findall(r"\{([a-z][a-z0-9_-]*)", process.numbering):
        if name not in {"n", "site", "program"} | choices:
            said = f"`{{{name}}}` is neither n, site, program nor a required choice field."
            yield Remark(("numbering",), "TG114", said, _choose(name, {"n", "site", "program"} | choices))


# -- rounds ------------------------------------------------------------------------------------------


def _rounds(process: Process) -> Iterator[Remark]:
    for name, state in process.states.items():
        path: Path = ("states", name)
        if state.round is None and state.when:
            yield Remark(
                (*path, "when"),
                "TG103",
                "`when` says where a round leads, and there is no round.",
                "Add `round:`.",
                at_key=True,
            )
        policy = process.policies.get(state.round or "")
        if policy is not None:
            yield from _outcomes_led(path, state, policy)
        if state.round is not None and state.due is None and state.no_deadline is None:
            said = f"the round in `{name}` has neither `due` nor `no_deadline`."
            yield Remark(path, "TG108", said, "Say by when, or `no_deadline: <why>`.", at_key=True)


def _outcomes_led(path: Path, state: State, policy: Policy) -> Iterator[Remark]:
    outcomes = policy.ordered_outcomes()
    for outcome in state.when:
        if outcome not in outcomes:
            said = f"the policy `{state.round}` has no outcome `{outcome}`."
            yield Remark((*path, "when", outcome), "TG103", said, _choose(outcome, outcomes), at_key=True)
    for outcome in outcomes if set(state.when) <= set(outcomes) else ():  # a misspelt one is one fault, not two
        if outcome not in state.when:
            said = f"the outcome `{outcome}` of `{state.round}` leads nowhere."
            yield Remark(
                (*path, "when") if state.when else path,
                "TG103",
                said,
                f"Add `{outcome}: <state>`.",
                at_key=True,
            )


# -- rules -------------------------------------------------------------------------------------------


def _rules(process: Process) -> Iterator[Remark]:
    for path, rule in rules_of(process):
        if isinstance(rule, Votes):
            yield from _votes(path, rule)
        elif isinstance(rule, NOf) and rule.n_of > len(rule.of):
            said = f"{rule.n_of} of {len(rule.of)} can never be met."
            yield Remark((*path, "n_of"), "TG110", said, "Lower `n_of`, or add parts.")
        if isinstance(rule, AllOf | AnyOf | NOf) and not list(parts(rule)):
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


def _circles(process: Process) -> Iterator[Remark]:
    for name in process.rules:
        if name in _used_by(process, name, set()):
            yield Remark(("rules", name), "TG112", f"the rule `{name}` uses itself.", "Break the circle.", at_key=True)


def _used_by(process: Process, name: str, seen: set[str]) -> set[str]:
    rule = process.rules.get(name)
    if rule is None:
        return seen
    for _, node in nodes(rule, ()):
        used = _rule_named(node)
        if used is not None and used not in seen:
            seen.add(used)
            _used_by(process, used, seen)
    return seen


# -- policies ----------------------------------------------------------------------------------------


def _policies(process: Process) -> Iterator[Remark]:
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
    known = {*process.fields, *process.criteria, "title", "depends_on"}
    for place, name in enumerate(policy.stale_on):
        if name not in known:
            said = f"there is no field or criterion `{name}`."
            yield Remark((*path, "stale_on", place), "TG119", said, _choose(name, known))


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
    name = _rule_named(rule)
    if name is not None:
        if name not in known:
            known[name] = False  # a circle is another check's find
            known[name] = _met_by_silence(process, process.rules.get(name, name), known)
        return known[name]
    if isinstance(rule, Votes):
        return rule.at_most is not None
    silent = [_met_by_silence(process, part, known) for _, part in parts(rule)]
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
        if position not in counted and position != "abstain":
            said = f"no rule counts the position `{position}`."
            yield Remark(
                (*path, "positions", position),
                "TG120",
                said,
                _choose(position, counted),
                is_error=False,
                at_key=True,
            )


def _compiled(process: Process, env: TypeEnv) -> Iterator[Remark]:
    """What only compiling shows: a rule that can be met in too many ways."""
    for name, policy in process.policies.items():
        try:
            compile_policy(name, policy, process.rules, env)
        except TollgateError as error:
            yield Remark(("policies", name), "TG122", str(error), "Make the rule simpler.", at_key=True)


# -- the graph ---------------------------------------------------------------------------------------


def edges(process: Process) -> dict[str, set[str]]:
    """State -> the states it may lead to. `previous` leads back to every state that leads here."""
    found: dict[str, set[str]] = {name: set() for name in process.states}
    for name, state in process.states.items():
        for path, target in targets_of(state):
            if "be" not in path and target != "previous":
                found[name].add(target)
        found[name] |= {
            act.to
            for act in process.administrative.values()
            if act.to is not None and act.to != name and (state.end is None or act.from_ends)
        }
    for name, state in process.states.items():
        if any(target == "previous" for _, target in targets_of(state)):
            found[name] |= {other for other, to in found.items() if name in to and other != name}
    return found


def _graph(process: Process) -> Iterator[Remark]:
    ends = {name for name, state in process.states.items() if state.end is not None}
    if not ends:
        yield Remark(("states",), "TG121", "no state is an end.", "Add `end: done` to the last one.", at_key=True)
        return
    onward = edges(process)
    reached = _closure(process.start, onward)
    backward: dict[str, set[str]] = {name: set() for name in process.states}
    for name, targets in onward.items():
        for target in targets:
            backward[target].add(name)
    finishing = {name for end in ends for name in _closure(end, backward)}
    for name, state in process.states.items():
        yield from _place(name, state, onward, reached, finishing)


def _place(
    name: str, state: State, onward: dict[str, set[str]], reached: set[str], finishing: set[str]
) -> Iterator[Remark]:
    path: Path = ("states", name)
    if name not in reached:
        yield Remark(path, "TG104", f"no way leads to `{name}`.", "Lead to it, or take it out.", at_key=True)
    if state.end is not None:
        if state.acts or state.round or state.ladder or state.inactive or state.depends_on:
            said = f"`{name}` is an end, and something still goes on in it."
            yield Remark(path, "TG106", said, "Take out `end`, or what goes on.", at_key=True)
    elif not onward[name]:
        yield Remark(
            path,
            "TG107",
            f"nothing leads out of `{name}`.",
            "Add an act or a round, or `end: <word>`.",
            at_key=True,
        )
    elif name not in finishing:
        yield Remark(path, "TG105", f"no way leads from `{name}` to an end.", "Lead on to an end.", at_key=True)


def _closure(start: str, onward: Mapping[str, set[str]]) -> set[str]:
    seen, frontier = {start}, [start]
    while frontier:
        for target in onward[frontier.pop()] - seen:
            seen.add(target)
            frontier.append(target)
    return seen
