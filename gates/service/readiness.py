"""Can those who may be asked also sign? A policy demands a level; whoever has no proof of it is named, never let by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gates.levels import LEVELS
from gates.service import rulebook
from gates.service.desk import Desk
from gates.service.proofs import kinds_of, ways


@dataclass(frozen=True, slots=True)
class Lacking:
    """One person who may be asked by a policy and holds no proof that meets it."""

    process: str
    policy: str
    level: str
    proof: str
    person: str
    name: str


def lacking(desk: Desk, connection: Connection, now: datetime, process: str | None = None) -> list[Lacking]:
    """Everybody of that kind, by process; of one process only where it is named."""
    roster = desk.roster(connection, now)
    kinds = {person: kinds_of(desk, connection, person) for person in roster.people}
    found = []
    for line in rulebook.current_processes(connection):
        if process not in (None, line.name):
            continue
        loaded = desk.bound(connection, line.digest).loaded
        for name, policy in loaded.process.policies.items():
            demanded = policy.signature.proof
            asked = {h.person for h in roster.holdings if h.role in loaded.policies[name].asks}
            found += [
                Lacking(line.name, name, LEVELS[demanded], demanded, person, roster.name(person))
                for person in sorted(asked & set(roster.people))
                if not ways(demanded, kinds[person])
            ]
    return found
