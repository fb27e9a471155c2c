"""Conditions as people write them: one a line, each with its owner and its day where they are named.

    Close both class-B defects [owner: tom, due: 2026-12-01]

A comment of such lines is what is signed, so that owner and day are signed with the words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from gates.errors import choices
from policies.model import Demand, PositionWord

_MARK = re.compile(r"\s*\[(?=owner:|due:)(?:owner:\s*(?P<owner>[^\s,\]]+))?(?:,?\s*due:\s*(?P<due>[^\s,\]]+))?\]$")


@dataclass(frozen=True, slots=True)
class Promise:
    """One condition: its words, and who answers for it by which day, where that is named."""

    text: str
    owner: str | None = None
    due: date | None = None


def lines_of(comment: str) -> list[str]:
    """The conditions of a comment, one a line."""
    return [line.strip(" -*\t") for line in comment.splitlines() if line.strip(" -*\t")]


def read(line: str) -> Promise:
    """One line. Raises ValueError where its day is none."""
    found = _MARK.search(line)
    if found is None:
        return Promise(line)
    due = found["due"]
    return Promise(line[: found.start()], found["owner"], date.fromisoformat(due) if due else None)


def write(promise: Promise) -> str:
    """The line of a promise; `read` reads it back."""
    parts = [f"owner: {promise.owner}"] if promise.owner else []
    parts += [f"due: {promise.due.isoformat()}"] if promise.due else []
    return f"{promise.text} [{', '.join(parts)}]" if parts else promise.text


def fault_of(line: str, word: PositionWord, people: Collection[str], today: date) -> str:
    """What is wrong with one condition, or ''. `people` are those who may own one."""
    try:
        promise = read(line)
    except ValueError:
        return f"“{line[:80]}” names no day such as 2026-12-01."
    demand = word.conditions if isinstance(word.conditions, Demand) else Demand()
    if not promise.text.strip():
        return "A condition says what has to be done; one of them says only who or when."
    if promise.owner is not None and promise.owner not in people:
        return f"{promise.owner!r} is nobody on the roster. {choices(promise.owner, list(people))}"
    if promise.due is not None and promise.due < today:
        return f"“{promise.text[:80]}” was due on {promise.due.isoformat()}, which is past."
    missing = [
        name
        for name, asked, given in (("owner", demand.owner, promise.owner), ("due", demand.due, promise.due))
        if asked == "required" and given is None
    ]
    if missing:
        told = " and ".join({"owner": "who answers for it", "due": "by which day"}[name] for name in missing)
        return f"Say of “{promise.text[:80]}” {told}: [owner: PERSON, due: 2026-12-01] at the end of its line."
    return ""
