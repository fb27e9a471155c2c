"""A process in one paragraph of plain words: what it is, where it leads, who signs, by when, what if nobody does."""

from __future__ import annotations

from policies.clocks import due_in_words, escalations_in_words, extend_in_words, step_in_words
from policies.diff.words import Words
from policies.durations import parse_duration
from policies.explain import conduct_in_words, outcomes_in_words
from policies.facts import Roster
from policies.following import conditions_in_words, expires_in_words, review_in_words, window_in_words
from policies.load import LoadedProcess
from policies.meetings import meeting_in_words
from policies.model import Act, Process, State
from policies.phrases import both, either

KINDS = {
    "stage_gate": "stage gate",
    "change_request": "change request",
    "escalation": "escalation",
    "risk": "risk",
    "issue": "issue",
}


def describe(loaded: LoadedProcess) -> str:
    """See the module docstring."""
    process = loaded.process
    open_states = [_title(process, name) for name, state in process.states.items() if state.end is None]
    ends = [_title(process, name) for name, state in process.states.items() if state.end is not None]
    article = "an" if KINDS[process.kind][0] in "aeiou" else "a"
    said = [
        f"{process.title} is {article} {KINDS[process.kind]} process with {len(process.fields)} "
        f"field{'' if len(process.fields) == 1 else 's'} and {len(process.criteria)} "
        f"criteri{'on' if len(process.criteria) == 1 else 'a'}.",
        f"It begins in {_title(process, process.start)}, goes through {both(open_states)}, and ends as {either(ends)}.",
    ]
    said += [_round(loaded, name, state) for name, state in process.states.items() if state.round is not None]
    said += [
        f"Nothing in {_title(process, name)} for {parse_duration(state.inactive.after).words} leads to "
        f"{_title(process, state.inactive.to)}."
        for name, state in process.states.items()
        if state.inactive is not None
    ]
    said += [words for name, state in process.states.items() for words in _following(process, name, state)]
    said += [_announced(process, name, state) for name, state in process.states.items() if state.announces]
    if process.escalations is not None:
        acts = {name: act for state in process.states.values() for name, act in state.acts.items()}
        told = escalations_in_words(process.escalations, lambda one: _act_title(one, acts.get(one)))
        said.append(f"{told[:1].upper()}{told[1:]}.")
    said += _meetings(process)
    return " ".join(said)


def _meetings(process: Process) -> list[str]:
    words = Words(process, Roster({}))
    return [
        f"{meeting_in_words(one, lambda who: words.who((who,)), words.state)}." for one in process.meetings.values()
    ]


def _act_title(name: str, act: Act | None) -> str:
    return (act.title if act is not None else None) or name.replace("-", " ").capitalize()


def _following(process: Process, name: str, state: State) -> list[str]:
    """What follows a decision in one state, and what its acts wait for, a sentence each."""
    words = []
    if state.conditions is not None:
        words.append(conditions_in_words(state.conditions, lambda one: _title(process, one)))
    who = Words(process, Roster({})).those
    words += [extend_in_words(due.extend, who) for due in state.dues if due.extend is not None]
    if state.review is not None:
        words.append(review_in_words(state.review))
    if state.expires is not None:
        words.append(expires_in_words(state.expires, lambda one: _title(process, one)))
    for word, act in state.acts.items():
        if act.window is not None:
            taken = window_in_words(act.window, lambda one: _title(process, one))
            words.append(f"“{act.title or word.replace('-', ' ')}” goes ahead {taken}")
    return [f"In {_title(process, name)} {one}." for one in words]


def _announced(process: Process, name: str, state: State) -> str:
    """Whom entering a state tells. Of a role without a roster no more is known than its name: here it can be read."""
    words = Words(process, Roster({}))
    told = [
        f"{both(words.whom(one.to if isinstance(one.to, tuple) else (one.to,)))}"
        f"{f' {words.guard(one.when)}' if one.when else ''}"
        for one in state.announces
    ]
    return f"Entering {_title(process, name)} tells {both(told)}."


def _title(process: Process, name: str) -> str:
    return process.states[name].title or name.replace("-", " ").capitalize()


def _round(loaded: LoadedProcess, name: str, state: State) -> str:
    process, policy = loaded.process, loaded.policies[str(state.round)]
    leads = "; ".join(
        f"{words.rstrip('.')} (then {_title(process, state.when[outcome.name])})"
        for outcome, words in zip(policy.outcomes, outcomes_in_words(policy, Roster({})), strict=True)
    )
    due = ", with no deadline" if policy.policy.deadline is None else ""
    guard = Words(process, Roster({})).guard
    due = f" within {either([due_in_words(one, guard) for one in state.dues])}" if state.dues else due
    conduct = "".join(f" {words}" for words in conduct_in_words(policy.policy, Roster({})))
    return f"In {_title(process, name)} a round is decided{due}: {leads}.{conduct}{_silence(process, state)}"


def _silence(process: Process, state: State) -> str:
    steps = ladder_steps(process, state)
    return f" If nobody answers, {both(steps)}." if steps else ""


def ladder_in_words(process: Process, state: State) -> list[str]:
    """What the ladder of a state does meanwhile, as a sentence; empty without one."""
    steps = ladder_steps(process, state)
    return [f"Meanwhile, {both(steps)}."] if steps else []


def ladder_steps(process: Process, state: State) -> list[str]:
    """`after 5 working days Sponsor is told`, one clause a step."""
    words = Words(process, Roster({}))
    return [step_in_words(step, words.those, lambda one: _title(process, one), words.guard) for step in state.ladder]
