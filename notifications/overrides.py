"""Templates of the operator's own, in place of the built-in ones: in a sandbox, and checked before they are believed.

A folder holds what is overridden, laid out as the built-in folder is (`ask/body.html`, `_base/layout.html`). A
template of it may name the typed context `m`, print, choose, loop and translate, and nothing else: the vocabulary is
closed (`_NODES`, `FILTERS`), so that what it makes is bounded by what it is given. It runs in jinja2's sandbox all the
same. What is wrong with one is said with file and line (`faults`); a mail that it would spoil is written with the
built-in one instead, and the log says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.errors import OverrideError

LISTS = frozenset({"changes", "criteria", "escalations", "evidence", "fields", "parts", "told"})
"""What a loop may go over."""
MOST_LOOPS = 2
"""Loops inside loops."""
MOST_TEXT = 200_000
"""Characters that one part of a mail may have."""
MOST_SOURCE = 100_000
"""Characters that one template may have."""
MOST_DEEP = 60
"""Things inside things: beyond it a template is nothing that a person wrote, and Python cannot compile it."""
MOST_DRAWN = 100
"""Templates that one draws in, by extends and include, each counted as often as it comes."""
MOST_BETWEEN = 100
"""Characters that join puts between two."""
SUFFIXES = (".txt", ".html")
PARTS = ("subject.txt", "body.txt", "body.html")
FILTERS = frozenset({"capitalize", "d", "default", "e", "escape", "first", "join", "last", "length", "lower", "pad",
                     "plain", "title", "trim", "upper"})  # fmt: skip
TESTS = frozenset({"defined", "none", "eq", "equalto", "ne", "gt", "ge", "lt", "le", "in", "odd", "even", "link"})
_PLACE = re.compile(r"%\(\w+\)s|%%")
_CALLS = frozenset({"_", "gettext", "ngettext", "super"})
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.If, nodes.CondExpr, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Concat, nodes.Block, nodes.Extends, nodes.Include, nodes.Call, nodes.Keyword, nodes.Tuple,
    nodes.List, nodes.MarkSafe, nodes.MarkSafeIfAutoescape, nodes.Add, nodes.Sub, nodes.Neg,
)  # fmt: skip
_WORDS = {nodes.Assign: "{% set %}", nodes.AssignBlock: "{% set %}", nodes.Macro: "{% macro %}", nodes.Mul: "*",
          nodes.Pow: "**", nodes.Mod: "%", nodes.Import: "{% import %}", nodes.FromImport: "{% from %}",
          nodes.Scope: "{% autoescape %}", nodes.Slice: "a slice", nodes.With: "{% with %}",
          nodes.CallBlock: "{% call %}", nodes.FilterBlock: "{% filter %}"}  # fmt: skip


class Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's sandbox, with its functions that make much out of little taken away."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name in ("range", "dict", "lipsum", "cycler", "joiner", "namespace"):
            self.globals.pop(name, None)


def overridden(folder: Path) -> Iterator[Path]:
    """The templates of a folder, as paths in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in SUFFIXES:
            yield path.relative_to(folder)


