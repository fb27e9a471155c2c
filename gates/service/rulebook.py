"""Publishing processes: each text is stored under its digest, and the newest of a name is used for new items."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from gates.errors import NotFound, Refused, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import RULEBOOK
from gates.store import Unit
from gates.store import tables as t
from policies.load import LoadedProcess, load_process
from policies.model import Process, Selector
from policies.model.base import Model
from policies.model.rules import Votes

POLICY_CHANGE = "policy-change"
"""The process that, where it is published, a change of any process has to pass."""
PUBLISHED = "published"
"""The end of a proposal at which its text becomes current."""


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """One process in its current version."""

    name: str
    title: str
    kind: str
    digest: str
    version: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ProcessText:
    """The text of one version of a process, as it was published."""

    version: int
    digest: str
    source: str


def process_text(connection: Connection, name: str, version: str | None) -> ProcessText | None:
    """The text in force, or that of a version's number or of a digest that begins so; None where there is none."""
    p = t.processes.c
    query = select(p.version, p.digest, p.source).where(p.name == name).order_by(p.version.desc())
    for row in connection.execute(query):
        if version is None or str(row.version) == version or (len(version) >= 6 and row.digest.startswith(version)):
            return ProcessText(row.version, row.digest, row.source)
    return None


def publish(unit: Unit, loaded: LoadedProcess, source_text: str, by: Actor) -> str:
    """Store a checked process as the current text of its name. The current one again changes nothing; an earlier
    one becomes current anew, as a further version.

    Items stay on the text they were opened under. Returns the digest.
    """
    process = loaded.process
    unit.lock(RULEBOOK)
    newest = unit.connection.execute(
        select(t.processes.c.digest, t.processes.c.version)
        .where(t.processes.c.name == process.process)
        .order_by(t.processes.c.version.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.digest == loaded.digest:
        return loaded.digest
    version = (newest.version if newest else 0) + 1
    values = {
        "version": version,
        "title": process.title,
        "kind": process.kind,
        "canonical": loaded.canonical,
        "source": source_text,
        "published_at": unit.now,
        "published_by": by.person,
    }
    again = update(t.processes).where(t.processes.c.digest == loaded.digest).values(**values)
    if unit.connection.execute(again).rowcount == 0:
        unit.connection.execute(insert(t.processes).values(digest=loaded.digest, name=process.process, **values))
    unit.enter(
        RULEBOOK,
        Kind.PROCESS_PUBLISHED,
        by,
        {
            "process": process.process,
            "version": version,
            "process_digest": loaded.digest,
            "before": newest.digest if newest else None,
            "text": json.loads(loaded.canonical),
            "source": source_text,
        },
    )
    return loaded.digest


def check_numbering(connection: Connection, process: Process) -> None:
    """Two processes that make the same keys are refused before there is an item; one that makes those it made so far
    is not. Raises Refused."""
    lines = {line.digest: line.name for line in current_processes(connection)}
    query = select(t.processes.c.digest, t.processes.c.canonical).where(t.processes.c.digest.in_(list(lines)))
    texts = {lines[row.digest]: json.loads(row.canonical)["numbering"] for row in connection.execute(query)}
    mine, before = _plain(process.numbering), texts.pop(process.process, None)
    taken = next((name for name, numbering in sorted(texts.items()) if _plain(numbering) == mine), None)
    if taken is not None and (before is None or _plain(before) != mine):
        raise Refused(
            f"{process.process} would give its items the keys that {taken} gives: {process.numbering}.",
            code="numbering-taken",
            remedy="Give it a `numbering` of its own.",
        )


def _plain(numbering: str) -> str:
    return re.sub(r"\{n(:0\d)?\}", "{n}", numbering)


def unknown_sites(process: Process, known: set[str]) -> list[str]:
    """The sites a process names that are not on the roster: nobody can hold a role there."""
    return sorted({site for site in _sites_of(process) if site not in known})


def _sites_of(part: Any) -> Iterator[str]:
    """Every site named under `at:`, wherever people are named."""
    if isinstance(part, Selector | Votes) and part.at not in (None, "item.site"):
        yield str(part.at)
    if isinstance(part, Model):
        part = part.__dict__
    for inner in part.values() if isinstance(part, Mapping) else part if isinstance(part, tuple) else ():
        yield from _sites_of(inner)


def current_process(connection: Connection, name: str) -> ProcessLine:
    """The newest version of `name`. Raises NotFound with a near miss."""
    lines = {line.name: line for line in current_processes(connection)}
    if name not in lines:
        raise NotFound(f"There is no process {name!r}. {choices(name, list(lines))}")
    return lines[name]


def current_processes(connection: Connection) -> list[ProcessLine]:
    """The newest version of every process, by name."""
    newest = select(t.processes.c.name, func.max(t.processes.c.version).label("version")).group_by(t.processes.c.name)
    top = newest.subquery()
    p = t.processes.c
    # Not their texts: this is asked for on every page, and a text has hundreds of lines.
    rows = connection.execute(
        select(p.name, p.title, p.kind, p.digest, p.version, p.published_at)
        .join(top, (t.processes.c.name == top.c.name) & (t.processes.c.version == top.c.version))
        .order_by(t.processes.c.name)
    )
    return [ProcessLine(r.name, r.title, r.kind, r.digest, r.version, r.published_at) for r in rows]


def is_gated(connection: Connection) -> bool:
    """Whether changes of processes have to pass a gate of their own."""
    return any(line.name == POLICY_CHANGE for line in current_processes(connection))


def put_proposal(unit: Unit, item: str, loaded: LoadedProcess, source_text: str, by: Actor) -> None:
    """Keep the proposed text beside the item that asks for it."""
    unit.connection.execute(
        insert(t.proposals).values(item=item, digest=loaded.digest, source=source_text, proposed_at=unit.now)
    )
    unit.lock(RULEBOOK)
    data = {"process": loaded.process.process, "process_digest": loaded.digest, "item": item, "source": source_text}
    unit.enter(RULEBOOK, Kind.PROCESS_PROPOSED, by, data)


def publish_proposal(unit: Unit, item: str) -> str | None:
    """Make the text proposed by `item` current. Returns its digest; None when the item proposes nothing."""
    row = unit.connection.execute(select(t.proposals).where(t.proposals.c.item == item)).first()
    if row is None or row.published_at is not None:
        return None
    loaded = load_process(row.source, f"{item}.yaml")
    digest = publish(unit, loaded, row.source, Actor(None, "engine", rule=f"policy change {item}"))
    unit.connection.execute(update(t.proposals).where(t.proposals.c.item == item).values(published_at=unit.now))
    return digest
