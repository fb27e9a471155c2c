"""What a timer did, in words people read. The entry keeps the engine's own words."""

from __future__ import annotations

import re

from gates.service.promising import DUE, REMIND
from gates.service.timers import ALARM, EXPIRES, PAUSE, REVIEW

_COUNT = re.compile(r"(?:reminded|told) (\d+)(?: that it is overdue| that the deadline has passed)?")


def timer_sentence(timer: str, did: str, whom: str = "") -> str:
    """`remind:0`, `reminded 3` -> `A reminder went to 3 people.` `whom` is the name of the one it was set for."""
    kind, _, place = timer.partition(":")
    if kind == "remind":
        return _reminded(did, whom)
    if kind == "ladder":
        step, _, repeat = place.partition(":")
        again = f", time {int(repeat) + 1}" if repeat else ""
        if did.startswith("folded"):
            return f"Step {int(step) + 1} of the ladder{again} was due too; the later one stands for it."
        return f"Step {int(step) + 1} of the ladder{again}: {' and '.join(_part(one) for one in did.split('; '))}."
    if kind == "due":
        return f"It is overdue; {_part(did)}."
    if kind == DUE:
        return f"Condition {place} lapsed{''.join(f'; {_part(one)}' for one in did.split('; ')[1:])}."
    if kind == REMIND:
        return f"Condition {place.partition(':')[0]}: {_reminded(did)}"
    if kind == PAUSE:
        return f"The process lets no escalation stop the clocks longer: {did}."
    if kind == REVIEW:
        return f"The time of a review is over: {'; '.join(_part(one) for one in did.split('; '))}."
    if kind == EXPIRES:
        return f"It expired: {did}."
    if kind == f"{EXPIRES}-remind":
        return f"It nears its end. {_reminded(did)}"
    if kind == ALARM:
        return f"By time alone: {_part(did)}."
    return f"Nothing happened for as long as the process allows: {did}."


def _reminded(did: str, whom: str = "") -> str:
    counted = _COUNT.fullmatch(did)
    if counted is None:
        return "A reminder was due too; the later one stands for it."
    if counted[1] == "0":
        return f"{whom} had nothing left to be reminded of." if whom else "Nobody was left to remind."
    return f"A reminder went to {whom or _people(counted[1])}."


def _part(did: str) -> str:
    counted = _COUNT.fullmatch(did)
    if counted is not None:
        verb = "was" if counted[1] == "1" else "were"
        return f"{_people(counted[1])} {verb} told" if counted[1] != "0" else "nobody was there to be told"
    if did.startswith("handed "):
        count = did.removeprefix("handed ")
        return f"{_people(count)} handed over to a stand-in" if count != "0" else "nobody was there to hand it to"
    if did.startswith("could not hand "):
        return f"{_people(did.removeprefix('could not hand '))} could not be handed over"
    if did.startswith("raised "):
        return f"escalation {did.removeprefix('raised ')} was raised"
    return did.rstrip(".")


def _people(count: str) -> str:
    return "1 person" if count == "1" else f"{count} people"
