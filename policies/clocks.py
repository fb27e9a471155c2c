"""Due times, ladders and what escalations do, in words: for descriptions, differences and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policies.durations import parse_duration
from policies.model import Due, Escalations, Extend, LadderStep, OfThoseAsked

Who = Callable[[Any], str]
"""Those who may do something, or are told."""
Name = Callable[[str], str]
"""A state's title."""
Guard = Callable[[str], str]
"""A condition as a clause: `when Colour is red`."""


def due_in_words(due: Due, guard: Guard) -> str:
    """`5 working days`, with the condition it stands under."""
    return f"{parse_duration(due.within).words}{f' {guard(due.when)}' if due.when else ''}"


def extend_in_words(extend: Extend | None, who: Who) -> str:
    """`the author may ask for up to 10 working days more, twice, and the PMO lead grants it`"""
    if extend is None:
        return "the due time stands"
    often = {1: "once", 2: "twice"}.get(extend.at_most, f"{extend.at_most} times")
    grant = f", and {who(extend.approve)} grants it" if extend.approve is not None else ""
    why = " with the reason" if extend.reason == "required" else ""
    return f"{who(extend.by)} may ask{why} for up to {parse_duration(extend.longest).words} more, {often}{grant}"


def step_in_words(step: LadderStep, who: Who, state: Name, guard: Guard) -> str:
    """`after 5 working days, when Colour is red: Sponsor is told and escalation is raised`"""
    when = f", {guard(step.when)}" if step.when else ""
    return (
        f"after {parse_duration(step.after).words}{when} {' and '.join(_done(step, who, state)) or 'nothing happens'}"
    )


def _done(step: LadderStep, who: Who, state: Name) -> list[str]:
    parts = [f"{_plain(name)} becomes {value}" for name, value in step.set_.items()]
    if step.owner is not None:
        parts.append(f"{who(step.owner)} becomes its owner")
    if step.hand_to is not None:
        parts.append("the stand-ins of those who have not answered are asked in their place")
    if step.notify is not None:
        parts.append(_told(step, who))
    if step.raises is not None:
        filled = ", ".join(f"{_plain(name)} {value}" for name, value in step.raises.fields.items())
        parts.append(f"{_plain(step.raises.process)} is raised{f' ({filled})' if filled else ''}")
    if step.to is not None:
        parts.append(f"it goes to {state(step.to)}")
    return parts


def _told(step: LadderStep, who: Who) -> str:
    told = beside_in_words(step.notify) if isinstance(step.notify, OfThoseAsked) else who(step.notify)
    if step.every is None:
        return f"{told} is told"
    return f"{told} is told, {step.times} times, every {parse_duration(step.every).words}"


def beside_in_words(beside: OfThoseAsked) -> str:
    """Who is meant beside those who were asked."""
    return f"the {'stand-in' if beside.stand_in else 'line manager'} of each who has not answered"


def escalations_in_words(escalations: Escalations | None, act: Name) -> str:
    """`an open escalation stops the clocks; Done does “Cancel”`"""
    if escalations is None:
        return "an escalation changes nothing in it"
    clock = "stops the clocks" if escalations.pauses else "leaves the clocks running"
    if escalations.longest is not None:
        clock += f" for {parse_duration(escalations.longest).words} at most"
    acts = [f"when it comes to {_plain(said)}, “{act(name)}” is done" for said, name in escalations.act.items()]
    return "; ".join([f"an open {_plain(escalations.process)} {clock}", *acts])


def _plain(word: str) -> str:
    return word.replace("-", " ").replace("_", " ")
