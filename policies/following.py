"""Conditions, reviews, expiries and what acts rest on, in words, and where escalations are raised: for descriptions,
differences and what is published."""

from __future__ import annotations

from collections.abc import Callable

from policies.durations import parse_duration
from policies.model import Conditions, Expires, Process, Review, Under, WindowUse
from policies.model.windows import REFUSE

Name = Callable[[str], str]
"""A state's title."""


def conditions_in_words(conditions: Conditions, state: Name) -> str:
    """`each condition is due within 20 working days; once all are met it goes to Passed; …`"""
    lapse = conditions.lapse
    ends = [f"it goes to {state(lapse.to)}"] if lapse.to is not None else []
    ends += [f"{_plain(lapse.raise_)} is raised"] if lapse.raise_ is not None else []
    parts = [
        f"each condition is due within {parse_duration(conditions.due).words}",
        f"once all are met it goes to {state(conditions.met.to)}",
        f"when one lapses {' and '.join(ends) or 'nothing follows'}",
    ]
    if conditions.confirmed_by is not None:
        parts.append("somebody else confirms each")
    return "; ".join(parts)


def review_in_words(review: Review) -> str:
    """`emergency review follows within 5 working days; when it is late escalation is raised`"""
    late = f"{_plain(review.raise_)} is raised" if review.raise_ is not None else "the author and the owner are told"
    return f"{_plain(review.process)} follows within {parse_duration(review.within).words}; when it is late {late}"


def expires_in_words(expires: Expires, state: Name) -> str:
    """`it is in force for 12 months and then goes to Expired`"""
    if expires.on is not None:
        return f"it is in force to the end of the day in {_plain(expires.on)} and then goes to {state(expires.to)}"
    words = parse_duration(expires.after).words if expires.after is not None else "no time"
    return f"it is in force for {words} and then goes to {state(expires.to)}"


def under_in_words(under: Under) -> str:
    """`only while its model is in force`"""
    return f"only while its {_plain(under.item)} is {' or '.join(_plain(state) for state in under.be)}"


def window_in_words(use: WindowUse, state: Name) -> str:
    """`in a maintenance window of its line, from start until finish, and outside goes to Exception`"""
    when = "in a maintenance window" if use.within == "maintenance" else "while no freeze or blackout is in the way"
    where = "its site" if use.line is None else f"its {_plain(use.line)}"
    times = f"from {_plain(use.from_)} until {_plain(use.until)}"
    outside = "is refused outside" if use.outside == REFUSE else f"outside goes to {state(use.outside)}"
    return f"{when} of {where}, {times}, and {outside}"


def _plain(word: str) -> str:
    return word.replace("-", " ").replace("_", " ")


def raised_processes(process: Process) -> dict[str, str]:
    """The processes that escalations are raised in, each with where that is said."""
    found = {process.escalations.process: "escalations"} if process.escalations is not None else {}
    for name, state in process.states.items():
        for step in state.ladder:
            if step.raises is not None:
                found.setdefault(step.raises.process, f"the ladder of {name}")
    return found
