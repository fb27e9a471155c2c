"""What people prove themselves with: what each holds, what that reaches, when it was used last.

A password lies in `secrets`; everything else in `proofs`. Nothing here checks a proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select, update

from gates.levels import KIND_TITLES, KINDS, LEVELS, at_least
from gates.proofviews import HeldProof, PersonProofs
from gates.service.desk import Desk
from gates.store import Unit
from gates.store import tables as t
from gates.store.proof_tables import proofs
from policies.phrases import phrase


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof that was checked: the word of its level, what the entry keeps of it, and what is used up with it."""

    proof: str
    evidence: dict[str, Any]
    proof_id: str = ""
    """The row of `proofs` that was used; '' for a typed name and a password."""
    challenge: str = ""
    """Of a passkey: the intent that was signed."""
    counter: int = 0
    state: str = ""
    """Of a single sign-on: the hash it is kept under."""

    @property
    def level(self) -> str:
        return LEVELS[self.proof]


def rp_id(desk: Desk) -> str:
    """The name passkeys are bound to; '' where the public address has none (a bare IP address cannot hold any)."""
    host = urlsplit(desk.public_url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host
    return ""


def rows_of(desk: Desk, connection: Connection, person: str, kind: str) -> list[Row[Any]]:
    """The proofs of one kind that a person can use here now, the latest first."""
    rows = connection.execute(
        select(proofs)
        .where(proofs.c.person == person, proofs.c.kind == kind, proofs.c.ended_at.is_(None))
        .order_by(proofs.c.enrolled_at.desc(), proofs.c.id)
    )
    return [row for row in rows if _is_usable(desk, row)]


def _is_usable(desk: Desk, row: Row[Any]) -> bool:
    if row.kind == "passkey":
        return bool(row.rp_id == rp_id(desk))
    return row.kind != "sso" or bool(desk.issuer and row.issuer == desk.issuer)


def held(desk: Desk, connection: Connection, person: str) -> tuple[HeldProof, ...]:
    """Everything a person can prove themselves with here now."""
    secret = connection.execute(select(t.secrets).where(t.secrets.c.person == person, t.secrets.c.hash != "")).first()
    found = []
    if secret is not None:
        found.append(HeldProof("password", "password", KIND_TITLES["password"], secret.set_at, secret.last_used_at))
    rows = connection.execute(
        select(proofs).where(proofs.c.person == person, proofs.c.ended_at.is_(None)).order_by(proofs.c.enrolled_at)
    )
    found += [
        HeldProof(row.id, row.kind, KIND_TITLES[row.kind], row.enrolled_at, row.last_used_at)
        for row in rows
        if _is_usable(desk, row)
    ]
    return tuple(found)


def kinds_of(desk: Desk, connection: Connection, person: str) -> frozenset[str]:
    """The kinds of proof a person holds."""
    return frozenset(one.kind for one in held(desk, connection, person))


def ways(demanded: str, kinds: Iterable[str]) -> tuple[str, ...]:
    """The words of proof that meet `demanded` for whoever holds these kinds, the least first."""
    reached = {"link", *(KINDS[kind] for kind in kinds)}
    return tuple(word for word in at_least(demanded) if word in reached)


def lacks(demanded: str) -> str:
    """What to say to somebody who holds no proof that meets `demanded`."""
    asked = {
        "secret": phrase("a password or one-time codes"),
        "sso": phrase("single sign-on or a passkey"),
        "passkey": phrase("a passkey"),
    }[demanded]
    return phrase(
        "This needs %(proof)s (%(level)s), and none is set up for you; nothing weaker is taken. "
        "Ask a proof officer of your PMO: two of them set it up with you, and you get a link by mail.",
        proof=asked,
        level=LEVELS[demanded],
    )


def mark_used(unit: Unit, person: str, proof_id: str) -> None:
    """Keep when a proof was used last; '' means the password."""
    if proof_id:
        unit.connection.execute(update(proofs).where(proofs.c.id == proof_id).values(last_used_at=unit.now))
    else:
        unit.connection.execute(update(t.secrets).where(t.secrets.c.person == person).values(last_used_at=unit.now))


def is_officer(desk: Desk, connection: Connection, person: str, now: datetime) -> bool:
    """Whether a person holds the role of proof officer at this moment."""
    return person in officers(desk, connection, now)


def officers(desk: Desk, connection: Connection, now: datetime) -> list[str]:
    """The proof officers of this moment, by id."""
    roster = desk.roster(connection, now)
    return sorted({h.person for h in roster.holdings if h.role == desk.officer_role and h.person in roster.people})


def able_officers(desk: Desk, connection: Connection, now: datetime) -> list[str]:
    """The proof officers who can prove themselves."""
    return [one for one in officers(desk, connection, now) if kinds_of(desk, connection, one)]


def report(desk: Desk, connection: Connection, now: datetime) -> list[PersonProofs]:
    """Everybody active with their proofs, how old they are and when they were used last (P11-26)."""
    people = [one for one in desk.book(connection).people.values() if one.active]
    appointed = set(officers(desk, connection, now))
    return [
        PersonProofs(
            one.id, one.name, held(desk, connection, one.id), _locked(connection, one.id, now), one.id in appointed
        )
        for one in sorted(people, key=lambda one: one.name)
    ]


def _locked(connection: Connection, person: str, now: datetime) -> datetime | None:
    """Until when guesses are not taken, by any way; None when they are."""
    row = connection.execute(select(t.secrets).where(t.secrets.c.person == person)).first()
    ends = [end for end in (row.locked_until, row.sign_in_locked_until) if end] if row else []
    ends += connection.execute(
        select(t.sessions.c.locked_until).where(
            t.sessions.c.person == person, t.sessions.c.locked_until.is_not(None), t.sessions.c.ended_at.is_(None)
        )
    ).scalars()
    return max((end for end in ends if end > now), default=None)