def check_source(environment: Sandbox, folder: Path, name: Path) -> None:
    """Refuse whatever a template says that is not of the vocabulary. Raises OverrideError with file and line."""
    try:
        source = (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OverrideError(f"{name} cannot be read: {error}") from error
    if len(source) > MOST_SOURCE:
        raise OverrideError(f"{name} has {len(source):,} characters; {MOST_SOURCE:,} are allowed")
    try:
        tree = environment.parse(source, str(name))
    except TemplateSyntaxError as error:
        raise OverrideError(f"{name}, line {error.lineno}: {error.message}") from error
    except (TemplateError, RecursionError, ValueError) as error:
        raise OverrideError(f"{name} cannot be read: {error}") from error
    _check(tree, str(name), 0, 1, 0)
    _count_drawn(environment, name.as_posix(), (), {})


def _check(node: nodes.Node, name: str, loops: int, line: int, depth: int) -> None:
    said, line = _why_not(node, loops), node.lineno or line
    if depth > MOST_DEEP:
        said = f"at most {MOST_DEEP} things stand inside each other"
    if said:
        raise OverrideError(f"{name}, line {line}: {said}")
    inner = loops + isinstance(node, nodes.For)
    for child in node.iter_child_nodes():
        _check(child, name, inner, line, depth + 1)


def _count_drawn(environment: Sandbox, name: str, above: tuple[str, ...], known: dict[str, int]) -> int:
    """How many templates one is made of. Few files that each include the next one twice never come to an end. Raises
    OverrideError."""
    if name in above:
        raise OverrideError(f"{above[0]}: recursion, {name} draws itself in")
    if name not in known:
        try:
            assert environment.loader is not None
            tree = environment.parse(environment.loader.get_source(environment, name)[0], name)
        except (TemplateError, RecursionError, ValueError, OSError) as error:
            raise OverrideError(f"{name} cannot be read: {error}") from error
        drawn = [one.template for one in tree.find_all(nodes.Extends)]
        drawn += [one.template for one in tree.find_all(nodes.Include)]
        inner = [one.value for one in drawn if isinstance(one, nodes.Const)]
        known[name] = 1 + sum(_count_drawn(environment, one, (*above, name), known) for one in inner)
    if known[name] > MOST_DRAWN:
        raise OverrideError(f"{name} draws in more than {MOST_DRAWN} templates")
    return known[name]


def _why_not(node: nodes.Node, loops: int) -> str:
    """Why a node is not for templates of mails; '' when it is."""
    if not isinstance(node, _NODES):
        return f"{_WORDS.get(type(node), type(node).__name__)} is not for templates of mails"
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return f"{node.attr} is no part of what a mail may say"
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
        return "only a fixed place may be taken out of a list"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and not isinstance(node.arg.value, int):
        return "only a number may stand in [ ]"
    if isinstance(node, nodes.Filter):
        return _why_no_filter(node)
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return f"there is no test {node.name!r} here; there is: {', '.join(sorted(TESTS))}"
    if isinstance(node, nodes.Call):
        return _why_no_call(node)
    if isinstance(node, nodes.For):
        return _why_no_loop(node, loops)
    if loops and (isinstance(node, nodes.Include) or (isinstance(node, nodes.Name) and node.name == "super")):
        return "a loop holds no {% include %} and no super()"
    if isinstance(node, nodes.Extends | nodes.Include) and not _is_file(node.template):
        return f"extend and include a template by its name, which ends with {' or '.join(SUFFIXES)}"
    if isinstance(node, nodes.Block):
        return _why_no_block(node, loops)
    return ""


def _why_no_block(node: nodes.Block, loops: int) -> str:
    """What extends a template may put loops into its blocks, and each super() is all that stands above it."""
    if loops:
        return "a loop holds no {% block %}"
    calls = sum(one.name == "super" for one in node.find_all(nodes.Name))
    return "a block calls super() once" if calls > 1 else ""


def _why_no_filter(node: nodes.Filter) -> str:
    if node.name not in FILTERS:
        return f"there is no filter {node.name!r} here; there is: {', '.join(sorted(FILTERS))}"
    if not all(isinstance(one, nodes.Const) for one in node.args) and node.name not in ("default", "d"):
        return f"{node.name} takes fixed text"
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return f"{node.name} takes what it takes in its order, without names"
    return _why_no_join(node) if node.name == "join" else ""


def _why_no_join(node: nodes.Filter) -> str:
    """Of a text, join puts something between all its letters: three of them in a row fill the memory."""
    if not isinstance(node.node, nodes.Name | nodes.Getattr | nodes.Getitem):
        return "join takes a list as it is, and nothing that was made of it"
    between = node.args[0] if node.args else None
    if isinstance(between, nodes.Const) and len(str(between.value)) > MOST_BETWEEN:
        return f"join puts at most {MOST_BETWEEN} characters between two"
    return ""


def _why_no_call(node: nodes.Call) -> str:
    """Only messages are looked up, and their places take what they are given as it is."""
    if not (isinstance(node.node, nodes.Name) and node.node.name in _CALLS):
        return f"only these may be called: {', '.join(sorted(_CALLS))}"
    patterns = node.args[:2] if node.node.name == "ngettext" else node.args
    if not all(isinstance(one, nodes.Const) and isinstance(one.value, str) for one in patterns):
        return "a message is fixed text, with places such as %(name)s"
    if any("%" in _PLACE.sub("", one.value) for one in patterns if isinstance(one, nodes.Const)):
        return "a place in a message is written %(name)s, a percent sign %%"
    return ""


def _why_no_loop(node: nodes.For, loops: int) -> str:
    if node.recursive or loops >= MOST_LOOPS:
        return f"at most {MOST_LOOPS} loops stand inside each other"
    if not (isinstance(node.iter, nodes.Getattr) and node.iter.attr in LISTS):
        return f"a loop goes over one of: {', '.join(sorted(LISTS))}"
    return ""


def _is_file(template: nodes.Expr) -> bool:
    return isinstance(template, nodes.Const) and isinstance(template.value, str) and template.value.endswith(SUFFIXES)


def bounded(parts: Iterator[str]) -> str:
    """What a template makes, while it is not too much. Raises OverrideError."""
    made, size = [], 0
    for part in parts:
        size += len(part)
        if size > MOST_TEXT:
            raise OverrideError(f"it makes more than {MOST_TEXT:,} characters")
        made.append(part)
    return "".join(made)
