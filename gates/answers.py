"""What the end of an escalation does to the item it is about: an act of the item's own process. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gates.machine import PREVIOUS, Machine
from gates.moves import Cause, Move, Refusal, acts_in, missing_criteria, missing_fields, title_of
from policies.errors import EvaluationError
from policies.facts import ItemFacts
from policies.load import LoadedProcess


def act_for(loaded: LoadedProcess, said: Sequence[str]) -> tuple[str, str] | None:
    """The first of `said` (the verdict, the state and the end an escalation came to) that the process answers with an
    act: (what was said, the act)."""
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
