"""A process's states and causes as a `transitions` machine. The only import of that library.

The library is used as a table of what is allowed: no model outlives a call, no automatic transitions, and
never a callback (a callback given as text would be imported and run). Triggers are named by their cause:
`act:submit`, `outside:schedule` (the exception of an act that takes a time), `verdict:approved`, `timer:0`,
`timer:inactive`, `timer:lapse`, `timer:expires`, `dependency`, `dependency:conditions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from transitions import Machine as _Transitions

from policies.model import Process
from policies.model.windows import REFUSE

PREVIOUS = "previous"
"""The target that means the state an item came from; known only with the item."""


@dataclass(frozen=True)
class Machine:
    """What may lead where, compiled once per process text."""

    table: _Transitions

    def target(self, state: str, trigger: str) -> str | None:
        """Where `trigger` leads from `state`; None when it is not open there."""
        found = self.table.get_transitions(trigger=trigger, source=state)
        return str(found[0].dest) if found else None

    def triggers(self, state: str) -> list[str]:
        """What can happen in `state`."""
        return [str(trigger) for trigger in self.table.get_triggers(state)]


def compile_machine(process: Process) -> Machine:
    """Compile a checked process."""
    rows: list[list[str]] = []
    for name, state in process.states.items():
        rows += [[f"act:{act}", name, one.to or name] for act, one in state.acts.items()]
        rows += [
            [f"outside:{act}", name, one.window.outside]
            for act, one in state.acts.items()
            if one.window is not None and one.window.outside != REFUSE
        ]
        rows += [[f"verdict:{outcome}", name, target] for outcome, target in state.when.items()]
        rows += [[f"timer:{place}", name, step.to] for place, step in enumerate(state.ladder) if step.to is not None]
        if state.inactive is not None:
            rows.append(["timer:inactive", name, state.inactive.to])
        if state.depends_on is not None:
            rows.append(["dependency", name, state.depends_on.to])
        if state.conditions is not None:
            rows.append(["dependency:conditions", name, state.conditions.met.to])
            if state.conditions.lapse.to is not None:
                rows.append(["timer:lapse", name, state.conditions.lapse.to])
        if state.expires is not None:
            rows.append(["timer:expires", name, state.expires.to])
        rows += [
            [f"act:{act}", name, one.to]
            for act, one in process.administrative.items()
            if one.to is not None and one.to != name and act not in state.acts and (state.end is None or one.from_ends)
        ]
    states = [*process.states, *([PREVIOUS] if any(row[2] == PREVIOUS for row in rows) else [])]
    table = _Transitions(model=None, states=states, transitions=rows, initial=process.start, auto_transitions=False)
    return Machine(table)
