"""Which due time of a state applies to an item, which steps of its ladder, and who is told on entering it. Pure."""

from __future__ import annotations

from policies.errors import EvaluationError
from policies.facts import ItemFacts
from policies.load import LoadedProcess
from policies.load.document import Path
from policies.load.process import announce_path, due_path
from policies.model import Announce, Due


def due_of(loaded: LoadedProcess, state: str, item: ItemFacts) -> Due | None:
    """The first due time whose condition holds, or that has none; None where none applies.

    While a field that a condition reads is empty, it does not hold.
    """
    here = loaded.process.states[state]
    for place, due in enumerate(here.dues):
        if due.when is None or _holds(loaded, due_path(("states", state), here, place), item):
            return due
    return None


def step_applies(loaded: LoadedProcess, state: str, place: int, item: ItemFacts) -> bool:
    """Whether a step of the ladder is taken, now that its time has come."""
    step = loaded.process.states[state].ladder[place]
    return step.when is None or _holds(loaded, ("states", state, "ladder", place, "when"), item)


def announced(loaded: LoadedProcess, state: str, item: ItemFacts) -> list[Announce]:
    """Whom a state tells that the item has come to it."""
    here = loaded.process.states[state]
    return [
        one
        for place, one in enumerate(here.announces)
        if one.when is None or _holds(loaded, announce_path(("states", state), here, place), item)
    ]


def _holds(loaded: LoadedProcess, path: Path, item: ItemFacts) -> bool:
    try:
        return loaded.conditions[path].evaluate(item) is True
    except EvaluationError:
        return False
