"""Entries as people read them: the timeline's sentences for items, and words of their own for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from gates.errors import NotFound
from gates.ledger.entries import Kind
from gates.service.compliance.entries import doers
from gates.service.desk import MEETING, Desk
from gates.service.meeting_lines import MeetingWriter
from gates.service.timeline import Writer
from gates.store import tables as t

Data = Mapping[str, Any]

AT_ONCE = 200
"""Entries read together: SQLite refuses a question of a thousand alternatives."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One entry. `item` is '' for what is not about an item; `who` the person's name, or the engine's."""

    chain: str
    seq: int
    kind: str
    at: datetime
    item: str
    title: str
    process: str
    person: str
    who: str
    sentence: str
    details: tuple[str, ...]
    capacity: str
    on_behalf_of: str
    level: str
    why: str
    digest: str
    doers: tuple[str, ...]
    """The ids of those whose doing it is; whoever else is named in it had it done to them."""


def entries_in_words(desk: Desk, connection: Connection, places: list[tuple[str, int]]) -> tuple[FoundEntry, ...]:
    """The entries at `places` (chain, number), in that order."""
    parts = (places[first : first + AT_ONCE] for first in range(0, len(places), AT_ONCE))
    return tuple(one for part in parts for one in _part_in_words(desk, connection, part))


def one_entry(desk: Desk, connection: Connection, chain: str, seq: int) -> tuple[FoundEntry, str]:
    """One entry in words, and its body as it was hashed. Raises NotFound."""
    here = and_(t.entries.c.chain == chain, t.entries.c.seq == seq)
    body = connection.execute(select(t.entries.c.body).where(here)).scalar()
    if body is None:
        raise NotFound(f"There is no entry {seq} of {chain[:40]!r}. The desk's search finds those that are.")
    return entries_in_words(desk, connection, [(chain, seq)])[0], bytes(body).decode()


def _part_in_words(desk: Desk, connection: Connection, places: list[tuple[str, int]]) -> list[FoundEntry]:
    wanted = or_(*(and_(t.entries.c.chain == chain, t.entries.c.seq == seq) for chain, seq in places))
    rows = {(row.chain, row.seq): row for row in connection.execute(select(t.entries).where(wanted))}
    items = _items(connection, {chain for chain, _ in places})
    people = desk.book(connection).people

    def name(person: str | None) -> str:
        return people[person].name if person in people else (person or "Tollgate")

    found = []
    for place in places:
        row = rows[place]
        body, item = json.loads(row.body), items.get(row.chain)
        data = body["data"]
        if item is not None:
            sentence, details = Writer(desk.bound(connection, item.process_digest), name).write(Kind(row.kind), data)
        else:
            sentence, details = _about_no_item(row.kind, data, name), ()
        title = item.title if item is not None else ""
        if row.chain.startswith(MEETING):
            sentence, details = MeetingWriter(name).write(Kind(row.kind), data)
            title = row.chain.removeprefix(MEETING)
        found.append(
            FoundEntry(
                chain=row.chain,
                seq=row.seq,
                kind=row.kind,
                at=row.at,
                item=row.chain if item is not None else "",
                title=title,
                process=item.process if item is not None else "",
                person=body["actor"]["person"] or "",
                who=name(body["actor"]["person"]),
                sentence=sentence,
                details=details,
                capacity=str(data.get("capacity", "")),
                on_behalf_of=name(data["on_behalf_of"]) if data.get("on_behalf_of") else "",
                level=str(data.get("level", "")),
                why=str(data.get("reason") or data.get("comment") or data.get("finding") or ""),
                digest=row.digest,
                doers=tuple(sorted({one for one in doers(body) if one})),
            )
        )
    return found


def _items(connection: Connection, chains: Iterable[str]) -> dict[str, Any]:
    return {row.key: row for row in connection.execute(select(t.items).where(t.items.c.key.in_(list(chains))))}


def _about_no_item(kind: str, data: Data, name: Any) -> str:
    """A sentence for an entry of a chain that is no item's: what the kind says, and about what."""
    subject, *rest = kind.split(":")
    about = [
        data[key] for key in ("process", "origin", "proof", "name", "code", "what") if isinstance(data.get(key), str)
    ]
    if isinstance(data.get("person"), str):
        about.insert(0, name(data["person"]))
    if "version" in data:
        about.append(f"version {data['version']}")
    words = " ".join(word.replace("-", " ") for word in (subject, *rest))
    if isinstance(data.get("asked"), dict):
        about += [f"{key} {value}" for key, value in data["asked"].items()]
    why = data.get("why") or data.get("reason")
    return f"{words.capitalize()}{': ' if about else ''}{', '.join(about)}{f' ({why})' if why else ''}."
