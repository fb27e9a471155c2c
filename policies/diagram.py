"""Diagrams of a process."""

from __future__ import annotations

from policies.model import Process


def diagram_mermaid(process: Process, current: str | None = None) -> str:
    """Mermaid text."""
    lines = ["stateDiagram-v2", f"  [*] --> {process.start.replace('-', '_')}"]
    for name, state in process.states.items():
        lines += [f"  {name.replace('-', '_')} --> {t.replace('-', '_')}" for t in state.when.values()]
    return "\n".join(lines)
