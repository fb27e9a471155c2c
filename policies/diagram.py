"""Diagrams of a process: Mermaid text for operators, and an SVG for pages.

The SVG has one vertical line of states in the order they are written, and the ends beside it. Ways back run on
the left, ways ahead past a neighbour on the right. Classes only (`state now past ahead end edge`), no script,
no inline style, nothing from elsewhere; the present state is lit by class, by a thicker box and by a word.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from policies.lint import targets_of
from policies.model import Process

WIDTH = 390
STATE_X, STATE_W = 46, 176
END_X, END_W = 270, 116
ROW_H, BOX_H, LINE_H = 74, 46, 14
LANE = 9


@dataclass(frozen=True, slots=True)
class _Box:
    x: int
    y: int
    w: int

    @property
    def middle(self) -> int:
        return self.y + BOX_H // 2


def ways(process: Process) -> Iterator[tuple[str, str, str]]:
    """Every way an item may go: (from, to, what leads there). `previous` and administrative acts are left out:
    they would draw a line from everywhere."""
    for name, state in process.states.items():
        for path, target in targets_of(state):
            if target != "previous" and "be" not in path:
                yield name, target, _word(path)


def _word(path: tuple[str | int, ...]) -> str:
    kind = path[0]
    if kind == "acts" and path[-1] == "outside":
        return f"{_plain(str(path[1]))} outside of windows"
    if kind == "acts" or kind == "when":
        return _plain(str(path[1]))
    if kind == "conditions":
        return "conditions met" if path[1] == "met" else "condition lapsed"
    return {"ladder": "timer", "expires": "expired", "inactive": "inactive", "depends_on": "dependencies"}[str(kind)]


def _plain(word: str) -> str:
    return word.replace("-", " ").replace("_", " ")


def diagram_mermaid(process: Process, current: str | None = None) -> str:
    """`stateDiagram-v2` text; the current state has the class `now`."""

    def plain(name: str) -> str:
        return name.replace("-", "_")

    lines = ["stateDiagram-v2"]
    for name, state in process.states.items():
        title = (state.title or name.replace("-", " ").capitalize()).replace('"', "'")
        lines.append(f'  state "{title}" as {plain(name)}')
    lines.append(f"  [*] --> {plain(process.start)}")
    lines += [f"  {plain(a)} --> {plain(b)}: {word}" for a, b, word in ways(process)]
    lines += [f"  {plain(name)} --> [*]" for name, state in process.states.items() if state.end is not None]
    if current is not None:
        lines += ["  classDef now font-weight:bold,stroke-width:3px", f"  class {plain(current)} now"]
    return "\n".join(lines)


def diagram_svg(process: Process, current: str | None = None, visited: Sequence[str] = ()) -> str:
    """A standalone, accessible SVG, 390 units wide. All text is escaped."""
    boxes = _boxes(process)
    height = max(box.y for box in boxes.values()) + BOX_H + 12
    mark = f"arrow-{process.process}"
    described = f"{len(boxes)} states. " + (f"Now in {_title(process, current)}." if current else "")
    parts = [
        f'<svg class="process" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{mark}-t {mark}-d" '
        'xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{mark}-t">States of {escape(process.title)}</title>',
        f'<desc id="{mark}-d">{escape(described)}</desc>',
        f'<defs><marker id="{mark}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
        *_edges(process, boxes, mark),
        *(_state(process, name, box, current, visited) for name, box in boxes.items()),
        "</svg>",
    ]
    return "".join(parts)


def _title(process: Process, name: str) -> str:
    return process.states[name].title or name.replace("-", " ").capitalize()


def _boxes(process: Process) -> dict[str, _Box]:
    """Where each state stands: the line of states, and each end beside the row that leads to it."""
    line = [name for name, state in process.states.items() if state.end is None]
    rows = {name: row for row, name in enumerate(line)}
    boxes = {name: _Box(STATE_X, 8 + row * ROW_H, STATE_W) for name, row in rows.items()}
    taken: set[int] = set()
    for name in (n for n, s in process.states.items() if s.end is not None):
        sources = [rows[a] for a, b, _ in ways(process) if b == name and a in rows]
        row = max(sources, default=len(line) - 1)
        while row in taken:
            row += 1
        taken.add(row)
        boxes[name] = _Box(END_X, 8 + row * ROW_H, END_W)
    return boxes


def _edges(process: Process, boxes: dict[str, _Box], mark: str) -> Iterator[str]:
    left = right = 0
    for a, b in dict.fromkeys((a, b) for a, b, _ in ways(process)):
        start, end = boxes[a], boxes[b]
        if a == b:
            continue
        if end.x == END_X:
            path = f"M{start.x + start.w} {start.middle} L{end.x - 2} {end.middle}"
        elif end.y == start.y + ROW_H:
            centre = start.x + start.w // 2
            path = f"M{centre} {start.y + BOX_H} L{centre} {end.y - 2}"
        elif end.y < start.y:
            left = left % 4 + 1
            path = _around(start.x, start.middle, end.middle + 6, -LANE * left)
        else:
            right = right % 3 + 1
            path = _around(start.x + start.w, start.middle + 8, end.middle - 8, LANE * right)
        yield f'<path class="edge" d="{path}" marker-end="url(#{mark})"/>'


def _around(x: int, y: int, to_y: int, out: int) -> str:
    """A way beside the line: out, along, and back in."""
    tip = -2 if out < 0 else 2
    step = 8 if to_y > y else -8
    return f"M{x} {y} Q{x + out} {y} {x + out} {y + step} L{x + out} {to_y - step} Q{x + out} {to_y} {x + tip} {to_y}"


def _state(process: Process, name: str, box: _Box, current: str | None, visited: Sequence[str]) -> str:
    standing = "now" if name == current else "past" if name in visited else "ahead"
    is_end = process.states[name].end is not None
    words = textwrap.wrap(_title(process, name), 15 if is_end else 22)[:2]
    if standing == "now":
        words = [*words[:2], "now"] if len(words) < 2 else [words[0], f"{words[1]} · now"]
    top = box.middle - (len(words) - 1) * LINE_H // 2 + 4
    centre = box.x + box.w // 2
    lines = "".join(
        f'<tspan x="{centre}" y="{top + i * LINE_H}"{_class(word)}>{escape(word)}</tspan>'
        for i, word in enumerate(words)
    )
    shape = (
        f'<rect x="{box.x}" y="{box.y}" width="{box.w}" height="{BOX_H}" rx="{BOX_H // 2 if is_end else 8}" '
        f'stroke-width="{3 if standing == "now" else 1}"/>'
    )
    return f'<g class="state {standing}{" end" if is_end else ""}">{shape}<text text-anchor="middle">{lines}</text></g>'


def _class(word: str) -> str:
    return ' class="word"' if word == "now" else ""
