"""What the end of an escalation does to the item it is about: an act of the item's own process. Pure.

Only what somebody was asked to sign does an act: the verdict of a round, and only while it is about what was signed and
about the situation that it was signed in. What an escalation ends in by itself, withdrawn or closed, does none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gates.ledger.entries import stamp, unstamp
from gates.machine import PREVIOUS, Machine
from gates.moves import Cause, Move, Refusal, acts_in, missing_criteria, missing_fields, title_of
from policies.errors import EvaluationError
from policies.facts import ItemFacts
from policies.load import LoadedProcess


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a round: the entry it stands on, and the revision it was about."""

    seq: int
    round: str
    outcome: str | None
    revision: int
    opened_at: datetime


def signed_of(closings: Sequence[Closing], moves: Iterable[Any], opened: int, revision: int) -> dict[str, Any] | None:
    """The verdict that an escalation came to last, and what became of it since; None where it came to none.

    `closings` and `moves` (each with `seq`, `origin` and `to`) are oldest first, `opened` is how many rounds
    there were, and `revision` is the present one. It was sent back if, after the move that the verdict led to, it
    entered a state that it had been in before, or was asked about again.
    """
    place = next((at for at in range(len(closings) - 1, -1, -1) if closings[at].outcome is not None), None)
    if place is None:
        return None
    last, moved = closings[place], list(moves)
    after = [one for one in moved if one.seq > last.seq]
    before = {one.origin for one in moved if one.seq < last.seq} | {one.origin for one in after[:1]}
    back = opened > place + 1 or any(one.to in before for one in after[1:])
    return {
        "round": last.round,
        "outcome": last.outcome,
        "opened_at": stamp(last.opened_at),
        "revision": last.revision,
        "now": revision,
        "reopened": back,
    }


def void_for(signed: Mapping[str, Any], moved: Iterable[datetime]) -> str | None:
    """Why the verdict does nothing to the item it is about, which was `moved` at these times; None where it may."""
    if signed["revision"] != signed["now"]:
        return f"revision {signed['revision']} was signed, and it is at revision {signed['now']}."
    if signed["reopened"]:
        return "it was sent back after it was signed, and was not signed again."
    opened = unstamp(signed["opened_at"])
    if any(at > opened for at in moved):
        return "it was decided about another situation; the item has changed state since that was asked."
    return None


def act_for(loaded: LoadedProcess, said: Sequence[str]) -> tuple[str, str] | None:
    """The first of `said` (of what an escalation came to) that the process answers with an act: (what was said, the
    act)."""
    here = loaded.process.escalations
    acts = here.act if here is not None else {}
    return next(((one, acts[one]) for one in said if one in acts), None)


def propose_answer(
    loaded: LoadedProcess,
    machine: Machine,
    *,
    state: str,
    act: str,
    said: str,
    escalation: str,
    item: ItemFacts,
    previous: str | None,
) -> Move | Refusal:
    """May the escalation `escalation`, which came to `said`, do `act` to the item now?

    Its process has to name the act for that; it has to be one of the state, complete, and open by its condition. An
    act that waits for a verdict or a review, or that rests on another item, is never done by an escalation.
    """
    if act_for(loaded, (said,)) != (said, act):
        return Refusal("not-answered", f"{loaded.process.title} does nothing when an escalation comes to {said}.")
    word = acts_in(loaded.process, state).get(act)
    if word is None:
        return Refusal("no-such-act", f"“{act}” is not open in {state.replace('-', ' ')}.")
    waits = word.verdict is not None or word.under is not None or word.window is not None
    if waits or "review" in word.needs:
        return Refusal("not-for-escalations", f"“{title_of(act, word)}” waits for more than an escalation.")
    missing = missing_fields(loaded, item) if "fields" in word.needs else []
    missing += missing_criteria(loaded, item) if "criteria" in word.needs else []
    if missing:
        return Refusal("incomplete", f"Not complete yet: {'; '.join(missing)}.")
    if not _is_open(loaded, state, act, item):
        return Refusal("condition-false", f"The condition of “{title_of(act, word)}” does not hold.")
    target = machine.target(state, f"act:{act}")
    target = previous if target == PREVIOUS else target
    if target is None or target == state:
        return Refusal("leads-nowhere", f"“{title_of(act, word)}” leads nowhere from here.")
    administrative = act in loaded.process.administrative and act not in loaded.process.states[state].acts
    cause = Cause("act", act, None, f"{escalation} came to {said.replace('_', ' ')}.", administrative)
    return Move(state, target, cause, rests={"escalation": {"key": escalation, "said": said}})


def _is_open(loaded: LoadedProcess, state: str, act: str, item: ItemFacts) -> bool:
    places = (("states", state, "acts", act, "when"), ("administrative", act, "when"))
    condition = next((loaded.conditions[path] for path in places if path in loaded.conditions), None)
    try:
        return condition is None or condition.evaluate(item) is True
    except EvaluationError:
        return False
