"""References, fields and rounds: do the words name something that is there, of the right kind?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from policies.lint.remark import Path, Remark, choose
from policies.model import Named, Policy, Process, State
from policies.model.walk import rules_of
from policies.model.windows import REFUSE


def check_names(process: Process) -> Iterator[Remark]:
    for path, target in _targets(process):
        if target not in process.states:
            yield Remark(path, "TG101", f"there is no state `{target}`.", choose(target, process.states))
    for name, state in process.states.items():
        if state.round is not None and state.round not in process.policies:
            said = f"there is no policy `{state.round}`."
            yield Remark(("states", name, "round"), "TG102", said, choose(state.round, process.policies))
    for path, rule in rules_of(process):
        used = rule_named(rule)
        if used is not None and used not in process.rules:
            place = path if isinstance(rule, str) else (*path, "rule")
            yield Remark(place, "TG112", f"there is no rule `{used}`.", choose(used, process.rules))


def rule_named(rule: Any) -> str | None:
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
        if act.window is not None and act.window.outside != REFUSE:
            yield ("acts", name, "window", "outside"), act.window.outside
    for outcome, target in state.when.items():
        yield ("when", outcome), target
    for place, step in enumerate(state.ladder):
        if step.to is not None:
            yield ("ladder", place, "to"), step.to
    if state.inactive is not None:
        yield ("inactive", "to"), state.inactive.to
    if state.conditions is not None:
        yield ("conditions", "met", "to"), state.conditions.met.to
        if state.conditions.lapse.to is not None:
            yield ("conditions", "lapse", "to"), state.conditions.lapse.to
    if state.expires is not None:
        yield ("expires", "to"), state.expires.to
    if state.depends_on is not None:
        yield ("depends_on", "to"), state.depends_on.to
        # The states waited for are those of other items, which follow this process unless said otherwise.
        yield from ((("depends_on", "be", i), target) for i, target in enumerate(state.depends_on.be))


# -- fields ------------------------------------------------------------------------------------------


def check_fields(process: Process) -> Iterator[Remark]:
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
        if one.of is not None and one.type not in ("choice", "list", "item"):
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
        yield Remark(path, "TG116", f"there is no {what} `{name}`.", choose(name, known))


def _numbering(process: Process) -> Iterator[Remark]:
    choices = {name for name, f in process.fields.items() if f.type == "choice" and f.required}
    for name in re.findall(r"\{([a-z][a-z0-9_-]*)", process.numbering):
        if name not in {"n", "site", "program"} | choices:
            said = f"`{{{name}}}` is neither n, site, program nor a required choice field."
            yield Remark(("numbering",), "TG114", said, choose(name, {"n", "site", "program"} | choices))


# -- rounds ------------------------------------------------------------------------------------------


def check_rounds(process: Process) -> Iterator[Remark]:
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
        dated = state.due is not None or state.no_deadline is not None
        if state.round is not None and not dated and (policy is None or policy.deadline is None):
            said = f"the round in `{name}` has neither `due` nor `no_deadline`."
            yield Remark(path, "TG108", said, "Say by when, or `no_deadline: <why>`.", at_key=True)


def _outcomes_led(path: Path, state: State, policy: Policy) -> Iterator[Remark]:
    outcomes = policy.ordered_outcomes()
    for outcome in state.when:
        if outcome not in outcomes:
            said = f"the policy `{state.round}` has no outcome `{outcome}`."
            yield Remark((*path, "when", outcome), "TG103", said, choose(outcome, outcomes), at_key=True)
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
