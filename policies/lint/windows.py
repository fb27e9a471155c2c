"""Acts that take a time at a site: fields that say when, a time that is kept, an exception that somebody decides."""

from __future__ import annotations

from collections.abc import Iterator

from policies.lint.names import targets_of
from policies.lint.remark import Path, Remark, choose
from policies.model import Act, Process, WindowUse
from policies.model.windows import REFUSE


def check_windows(process: Process) -> Iterator[Remark]:
    """Every act with a `window`."""
    for name, act in process.administrative.items():
        if act.window is not None:
            said = "an administrative act takes no time: it is open everywhere, and belongs to no plan."
            yield Remark(
                ("administrative", name, "window"), "TG142", said, "Take it to the act of a state.", at_key=True
            )
    for name, state in process.states.items():
        for word, act in state.acts.items():
            if act.window is not None:
                yield from _use(process, name, act, act.window, ("states", name, "acts", word, "window"))


def _use(process: Process, origin: str, act: Act, use: WindowUse, path: Path) -> Iterator[Remark]:
    moments = {name for name, one in process.fields.items() if one.type == "moment"}
    for word, field in (("from", use.from_), ("until", use.until)):
        if field not in moments:
            said = f"there is no field `{field}` of type moment."
            yield Remark((*path, word), "TG140", said, choose(field, moments))
    lines = {name for name, one in process.fields.items() if one.type in ("text", "choice")}
    if use.line is not None and use.line not in lines:
        said = f"there is no field `{use.line}` of type text or choice."
        yield Remark((*path, "line"), "TG140", said, choose(use.line, lines))
    target = process.states.get(act.to or origin)
    if target is not None and target.end is not None:
        said = f"`{act.to}` is an end, where the time is free again at once."
        yield Remark(path, "TG142", said, "Lead to the state in which the work is done.", at_key=True)
    outside = process.states.get(use.outside) if use.outside != REFUSE else None
    if outside is not None and outside.round is None:
        said = f"`{use.outside}` has no round, so nobody decides on the exception."
        yield Remark((*path, "outside"), "TG141", said, "Add `round:` to it, or say `outside: refuse`.")
    yield from _kept(process, origin, act, use, path)


def _kept(process: Process, origin: str, act: Act, use: WindowUse, path: Path) -> Iterator[Remark]:
    """While a time is booked, nobody edits the fields that say which."""
    waiting = [name for name in (act.to, use.outside) if name is not None and name not in (origin, REFUSE)]
    seen = {origin}
    while waiting:
        name = waiting.pop(0)
        state = process.states.get(name)
        if name in seen or state is None or state.end is not None:
            continue
        seen.add(name)
        waiting += [target for place, target in targets_of(state) if "be" not in place]
        if state.edits != "none":
            said = f"the times could be edited in `{name}`, where they are booked."
            yield Remark(path, "TG143", said, f"Add `edits: none` to `{name}`.", at_key=True)
            return
