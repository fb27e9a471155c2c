"""What of an entry can be searched: its words, why it was done, and whom it is about. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_WORDS = 20_000
"""Characters of one entry that are searched."""

WHY = ("reason", "comment", "finding", "why")
PEOPLE = ("person", "by", "on_behalf_of", "absent", "stand_in", "officer", "subject")
_QUESTIONS = frozenset({"record:searched", "record:exported"})
_MARK = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}|[A-Za-z0-9_-]{80,}")
_LEFT_OUT = frozenset(
    {"text", "source", "roster", "facts", "verdict", "evidence", "addresses", "asks", "conditions", "minutes"}
)
"""Long texts that are kept for judging again, and what stands elsewhere in the entry in words."""


@dataclass(frozen=True, slots=True)
class EntryText:
    """One entry, ready to be indexed."""

    words: str
    why: str
    people: frozenset[str]
    position: str | None
    level: str | None


def text_of(entry: Mapping[str, Any], known: frozenset[str]) -> EntryText:
    """What of `entry` is searched. `known` are the ids on the roster."""
    data = entry["data"]
    why = " ".join(str(data[name]) for name in WHY if data.get(name))
    # What somebody asked is not itself an answer to the same question.
    said = () if entry["kind"] in _QUESTIONS else _strings(data)
    words = " ".join([entry["chain"], entry["kind"], *said])
    named = {str(data[name]) for name in PEOPLE if isinstance(data.get(name), str)}
    named |= {str(one) for one in data.get("present", ()) if isinstance(one, str)}
    named |= {str(one) for one in data.get("asked", ()) if isinstance(one, str)}
    named |= {str(one["person"]) for one in data.get("asks", ())}
    actor = entry["actor"]["person"]
    people = frozenset({*named, *([actor] if actor else [])}) & known
    return EntryText(
        plain(words)[:MOST_WORDS], plain(why)[:MOST_WORDS], people, data.get("position"), data.get("level")
    )


def plain(text: str) -> str:
    """`text` as it is indexed and asked for: without accents, in one case, words apart. The same on every store."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.casefold()).split())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if not _MARK.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in _LEFT_OUT:
                yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
