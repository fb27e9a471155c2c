"""The graph of states: everything reachable, every state with a way on, an end in reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.lint.names import targets_of
from policies.lint.remark import Path, Remark
from policies.model import Process, State


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


def check_graph(process: Process) -> Iterator[Remark]:
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
        waits = state.inactive or state.depends_on or state.conditions or state.review or state.expires
        if state.acts or state.round or state.ladder or waits:
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
