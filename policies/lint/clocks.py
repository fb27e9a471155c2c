"""Clocks: steps of a ladder that do something, due times that apply, escalations that fit the process."""

from __future__ import annotations

from collections.abc import Iterator

from policies.lint.remark import Path, Remark, choose
from policies.model import LadderStep, OfThoseAsked, Process, State
from policies.model.rules import After
from policies.model.walk import nodes

UNSIGNED = frozenset({"cancelled", "closed", "done", "ended", "expired", "lapsed", "obsolete", "resolved", "withdrawn"})
"""What an escalation comes to without anybody having been asked. Its process is another file, so that it goes by the
word; where it escalates to itself, its own outcomes are known."""


def check_clocks(process: Process) -> Iterator[Remark]:
    """Ladders, due times, and what escalations do."""
    for name, state in process.states.items():
        for place, step in enumerate(state.ladder):
            yield from _step(process, ("states", name, "ladder", place), state, step)
        yield from _dues(("states", name, "due"), state)
    yield from _escalations(process)


def _step(process: Process, path: Path, state: State, step: LadderStep) -> Iterator[Remark]:
    does = (step.set_, step.owner, step.hand_to, step.notify, step.raise_, step.to)
    if not any(does):
        yield Remark(path, "TG145", "the step does nothing.", "Say whom to notify, or what to raise.", at_key=True)
    if (step.every is None) != (step.times is None):
        yield Remark(path, "TG145", "`every` and `times` go together.", "Write `every: 15m, times: 8`.", at_key=True)
    if step.every is not None and step.notify is None:
        yield Remark(path, "TG145", "only what the step tells can be repeated.", "Say whom to notify.", at_key=True)
    if isinstance(step.notify, OfThoseAsked) and (step.notify.stand_in is None) == (step.notify.line_manager is None):
        said = "it takes `stand_in` or `line_manager`, one of the two."
        yield Remark((*path, "notify"), "TG145", said, "Write `{stand_in: true}`.", at_key=True)
    if state.round is None and (step.hand_to is not None or isinstance(step.notify, OfThoseAsked)):
        word = "hand_to" if step.hand_to is not None else "notify"
        said = "nobody is asked in a state without a round."
        yield Remark((*path, word), "TG145", said, "Name a role instead.", at_key=True)
    for name, value in step.set_.items():
        field = process.fields.get(name)
        if field is None:
            said = f"there is no field `{name}`."
            yield Remark((*path, "set", name), "TG149", said, choose(name, process.fields), at_key=True)
        elif field.type == "choice" and value not in (field.of or ()):
            said = f"`{name}` has no value {value!r}."
            yield Remark((*path, "set", name), "TG149", said, choose(str(value), field.of or ()))


def _dues(path: Path, state: State) -> Iterator[Remark]:
    """Of several, each but the last stands under a condition, and the last does not."""
    if not isinstance(state.due, tuple):
        if state.due is not None and state.due.when is not None:
            said = "where its condition does not hold there is no due time."
            remedy = "Make it a list, the last of which has no `when`."
            yield Remark(path, "TG146", said, remedy, at_key=True)
        return
    if not state.due:
        yield Remark(path, "TG146", "there is no due time in the list.", "Give one, or leave `due` out.", at_key=True)
    for place, due in enumerate(state.due):
        is_last = place == len(state.due) - 1
        if is_last and due.when is not None:
            said = "where no condition holds there is no due time."
            yield Remark((*path, place, "when"), "TG146", said, "Take the last `when` out.", at_key=True)
        elif not is_last and due.when is None:
            said = "the due times after it never apply."
            yield Remark((*path, place), "TG146", said, "Give it a `when`, or put it last.")


def _escalations(process: Process) -> Iterator[Remark]:
    found = process.escalations
    if found is None:
        return
    acts = {name for state in process.states.values() for name in state.acts} | set(process.administrative)
    for said, act in found.act.items():
        if act not in acts:
            text = f"there is no act `{act}`."
            yield Remark(("escalations", "act", said), "TG147", text, choose(act, acts))
        if _is_unsigned(process, found.process, said):
            text = f"nobody signs `{said}`, and so nothing is done."
            remedy = "Name an outcome of a round: `approved`."
            yield Remark(("escalations", "act", said), "TG159", text, remedy, is_error=False, at_key=True)
    if not found.pauses:
        return
    for name, policy in process.policies.items():
        if policy.deadline is not None or _counts_time(process, name):
            said = f"the time that the policy `{name}` counts by itself runs on."
            remedy = "Use `due` and `ladder` of the state, or `clock: run`."
            yield Remark(("escalations", "clock"), "TG148", said, remedy, is_error=False)


def _is_unsigned(process: Process, escalates_to: str, said: str) -> bool:
    if process.process == escalates_to:
        rounds = {state.round for state in process.states.values()}
        return not any(said in policy.ordered_outcomes() for name, policy in process.policies.items() if name in rounds)
    return said in UNSIGNED


def _counts_time(process: Process, policy: str) -> bool:
    rules = [outcome.rule for outcome in process.policies[policy].ordered_outcomes().values()]
    return any(isinstance(node, After) for rule in rules for _, node in nodes(rule, ()))
