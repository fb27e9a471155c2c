"""What the workers last said of themselves, for pages and health checks. Not on the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from gates.store import Unit
from gates.store import work_tables as w


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One worker: `state` is starting, ready, unreachable or stopped; `seen_at` its last word."""

    name: str
    state: str
    sentence: str
    seen_at: datetime


def report(unit: Unit, worker: str, state: str, sentence: str) -> None:
    """Note what `worker` says of itself now."""
    values = {"state": state, "sentence": sentence[:400], "seen_at": unit.now}
    if not unit.insert_or_skip(w.workers, {"name": worker, **values}):
        unit.connection.execute(update(w.workers).where(w.workers.c.name == worker).values(**values))


def lines(connection: Connection) -> list[WorkerLine]:
    """Every worker, the latest to speak first."""
    rows = connection.execute(select(w.workers).order_by(w.workers.c.seen_at.desc()))
    return [WorkerLine(row.name, row.state, row.sentence, row.seen_at) for row in rows]
