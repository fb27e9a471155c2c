"""The closed YAML reader: plain mappings, lists, text, whole numbers, truth and null, with positions.

Refused with the line named: anchors, aliases, tags, merge keys, duplicate keys, several documents, keys
that are not text, fractions, depth over 40, size over 256 KiB, anything that is not UTF-8. Scalars are
read by YAML 1.2's core rules, so `no`, `on` and `1:30` stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, DocumentStartEvent, NodeEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policies.errors import Fault, ProcessError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What an escape such as "\\0" or "\\ud800" can smuggle in: no database, mail or canonical text takes it."""
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")


@dataclass
class Document:
    """What a file says (`data`), and where: `positions[path]` is (line, column) of the value, counted from 1;
    `keys[path]` that of its key. `quoted` values stand in quotes; `folded` ones go over several lines."""

    source: str
    data: Any
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    quoted: set[Path] = field(default_factory=set)
    folded: set[Path] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """The position of `path`, or of the nearest thing around it that has one."""
        table = self.keys if key and path in self.keys else self.positions
        while path not in table and path:
            path = path[:-1]
        return table.get(path, (1, 1))


def read_document(text: str | bytes, source: str) -> Document:
    """Read one file. Raises ProcessError with every fault of form found."""
    plain = _decoded(text, source)
    _scan(plain, source)
    yaml = _reader()
    yaml.allow_duplicate_keys = True  # found below, with both lines
    try:
        root = yaml.compose(plain)
    except YAMLError as error:
        raise ProcessError(source, [_syntax(error)]) from None
    document = Document(source, None)
    if root is None:
        raise ProcessError(source, [Fault(1, 1, "TG003", "the file is empty.", "Start with `process: name`.")])
    document.data = _plain(root, (), document)
    if document.faults:
        raise ProcessError(source, document.faults)
    return document


def _decoded(text: str | bytes, source: str) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        said = f"the file has {len(raw):,} bytes; {MAX_BYTES:,} are allowed."
        raise ProcessError(source, [Fault(1, 1, "TG002", said, "Split it into several processes.")])
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise ProcessError(
            source, [Fault(line, column, "TG001", "the file is not UTF-8 text.", "Save it as UTF-8.")]
        ) from None


def _reader() -> YAML:
    """Not the round-trip reader, which leaves a bell (U+0007) in folded text where a line was folded."""
    return YAML(typ="safe", pure=True)


def _scan(text: str, source: str) -> None:
    """Look at the parse events before anything is built: refuse what could surprise or explode."""
    faults: list[Fault] = []
    depth = documents = 0
    try:
        for event in _reader().parse(text):
            mark = event.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            documents += isinstance(event, DocumentStartEvent)
            name = type(event).__name__
            if name in ("MappingStartEvent", "SequenceStartEvent"):
                depth += 1
                if depth > MAX_DEPTH:
                    faults.append(Fault(line, column, "TG010", f"nested deeper than {MAX_DEPTH}."))
                    break
            depth -= name in ("MappingEndEvent", "SequenceEndEvent")
            faults += _event_faults(event, (line, column))
            if documents > 1:
                faults.append(Fault(line, column, "TG003", "a second document starts here.", "One file, one process."))
                break
    except RecursionError:
        faults.append(Fault(1, 1, "TG010", f"nested deeper than {MAX_DEPTH}."))
    except YAMLError as error:
        faults.append(_syntax(error))
    if faults:
        raise ProcessError(source, faults)


def _event_faults(event: Any, place: tuple[int, int]) -> list[Fault]:
    if isinstance(event, AliasEvent):
        return [
            Fault(
                *place,
                "TG005",
                f"the alias *{event.anchor} is refused.",
                "Write the value out, or use `rules:`.",
            )
        ]
    if not isinstance(event, NodeEvent):
        return []
    found = []
    if event.anchor is not None:
        found.append(
            Fault(
                *place,
                "TG005",
                f"the anchor &{event.anchor} is refused.",
                "Name shared rules under `rules:`.",
            )
        )
    tag = getattr(event, "tag", None)
    if tag is not None and not (isinstance(event, ScalarEvent) and tag == "!"):
        found.append(Fault(*place, "TG006", f"the tag {tag} is refused.", "Values need no tags here."))
    return found


def _syntax(error: YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None) if isinstance(error, MarkedYAMLError) else None
    problem = (getattr(error, "problem", None) or str(error).splitlines()[0]).strip()
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Fault(line, column, "TG003", f"this is not YAML: {problem}.", "Check the indentation and the quotes.")


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _plain(node: Node, path: Path, document: Document) -> Any:
    document.positions[path] = _place(node)
    if isinstance(node, MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, SequenceNode):
        return tuple(_plain(part, (*path, i), document) for i, part in enumerate(node.value))
    if getattr(node, "style", None) in ("'", '"'):
        document.quoted.add(path)
    if node.end_mark.line != node.start_mark.line:
        document.folded.add(path)
    return _scalar(node, document)


def _mapping(node: MappingNode, path: Path, document: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line, column = _place(key_node)
        if not isinstance(key_node, ScalarNode) or not isinstance(key := _scalar(key_node, document), str):
            document.faults.append(Fault(line, column, "TG009", "a key has to be text.", "Put it in quotes."))
            continue
        if key == "<<":
            document.faults.append(Fault(line, column, "TG005", "the merge key << is refused.", "Write it out."))
            continue
        if key in found:
            said = f"the key {key!r} stands here again; it is on line {first[key]} already."
            document.faults.append(Fault(line, column, "TG004", said, "Keep one of them."))
            continue
        first[key] = line
        document.keys[(*path, key)] = (line, column)
        found[key] = _plain(value_node, (*path, key), document)
    return found


def _scalar(node: Node, document: Document) -> Any:
    text: str = node.value
    unfit = _UNFIT.search(text)
    if unfit is not None:
        said = f"the text holds the character U+{ord(unfit[0]):04X}, which cannot be stored or shown."
        document.faults.append(Fault(*_place(node), "TG009", said, "Take it out."))
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text[0] in "tT"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) or _BASED.fullmatch(text):
        document.faults.append(
            Fault(
                *_place(node),
                "TG009",
                f"the number {text} is refused.",
                'Write a whole number, or quote it ("…").',
            )
        )
        return 0
    return text
