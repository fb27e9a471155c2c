"""Publishing processes: each text is stored under its digest, and the newest of a name is used for new items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from gates.errors import NotFound, choices
from gates.items import Actor
from gates.ledger.entries import Kind
from gates.service.desk import RULEBOOK
from gates.store import Unit
from gates.store import tables as t
from policies.load import LoadedProcess
from policies.model import Process, Selector
from policies.model.base import Model
from policies.model.rules import Votes


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """One process in its current version."""

    name: str
    title: str
    kind: str
    digest: str
    version: int
    published_at: datetime


def publish(unit: Unit, loaded: LoadedProcess, source_text: str, by: Actor) -> str:
    """Store a checked process as the current text of its name. The same digest again changes nothing.

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
    known = unit.connection.execute(select(t.processes.c.digest).where(t.processes.c.digest == loaded.digest)).first()
    if known is not None:
        return loaded.digest
    version = (newest.version if newest else 0) + 1
    unit.connection.execute(
        insert(t.processes).values(
            digest=loaded.digest,
            name=process.process,
            version=version,
            title=process.title,
            kind=process.kind,
            canonical=loaded.canonical,
            source=source_text,
            published_at=unit.now,
            published_by=by.person,
        )
    )
    unit.enter(
        RULEBOOK,
        Kind.PROCESS_PUBLISHED,
        by,
        {
            "process": process.process,
            "version": version,
            "process_digest": loaded.digest,
            "before": newest.digest if newest else None,
        },
    )
    return loaded.digest


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
    rows = connection.execute(
        select(t.processes)
        .join(top, (t.processes.c.name == top.c.name) & (t.processes.c.version == top.c.version))
        .order_by(t.processes.c.name)
    )
    return [ProcessLine(r.name, r.title, r.kind, r.digest, r.version, r.published_at) for r in rows]
