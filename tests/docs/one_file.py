"""docs/compliance/verify.py: the chapters of gates/ledger/proof as one file that an auditor can read and run."""

from __future__ import annotations

import ast
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOM = REPOSITORY / "gates" / "ledger" / "proof"
TARGET = REPOSITORY / "docs" / "compliance" / "verify.py"
CHAPTERS = ("records", "merkle", "curves", "notes", "tags", "keys", "passkeys", "archive", "steps", "command")
HEAD = '''#!/usr/bin/env python3
"""Checks a Tollgate bundle on a machine that has never met the server. Python 3.11 and nothing else.

    python verify.py BUNDLE.zip [--key KEY] [--pin CHECKPOINT] [--complete] [--json]

It reads the file, opens no connection and writes nothing. Each step prints its number; the first that does not hold
ends the check with what was expected and what was found; at the end stands what was not shown. Exit 0: it holds,
1: it does not, 2: the file or an option cannot be read.

The chapters are the modules of gates/ledger/proof. This file is made from them (tests/docs/one_file.py) and a test
keeps them the same. The format is described in docs/reference/bundle-format.md.

Licensed under the Apache License, Version 2.0.
"""

from __future__ import annotations

'''


def one_file() -> str:
    """The text of verify.py. Raises ValueError when two chapters use one name."""
    imports: set[str] = set()
    parts, names = [], {}
    for chapter in CHAPTERS:
        text = (ROOM / f"{chapter}.py").read_text(encoding="utf-8")
        tree, lines = ast.parse(text), text.splitlines()
        drop: set[int] = set()
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                drop.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
                if not getattr(node, "module", "") or not str(node.module).startswith(("gates.", "__future__")):
                    imports.add(ast.unparse(node))
            for name in _names(node):
                if names.setdefault(name, chapter) != chapter:
                    raise ValueError(f"{name} stands in {names[name]} and in {chapter}")
        docstring = tree.body[0]
        drop.update(range(docstring.lineno, (docstring.end_lineno or 1) + 1))
        kept = "\n".join(line for number, line in enumerate(lines, 1) if number not in drop).strip("\n")
        while "\n\n\n\n" in kept:
            kept = kept.replace("\n\n\n\n", "\n\n\n")
        told = "\n".join(f"# {line}".rstrip() for line in (ast.get_docstring(tree) or "").splitlines())
        parts.append(f"# {'-' * 117}\n# {chapter}\n#\n{told}\n# {'-' * 117}\n\n{kept}\n")
    body = "\n\n".join(parts)
    return f'{HEAD}{chr(10).join(_sorted(imports))}\n\n{body}\n\nif __name__ == "__main__":\n    raise SystemExit(main())\n'


def _sorted(imports: set[str]) -> list[str]:
    plain = sorted(one for one in imports if one.startswith("import "))
    merged: dict[str, set[str]] = {}
    for one in imports:
        if one.startswith("from "):
            module, _, what = one.removeprefix("from ").partition(" import ")
            merged.setdefault(module, set()).update(what.split(", "))
    return plain + [f"from {module} import {', '.join(sorted(what))}" for module, what in sorted(merged.items())]


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(one_file(), encoding="utf-8")
