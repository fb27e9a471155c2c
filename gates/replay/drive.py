"""From a map file to the replay it asks for: `judge: moves` (the default) or `judge: attempts`."""

from __future__ import annotations

from collections.abc import Sequence

from gates.machine import compile_machine
from gates.replay.attempts import AttemptReplay, AttemptsMap
from gates.replay.engine import Replay
from gates.replay.mapping import ReplayMap
from gates.replay.rows import LogFault, Row
from policies.errors import Fault, ProcessError
from policies.load import Document, LoadedProcess, build

KINDS = ("moves", "attempts")


def new_replay(
    loaded: LoadedProcess, document: Document, groups: Sequence[Row] | None = None
) -> Replay | AttemptReplay:
    """The replay that the map in `document` asks for. Raises ProcessError or LogFault for a map that does not fit."""
    data = document.data
    kind = data.get("judge", KINDS[0]) if isinstance(data, dict) else KINDS[0]
    if kind not in KINDS:
        place = document.place(("judge",))
        said = f"`judge` is {kind!r}, which is not one of: {', '.join(KINDS)}."
        raise ProcessError(document.source, [Fault(*place, "TG009", said)])
    if kind == "attempts":
        return AttemptReplay(loaded, build(AttemptsMap, document), groups)
    mapping = build(ReplayMap, document)
    if groups is not None:
        raise LogFault("A map that judges moves reads no groups. Leave --groups out, or say `judge: attempts`.")
    return Replay(loaded, compile_machine(loaded.process), mapping)
