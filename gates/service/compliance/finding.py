"""Finding entries of all items by who, what, when and why. Every entry is read: it is thorough, not quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gates.errors import BadInput, NotFound, choices
from gates.ledger.entries import Kind, unstamp
from gates.service.compliance.entries import Body, Period, chains, doers, followed, item_keys, names_of
from gates.service.desk import Desk, item_row
from gates.service.timeline import Writer
from policies.canonical import nfc


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `words` are looked for, case apart, in the sentence and in every text of the entry; `who` is a
    person's id, `kind` a kind or its beginning, `sort` a key of `SORTS`."""

    words: str = ""
    who: str | None = None
    kind: str | None = None
    key: str | None = None
    period: Period = field(default_factory=Period)
    sort: str = "when"


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One entry that fits. `data` is what it says, whole."""

    item: str
    seq: int
    at: datetime
    kind: str
    who: str | None
    name: str
    sentence: str
    details: tuple[str, ...]
    data: Mapping[str, Any]


SORTS: Mapping[str, Callable[[FoundEntry], tuple[Any, ...]]] = {
    "when": lambda one: (one.at, one.item, one.seq),
    "who": lambda one: (one.name, one.at, one.item, one.seq),
    "what": lambda one: (one.kind, one.at, one.item, one.seq),
    "item": lambda one: (one.item, one.seq),
}


def find(desk: Desk, connection: Connection, question: Question) -> tuple[FoundEntry, ...]:
    """The entries that fit, sorted. Raises BadInput, NotFound (no such item or person), RecordBroken."""
    known = names_of(desk, connection)
    _check(question, known)
    if question.key is not None:
        item_row(connection, question.key)
    keys = [question.key] if question.key is not None else item_keys(connection, question.period)
    found = [
        one
        for said in chains(connection, keys, question.period.until)
        for one in _of_item(desk, connection, said, question, known)
    ]
    return tuple(sorted(found, key=SORTS[question.sort]))


def _check(question: Question, known: Mapping[str, str]) -> None:
    faults: dict[str, str] = {}
    kinds = [kind.value for kind in Kind]
    if question.kind and not any(_begins(kind, question.kind) for kind in kinds):
        faults["kind"] = f"{question.kind!r} begins no kind of entry. {choices(question.kind, kinds)}"
    if question.sort not in SORTS:
        faults["sort"] = f"{question.sort!r} is nothing to sort by. {choices(question.sort, list(SORTS))}"
    if faults:
        raise BadInput(faults)
    if question.who is not None and question.who not in known:
        raise NotFound(f"{question.who!r} is nobody on the roster. {choices(question.who, list(known))}")


def _begins(kind: str, asked: str) -> bool:
    return f"{kind}:".startswith(f"{asked.rstrip(':')}:")


def _of_item(
    desk: Desk, connection: Connection, said: list[Body], question: Question, known: Mapping[str, str]
) -> Iterator[FoundEntry]:
    def name(person: str | None) -> str:
        return known.get(person, person) if person else "Tollgate"

    words = nfc(question.words).casefold()
    for entry, _, item in followed(desk, connection, said):
        at, kind, person = unstamp(entry["at"]), entry["kind"], entry["actor"]["person"]
        if not question.period.holds(at) or (question.kind and not _begins(kind, question.kind)):
            continue
        if question.who is not None and question.who not in set(doers(entry)):
            continue
        writer = Writer(desk.bound(connection, item.process_digest), name)
        sentence, details = writer.write(Kind(kind), entry["data"])
        texts = (sentence, *details, *_texts(entry["data"]))
        if any(words in text.casefold() for text in texts):
            yield FoundEntry(
                entry["chain"], entry["seq"], at, kind, person, name(person), sentence, details, entry["data"]
            )


def _texts(part: Any) -> Iterator[str]:
    """Every text within."""
    if isinstance(part, str):
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from _texts(one)
