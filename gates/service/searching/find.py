"""Questions to the record: words and "phrases", who, what, when and why, newest first.

Words are asked for without accents and in any case; all of them have to be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, or_, select, table

from gates.errors import BadInput, choices
from gates.ledger.entries import Kind
from gates.levels import LEVELS
from gates.service.desk import Desk
from gates.service.searching.sentences import FoundEntry, entries_in_words
from gates.service.searching.texts import plain
from gates.store import search_tables as s
from gates.store import tables as t

PAGE = 50
MOST_IN_A_LIST = 100_000
"""Entries of a list that is taken along. One that would be longer is refused, never cut."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "decision": ("item:decision:",),
    "signature": ("item:decision:recorded",),
    "refused": tuple(kind.value for kind in Kind if kind.value.endswith(":refused")),
    "move": ("item:moved",),
    "edit": ("item:created", "item:edited"),
    "round": ("item:round:", "item:attendance:"),
    "mail": ("item:notice:", "item:link:"),
    "timer": ("item:timer:", "item:escalation:"),
    "meeting": ("meeting:",),
    "policy": ("process:", "item:migrated"),
    "roster": ("roster:",),
    "proof": ("person:",),
    "log": ("log:", "system:"),
    "desk": ("record:", "item:viewed", "item:trail:", "item:review:"),
}
"""Words for kinds of entries; an entry's own kind, or the beginning of one, is understood too."""

_HOW = frozenset({"page", "per_page", "is_whole"})
_PART = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. Nothing set: everything. Times are aware; `until` is the moment before which."""

    words: str = ""
    who: str | None = None
    kind: str | None = None
    process: str | None = None
    item: str | None = None
    position: str | None = None
    level: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    why: str = ""
    page: int = 1
    per_page: int = PAGE
    is_whole: bool = False
    """Everything on one page: a list to take along."""

    def asked(self) -> dict[str, str]:
        """What is asked, in words, for the record; which page is no part of it."""
        whole = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _HOW}
        return {
            name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
            for name, value in whole.items()
            if value
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of what was found, the newest first, and how much there is in all."""

    found: tuple[FoundEntry, ...]
    total: int
    page: int
    pages: int


def find(desk: Desk, connection: Connection, question: Question) -> Answer:
    """Answer from the index as it is. Raises BadInput (a word, person, process or kind that is not known)."""
    wanted = _conditions(desk, connection, question)
    total = connection.execute(select(func.count()).select_from(s.entry_texts).where(*wanted)).scalar_one()
    if question.is_whole and total > MOST_IN_A_LIST:
        raise BadInput(
            {"words": f"{total:,} entries fit and a list takes {MOST_IN_A_LIST:,}; ask for a shorter period at a time."}
        )
    size = max(1, total if question.is_whole else question.per_page)
    page = 1 if question.is_whole else max(1, question.page)
    rows = connection.execute(
        select(s.entry_texts.c.chain, s.entry_texts.c.seq)
        .where(*wanted)
        .order_by(s.entry_texts.c.at.desc(), s.entry_texts.c.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    found = entries_in_words(desk, connection, [(row.chain, row.seq) for row in rows])
    return Answer(found, int(total), page, max(1, -(-int(total) // size)))


def parts_of(words: str) -> list[str]:
    """`cost "test plan"` -> [`cost`, `test plan`], as they are indexed. Raises BadInput."""
    if words.count('"') % 2:
        raise BadInput({"words": 'A phrase is written "between two marks"; one of them is missing.'})
    found = [plain(phrase or word) for phrase, word in _PART.findall(words)]
    parts = [part for part in found if part]
    if words.strip() and not parts:
        raise BadInput({"words": f"There is no word to look for in {words.strip()[:40]!r}; write words or figures."})
    return parts


def _conditions(desk: Desk, connection: Connection, question: Question) -> list[ColumnElement[bool]]:
    c, faults = s.entry_texts.c, {}
    wanted: list[ColumnElement[bool]] = []
    for column, asked in (("words", question.words), ("why", question.why)):
        for part in parts_of(asked):
            wanted.append(_matches(connection, column, part))
    if question.kind:
        prefixes = KINDS.get(question.kind) or _own_kind(question.kind)
        if prefixes is None:
            faults["kind"] = f"{question.kind!r} is no kind of entry. {choices(question.kind, list(KINDS))}"
        else:
            wanted.append(or_(*(c.kind.startswith(one, autoescape=True) for one in prefixes)))
    people = desk.book(connection).people
    if question.who:
        if question.who not in people:
            faults["who"] = f"{question.who!r} is nobody on the roster. {choices(question.who, list(people))}"
        mine = select(s.entry_people.c.entry).where(s.entry_people.c.person == question.who)
        wanted.append(c.id.in_(mine))
    faults |= _unknown(connection, question)
    for column, value in (("process", question.process), ("chain", question.item), ("position", question.position)):
        if value:
            wanted.append(c[column] == value)
    if question.level and "level" not in faults:
        wanted.append(c.level == question.level.upper())
    if question.since:
        wanted.append(c.at >= question.since)
    if question.until:
        wanted.append(c.at < question.until)
    if faults:
        raise BadInput(faults)
    return [and_(*wanted)] if wanted else []


def _unknown(connection: Connection, question: Question) -> dict[str, str]:
    """What is asked for by a name that nothing has: an empty answer would look like one about something."""
    faults: dict[str, str] = {}
    if question.process:
        known = list(connection.execute(select(t.items.c.process).union(select(t.processes.c.name))).scalars())
        if question.process not in known:
            faults["process"] = f"{question.process!r} is no process. {choices(question.process, known)}"
    if question.item:
        chain = select(t.chains.c.chain).where(t.chains.c.chain == question.item)
        if connection.execute(chain).first() is None:
            faults["item"] = f"{question.item!r} is no item's key. `tollgate item list` has them."
    if question.level and question.level.upper() not in LEVELS.values():
        faults["level"] = f"{question.level!r} is no level of proof. {choices(question.level, list(LEVELS.values()))}"
    return faults


def _own_kind(word: str) -> tuple[str, ...] | None:
    return (word,) if any(kind.value.startswith(word) for kind in Kind) else None


def _matches(connection: Connection, column: str, part: str) -> ColumnElement[bool]:
    """`part` (a word or words in a row) is in `column`. Its letters and figures are all that is left of it."""
    if connection.dialect.name == "sqlite":
        index = table("entry_words")
        said = literal_column("entry_words").bool_op("MATCH")(f'{column} : "{part}"')
        return s.entry_texts.c.id.in_(select(literal_column("rowid")).select_from(index).where(said))
    vector = func.to_tsvector("simple", s.entry_texts.c[column])
    return vector.bool_op("@@")(func.phraseto_tsquery("simple", part))
